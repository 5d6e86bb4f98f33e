// Extraction with vectors: the steps of extract_series() (kernels/fit/fit_series.hpp) for one core,
// with the same results, bit by bit. What it does not know how to do it leaves to those steps.
//
// To be included after the vectors of an instruction set.
#pragma once

#include "kernels/cpu/vector_group.hpp"
#include "kernels/cpu/vector_memory.hpp"
#include "kernels/cpu/vector_select.hpp"
// After for_each_vector.
#include "kernels/cpu/vector_histogram.hpp"
#include "kernels/fit/fit_series.hpp"

namespace tailfit::kernels {
namespace {

// The keys at one end of a series, in their order.
template <class Key>
struct TailList {
  Key* keys;
  int64_t n;  // -1: they do not hold the tail
  KeyRange<Key> range;
};

// Turns the values into keys; the range of all keys.
template <class T>
inline KeyRange<typename KeyOf<T>::Key> load_with_vectors(const SeriesInput<T>& input,
                                                          typename KeyOf<T>::Key* keys) {
  using Key = typename KeyOf<T>::Key;
  using V = KeyVectors<Key>;
  auto least = V::set(static_cast<Key>(~Key{0}));
  auto greatest = V::set(Key{0});
  int64_t t = 0;
  if (input.stride == 1) {
    for (; t + V::lanes <= input.length; t += V::lanes) {
      const auto v = V::keys_of(input.values + t);
      V::store(keys + t, v);
      least = V::smaller_of(least, v);
      greatest = V::larger_of(greatest, v);
    }
  }
  KeyRange<Key> range{V::least(least), V::greatest(greatest)};
  for (; t < input.length; ++t) {
    keys[t] = ordered_key(input.values[t * input.stride] + T{0});
    range.least = smaller(range.least, keys[t]);
    range.greatest = larger(range.greatest, keys[t]);
  }
  return range;
}

// Drops what is not finite; the others keep their order. Returns how many were infinite.
template <class Key>
inline int64_t drop_with_vectors(LaneKeys<Key>& mine) {
  using V = KeyVectors<Key>;
  const Key least = key_of_infinity<Key>(false) + 1;
  const Key width = key_of_infinity<Key>(true) - 1 - least;
  const auto low = V::set(least);
  const auto span = V::set(width);
  const auto negative = V::set(key_of_infinity<Key>(false));
  const auto positive = V::set(key_of_infinity<Key>(true));
  int64_t n = 0;
  int64_t n_infinite = 0;
  for_each_vector(mine.keys, mine.n, [&](auto v, uint32_t lanes) {
    const uint32_t finite = V::at_most(V::difference(v, low), span) & lanes;
    // At most and at least: equal.
    const uint32_t infinite = (V::at_most(v, negative) & V::at_most(negative, v)) |
                              (V::at_most(v, positive) & V::at_most(positive, v));
    V::append(mine.keys + n, finite, v);  // never beyond the vector that was read
    n += __builtin_popcount(finite);
    n_infinite += __builtin_popcount(infinite & lanes);
  });
  mine.n = n;
  return n_infinite;
}

template <class T>
inline StagedSeries<typename KeyOf<T>::Key> stage_series(const VectorGroup&,
                                                         const SeriesInput<T>& input,
                                                         typename KeyOf<T>::Key* memory) {
  using Key = typename KeyOf<T>::Key;
  StagedSeries<Key> staged{{memory, static_cast<LaneCount>(input.length)}, 0, 0, false, {}};
  staged.range = load_with_vectors(input, memory);
  int64_t n_infinite = 0;
  if (input.length > 0 && (staged.range.least <= key_of_infinity<Key>(false) ||
                           staged.range.greatest >= key_of_infinity<Key>(true))) {
    n_infinite = drop_with_vectors(staged.mine);
    staged.range = range_of(staged.mine);
  }
  staged.n = staged.mine.n;
  staged.n_missing = input.length - staged.n;
  staged.has_infinite = n_infinite > 0;
  return staged;
}

// Can the tail beyond this threshold be listed? It is an order statistic not far from the end, or
// the end itself.
TAILFIT_HD inline bool is_listed(const Threshold& rule, int64_t n, bool upper) {
  if (is_off(rule)) return true;
  if (!is_selected(rule)) return false;
  const int64_t rank = selected_position(rule, n, upper).rank;
  return (upper ? n - rank : rank + 2) <= n / 4;
}

// What extraction knows of one tail.
template <class Key>
struct VectorTail {
  bool off;
  QuantilePosition position;
  int64_t beyond;  // so many keys at the end hold x_(rank), x_(rank+1) and all that lies beyond
  TailList<Key> list;
};

template <class Key>
inline VectorTail<Key> vector_tail(const Threshold& rule, int64_t n, bool upper, Key* memory) {
  VectorTail<Key> tail{is_off(rule), {0, 0.0}, 1, {memory, -1, {0, 0}}};
  if (tail.off) return tail;
  tail.position = selected_position(rule, n, upper);
  tail.beyond = upper ? n - tail.position.rank : tail.position.rank + 2;
  return tail;
}

// The keys beyond the pivots, each tail's in its list; one that came out too short or too long has
// n = -1.
template <class Key>
inline void list_tails(const StagedSeries<Key>& series, VectorTail<Key>& lower,
                       VectorTail<Key>& upper) {
  using V = KeyVectors<Key>;
  if (series.n < 2 * V::lanes) return;
  const Pivots<Key> pivots = sample_pivots(series.mine.keys, series.n, lower.beyond, upper.beyond);
  const int64_t room = list_room(series.n);
  const auto low = V::set(pivots.low);
  const auto high = V::set(pivots.high);
  int64_t n_low = 0;
  int64_t n_high = 0;
  for_each_vector(series.mine.keys, series.n, [&](auto v, uint32_t lanes) {
    const uint32_t is_low = V::at_most(v, low) & lanes;
    const uint32_t is_high = V::at_most(high, v) & lanes;
    if (n_low > room || n_high > room) return;
    V::append(lower.list.keys + n_low, is_low, v);
    V::append(upper.list.keys + n_high, is_high, v);
    n_low += __builtin_popcount(is_low);
    n_high += __builtin_popcount(is_high);
  });
  if (n_low > room || n_high > room) return;
  if (n_low >= lower.beyond)
    lower.list = {lower.list.keys, n_low, {series.range.least, pivots.low}};
  if (n_high >= upper.beyond) {
    upper.list = {upper.list.keys, n_high, {pivots.high, series.range.greatest}};
  }
}

// As select_thresholds(), from the lists where they hold what is looked for.
template <class Key>
inline Thresholds thresholds_of_lists(const StagedSeries<Key>& series, const VectorTail<Key>& lower,
                                      const VectorTail<Key>& upper) {
  Thresholds thresholds{value_of_key(series.range.least), value_of_key(series.range.greatest)};
  const auto pair_of = [&](const VectorTail<Key>& tail, int64_t n_before) {
    if (tail.list.n < 0) {
      return key_pair(series.mine.keys, series.n, tail.position.rank, series.range);
    }
    return key_pair(tail.list.keys, tail.list.n, tail.position.rank - n_before, tail.list.range);
  };
  if (!lower.off) thresholds.lower = at_position(pair_of(lower, 0), lower.position);
  if (!upper.off) {
    thresholds.upper = at_position(pair_of(upper, series.n - upper.list.n), upper.position);
  }
  return thresholds;
}

// The excesses of one tail, in the order of the data.
template <class Key>
inline int64_t write_excesses(const StagedSeries<Key>& series, const VectorTail<Key>& tail,
                              double threshold, bool upper, double* excess) {
  using V = KeyVectors<Key>;
  const bool listed = tail.list.n >= 0;
  int64_t n = 0;
  for_each_vector(listed ? tail.list.keys : series.mine.keys, listed ? tail.list.n : series.n,
                  [&](auto v, uint32_t lanes) {
                    n += append_excesses(excess + n, V::values_of(v), threshold, upper, lanes);
                  });
  return n;
}

// As extract(): both tails' excesses, then the bins.
template <class Key>
inline TailCounts extract_with_vectors(const BodyGrid& grid, const StagedSeries<Key>& series,
                                       const VectorTail<Key>& lower, const VectorTail<Key>& upper,
                                       double* excess, uint64_t* bins) {
  TailCounts counts{0, 0};
  if (!lower.off) counts.lower = write_excesses(series, lower, grid.lower, false, excess);
  if (!upper.off) {
    counts.upper =
        write_excesses(series, upper, grid.upper, true, excess + upper_excess_offset(counts.lower));
  }
  if (grid.degenerate) {
    for (int64_t b = 0; b < grid.bins; ++b) bins[b] = 0;
    bins[0] = static_cast<uint64_t>(series.n - counts.lower - counts.upper);
  } else {
    count_bins(grid, series.mine.keys, series.n, bins);
  }
  return counts;
}

// Phase 1, see kernels/fit/fit_series.hpp.
template <class T>
inline ExtractedSeries extract_series(const VectorGroup& group, const SeriesInput<T>& input,
                                      const TileOptions& options, typename KeyOf<T>::Key* keys,
                                      uint64_t* counters, double* excess) {
  using Key = typename KeyOf<T>::Key;
  auto staged = stage_series<T>(group, input, keys);
  ExtractedSeries series = begin_series(staged, options);
  if (series.n == 0) return series;
  const bool listed = options.resolution == 0.0 && options.bins <= bit_bins &&
                      is_listed(options.lower, series.n, false) &&
                      is_listed(options.upper, series.n, true);
  if (!listed) {
    extract_staged(static_cast<const SerialGroup&>(group), input, options, staged, counters, excess,
                   series);
    return series;
  }
  auto* memory = reinterpret_cast<Key*>(group.lists + lists_gap);
  VectorTail<Key> lower = vector_tail(options.lower, series.n, false, memory);
  VectorTail<Key> upper =
      vector_tail(options.upper, series.n, true, memory + list_pitch(input.length));
  list_tails(staged, lower, upper);
  if (place_grid(thresholds_of_lists(staged, lower, upper), staged.range, options, series)) {
    series.tails = extract_with_vectors(series.grid, staged, lower, upper, excess, counters);
  }
  return series;
}

}  // namespace
}  // namespace tailfit::kernels
