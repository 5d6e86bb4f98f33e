// The thresholds u_L and u_U of a series, equal (==) to NumPy's.
#pragma once

#include "kernels/fit/select.hpp"

namespace tailfit::kernels {
namespace {

// Where numpy.quantile(x, q) lies between two order statistics (type 7 of Hyndman & Fan, 1996):
// virtual index (n-1)*q, its floor and the rest.
struct QuantilePosition {
  int64_t rank;
  double weight;
};

TAILFIT_HD inline QuantilePosition quantile_position(int64_t n, double q) {
  const double index = static_cast<double>(n - 1) * q;
  const double below = ::floor(index);
  if (index >= static_cast<double>(n - 1)) return {n - 1, 0.0};
  return {static_cast<int64_t>(below), index - below};
}

// numpy's _lerp, its other branch at t >= 1/2 included.
TAILFIT_HD inline double numpy_lerp(double a, double b, double t) {
  const double difference = b - a;
  return t >= 0.5 ? b - difference * (1.0 - t) : a + difference * t;
}

// The next cell boundary (j + 1/2)*resolution at or beyond u, away from the body. A boundary that u
// misses by rounding only (1e-6 of a cell) is taken as met.
TAILFIT_HD inline double upper_cell_boundary(double u, double resolution) {
  return (::ceil(u / resolution - 0.5 - 1e-6) + 0.5) * resolution;
}
TAILFIT_HD inline double lower_cell_boundary(double u, double resolution) {
  return -upper_cell_boundary(-u, resolution);
}

// Is the tail switched off? Then its threshold is the minimum or maximum and it has no flag.
TAILFIT_HD inline bool is_off(const Threshold& rule) {
  return rule.kind == ThresholdKind::tail_mass && rule.value == 0.0;
}

struct Thresholds {
  double lower;
  double upper;
};

// numpy.quantile of both sides that have a quantile for their rule; the others are left as they
// are. memory: select_bytes. Collective.
template <class Key, class Counter, class Group>
TAILFIT_HD inline void numpy_quantiles(const Group& group, const TileOptions& options,
                                       const StagedSeries<Key>& series, Counter* memory,
                                       Thresholds& thresholds) {
  const bool lower = options.lower.kind == ThresholdKind::tail_mass && !is_off(options.lower);
  const bool upper = options.upper.kind == ThresholdKind::tail_mass && !is_off(options.upper);
  if (!lower && !upper) return;
  const QuantilePosition below =
      quantile_position(series.n, lower ? options.lower.value : 1.0 - options.upper.value);
  const QuantilePosition above =
      quantile_position(series.n, upper ? 1.0 - options.upper.value : options.lower.value);
  KeyPair<Key> pairs[2];
  select_pairs(group, series, {below.rank, above.rank}, memory, pairs);
  // + 0: a - 0.0 from the interpolation is a value of the series' zero, which is +0.
  if (lower) {
    thresholds.lower =
        numpy_lerp(value_of_key(pairs[0].first), value_of_key(pairs[0].second), below.weight) + 0.0;
  }
  if (upper) {
    thresholds.upper =
        numpy_lerp(value_of_key(pairs[1].first), value_of_key(pairs[1].second), above.weight) + 0.0;
  }
}

// series: n >= 1 values. memory: select_bytes of shared memory. Collective.
template <class Key, class Counter, class Group>
TAILFIT_HD inline Thresholds find_thresholds(const Group& group, const TileOptions& options,
                                             const StagedSeries<Key>& series, Counter* memory) {
  Thresholds thresholds{options.lower.value + 0.0, options.upper.value + 0.0};
  // Not quantiles: NumPy's may overflow where the minimum cannot.
  if (is_off(options.lower)) thresholds.lower = value_of_key(series.range.least);
  if (is_off(options.upper)) thresholds.upper = value_of_key(series.range.greatest);
  numpy_quantiles(group, options, series, memory, thresholds);
  if (options.resolution > 0.0) {
    if (!is_off(options.lower)) {
      thresholds.lower = lower_cell_boundary(thresholds.lower, options.resolution);
    }
    if (!is_off(options.upper)) {
      thresholds.upper = upper_cell_boundary(thresholds.upper, options.resolution);
    }
  }
  return thresholds;
}

}  // namespace
}  // namespace tailfit::kernels
