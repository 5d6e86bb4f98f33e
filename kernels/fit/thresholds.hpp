// The thresholds u_L and u_U of a series, by every rule; quantiles are equal (==) to NumPy's.
#pragma once

#include "kernels/fit/body.hpp"
#include "kernels/fit/select.hpp"

namespace tailfit::kernels {
namespace {

// Where numpy.quantile(x, q) lies between two order statistics (type 7 of Hyndman & Fan, 1996):
// virtual index (n-1)*q, its floor and the rest.
struct QuantilePosition {
  int64_t rank;
  double weight;
  bool is_value;  // x_(rank) itself: NumPy's steps make inf*0 of a next value too far away
};

TAILFIT_HD inline QuantilePosition quantile_position(int64_t n, double q) {
  const double index = static_cast<double>(n - 1) * q;
  const double below = ::floor(index);
  if (index >= static_cast<double>(n - 1)) return {n - 1, 0.0, false};
  return {static_cast<int64_t>(below), index - below, false};
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

TAILFIT_HD inline bool is_selected(const Threshold& rule) {
  return rule.kind == ThresholdKind::count ||
         (rule.kind == ThresholdKind::tail_mass && !is_off(rule));
}

// Where a selected threshold lies: numpy.quantile of a level, or the order statistic with `count`
// values beyond it; the last one where there are not so many.
TAILFIT_HD inline QuantilePosition selected_position(const Threshold& rule, int64_t n, bool upper) {
  if (rule.kind == ThresholdKind::count) {
    const int64_t rank = upper ? n - 1 - rule.count : rule.count;
    return {smaller(larger<int64_t>(rank, 0), n - 1), 0.0, true};
  }
  return quantile_position(n, upper ? 1.0 - rule.value : rule.value);
}

template <class Key>
TAILFIT_HD inline double at_position(const KeyPair<Key>& pair, const QuantilePosition& position) {
  if (position.is_value) return value_of_key(pair.first);
  // + 0: a - 0.0 from the interpolation is a value of the series' zero, which is +0.
  return numpy_lerp(value_of_key(pair.first), value_of_key(pair.second), position.weight) + 0.0;
}

// The thresholds that are order statistics; the others are left as they are. Where both are, and
// stay where they are found, keys between them may be set aside. memory: select_bytes. Collective.
template <class Key, class Counter, class Group>
TAILFIT_HD inline void select_thresholds(const Group& group, const TileOptions& options,
                                         StagedSeries<Key>& series, Counter* memory,
                                         Thresholds& thresholds) {
  const bool lower = is_selected(options.lower);
  const bool upper = is_selected(options.upper);
  if (!lower && !upper) return;
  // One that is not wanted is looked for where the other one is.
  const QuantilePosition below = lower ? selected_position(options.lower, series.n, false)
                                       : selected_position(options.upper, series.n, true);
  const QuantilePosition above = upper ? selected_position(options.upper, series.n, true) : below;
  KeyPair<Key> pairs[2];
  const bool both = lower && upper && below.rank <= above.rank && !(options.resolution > 0.0);
  select_pairs(group, series, {below.rank, above.rank}, both, memory, pairs);
  if (lower) thresholds.lower = at_position(pairs[0], below);
  if (upper) thresholds.upper = at_position(pairs[1], above);
}

// Counts all values in the bins of a histogram's own range; those outside go to the end bins.
// Collective; ends with a sync.
template <class Key, class Counter, class Group>
TAILFIT_HD inline void count_histogram(const Group& group, const BodyGrid& grid,
                                       const StagedSeries<Key>& series, Counter* bins) {
  clear_counters(group.local(), bins, grid.bins);
  group.local().sync();
  const BinFinder finder = make_bin_finder(grid);
  for_each_key(series.mine, [&](Key key) {
    const double x = larger(grid.lower, smaller(grid.upper, value_of_key(key)));
    group.add_atomic(&bins[finder.bin(x)], Counter{1});
  });
  group.merge(bins, grid.bins);
}

// The histogram's quantile function, inf{x : F(x) >= p}, F linear within a bin; 0 < p < 1. On every
// lane. Collective; ends with a sync.
template <class Counter, class Group>
TAILFIT_HD inline double histogram_quantile(const Group& group, const BodyGrid& grid,
                                            const Counter* bins, int64_t n, double p) {
  const CounterShare<Counter> share = share_counters(group, bins, grid.bins);
  const double size = static_cast<double>(n);
  // F at the edges as it is computed, so that p = 0.05 means the 50th of 1000.
  const auto reaches = [&](Counter count) { return static_cast<double>(count) / size >= p; };
  double quantile = 0.0;
  if (!reaches(share.before) && reaches(share.before + share.n)) {
    const Counter* counter = share.begin;
    Counter before = share.before;
    while (!reaches(before + *counter)) before += *counter++;
    const int64_t b = share.first + (counter - share.begin);
    const double left = edge(grid, b);
    const double right = edge(grid, b + 1);
    const double part = (p * size - static_cast<double>(before)) / static_cast<double>(*counter);
    const bool whole = static_cast<double>(before + *counter) / size == p;
    const double inside = left + larger(0.0, smaller(1.0, part)) * (right - left);
    quantile = whole ? right : smaller(right, inside);
  }
  // One lane has it, the others add nothing.
  const double found = double_of(group.reduce_add(bits_of(quantile + 0.0)));
  group.sync();
  return found;
}

// The thresholds of the paper's rule (Ehrlich, Callot and Aubet 2021): the quantiles of a histogram
// over a range that is given. bins: counter_bytes. Collective.
template <class Key, class Counter, class Group>
TAILFIT_HD inline void histogram_thresholds(const Group& group, const TileOptions& options,
                                            const StagedSeries<Key>& series, Counter* bins,
                                            Thresholds& thresholds) {
  const bool lower = options.lower.kind == ThresholdKind::histogram_range;
  const bool upper = options.upper.kind == ThresholdKind::histogram_range;
  if (lower) {
    const BodyGrid grid = make_body_grid(options.lower.low, options.lower.high, options.bins);
    count_histogram(group, grid, series, bins);
    thresholds.lower = histogram_quantile(group.local(), grid, bins, series.n, options.lower.value);
  }
  if (upper) {
    const BodyGrid grid = make_body_grid(options.upper.low, options.upper.high, options.bins);
    const bool same =
        lower && options.upper.low == options.lower.low && options.upper.high == options.lower.high;
    if (!same) count_histogram(group, grid, series, bins);
    thresholds.upper =
        histogram_quantile(group.local(), grid, bins, series.n, 1.0 - options.upper.value);
  }
}

// The threshold where it is told, not found.
TAILFIT_HD inline double told_threshold(const Threshold& rule, double of_series) {
  return (rule.kind == ThresholdKind::per_series ? of_series : rule.value) + 0.0;
}

// series: n >= 1 values, some of them set aside afterwards; input: where it came from.
// memory: counter_bytes of shared memory.
// Collective.
template <class T, class Key, class Counter, class Group>
TAILFIT_HD inline Thresholds find_thresholds(const Group& group, const TileOptions& options,
                                             const SeriesInput<T>& input, StagedSeries<Key>& series,
                                             Counter* memory) {
  Thresholds thresholds{told_threshold(options.lower, input.lower),
                        told_threshold(options.upper, input.upper)};
  // Not quantiles: NumPy's may overflow where the minimum cannot.
  if (is_off(options.lower)) thresholds.lower = value_of_key(series.range.least);
  if (is_off(options.upper)) thresholds.upper = value_of_key(series.range.greatest);
  histogram_thresholds(group, options, series, memory, thresholds);
  select_thresholds(group, options, series, memory, thresholds);
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
