// What the profile's slope does between two points, proved from what is known at them.
//
// With h = 1/(1-e^-u), s = xi'/(h-xi') and R = (mean w^2)/(mean w)^2, on either side of u = 0:
//  (a) p' > 0 exactly where s > xi, and both s and xi increase with u;
//  (b) R decreases and xi'/h increases with u, and s-xi increases where u*(2 - R - xi'/h) > 0,
//      decreases where it is < 0: R' = 2R*(W2/W1 - W3/W2) <= 0 by Cauchy-Schwarz, and
//      s' - xi' = h*xi'^2/(h-xi')^2 * (2 - R - xi'/h);
//  (c) |p^(5)| <= xi'' + L', and both change by at most a factor e^|delta|: xi'' = mean w(1-w), and
//      L' = int_0^1 v(1-v) eta(t)/(t(1-t)) dt, 0 <= eta <= 1, v = t*e^u/(1-t+t*e^u), because
//      s(theta) is a Stieltjes function (Aronszajn and Donoghue 1956); the first four derivatives
//      of w(1-w) in u, cumulants of Bernoulli(w), do not exceed it.
#pragma once

#include "kernels/fit/gpd_point.hpp"

namespace tailfit::kernels {
namespace {

enum class CellVerdict { open, same_sign, minimum, maximum };

// +1, -1, or 0 if the error bound leaves the sign of p' open.
TAILFIT_HD inline int slope_sign(const ProfilePoint& point, double trust) {
  const double error = trust * point.slope_error;
  if (point.slope > error) return 1;
  return point.slope < -error ? -1 : 0;
}

// s between bounds on xi'. For u < 0 it falls as xi' grows.
TAILFIT_HD inline double least_s(const ProfilePoint& point) {
  const double weight = point.u > 0.0 ? larger(0.0, point.weight - point.weight_error)
                                      : point.weight + point.weight_error;
  if (point.u > 0.0 && weight >= point.h) return infinity();
  return weight / (point.h - weight);
}
TAILFIT_HD inline double greatest_s(const ProfilePoint& point) {
  const double weight = point.u > 0.0 ? point.weight + point.weight_error
                                      : larger(0.0, point.weight - point.weight_error);
  if (point.u > 0.0 && weight >= point.h) return infinity();
  return weight / (point.h - weight);
}

// Bounds on R.
TAILFIT_HD inline double greatest_r(const ProfilePoint& point) {
  const double weight = point.weight - point.weight_error;
  if (!(weight > 0.0)) return infinity();
  const double square =
      point.weight + point.weight_error - larger(0.0, point.spread - point.spread_error);
  return smaller(square / (weight * weight), 1.0 / weight);
}
TAILFIT_HD inline double least_r(const ProfilePoint& point) {
  const double weight = point.weight + point.weight_error;
  const double square = point.weight - point.weight_error - (point.spread + point.spread_error);
  return larger(1.0, square / (weight * weight));
}

// s(right) < xi(left) or s(left) > xi(right): no root by (a). The sign of p' is then that of both.
TAILFIT_HD inline bool excluded_by_order(const ProfilePoint& left, const ProfilePoint& right,
                                         int sign) {
  if (sign > 0) {
    if (least_s(left) > right.xi + right.xi_error) return true;
    if (left.u > 0.0) {
      // s-xi increases while xi'/h < 2-R, that is s < (2-R)/(R-1); from there on s exceeds that.
      const double r = greatest_r(left);
      return r < 2.0 && (r - 1.0) * (right.xi + right.xi_error) < 2.0 - r;
    }
    // s-xi decreases all the way from left to right.
    return greatest_r(left) + (right.weight - right.weight_error) / right.h <= 2.0;
  }
  return greatest_s(right) < left.xi - left.xi_error;
}

// The cubic through p' and p'' at both ends, in Bernstein form: it and its error bound p' by (c).
struct SlopeCubic {
  double value[4];
  double value_error;
  double derivative[3];
  double derivative_error[3];
};

TAILFIT_HD inline SlopeCubic slope_cubic(const ProfilePoint& left, const ProfilePoint& right,
                                         double trust) {
  const double width = right.u - left.u;
  const double third = width / 3.0;
  const double left_l = left.weight - left.slope;
  const double right_l = right.weight - right.slope;
  const double fifth =
      0.5 * exp(0.5 * width) *
      ((left.spread + right.spread) + (left_l + right_l) +
       trust * (left.spread_error + right.spread_error + left.slope_error + right.slope_error));
  const double cube = width * width * width;
  SlopeCubic cubic;
  cubic.value[0] = left.slope;
  cubic.value[1] = left.slope + third * left.curvature;
  cubic.value[2] = right.slope - third * right.curvature;
  cubic.value[3] = right.slope;
  const double slope_error = trust * larger(left.slope_error, right.slope_error);
  const double curvature_error = trust * larger(left.curvature_error, right.curvature_error);
  cubic.value_error = slope_error + third * curvature_error + fifth * cube * width / 384.0;
  const double rest = fifth * cube / 124.0;
  for (int i = 0; i < 3; ++i) cubic.derivative[i] = (cubic.value[i + 1] - cubic.value[i]) / third;
  cubic.derivative_error[0] = trust * left.curvature_error + rest;
  cubic.derivative_error[1] = 2.0 * (slope_error / third + curvature_error) + rest;
  cubic.derivative_error[2] = trust * right.curvature_error + rest;
  return cubic;
}

// Is |p'| below `limit` all over the cell? What it does there is then lost in p's rounding. trust
// as in look_at_cell().
TAILFIT_HD inline bool is_flat(const ProfilePoint& left, const ProfilePoint& right, double limit,
                               double trust) {
  const SlopeCubic cubic = slope_cubic(left, right, trust);
  bool flat = true;
  for (int i = 0; i < 4; ++i) {
    const double size = cubic.value[i] < 0.0 ? -cubic.value[i] : cubic.value[i];
    flat = flat && size + cubic.value_error <= limit;
  }
  return flat;
}

// Is p' kept from zero by the chord through its values, from which it departs by at most
// width^2/8 * max|p'''|, |p'''| <= xi'' + L'?
TAILFIT_HD inline bool apart_by_chord(const ProfilePoint& left, const ProfilePoint& right, int sign,
                                      double trust) {
  const double width = right.u - left.u;
  const double third =
      0.5 * exp(0.5 * width) *
      ((left.spread + right.spread) + (left.weight - left.slope + right.weight - right.slope) +
       trust * (left.spread_error + right.spread_error + left.slope_error + right.slope_error));
  const double departure = third * width * width / 8.0;
  return sign * left.slope - trust * left.slope_error > departure &&
         sign * right.slope - trust * right.slope_error > departure;
}

// What p' does between two points on one side of zero, given its sign at one of them. trust = 1:
// proved; trust = 0: as if the predictions had no error, to learn whether another pass would help.
TAILFIT_HD_CALL inline CellVerdict look_at_cell(const ProfilePoint& left, const ProfilePoint& right,
                                                int left_sign, int right_sign, double trust) {
  if (left_sign * right_sign > 0) {
    if (apart_by_chord(left, right, left_sign, trust)) return CellVerdict::same_sign;
    const SlopeCubic cubic = slope_cubic(left, right, trust);
    bool apart = true;
    for (int i = 0; i < 4; ++i) {
      apart = apart && left_sign * cubic.value[i] > cubic.value_error;
    }
    return apart ? CellVerdict::same_sign : CellVerdict::open;
  }
  const SlopeCubic cubic = slope_cubic(left, right, trust);
  bool monotone = true;
  for (int i = 0; i < 3; ++i) {
    monotone = monotone && right_sign * cubic.derivative[i] > cubic.derivative_error[i];
  }
  if (!monotone) return CellVerdict::open;
  return right_sign > 0 ? CellVerdict::minimum : CellVerdict::maximum;
}

}  // namespace
}  // namespace tailfit::kernels
