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

// Quantile at level q of the staged keys. Collective.
template <class Key, class Group>
TAILFIT_HD inline double numpy_quantile(const Group& group, const SelectionBase<Key>& base,
                                        double q, Key* kept, uint64_t* counters) {
  const QuantilePosition position = quantile_position(base.n, q);
  const KeyPair<Key> pair = select_pair(group, base, position.rank, kept, counters);
  // + 0: a - 0.0 from the interpolation is a value of the series' zero, which is +0.
  return numpy_lerp(value_of_key(pair.first), value_of_key(pair.second), position.weight) + 0.0;
}

struct Thresholds {
  double lower;
  double upper;
};

// keys: n >= 1 staged keys. kept: n keys of shared memory; counters: 2*select_buckets. Collective.
template <class Key, class Group>
TAILFIT_HD inline Thresholds find_thresholds(const Group& group, const TileOptions& options,
                                             Key* keys, int64_t n, Key* kept, uint64_t* counters) {
  Thresholds thresholds{options.lower.value + 0.0, options.upper.value + 0.0};
  const bool lower_selects = options.lower.kind == ThresholdKind::tail_mass;
  const bool upper_selects = options.upper.kind == ThresholdKind::tail_mass;
  if (lower_selects || upper_selects) {
    const SelectionBase<Key> base = begin_selection(group, keys, n, counters);
    uint64_t* more_counters = counters + select_buckets;
    if (is_off(options.lower)) {  // not a quantile: NumPy's may overflow where the minimum cannot
      thresholds.lower = value_of_key(base.range.least);
    } else if (lower_selects) {
      thresholds.lower = numpy_quantile(group, base, options.lower.value, kept, more_counters);
    }
    if (is_off(options.upper)) {
      thresholds.upper = value_of_key(base.range.greatest);
    } else if (upper_selects) {
      thresholds.upper =
          numpy_quantile(group, base, 1.0 - options.upper.value, kept, more_counters);
    }
  }
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
