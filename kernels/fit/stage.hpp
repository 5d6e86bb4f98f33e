// Brings one series on chip: NaN and +-inf dropped and counted, -0 made +0, the rest in the
// original order without gaps, as ordered keys (selection wants those; they turn back into values
// exactly). Each lane owns a contiguous chunk of the input, which keeps the order.
#pragma once

#include "kernels/fit/fit_types.hpp"
#include "kernels/fit/ordered_key.hpp"
#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

struct LaneRange {
  int64_t begin;
  int64_t end;
};

// The contiguous share of 0..n-1 that belongs to this lane.
template <class Group>
TAILFIT_HD inline LaneRange lane_range(const Group& group, int64_t n) {
  const int64_t share = (n + group.size() - 1) / group.size();
  const int64_t begin = smaller<int64_t>(n, share * group.rank());
  return {begin, smaller<int64_t>(n, begin + share)};
}

struct StagedCounts {
  int64_t n;          // finite values
  int64_t n_missing;  // the others
  bool has_infinite;
};

// keys: input.length elements of shared memory. Collective; ends with a sync.
template <class T, class Group>
TAILFIT_HD inline StagedCounts stage_series(const Group& group, const SeriesInput<T>& input,
                                            typename KeyOf<T>::Key* keys) {
  const LaneRange range = lane_range(group, input.length);
  int64_t n_finite = 0;
  int64_t n_nan = 0;
  for (int64_t t = range.begin; t < range.end; ++t) {
    const T value = input.values[t * input.stride];
    n_finite += is_finite(value) ? 1 : 0;
    n_nan += value != value ? 1 : 0;
  }
  int64_t position = group.exclusive_scan_add(n_finite);
  for (int64_t t = range.begin; t < range.end; ++t) {
    const T value = input.values[t * input.stride];
    if (!is_finite(value)) continue;
    keys[position++] = ordered_key(value + T{0});  // -0 + 0 = +0
  }
  const int64_t n = group.reduce_add(n_finite);
  const int64_t n_missing = input.length - n;
  const bool has_infinite = group.reduce_add(n_nan) < n_missing;
  group.sync();
  return {n, n_missing, has_infinite};
}

}  // namespace
}  // namespace tailfit::kernels
