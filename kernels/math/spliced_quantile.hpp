// Quantiles of one spliced binned-Pareto distribution, from below and from above.
#pragma once

#include "kernels/math/spliced_row.hpp"

namespace tailfit::kernels {
namespace {

// The value with survival probability s beyond a tail's threshold; side: -1 or 1.
TAILFIT_HD_CALL inline double value_in_tail(const RowTail& tail, double s, double side) {
  if (!tail.is_fitted()) return canonical_nan();
  if (s == 0.0) return tail.threshold + side * gpd_end(tail.gpd);
  return gpd_value_at(tail.gpd, -log(smaller(1.0, s)), tail.threshold, side);
}

// The first bin behind which a level is reached; the level lies in the body. Empty bins at the
// beginning are passed over: the support begins behind them.
TAILFIT_HD inline int64_t bin_of_level(const SplicedRow& row, double level, bool from_below) {
  const auto reaches = [&](int64_t b) {
    return from_below ? row.mass_below(b + 1) / row.n >= level && row.mass_below(b + 1) > 0.0
                      : row.mass_above(b + 1) / row.n <= level && row.mass_above(b + 1) < row.n;
  };
  int64_t low = -1;  // does not reach it
  int64_t high = row.bins - 1;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    if (reaches(middle)) {
      high = middle;
    } else {
      low = middle;
    }
  }
  return high;
}

// A value of the body that is no atom.
TAILFIT_HD_CALL inline double value_in_body(const SplicedRow& row, double level, bool from_below) {
  // All values lie beyond the upper threshold: the support begins there.
  if (!(row.body > 0.0)) return row.upper.threshold;
  if (!row.has_bins) return canonical_nan();
  const int64_t b = bin_of_level(row, level, from_below);
  const double mass = row.mass(b);
  const double left = row.edge_at(b);
  const double right = row.edge_at(b + 1);
  if (!(mass > 0.0)) return left;
  const double outside = from_below ? row.mass_below(b) : row.mass_above(b + 1);
  const double share = larger(0.0, smaller(mass, level * row.n - outside)) / mass;
  const double near = from_below ? left : right;
  const double far = from_below ? right : left;
  if (share == 1.0) return far;
  const double width = far - near;
  // Every operation rises with the share, so the quantile does.
  const double half = share * (0.5 * far - 0.5 * near);
  const double inside = is_finite(width) ? near + share * width : near + half + half;
  return from_below ? smaller(right, inside) : larger(left, inside);
}

// Q(p) as the formulas say it: may overflow on the way.
TAILFIT_HD_CALL inline double plain_quantile(const SplicedRow& row, double p) {
  const RowTail& lower = row.lower;
  const RowTail& upper = row.upper;
  const double lower_mass = lower.mass / row.n;
  const double body_end = (row.n - upper.mass) / row.n;
  if (p < lower_mass) return value_in_tail(lower, p * row.n / lower.mass, -1.0);
  if (p > body_end) return value_in_tail(upper, (1.0 - p) * row.n / upper.mass, 1.0);
  if (p == lower_mass && p > 0.0) return lower.threshold;
  return row.is_atom() ? lower.threshold : value_in_body(row, p, true);
}

// inf{x : 1 - F(x) <= q}.
TAILFIT_HD_CALL inline double plain_isf(const SplicedRow& row, double q) {
  const RowTail& lower = row.lower;
  const RowTail& upper = row.upper;
  const double upper_mass = upper.mass / row.n;
  const double body_begin = (row.n - lower.mass) / row.n;
  if (q < upper_mass) return value_in_tail(upper, q * row.n / upper.mass, 1.0);
  if (q > body_begin) return value_in_tail(lower, (1.0 - q) * row.n / lower.mass, -1.0);
  if (lower.mass > 0.0 && q == body_begin) return lower.threshold;
  return row.is_atom() ? lower.threshold : value_in_body(row, q, false);
}

// Q(p) = inf{x : F(x) >= p}, 0 <= p <= 1. row: with sums of its counts.
TAILFIT_HD_CALL inline double spliced_quantile(const SplicedRow& row, double p) {
  if (!row.exists || !(p >= 0.0 && p <= 1.0)) return canonical_nan();
  const double x = plain_quantile(row, p);
  return is_finite(x) ? x : scaled_up(plain_quantile(scaled_down(row), p));
}

// The quantile of a probability above, 0 <= q <= 1: right where 1 - q is 1.
TAILFIT_HD_CALL inline double spliced_isf(const SplicedRow& row, double q) {
  if (!row.exists || !(q >= 0.0 && q <= 1.0)) return canonical_nan();
  const double x = plain_isf(row, q);
  return is_finite(x) ? x : scaled_up(plain_isf(scaled_down(row), q));
}

}  // namespace
}  // namespace tailfit::kernels
