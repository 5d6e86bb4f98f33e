// The generalized Pareto distribution of an excess y >= 0, smooth through shape 0: every formula is
// in log1p(t)/t and expm1(t)/t, t = xi times something.
#pragma once

#include "kernels/math/elementary.hpp"

namespace tailfit::kernels {
namespace {

struct GpdParameters {
  double shape;
  double scale;
};

// 1 + xi*y/sigma for xi < 0, the share of the support that lies beyond y: near the end its digits
// are those that xi*y and sigma have in common lost, so both are taken exactly. <= 0: beyond it.
TAILFIT_HD inline double gpd_remaining(const GpdParameters& gpd, const DoubleDouble& y) {
  // Neither products that are too large nor lost parts that are too small for a double.
  const double lift = gpd.scale < 0x1p-700 ? 0x1p300 : gpd.scale > 0x1p700 ? 0x1p-300 : 1.0;
  const double drop = y.high > 0x1p900 ? 0x1p-64 : gpd.shape < -0x1p900 ? 0x1p100 : 1.0;
  const double scale = gpd.scale * lift;
  const double shape = gpd.shape / drop;
  const DoubleDouble product = two_product(shape, y.high * (lift * drop));
  const DoubleDouble sum = two_sum(scale, product.high);
  return (sum.high + (sum.low + (product.low + shape * (y.low * (lift * drop))))) / scale;
}

// xi*y/sigma*2^exponent as a mantissa between 1/3 and 3 and a power of two, for numbers that are
// positive and finite: the quotient alone, or with xi, may be beyond the largest double.
TAILFIT_HD inline SplitDouble gpd_far_product(const GpdParameters& gpd, double y, int exponent) {
  const SplitDouble xi = split(gpd.shape);
  const SplitDouble of_y = split(y);
  const SplitDouble sigma = split(gpd.scale);
  return {xi.mantissa * of_y.mantissa / sigma.mantissa,
          xi.exponent + of_y.exponent - sigma.exponent + exponent};
}

// log1p(xi*z)/xi where z = y/sigma*2^exponent, or its product with xi, is beyond the largest
// double.
TAILFIT_HD_CALL inline double gpd_far_hazard(const GpdParameters& gpd, double y, int exponent) {
  if (!(gpd.shape > 0.0) || y == infinity()) return infinity();
  const SplitDouble t = gpd_far_product(gpd, y, exponent);
  if (t.exponent < 64) return log1p(scale_by_power(t.mantissa, t.exponent)) / gpd.shape;
  // 1 + t is t. Its exponent is counted, not a difference of logarithms, so no digits cancel.
  const SplitDouble rest = split(t.mantissa);
  return log_assemble<double>(t.exponent + rest.exponent, rest.mantissa - 1.0, 0.0) / gpd.shape;
}

// -log of the survival probability at y >= 0; +inf at the support's end and beyond.
TAILFIT_HD_CALL inline double gpd_cumulative_hazard(const GpdParameters& gpd,
                                                    const DoubleDouble& y) {
  const double z = y.high / gpd.scale;
  const double t = gpd.shape * z;
  if (t < -0.5) {
    const double remaining = gpd_remaining(gpd, y);
    return remaining > 0.0 ? log(remaining) / gpd.shape : infinity();
  }
  if (!is_finite(z) || !is_finite(t)) return gpd_far_hazard(gpd, y.high, 0);
  return z * log1p_ratio(t);
}

// sigma times the density is exp(-this); hazard: at y. The end itself belongs to the support.
TAILFIT_HD inline double gpd_density_exponent(const GpdParameters& gpd, const DoubleDouble& y,
                                              double hazard) {
  if (hazard < infinity()) return (1.0 + gpd.shape) * hazard;
  if (gpd.shape > -1.0 || !(gpd_remaining(gpd, y) >= 0.0)) return infinity();
  return gpd.shape == -1.0 ? 0.0 : -infinity();
}

// An excess and its cumulative hazard.
struct GpdExcess {
  double y;
  double hazard;
};

// y*s^power, which is sigma*e^((xi-power)*H)/xi where 1 + xi*y/sigma is xi*y/sigma: in four equal
// factors, none of which is too small.
TAILFIT_HD_CALL inline double gpd_far_integral(double power, const GpdExcess& at) {
  const double quarter = exp(-0.25 * power * at.hazard);
  return at.y * quarter * quarter * quarter * quarter;
}

// weight * int s^power dy of the survival function s between two excesses, from <= to; power 1 or
// 2, weight > 0: with it the integral may be a double. With dy = sigma*e^(xi*h) dh the integral is
// sigma * int e^((xi-power)*h) dh. +inf where it diverges.
TAILFIT_HD_CALL inline double gpd_power_integral(const GpdParameters& gpd, double power,
                                                 const GpdExcess& from, const GpdExcess& to,
                                                 double weight) {
  // s is 1, and hazards may be below the normal doubles.
  if (to.hazard < 0x1p-60) return weight * (to.y - from.y);
  const double rate = power - gpd.shape;
  const double length = to.hazard - from.hazard;
  // To infinity, or so far that nothing is left.
  const bool is_whole = to.hazard == infinity() || rate * length > 64.0;
  if (is_whole && !(rate > 0.0)) return infinity();
  if (rate * to.hazard < -700.0) {  // the exponential alone may be too large
    // What lies nearer is nothing beside it where it is not that far out, too.
    const double nearer = rate * from.hazard < -64.0 ? gpd_far_integral(power, from) : 0.0;
    return (gpd_far_integral(power, to) - nearer) * (weight * (gpd.shape / (gpd.shape - power)));
  }
  const double within = weight * (is_whole ? 1.0 / rate : length * expm1_ratio(-rate * length));
  const double exponent = rate * from.hazard;
  if (!(exponent > 700.0)) return gpd.scale * (exp(-exponent) * within);
  // Below the normal doubles digits would be lost that a large scale brings back.
  const double quarter = exp(-0.25 * exponent);
  return gpd.scale * quarter * quarter * quarter * quarter * within;
}

// The y of a cumulative hazard H >= 0, whose survival probability is exp(-H): sigma*(e^(xi*H) -
// 1)/xi; +inf only where that is beyond the largest double.
TAILFIT_HD_CALL inline double gpd_excess_at(const GpdParameters& gpd, double hazard) {
  const double t = gpd.shape * hazard;
  const double y = gpd.scale * (hazard * expm1_ratio(t));
  if (is_finite(y) || !(t > 600.0)) return y;
  // e^(xi*H) alone may be too large, beside a small scale: it is taken in four equal factors.
  const double quarter = exp(0.25 * t);
  return gpd.scale * quarter / gpd.shape * quarter * quarter * quarter;
}

// The y with survival probability s, 0 < s <= 1.
TAILFIT_HD inline double gpd_isf(const GpdParameters& gpd, double s) {
  return gpd_excess_at(gpd, -log(s));
}

// Upper end of the support.
TAILFIT_HD inline double gpd_end(const GpdParameters& gpd) {
  return gpd.shape < 0.0 ? gpd.scale / -gpd.shape : infinity();
}

// The excess of a cumulative hazard, beyond `threshold` in the direction of `side`, as a value.
// Near the end of a support what is left to it is subtracted from there, because values near zero
// have more digits than the excess.
TAILFIT_HD_CALL inline double gpd_value_at(const GpdParameters& gpd, double hazard,
                                           double threshold, double side) {
  const double t = gpd.shape * hazard;
  if (!(t < -0.5)) return threshold + side * gpd_excess_at(gpd, hazard);
  const double width = -gpd.scale / gpd.shape;
  const double lift = gpd.shape < -0x1p900 ? 0x1p100 : 1.0;  // for a product of smaller factors
  const DoubleDouble product = two_product(width * lift, -gpd.shape / lift);
  const double width_rest = ((gpd.scale - product.high) - product.low) / -gpd.shape;
  const DoubleDouble end = two_sum(threshold, side * width);
  return end.high + (end.low + side * (width_rest - width * exp(t)));
}

// E[y | y > v] of a v in the support: v + (sigma + xi*v)/(1-xi); +inf for xi >= 1 and for a v that
// was too large for a double.
TAILFIT_HD_CALL inline double gpd_mean_beyond(const GpdParameters& gpd, double v) {
  if (!(gpd.shape < 1.0) || v == infinity()) return infinity();
  return v + (gpd.scale + gpd.shape * v) / (1.0 - gpd.shape);
}

// The integral of the quantile function over the survival probabilities from s to 1, that is
// E[y; y <= the y of s]: with L = -log s, the integral over l in (0, L) of
// sigma*(e^(xi*l)-1)/xi*e^-l. Finite for any shape when s > 0.
TAILFIT_HD_CALL inline double gpd_integral_within(const GpdParameters& gpd, double s) {
  const double l = -log(s);
  const double xi = gpd.shape;
  const double reach = larger(1.0, l) * (xi < 0.0 ? -xi : xi);
  if ((xi - 1.0) * l > 700.0) {
    // What is left of the difference, as in gpd_isf.
    const double quarter = exp(0.25 * (xi - 1.0) * l);
    return gpd.scale * quarter / xi * quarter / (xi - 1.0) * quarter * quarter;
  }
  if (reach > 1e-3) {
    const double tilted = l * expm1_ratio(-(1.0 - xi) * l);  // integral of e^((xi-1)*l)
    return gpd.scale * ((tilted - l * expm1_ratio(-l)) / xi);
  }
  // sum over j of xi^(j-1) * P(j+1, L), P the regularised incomplete gamma function; the first
  // omitted term is below 1e-18 of the first.
  double term = s;
  double below = s;
  double power = 1.0;
  double sum = 0.0;
  for (int j = 1; j <= 6; ++j) {
    term *= l / j;
    below += term;
    sum += power * (1.0 - below);
    power *= xi;
  }
  return gpd.scale * sum;
}

}  // namespace
}  // namespace tailfit::kernels
