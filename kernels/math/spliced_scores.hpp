// Proper scores of an observation under one spliced binned-Pareto distribution, in closed form.
#pragma once

#include "kernels/math/spliced_density.hpp"
#include "kernels/math/spliced_quantile.hpp"

namespace tailfit::kernels {
namespace {

// int s^power dy of the survival function s of a GPD between two cumulative hazards; power 1 or 2.
// With dy = sigma*e^(xi*h) dh it is sigma * int e^((xi-power)*h) dh.
TAILFIT_HD_CALL inline double gpd_power_integral(const GpdParameters& gpd, double power,
                                                 double from, double to) {
  const double rate = power - gpd.shape;
  if (to == infinity()) {
    return rate > 0.0 ? gpd.scale * (exp(-rate * from) / rate) : infinity();
  }
  const double length = to - from;
  return gpd.scale * (exp(-rate * from) * (length * expm1_ratio(-rate * length)));
}

// int F^2 (or with of_cdf = false (1-F)^2) over the part of [from, to] in a tail, from < to.
TAILFIT_HD_CALL inline double tail_squares(const SplicedRow& row, double from, double to,
                                           bool upper, bool of_cdf) {
  const RowTail& tail = upper ? row.upper : row.lower;
  const double begin = upper ? larger(from, tail.threshold) : from;
  const double end = upper ? to : smaller(to, tail.threshold);
  if (!(begin < end)) return 0.0;
  const bool outwards = upper != of_cdf;
  if (has_no_tail(tail)) return outwards ? 0.0 : end - begin;
  if (!tail.is_fitted()) return canonical_nan();
  const double near = tail_hazard(tail, upper ? begin : end, upper);
  const double far = tail_hazard(tail, upper ? end : begin, upper);
  const double share = tail.mass / row.n;
  const double square = share * share * gpd_power_integral(tail.gpd, 2.0, near, far);
  if (outwards) return square;
  if (end - begin == infinity()) return infinity();  // whether or not int s is infinite too
  // (1 - share*s)^2
  return ((end - begin) - 2.0 * share * gpd_power_integral(tail.gpd, 1.0, near, far)) + square;
}

// The same over the part in the body, where F is linear in each bin.
TAILFIT_HD_FLAT inline double body_squares(const SplicedRow& row, double from, double to,
                                           bool of_cdf) {
  const double begin = larger(from, row.lower.threshold);
  const double end = smaller(to, row.upper.threshold);
  if (!(begin < end)) return 0.0;
  if (!row.has_bins) return canonical_nan();
  double sum = 0.0;
  double left = begin;
  double at_left = body_mass(row, left, of_cdf) / row.n;
  for (int64_t b = row.bin_of(begin); b < row.bins && left < end; ++b) {
    const double edge_right = row.edge_at(b + 1);
    const double right = smaller(edge_right, end);
    const double mass = right == edge_right
                            ? (of_cdf ? row.mass_below(b + 1) : row.mass_above(b + 1))
                            : body_mass(row, right, of_cdf);
    const double at_right = mass / row.n;
    // Halves, because a bin may be wider than the largest double.
    sum += (0.5 * right - 0.5 * left) *
           (2.0 * ((at_left * at_left + at_left * at_right + at_right * at_right) / 3.0));
    left = right;
    at_left = at_right;
  }
  return sum;
}

TAILFIT_HD inline double squares(const SplicedRow& row, double from, double to, bool of_cdf) {
  if (!(from < to)) return 0.0;
  return tail_squares(row, from, to, false, of_cdf) + body_squares(row, from, to, of_cdf) +
         tail_squares(row, from, to, true, of_cdf);
}

// int (F - 1{x <= z})^2 dz from `weight_from` on: the threshold-weighted continuous ranked
// probability score of Gneiting & Ranjan (2011); of -inf the score itself (Matheson & Winkler
// 1976). +inf where the integral diverges: a tail's shape is 2 or more. row: with sums of its
// counts.
TAILFIT_HD inline double spliced_twcrps(const SplicedRow& row, double x, double weight_from) {
  if (!row.exists || is_nan(x) || is_nan(weight_from)) return canonical_nan();
  const double below = squares(row, weight_from, x, true);
  const double above = squares(row, larger(x, weight_from), infinity(), false);
  const double sum = below + above;
  return is_nan(sum) ? canonical_nan() : sum;
}

TAILFIT_HD inline double spliced_crps(const SplicedRow& row, double x) {
  return spliced_twcrps(row, x, -infinity());
}

// 2*(1{x <= Q(p)} - p)*(Q(p) - x), the pinball loss twice: its mean over p is the CRPS.
TAILFIT_HD inline double spliced_quantile_score(const SplicedRow& row, double x, double p) {
  const double quantile = spliced_quantile(row, p);
  if (is_nan(x) || is_nan(quantile)) return canonical_nan();
  return x <= quantile ? 2.0 * (1.0 - p) * (quantile - x) : 2.0 * p * (x - quantile);
}

}  // namespace
}  // namespace tailfit::kernels
