// One pass over a staged series: the ordered excesses of both tails and the counts of the body.
#pragma once

#include "kernels/fit/body.hpp"
#include "kernels/fit/counters.hpp"

namespace tailfit::kernels {
namespace {

struct TailCounts {
  int64_t lower;
  int64_t upper;
};

// Where the upper tail's excesses lie behind the lower tail's: on a group of four.
TAILFIT_HD inline int64_t upper_excess_offset(int64_t n_lower) { return (n_lower + 3) / 4 * 4; }

// Counts the body's values in their bins and keeps the others, in their order, at the front of the
// lane's own list. Returns this lane's counts.
template <class Key, class Counter, class Group>
TAILFIT_HD inline TailCounts count_body(const Group& group, const BodyGrid& grid,
                                        StagedSeries<Key>& series, Counter* bins) {
  const Key first = key_at_or_above(Key{0}, grid.lower);
  const Key last = key_at_or_below(Key{0}, grid.upper);
  // Between two neighbouring numbers of fp32 lies no key: then one that no number has.
  const Key least = first <= last ? first : static_cast<Key>(~Key{0});
  const Key width = first <= last ? static_cast<Key>(last - first) : Key{0};
  const BinFinder finder = make_bin_finder(grid);
  const auto guess = make_bin_guess<decltype(number_of_key(Key{0}))>(finder);
  const auto count = [&](Key key) {
    const auto x = number_of_key(key);
    uint32_t bin;
    if (!guess.find(x, bin)) bin = static_cast<uint32_t>(finder.bin(x));
    group.add_atomic(&bins[bin], Counter{1});
  };
  Key* const keys = series.mine.keys;
  const LaneKeys<Key> inner{keys + series.mine.n, series.n_inner};
  LaneCount n_kept = 0;
  LaneCount n_lower = 0;
  for_each_key(series.mine, [&](Key key) {
    if (static_cast<Key>(key - least) <= width) {
      count(key);
    } else {
      keys[n_kept++] = key;  // at or before the word that was read
      n_lower += key < first ? 1 : 0;
    }
  });
  for_each_key(inner, count);
  series.mine.n = n_kept;
  return {n_lower, n_kept - n_lower};
}

// The counts of the lanes before this one, and those of all. Where 32 bits hold all counts, both
// tails' go together. Collective.
template <class Counter, class Group>
TAILFIT_HD inline TailCounts counts_before(const Group& group, const TailCounts& mine,
                                           TailCounts& total) {
  if constexpr (sizeof(Counter) == 4) {
    const uint64_t both = static_cast<uint64_t>(mine.lower) | static_cast<uint64_t>(mine.upper)
                                                                  << 32;
    const uint64_t before = group.exclusive_scan_add(both);
    const uint64_t all = group.from_one(before + both, group.rank() == group.size() - 1);
    total = {static_cast<uint32_t>(all), static_cast<uint32_t>(all >> 32)};
    return {static_cast<uint32_t>(before), static_cast<uint32_t>(before >> 32)};
  } else {
    total = {group.reduce_add(mine.lower), group.reduce_add(mine.upper)};
    return {group.exclusive_scan_add(mine.lower), group.exclusive_scan_add(mine.upper)};
  }
}

// series: staged; its lists hold the exceedances alone afterwards. excess: memory for all of them,
// filled with the lower tail's k_L and, from upper_excess_offset(k_L) on, the upper tail's k_U,
// each in the order of the data. bins: grid.bins counters of shared memory. u_L <= u_U.
// Collective; ends with a sync.
template <class Key, class Counter, class Group>
TAILFIT_HD inline TailCounts extract(const Group& group, const BodyGrid& grid,
                                     StagedSeries<Key>& series, double* excess, Counter* bins) {
  const auto& local = group.local();
  clear_counters(local, bins, grid.bins);
  local.sync();
  const TailCounts mine = count_body(group, grid, series, bins);
  TailCounts total;
  const TailCounts before = counts_before<Counter>(group, mine, total);
  // A lane writes behind the lanes before it, which keeps the order.
  double* lower = excess + before.lower;
  double* upper = excess + upper_excess_offset(total.lower) + before.upper;
  for_each_key(series.mine, [&](Key key) {
    const double x = value_of_key(key);
    if (x < grid.lower) {
      *lower++ = grid.lower - x;
    } else {
      *upper++ = x - grid.upper;
    }
  });
  group.merge(bins, grid.bins);
  return total;
}

}  // namespace
}  // namespace tailfit::kernels
