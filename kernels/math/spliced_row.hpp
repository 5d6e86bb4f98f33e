// One spliced binned-Pareto distribution in the form that all its functions read: edges, and masses
// on both sides of each, in units of 1/n. Those of a fit are counts, so sums of them are exact.
#pragma once

#include "kernels/fit/body.hpp"
#include "kernels/fit/ordered_key.hpp"
#include "kernels/group/serial_group.hpp"
#include "kernels/math/gpd.hpp"
#include "kernels/math/spliced_batch.hpp"

namespace tailfit::kernels {
namespace {

struct RowTail {
  double threshold;
  double mass;
  GpdParameters gpd;  // NaN where there is none

  TAILFIT_HD bool is_fitted() const { return !is_nan(gpd.shape); }
};

struct SplicedRow {
  bool exists;  // else every function is NaN
  double n;     // of all masses
  RowTail lower;
  RowTail upper;
  double body;          // mass between the thresholds
  int64_t bins;         // that it is divided into: of a degenerate one 1
  bool has_bins;        // their masses are known
  BodyGrid grid;        // equal bins
  const double* edges;  // null, or [bins+1] of others
  // A fit's counts; before them, where they have been summed, [bins+1].
  const void* counts;
  CountsKind counts_kind;
  const int64_t* counts_before;
  double laplace;
  double smoothing;  // body/(body + laplace*bins)
  // Masses that were given, else null: [bins+1] each, of all before and behind each edge.
  const double* masses;
  const double* below;
  const double* above;
  // Null, or what these masses were made of: of masses that are too small for a double.
  const void* weights;
  bool weights_are_double;
  bool weights_are_logits;
  // Null, or [bins+1] where what the function that is asked takes of whole bins has been summed
  // (sum_for_points()): of all before each edge, of all behind it.
  const double* sums_below;
  const double* sums_above;
  // Thresholds, scales and edges are multiplied by it: 1, or a power of two where a result would
  // overflow on the way.
  double unit;

  TAILFIT_HD double edge_at(int64_t b) const {
    return unit * (edges != nullptr ? edges[b] : edge(grid, b));
  }
  TAILFIT_HD bool is_atom() const { return lower.threshold == upper.threshold; }

  TAILFIT_HD int64_t count(int64_t b) const {
    return counts_kind == CountsKind::u16 ? static_cast<const uint16_t*>(counts)[b]
                                          : static_cast<const uint32_t*>(counts)[b];
  }
  TAILFIT_HD int64_t count_before(int64_t b) const {
    if (counts_before != nullptr) return counts_before[b];
    return counts_kind == CountsKind::u16 ? sum_of(static_cast<const uint16_t*>(counts), b)
                                          : sum_of(static_cast<const uint32_t*>(counts), b);
  }

  TAILFIT_HD double mass(int64_t b) const {
    if (masses != nullptr) return masses[b];
    if (bins == 1) return body;
    const double c = static_cast<double>(count(b));
    return laplace > 0.0 ? (c + laplace) * smoothing : c;
  }
  // Of the values below edge b, the lower tail's among them; known at the body's ends without bins.
  TAILFIT_HD double mass_below(int64_t b) const {
    if (b == 0) return lower.mass;
    if (b == bins) return n - upper.mass;
    return masses != nullptr ? below[b] : mass_below(b, count_before(b));
  }
  // Of the values from edge b on.
  TAILFIT_HD double mass_above(int64_t b) const {
    if (b == 0) return n - lower.mass;
    if (b == bins) return upper.mass;
    return masses != nullptr ? above[b] : mass_above(b, count_before(b));
  }

  // Of a fit, with so many counts before an edge that is inside of the body.
  TAILFIT_HD double mass_below(int64_t b, int64_t before) const {
    const double c = static_cast<double>(before);
    return lower.mass + (laplace > 0.0 ? (c + laplace * static_cast<double>(b)) * smoothing : c);
  }
  TAILFIT_HD double mass_above(int64_t b, int64_t before) const {
    const double c = body - static_cast<double>(before);
    return upper.mass +
           (laplace > 0.0 ? (c + laplace * static_cast<double>(bins - b)) * smoothing : c);
  }

  struct EdgeMasses {
    double left;
    double right;
  };
  // Both of a bin's edges, of a fit by one sum.
  TAILFIT_HD EdgeMasses masses_below(int64_t b) const {
    if (masses != nullptr || bins == 1) return {mass_below(b), mass_below(b + 1)};
    const int64_t before = count_before(b);
    return {b == 0 ? lower.mass : mass_below(b, before),
            b + 1 == bins ? n - upper.mass : mass_below(b + 1, before + count(b))};
  }
  TAILFIT_HD EdgeMasses masses_above(int64_t b) const {
    if (masses != nullptr || bins == 1) return {mass_above(b), mass_above(b + 1)};
    const int64_t before = count_before(b);
    return {b == 0 ? n - lower.mass : mass_above(b, before),
            b + 1 == bins ? upper.mass : mass_above(b + 1, before + count(b))};
  }

  // The bin of a value between the thresholds, which may be either; where the unit is 1.
  TAILFIT_HD int64_t bin_of(double x) const {
    // By division: its reciprocal would cost as much, and serve once.
    if (edges == nullptr) return BinFinder{grid, 0.0}.bin(x);
    int64_t low = 0;
    int64_t high = bins;  // edge(low) <= x < edge(high), or x is the last edge
    while (high - low > 1) {
      const int64_t middle = low + (high - low) / 2;
      if (edges[middle] <= x) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

 private:
  // Sums of no more values than 32 bits count are made of these: twice as many a vector.
  template <class Count>
  TAILFIT_HD int64_t sum_of(const Count* of_bins, int64_t n_bins) const {
    if (n < 0x1p32) {
      uint32_t sum = 0;
      for (int64_t b = 0; b < n_bins; ++b) sum += of_bins[b];
      return sum;
    }
    int64_t sum = 0;
    for (int64_t b = 0; b < n_bins; ++b) sum += of_bins[b];
    return sum;
  }
};

TAILFIT_HD inline RowTail row_tail(const TailParameters& tail) {
  const bool is_fitted = is_finite(tail.shape) && tail.scale > 0.0 && is_finite(tail.scale);
  const double shape = is_fitted ? tail.shape : canonical_nan();
  return {tail.threshold, static_cast<double>(tail.n_exceed), {shape, tail.scale}};
}

TAILFIT_HD inline bool has_distribution(const SplicedParameters& fit) {
  constexpr uint32_t none =
      status_bits::empty | status_bits::thresholds_crossed | status_bits::not_run;
  // No fit has other numbers, but the caller's arrays or a file may.
  const bool are_counts = fit.n > 0 && fit.lower.n_exceed >= 0 && fit.upper.n_exceed >= 0 &&
                          fit.lower.n_exceed <= fit.n - fit.upper.n_exceed;
  return (fit.status & none) == 0 && are_counts && fit.lower.threshold <= fit.upper.threshold &&
         is_finite(fit.lower.threshold) && is_finite(fit.upper.threshold);
}

// before[b] = the counts of all bins before b. Collective; ends with a sync.
template <class Group, class Count>
TAILFIT_HD inline void sum_counts(const Group& group, const Count* counts, int64_t bins,
                                  int64_t* before) {
  int64_t sum = 0;
  for (int64_t first = 0; first < bins; first += group.size()) {
    const int64_t b = first + group.rank();
    const int64_t count = b < bins ? counts[b] : 0;
    const int64_t of_others = group.exclusive_scan_add(count);
    if (b < bins) before[b] = sum + of_others;
    sum += group.reduce_add(count);
  }
  if (group.rank() == 0) before[bins] = sum;
  group.sync();
}

// Of a fit that has a distribution. Collective.
template <class Group>
TAILFIT_HD inline SplicedRow fitted_row(const Group& group, const SplicedParameters& fit,
                                        int64_t* memory) {
  SplicedRow row;  // every member is set: clearing all of them first would take longer
  row.exists = true;
  row.n = static_cast<double>(fit.n);
  row.lower = row_tail(fit.lower);
  row.upper = row_tail(fit.upper);
  row.body = static_cast<double>(fit.n - fit.lower.n_exceed - fit.upper.n_exceed);
  row.grid = make_body_grid(fit.lower.threshold, fit.upper.threshold, fit.bins);
  row.bins = row.grid.degenerate ? 1 : fit.bins;
  row.has_bins = fit.counts != nullptr || fit.lower.threshold == fit.upper.threshold;
  row.edges = nullptr;
  row.counts = fit.counts;
  row.counts_kind = fit.counts_kind;
  row.counts_before = nullptr;
  row.laplace = row.bins == 1 ? 0.0 : fit.laplace;
  row.smoothing = 1.0;
  if (row.laplace > 0.0) {
    row.smoothing = row.body / (row.body + row.laplace * static_cast<double>(row.bins));
  }
  row.masses = nullptr;
  row.below = nullptr;
  row.above = nullptr;
  row.weights = nullptr;
  row.sums_below = nullptr;
  row.sums_above = nullptr;
  row.unit = 1.0;
  if (memory != nullptr && fit.counts != nullptr && row.bins > 1) {
    if (fit.counts_kind == CountsKind::u16) {
      sum_counts(group, static_cast<const uint16_t*>(fit.counts), row.bins, memory);
    } else {
      sum_counts(group, static_cast<const uint32_t*>(fit.counts), row.bins, memory);
    }
    row.counts_before = memory;
  }
  return row;
}

// The rows of fits, the same on all lanes. memory: null, or bins+1 numbers that they share for the
// sums of the counts, which pay where more than a few points are asked for. Collective.
template <class Group>
TAILFIT_HD inline SplicedRow row_of_fit(const Group& group, const SplicedParameters& fit,
                                        int64_t* memory) {
  return has_distribution(fit) ? fitted_row(group, fit, memory) : SplicedRow{};
}
TAILFIT_HD inline SplicedRow row_of_fit(const SplicedParameters& fit, int64_t* memory) {
  return row_of_fit(SerialGroup{}, fit, memory);
}

// The least double that is greater than a finite one.
TAILFIT_HD inline double next_above(double x) {
  if (x == 0.0) return double_of(1);
  return double_of(x > 0.0 ? bits_of(x) + 1 : bits_of(x) - 1);
}

// The distribution of the values times 2^-64. Rounds only what is below 2^-958, which is nothing
// beside a number that overflowed; a scale below that stays as it is, because what overflowed in
// its tail is beyond every double.
TAILFIT_HD inline SplicedRow scaled_down(SplicedRow row) {
  constexpr double unit = 0x1p-64;
  const bool was_atom = row.is_atom();
  row.unit = unit;
  row.sums_below = nullptr;
  row.sums_above = nullptr;
  row.lower.threshold *= unit;
  row.upper.threshold *= unit;
  // A body that is too small at that scale has no value of its own, unlike an atom.
  if (row.is_atom() && !was_atom) row.upper.threshold = next_above(row.lower.threshold);
  if (row.lower.gpd.scale > 0x1p-958) row.lower.gpd.scale *= unit;
  if (row.upper.gpd.scale > 0x1p-958) row.upper.gpd.scale *= unit;
  return row;
}

// Back from there. What is infinite at that scale too, or beyond the largest double now, is
// infinite in truth.
TAILFIT_HD inline double scaled_up(double x) { return is_nan(x) ? canonical_nan() : 0x1p64 * x; }

TAILFIT_HD inline bool is_given_tail(const GivenTail& tail) {
  if (!(tail.mass >= 0.0 && tail.mass < 1.0)) return false;
  return tail.mass == 0.0 || (is_finite(tail.shape) && tail.scale > 0.0 && is_finite(tail.scale));
}

// A sum of many numbers that are not negative, with what its additions lost: some 2^-52 of itself
// off however many they are, and never less than it was before a number.
struct RunningSum {
  double sum;
  double lost;

  TAILFIT_HD void add(double x) {
    const DoubleDouble next = two_sum(sum, x);
    sum = next.high;
    lost += next.low;
  }
  TAILFIT_HD double value() const { return sum + lost; }
};

// e^(x - y): the difference of numbers of hundreds alone would be off by 2^-44.
TAILFIT_HD inline double exp_of_difference(double x, double y) {
  const DoubleDouble difference = two_sum(x, -y);
  return exp_of_sum(difference.high, difference.low);
}

// Weights of the bins as shares of the body; false where they are none. Collective; ends with a
// sync.
template <class Group>
TAILFIT_HD inline bool given_masses(const Group& group, const GivenParameters& given, double body,
                                    double* masses) {
  double greatest = -infinity();
  int n_bad = 0;
  for (int64_t b = group.rank(); b < given.bins; b += group.size()) {
    masses[b] = given_number(given.weights, given.is_double, b);
    n_bad += is_nan(masses[b]) || (!given.are_logits && masses[b] < 0.0) ? 1 : 0;
    greatest = larger(greatest, masses[b]);
  }
  if (group.reduce_add(n_bad) > 0) return false;
  greatest = number_of_key(group.reduce_max(ordered_key(greatest)));
  if (!is_finite(greatest)) return false;
  for (int64_t b = group.rank(); b < given.bins; b += group.size()) {
    // Beside the greatest, so that nothing overflows.
    masses[b] = given.are_logits ? exp_of_difference(masses[b], greatest)
                                 : (greatest > 0.0 ? masses[b] / greatest : 0.0);
  }
  group.sync();
  // Rounded, so in one order; every lane makes the sum for itself.
  RunningSum all{0.0, 0.0};
  for (int64_t b = 0; b < given.bins; ++b) all.add(masses[b]);
  const double sum = all.value();
  group.sync();
  if (!(sum > 0.0)) return body == 0.0;
  for (int64_t b = group.rank(); b < given.bins; b += group.size()) {
    masses[b] = masses[b] / sum * body;
  }
  group.sync();
  return true;
}

// Running sums from both ends. They are rounded, but where no mass is left they are what the tails
// leave, so that no probability exceeds 1 and a level is reached in a bin that has mass.
TAILFIT_HD inline void sum_given_masses(const SplicedRow& row, double* below, double* above) {
  const double all_below = row.n - row.upper.mass;
  const double all_above = row.n - row.lower.mass;
  int64_t first = 0;
  while (first < row.bins && !(row.masses[first] > 0.0)) ++first;
  int64_t last = row.bins - 1;
  while (last >= 0 && !(row.masses[last] > 0.0)) --last;
  below[0] = row.lower.mass;
  RunningSum sum{row.lower.mass, 0.0};
  for (int64_t b = 0; b < row.bins; ++b) {
    sum.add(row.masses[b]);
    below[b + 1] = b >= last ? all_below : smaller(all_below, sum.value());
  }
  above[row.bins] = row.upper.mass;
  sum = {row.upper.mass, 0.0};
  for (int64_t b = row.bins - 1; b >= 0; --b) {
    sum.add(row.masses[b]);
    above[b] = b <= first ? all_above : smaller(all_above, sum.value());
  }
}

// The edges as doubles; true where they rise. Collective; ends with a sync.
template <class Group>
TAILFIT_HD inline bool read_edges(const Group& group, const GivenParameters& given, double* edges) {
  int n_falling = 0;
  for (int64_t b = group.rank(); b <= given.bins; b += group.size()) {
    edges[b] = given_number(given.edges, given.is_double, b);
    const bool rises = b == 0 || given_number(given.edges, given.is_double, b - 1) < edges[b];
    n_falling += rises ? 0 : 1;
  }
  group.sync();
  return group.reduce_add(n_falling) == 0;
}

// The same on all lanes. memory: 4*(bins+1) numbers that they share. Collective.
template <class Group>
TAILFIT_HD inline SplicedRow row_of_given(const Group& group, const GivenParameters& given,
                                          double* memory) {
  SplicedRow row{};
  const int64_t bins = given.bins;
  double* const masses = memory;
  double* const below = memory + (bins + 1);
  double* const above = below + (bins + 1);
  double* const edges = above + (bins + 1);
  const bool edges_rise = read_edges(group, given, edges);
  row.n = 1.0;
  row.unit = 1.0;
  row.bins = bins;
  row.has_bins = true;
  row.edges = edges;
  row.masses = masses;
  row.below = below;
  row.above = above;
  row.weights = given.weights;
  row.weights_are_double = given.is_double;
  row.weights_are_logits = given.are_logits;
  row.smoothing = 1.0;
  row.lower = {edges[0], given.lower.mass, {given.lower.shape, given.lower.scale}};
  row.upper = {edges[bins], given.upper.mass, {given.upper.shape, given.upper.scale}};
  row.body = (1.0 - given.lower.mass) - given.upper.mass;
  row.exists = edges_rise && is_given_tail(given.lower) && is_given_tail(given.upper) &&
               row.body >= 0.0 && is_finite(edges[0]) && is_finite(edges[bins]);
  row.exists = row.exists && given_masses(group, given, row.body, masses);
  if (!row.exists) return row;
  if (group.rank() == 0) sum_given_masses(row, below, above);
  group.sync();
  return row;
}
TAILFIT_HD inline SplicedRow row_of_given(const GivenParameters& given, double* memory) {
  return row_of_given(SerialGroup{}, given, memory);
}

}  // namespace
}  // namespace tailfit::kernels
