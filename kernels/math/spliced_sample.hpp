// Draws from one spliced binned-Pareto distribution, by inversion of counter-based random numbers.
#pragma once

#include "kernels/math/philox.hpp"
#include "kernels/math/spliced_density.hpp"
#include "kernels/math/spliced_quantile.hpp"

namespace tailfit::kernels {
namespace {

// The probabilities on both sides of an interval (above, at_most].
struct DrawRange {
  double below_first;  // F(above)
  double above_first;  // 1 - F(above)
  double below_last;   // F(at_most)
  double above_last;
};

// An interval so far out in a tail that its probability is too small for a double, or has lost
// digits: by the tail's cumulative hazards at both ends.
struct FarRange {
  bool is_far;
  bool upper;
  double near;  // of the end towards the threshold
  double far;
};

TAILFIT_HD_CALL inline FarRange far_range(const SplicedRow& row, const DrawRange& range,
                                          double above, double at_most) {
  const bool upper = above >= row.upper.threshold;
  const double outwards = upper ? range.above_first : range.below_last;
  const RowTail& tail = upper ? row.upper : row.lower;
  if ((!upper && at_most > row.lower.threshold) || !(outwards < least_full_mass) ||
      has_no_tail(tail) || !tail.is_fitted()) {
    return {false, false, 0.0, 0.0};
  }
  const double end = upper ? at_most : above;
  return {true, upper, tail_hazard(tail, upper ? above : at_most, upper),
          is_finite(end) ? tail_hazard(tail, end, upper) : infinity()};
}

// With H uniform in probability between both hazards: e^-H = e^-near - v*(e^-near - e^-far).
TAILFIT_HD_CALL inline double draw_far(const SplicedRow& row, const FarRange& range,
                                       const UnitNumber& u) {
  const RowTail& tail = range.upper ? row.upper : row.lower;
  const double of_end = exp(range.near - range.far);
  // Draws rise with the random number on either side.
  const double hazard = range.near - (range.upper ? log(u.above + u.below * of_end)
                                                  : log(u.below + u.above * of_end));
  return gpd_value_at(tail.gpd, hazard, tail.threshold, range.upper ? 1.0 : -1.0);
}

TAILFIT_HD inline DrawRange draw_range(const SplicedRow& row, double above, double at_most) {
  DrawRange range{0.0, 1.0, 1.0, 0.0};
  if (above > -infinity()) {
    range.below_first = spliced_cdf(row, above);
    range.above_first = spliced_sf(row, above);
  }
  if (at_most < infinity()) {
    range.below_last = spliced_cdf(row, at_most);
    range.above_last = spliced_sf(row, at_most);
  }
  return range;
}

TAILFIT_HD inline UnitNumber random_unit(const SplicedRequest& request, int64_t i) {
  return unit_number(random_bits(request.seed, static_cast<uint64_t>(request.series),
                                 static_cast<uint64_t>(request.first_draw + i)));
}

// By that of both probabilities that is the smaller and so has the more digits.
TAILFIT_HD inline double draw_value(const SplicedRow& row, const DrawRange& range,
                                    const UnitNumber& u) {
  const double p = range.below_first + u.below * (range.below_last - range.below_first);
  const double q = range.above_last + u.above * (range.above_first - range.above_last);
  return p <= 0.5 ? spliced_quantile(row, p) : spliced_isf(row, q);
}

// Draws first_draw, first_draw + 1, ... of X given above < X <= at_most, dealt out to the lanes.
// NaN where there is no such value, also where those are of bins whose mass a double does not hold,
// and where a draw falls into a tail that could not be fitted.
// row: with sums of its counts.
template <class Group>
TAILFIT_HD inline void sample_row(const Group& group, const SplicedRow& row,
                                  const SplicedRequest& request, double* out) {
  const bool has_range = row.exists && !is_nan(request.above) && !is_nan(request.at_most);
  const DrawRange range =
      has_range ? draw_range(row, request.above, request.at_most) : DrawRange{0.0, 0.0, 0.0, 0.0};
  const FarRange far = has_range ? far_range(row, range, request.above, request.at_most)
                                 : FarRange{false, false, 0.0, 0.0};
  const bool has_mass =
      far.is_far ? far.near < far.far
                 : range.below_last > range.below_first || range.above_first > range.above_last;
  for (int64_t i = group.rank(); i < request.n_points; i += group.size()) {
    out[i] = canonical_nan();
    if (!has_mass) continue;
    const UnitNumber u = random_unit(request, i);
    double x = far.is_far ? draw_far(row, far, u) : draw_value(row, range, u);
    // Rounding may lead out of the interval.
    if (x <= request.above && request.above > -infinity()) x = next_above(request.above);
    if (x > request.at_most) x = request.at_most;
    if (!is_nan(x)) out[i] = x;
  }
}

// F(x), at an atom a random part of its jump: uniform for X of the distribution itself.
TAILFIT_HD inline double spliced_randomized_pit(const SplicedRow& row, double x,
                                                const UnitNumber& u) {
  const double p = spliced_cdf(row, x);
  if (!row.exists || !row.is_atom() || x != row.lower.threshold) return p;
  return (row.lower.mass + u.below * row.body) / row.n;
}

}  // namespace
}  // namespace tailfit::kernels
