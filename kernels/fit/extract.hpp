// One pass over a staged series: the ordered excesses of both tails and the counts of the body.
#pragma once

#include "kernels/fit/body.hpp"
#include "kernels/fit/stage.hpp"

namespace tailfit::kernels {
namespace {

struct TailCounts {
  int64_t lower;
  int64_t upper;
};

// keys: n staged keys; excess: n doubles of shared memory, filled with the lower tail's k_L
// excesses and, behind them, the upper tail's k_U, each in the order of the data; bins: grid.bins
// counters. Each lane owns a contiguous chunk and writes behind the lanes before it, which keeps
// the order. u_L <= u_U. Collective; ends with a sync.
template <class Key, class Group>
TAILFIT_HD inline TailCounts extract(const Group& group, const BodyGrid& grid, const Key* keys,
                                     int64_t n, double* excess, uint64_t* bins) {
  for (int64_t b = group.rank(); b < grid.bins; b += group.size()) bins[b] = 0;
  const LaneRange lane = lane_range(group, n);
  TailCounts mine{0, 0};
  for (int64_t i = lane.begin; i < lane.end; ++i) {
    const double x = value_of_key(keys[i]);
    mine.lower += x < grid.lower ? 1 : 0;
    mine.upper += x > grid.upper ? 1 : 0;
  }
  const TailCounts total{group.reduce_add(mine.lower), group.reduce_add(mine.upper)};
  double* lower = excess + group.exclusive_scan_add(mine.lower);
  double* upper = excess + total.lower + group.exclusive_scan_add(mine.upper);
  group.sync();
  const BinFinder finder = make_bin_finder(grid);
  for (int64_t i = lane.begin; i < lane.end; ++i) {
    const double x = value_of_key(keys[i]);
    if (x < grid.lower) {
      *lower++ = grid.lower - x;
    } else if (x > grid.upper) {
      *upper++ = x - grid.upper;
    } else {
      group.add_atomic(&bins[finder.bin(x)], uint64_t{1});
    }
  }
  group.sync();
  return total;
}

}  // namespace
}  // namespace tailfit::kernels
