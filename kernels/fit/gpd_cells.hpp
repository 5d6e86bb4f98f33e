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
//      of w(1-w) in u, cumulants of Bernoulli(w), do not exceed it;
//  (d) away from zero p' turns positive only where (R-1)*(1+xi) <= 1, negative only where that is
//      at least 1: at a root s = xi, so that xi'/h = xi/(1+xi), and (b) tells how s-xi goes there.
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

template <class Real>
TAILFIT_HD inline Real least_weight(const ProfilePointOf<Real>& point) {
  return larger(Real(0.0), point.weight - point.weight_error);
}
// Is s > limit, and is s < limit, for every xi' within its error bound? s rises with xi' for u > 0
// (to infinity at h), falls for u < 0.
template <class Real>
TAILFIT_HD inline auto s_is_above(const ProfilePointOf<Real>& point, Real limit) {
  const auto right = point.u > 0.0;
  const Real weight = select(right, least_weight(point), point.weight + point.weight_error);
  const Real rest = point.h - weight;
  return (right && (rest <= 0.0 || weight > limit * rest)) || (!right && weight < limit * rest);
}
template <class Real>
TAILFIT_HD inline auto s_is_below(const ProfilePointOf<Real>& point, Real limit) {
  const auto right = point.u > 0.0;
  const Real weight = select(right, point.weight + point.weight_error, least_weight(point));
  const Real rest = point.h - weight;
  return (right && rest > 0.0 && weight < limit * rest) || (!right && weight > limit * rest);
}

// Bounds on R.
template <class Real>
TAILFIT_HD inline Real greatest_r(const ProfilePointOf<Real>& point) {
  const Real weight = point.weight - point.weight_error;
  const Real square =
      point.weight + point.weight_error - larger(Real(0.0), point.spread - point.spread_error);
  const Real inverse = 1.0 / weight;
  return select(weight > 0.0, smaller(square * inverse * inverse, inverse), infinity());
}
template <class Real>
TAILFIT_HD inline Real least_r(const ProfilePointOf<Real>& point) {
  const Real weight = point.weight + point.weight_error;
  const Real square = point.weight - point.weight_error - (point.spread + point.spread_error);
  return larger(Real(1.0), square / (weight * weight));
}

// Is (R-1)*x > 1 surely?
template <class Real>
TAILFIT_HD inline auto ratio_is_above(const ProfilePointOf<Real>& point, Real x) {
  const Real weight = point.weight + point.weight_error;
  const Real square = weight * weight;
  const Real second = point.weight - point.weight_error - (point.spread + point.spread_error);
  return x > 0.0 && (second - square) * x > square;
}

// Has p' the sign it has at the end nearer to zero all over the cell? s(right) < xi(left) or
// s(left) > xi(right) leave no root by (a), R and xi at the ends none by (d). r: a bound on R at
// the left.
TAILFIT_HD inline bool excluded_by_order(const ProfilePoint& left, const ProfilePoint& right,
                                         int sign, double r) {
  if (sign > 0) {
    const double greatest_xi = right.xi + right.xi_error;
    return s_is_above(left, greatest_xi) || (r - 1.0) * (1.0 + greatest_xi) < 1.0;
  }
  const double least_xi = left.xi - left.xi_error;
  return s_is_below(right, least_xi) || ratio_is_above(right, 1.0 + least_xi);
}

// Would order exclude a root if the predictions had no error? positive: the sign of p'.
template <class Real, class Mask>
TAILFIT_HD inline auto order_would_do(const ProfilePointOf<Real>& left,
                                      const ProfilePointOf<Real>& right, Mask positive) {
  const Real xi = select(positive, right.xi, left.xi);
  const Real weight = select(positive, left.weight, right.weight);
  const Real spread = select(positive, left.spread, right.spread);
  const Real rest = select(positive, left.h, right.h) - weight;
  const Real square = weight * weight;
  const Real ratio = (weight - spread - square) * (1.0 + xi);  // (R-1)*(1+xi)*square
  const auto right_side = left.u > 0.0;
  const auto s_above = (right_side && weight > xi * rest) || (!right_side && weight < xi * rest);
  const auto s_below = (right_side && weight < xi * rest) || (!right_side && weight > xi * rest);
  return (positive && (s_above || ratio < square)) || (!positive && (s_below || ratio > square));
}

// The cubic through p' and p'' at both ends, in Bernstein form: it and its error bound p' by (c).
template <class Real>
struct SlopeCubicOf {
  Real value[4];
  Real value_error;
  Real derivative[3];
  Real derivative_error[3];
};

// A bound on xi'' + L' in the cell.
template <class Real>
TAILFIT_HD inline Real bound_in_cell(const ProfilePointOf<Real>& left,
                                     const ProfilePointOf<Real>& right, double trust) {
  const Real left_l = left.weight - left.slope;
  const Real right_l = right.weight - right.slope;
  return 0.5 * exp(0.5 * (right.u - left.u)) *
         ((left.spread + right.spread) + (left_l + right_l) +
          trust * (left.spread_error + right.spread_error + left.slope_error + right.slope_error));
}

// bound: bound_in_cell().
template <class Real>
TAILFIT_HD inline SlopeCubicOf<Real> slope_cubic(const ProfilePointOf<Real>& left,
                                                 const ProfilePointOf<Real>& right, Real bound,
                                                 double trust) {
  const Real width = right.u - left.u;
  const Real third = width * (1.0 / 3.0);
  const Real inverse_third = 3.0 / width;
  const Real cube = width * width * width;
  SlopeCubicOf<Real> cubic;
  cubic.value[0] = left.slope;
  cubic.value[1] = left.slope + third * left.curvature;
  cubic.value[2] = right.slope - third * right.curvature;
  cubic.value[3] = right.slope;
  const Real slope_error = trust * larger(left.slope_error, right.slope_error);
  const Real curvature_error = trust * larger(left.curvature_error, right.curvature_error);
  const Real remainder = bound * cube * width * 0x1.5555555555556p-9;  // > 1/384
  cubic.value_error = slope_error + third * curvature_error + remainder;
  const Real rest = bound * cube * 0x1.0842108421085p-7;  // > 1/124
  for (int i = 0; i < 3; ++i) {
    cubic.derivative[i] = (cubic.value[i + 1] - cubic.value[i]) * inverse_third;
  }
  cubic.derivative_error[0] = trust * left.curvature_error + rest;
  cubic.derivative_error[1] = 2.0 * (slope_error * inverse_third + curvature_error) + rest;
  cubic.derivative_error[2] = trust * right.curvature_error + rest;
  return cubic;
}

// Is |p'| below `limit` all over the cell? What it does there is then lost in p's rounding. trust
// as in look_at_cell().
template <class Real>
TAILFIT_HD inline auto is_flat(const ProfilePointOf<Real>& left, const ProfilePointOf<Real>& right,
                               Real limit, double trust) {
  // At both ends first: nearly every cell that is not flat shows it there.
  auto flat = size_of(left.slope) <= limit && size_of(right.slope) <= limit;
  if (!any(flat)) return flat;
  const Real bound = bound_in_cell(left, right, trust);
  const SlopeCubicOf<Real> cubic = slope_cubic(left, right, bound, trust);
  for (int i = 0; i < 4; ++i) {
    flat = flat && size_of(cubic.value[i]) + cubic.value_error <= limit;
  }
  return flat;
}

// Is p' kept from zero by the chord through its values, from which it departs by at most
// width^2/8 * max|p'''|, |p'''| <= xi'' + L'?
template <class Real, class Sign>
TAILFIT_HD inline auto apart_by_chord(const ProfilePointOf<Real>& left,
                                      const ProfilePointOf<Real>& right, Real bound, Sign sign,
                                      double trust) {
  const Real width = right.u - left.u;
  const Real departure = bound * width * width * 0.125;
  return sign * left.slope - trust * left.slope_error > departure &&
         sign * right.slope - trust * right.slope_error > departure;
}

// Is p' kept from zero by its cubic?
template <class Real, class Sign>
TAILFIT_HD inline auto apart_by_cubic(const SlopeCubicOf<Real>& cubic, Sign sign) {
  auto apart = sign * cubic.value[0] > cubic.value_error;
  for (int i = 1; i < 4; ++i) apart = apart && sign * cubic.value[i] > cubic.value_error;
  return apart;
}

// Does p' rise (sign > 0) or fall all the way?
template <class Real, class Sign>
TAILFIT_HD inline auto is_monotone(const SlopeCubicOf<Real>& cubic, Sign sign) {
  auto monotone = sign * cubic.derivative[0] > cubic.derivative_error[0];
  for (int i = 1; i < 3; ++i) {
    monotone = monotone && sign * cubic.derivative[i] > cubic.derivative_error[i];
  }
  return monotone;
}

// What p' does between two points on one side of zero, given its sign at one of them. trust = 1:
// proved; trust = 0: as if the predictions had no error, to learn whether another pass would help.
TAILFIT_HD_CALL inline CellVerdict look_at_cell(const ProfilePoint& left, const ProfilePoint& right,
                                                int left_sign, int right_sign, double trust) {
  const double bound = bound_in_cell(left, right, trust);
  if (left_sign * right_sign > 0) {
    if (apart_by_chord(left, right, bound, left_sign, trust)) return CellVerdict::same_sign;
    const bool apart = apart_by_cubic(slope_cubic(left, right, bound, trust), left_sign);
    return apart ? CellVerdict::same_sign : CellVerdict::open;
  }
  if (!is_monotone(slope_cubic(left, right, bound, trust), right_sign)) return CellVerdict::open;
  return right_sign > 0 ? CellVerdict::minimum : CellVerdict::maximum;
}

}  // namespace
}  // namespace tailfit::kernels
