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

// The y with survival probability s, 0 < s <= 1: sigma*(s^-xi - 1)/xi; +inf only where that is
// beyond the largest double.
TAILFIT_HD inline double gpd_isf(const GpdParameters& gpd, double s) {
  const double l = -log(s);
  const double t = gpd.shape * l;
  const double y = gpd.scale * (l * expm1_ratio(t));
  if (is_finite(y) || !(t > 600.0)) return y;
  // s^-xi alone may be too large, beside a small scale: it is taken in four equal factors.
  const double quarter = exp(0.25 * t);
  return gpd.scale * quarter / gpd.shape * quarter * quarter * quarter;
}

// Upper end of the support.
TAILFIT_HD inline double gpd_end(const GpdParameters& gpd) {
  return gpd.shape < 0.0 ? gpd.scale / -gpd.shape : infinity();
}

// E[y | y > v] of a v in the support: v + (sigma + xi*v)/(1-xi); +inf for xi >= 1 and for a v that
// was too large for a double.
TAILFIT_HD inline double gpd_mean_beyond(const GpdParameters& gpd, double v) {
  if (!(gpd.shape < 1.0) || v == infinity()) return infinity();
  return v + (gpd.scale + gpd.shape * v) / (1.0 - gpd.shape);
}

// The integral of the quantile function over the survival probabilities from s to 1, that is
// E[y; y <= the y of s]: with L = -log s, the integral over l in (0, L) of
// sigma*(e^(xi*l)-1)/xi*e^-l. Finite for any shape when s > 0.
TAILFIT_HD inline double gpd_integral_within(const GpdParameters& gpd, double s) {
  const double l = -log(s);
  const double xi = gpd.shape;
  const double reach = larger(1.0, l) * (xi < 0.0 ? -xi : xi);
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
