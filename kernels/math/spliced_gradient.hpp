// Gradients of the log density and of the CRPS of one spliced binned-Pareto distribution whose
// weights are logits, with respect to these, both tails' shapes and scales, and the value. Tail
// masses and edges are constants. All are smooth through shape 0; all are 0 where the function is
// infinite and NaN where it is.
#pragma once

#include "kernels/math/spliced_scores.hpp"

namespace tailfit::kernels {
namespace {

struct TailGradient {
  double shape;
  double scale;
};

struct RowGradient {
  double value;  // of the function itself
  double x;
  TailGradient lower;
  TailGradient upper;
};

TAILFIT_HD inline RowGradient constant_gradient(double value) {
  const double slope = is_nan(value) ? canonical_nan() : 0.0;
  return {value, slope, {slope, slope}, {slope, slope}};
}

TAILFIT_HD inline void fill_logits(double* logits, int64_t bins, double value) {
  if (logits == nullptr) return;
  for (int64_t b = 0; b < bins; ++b) logits[b] = value;
}

// d/dxi of -log(1+xi*z)/xi, that is (log(1+t) - t/(1+t))/xi^2 with t = xi*z, z^2/2 at t = 0. rest:
// 1 + t, from where that has its digits; hazard: log(1+xi*z)/xi.
TAILFIT_HD inline double hazard_slope(double xi, double z, double rest, double hazard) {
  const double t = xi * z;
  if (!is_finite(t)) return (hazard - 1.0 / xi) / xi;
  if (t < -0.125 || t > 0.125) return (hazard - z / rest) / xi;
  // sum over k >= 2 of (-1)^k (k-1)/k t^(k-2); the first omitted term is below 2^-60.
  double sum = 0.0;
  for (int k = 21; k >= 2; --k) sum = (k - 1.0) / k - t * sum;
  return z * z * sum;
}

// -d/da of (1 - e^(-a*h))/a, that is (1 - (1+v)*e^-v)/a^2 with v = a*h, h^2/2 at v = 0.
TAILFIT_HD inline double integral_slope(double a, double h) {
  const double v = a * h;
  if (v > 708.0) return 1.0 / (a * a);
  if (v < -0.5 || v > 0.5) return (1.0 - (1.0 + v) * exp(-v)) / (a * a);
  // sum over k >= 0 of (-v)^k (k+1)/(k+2)!; the first omitted term is below 2^-62.
  double sum = 0.0;
  double factorial = 1.0;
  double power = 1.0;
  for (int k = 0; k <= 15; ++k) {
    factorial *= k + 2.0;
    sum += power * ((k + 1.0) / factorial);
    power *= -v;
  }
  return h * h * sum;
}

// Where a value lies in a tail, and what its derivatives are made of.
struct TailPoint {
  double scale;
  double y;  // the excess in units of `unit`: 1, or 4 where it is too large for a double
  double unit;
  double z;       // y/sigma
  double t;       // xi*z
  double rest;    // 1 + xi*z; at the end of a support and beyond 0 or less
  double hazard;  // H
  double slope;   // -dH/dxi
};

TAILFIT_HD_CALL inline TailPoint tail_point(const RowTail& tail, double x, bool upper) {
  const TailPlace place = place_in_tail(tail, x, upper);
  const double shape = tail.gpd.shape;
  const double z = place.y.high / place.gpd.scale;
  double t = shape * z;
  if (z == infinity() && shape > 0.0 && is_finite(x)) {
    const SplitDouble product = gpd_far_product(tail.gpd, place.y.high, -place.exponent);
    t = product.exponent > 1023 ? infinity() : scale_by_power(product.mantissa, product.exponent);
  }
  const double rest = t < -0.5 ? gpd_remaining(place.gpd, place.y) : 1.0 + t;
  const double hazard = hazard_at(tail, place);
  const double slope = hazard_slope(shape, z, rest, hazard);
  return {tail.gpd.scale, place.y.high, place.exponent == 0 ? 1.0 : 4.0, z, t, rest, hazard, slope};
}

// (z - 1)/(1 + xi*z), also where that is of infinite numbers.
TAILFIT_HD inline double scale_slope(const TailPoint& at, double xi) {
  if (!is_finite(at.rest)) return 1.0 / xi;
  // The same, in numbers of which none cancels near the end of a support, nor where xi is near -1.
  if (xi < -0.5) return (1.0 + xi) * (at.z / at.rest) - 1.0;
  return is_finite(at.z) ? (at.z - 1.0) / at.rest : at.t / at.rest / xi;
}

// Of log f, in a tail inside of the support.
TAILFIT_HD_CALL inline void tail_log_pdf_gradient(const RowTail& tail, double x, bool upper,
                                                  RowGradient& gradient) {
  const TailPoint at = tail_point(tail, x, upper);
  if (!(at.rest > 0.0)) return;  // the end itself
  const double xi = tail.gpd.shape;
  const double outwards =
      is_finite(at.rest) ? -((1.0 + xi) / at.rest) / at.scale : -((1.0 + xi) / xi) / at.y / at.unit;
  gradient.x = upper ? outwards : -outwards;
  TailGradient& own = upper ? gradient.upper : gradient.lower;
  own.shape = (1.0 + xi) * at.slope - at.hazard;
  own.scale = scale_slope(at, xi) / at.scale;
}

// logits: null or [bins], written. Outside of the support the value is -inf and every derivative
// 0, as it is at the end of one; at an atom there is none.
TAILFIT_HD_CALL inline RowGradient log_pdf_gradient(const SplicedRow& row, double x,
                                                    double* logits) {
  RowGradient gradient = constant_gradient(spliced_log_pdf(row, x));
  fill_logits(logits, row.bins, gradient.x);
  if (!is_finite(gradient.value)) return gradient;
  const Part part = part_of(row, x);
  if (part != Part::body) {
    const bool upper = part == Part::upper_tail;
    tail_log_pdf_gradient(upper ? row.upper : row.lower, x, upper, gradient);
    return gradient;
  }
  if (logits == nullptr) return gradient;
  for (int64_t b = 0; b < row.bins; ++b) logits[b] = -(row.mass(b) / row.body);
  logits[row.bin_of(x)] += 1.0;
  return gradient;
}

// Of int_0^Y s with respect to a tail, Y inside of its support.
TAILFIT_HD_CALL inline TailGradient single_gradient(const GpdParameters& gpd, const TailPoint& at) {
  const double xi = gpd.shape;
  const double a = 1.0 - xi;
  const double h = at.hazard;
  if (a * h < -700.0) {
    // (1+xi*z)^-a is too large for a double, so 1 + xi*z is xi*z: (xi*Y)^-a sigma^(1/xi)/-a.
    const double within = at.unit * (gpd_far_integral(1.0, {at.y, h}) / -a);
    return {within * (h - 1.0 / xi + 1.0 / a), within / at.scale};
  }
  const double tilted = exp(-a * h);
  // What has no mass left counts nothing, however large.
  const double of_end = tilted > 0.0 ? tilted * at.slope : 0.0;
  const double survival = exp(-h);
  double of_z = survival > 0.0 ? at.z * survival : 0.0;
  if (at.z == infinity()) of_z = tilted > 0.0 ? tilted / xi : 0.0;
  const double integral = a * h > 64.0 ? 1.0 / a : h * expm1_ratio(-a * h);
  return {at.scale * (integral_slope(a, h) - of_end), integral - of_z};
}

// Of the CRPS with respect to a tail: with w the tail's mass, Y the distance of x beyond its
// threshold (0 inside) and s its survival function, -2w d/dtheta int_0^Y s + w^2 d/dtheta int_0^inf
// s^2.
TAILFIT_HD_CALL inline TailGradient tail_crps_gradient(const SplicedRow& row, double x,
                                                       bool upper) {
  const RowTail& tail = upper ? row.upper : row.lower;
  if (has_no_tail(tail)) return {0.0, 0.0};
  const double w = tail.mass / row.n;
  const double xi = tail.gpd.shape;
  const double sigma = tail.gpd.scale;
  const double of_square = 1.0 / (2.0 - xi);
  TailGradient gradient{w * w * sigma * of_square * of_square, w * w * of_square};
  const bool is_beyond = upper ? x > tail.threshold : x < tail.threshold;
  if (!is_beyond) return gradient;
  const double a = 1.0 - xi;
  const TailPoint at = tail_point(tail, x, upper);
  if (at.hazard == infinity()) {  // the whole tail: int s = sigma/(1-xi)
    gradient.shape -= 2.0 * w * sigma / (a * a);
    gradient.scale -= 2.0 * w / a;
    return gradient;
  }
  const TailGradient of_single = single_gradient(tail.gpd, at);
  gradient.shape -= 2.0 * w * of_single.shape;
  gradient.scale -= 2.0 * w * of_single.scale;
  return gradient;
}

// int of F - 1{z > x} over a part of bin b, of which z is `from` to `to` (shares of the bin, one
// side of x), and of that times the share; added to both.
struct BinMoments {
  double zeroth;
  double first;
};

TAILFIT_HD inline BinMoments bin_moments(double at_left, double at_right, double from, double to,
                                         double width) {
  const double begin = at_left + from * (at_right - at_left);
  const double end = at_left + to * (at_right - at_left);
  const double length = to - from;
  const double zeroth = length * (0.5 * (begin + end));
  // The mean of the share times the linear function, by Simpson's rule, which is exact for it.
  const double middle = 0.5 * (from + to);
  const double first =
      length * ((from * begin + 4.0 * middle * (0.5 * (begin + end)) + to * end) / 6.0);
  return {width * zeroth, width * first};
}

// Of one bin, x in it or not, half of them: a bin may be wider than the largest double.
TAILFIT_HD_FLAT inline BinMoments crps_moments(const SplicedRow& row, int64_t b, double x) {
  const double left = row.edge_at(b);
  const double right = row.edge_at(b + 1);
  const double width = 0.5 * right - 0.5 * left;
  const double split = x <= left ? 0.0 : x >= right ? 1.0 : share_of_bin(left, right, x, true);
  BinMoments sum{0.0, 0.0};
  if (split > 0.0) {
    const SplicedRow::EdgeMasses below = row.masses_below(b);
    sum = bin_moments(below.left / row.n, below.right / row.n, 0.0, split, width);
  }
  if (split < 1.0) {
    const SplicedRow::EdgeMasses above = row.masses_above(b);
    const BinMoments behind =
        bin_moments(-above.left / row.n, -above.right / row.n, split, 1.0, width);
    sum = {sum.zeroth + behind.zeroth, sum.first + behind.first};
  }
  return sum;
}

// logits: null or [bins], written. With g_j(z) the share of bin j below z, p_j its share of the
// body and A_j = int (F - 1{z > x}) g_j over the body, dCRPS/dlogit_j is 2*body*p_j*(A_j - sum_k
// p_k A_k).
TAILFIT_HD_CALL inline RowGradient crps_gradient(const SplicedRow& row, double x, double* logits) {
  RowGradient gradient = constant_gradient(spliced_crps(row, x));
  fill_logits(logits, row.bins, gradient.x);
  if (!is_finite(gradient.value)) return gradient;
  gradient.x = spliced_cdf(row, x) - spliced_sf(row, x);
  gradient.lower = tail_crps_gradient(row, x, false);
  gradient.upper = tail_crps_gradient(row, x, true);
  if (logits == nullptr || row.is_atom() || !(row.body > 0.0)) return gradient;
  double behind = 0.0;  // int over the bins behind this one
  double mean = 0.0;
  for (int64_t b = row.bins; b-- > 0;) {
    const BinMoments moments = crps_moments(row, b, x);
    logits[b] = moments.first + behind;
    behind += moments.zeroth;
    mean += row.mass(b) / row.body * logits[b];
  }
  for (int64_t b = 0; b < row.bins; ++b) {
    logits[b] = 4.0 * (row.mass(b) / row.n) * (logits[b] - mean);
  }
  return gradient;
}

}  // namespace
}  // namespace tailfit::kernels
