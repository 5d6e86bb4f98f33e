// The profile p at any u, predicted from the passes that were made, with bounds on the error.
//
// With X = xi'/xi and L = -log(xi/(e^u-1)):  p = xi - L,  p' = xi' - L',  L' = h - X > 0.
// A node at u0 knows moments of its weights w. At u0+delta, c = e^delta - 1,
//   xi' = mean w*e^delta/(1+c*w),   xi = xi(u0) + mean log(1+c*w) = xi(u0) + c * mean int_0^1
//   w/(1+r*c*w) dr,
// both Stieltjes functions of c, so stieltjes.hpp bounds them from both sides. If the true value f
// lies between the Gauss value G and the Lobatto value, f-G = E[pi(w)^2/(1+c*w)]/pi(-1/c)^2 with pi
// the monic polynomial of the n Gauss nodes, and its logarithmic derivative in delta is below
// 2n*h(|delta|): that bounds the error of xi'' too. What rounding adds is stieltjes_condition()
// times the relative error of the moments.
#pragma once

#include "kernels/fit/gpd_profile.hpp"

namespace tailfit::kernels {
namespace {

template <class Real>
struct ProfilePointOf {
  Real u;
  Real node;  // the u of the pass that tells it
  Real xi;
  Real slope;      // p'
  Real curvature;  // p''
  Real weight;     // xi' = mean w
  Real spread;     // xi'' = mean w(1-w)
  Real h;
  Real xi_error;
  Real weight_error;
  Real slope_error;
  Real spread_error;
  Real curvature_error;
};
using ProfilePoint = ProfilePointOf<double>;

template <class Real>
TAILFIT_HD inline Real size_of(Real x) {
  return select(x < 0.0, -x, x);
}

template <class Real>
TAILFIT_HD inline void set_slopes(ProfilePointOf<Real>& point) {
  const Real h = profile_h(point.u);
  const Real inverse = 1.0 / point.xi;
  const Real x = point.weight * inverse;
  const Real size = size_of(inverse);
  point.h = h;
  point.slope = x - h + point.weight;
  point.curvature = point.spread * inverse - x * x + h * (h - 1.0) + point.spread;
  const Real x_error = size * (point.weight_error + size_of(x) * point.xi_error);
  const Real large_h = size_of(h) + 1.0;
  const Real slope_error = point.weight_error + x_error + 0x1p-51 * large_h;
  const Real curvature_error = point.spread_error * (1.0 + size) +
                               (point.spread * size * size) * point.xi_error +
                               2.0 * size_of(x) * x_error + 0x1p-48 * large_h * large_h;
  // The errors above are of first order.
  const auto holds = point.xi_error * size < 0.125;
  point.slope_error = select(holds, slope_error, 0x1p500);
  point.curvature_error = select(holds, curvature_error, 0x1p500);
}

// The profile at u != 0, as node tells it. delta = u - node.u.
template <class Real>
TAILFIT_HD_CALL inline ProfilePointOf<Real> predict(const ProfileNodeOf<Real>& node, Real u) {
  const Real delta = u - node.u;
  const Real c = expm1(delta);
  const Real exp_delta = 1.0 + c;
  ProfilePointOf<Real> point;
  point.u = u;
  point.node = node.u;
  const Real scaled_c = c * node.greatest_weight;
  const Real inverse_end = 1.0 / (1.0 + scaled_c);
  const StieltjesSlopeOf<Real> weights = stieltjes_slope(node.weights, scaled_c, inverse_end);
  const Real size_of_weight = node.other_weight * exp_delta;
  const Real noise =
      node.moment_noise * weights.condition * size_of_weight + 0x1p-50 * node.largest_share;
  const Real open = size_of_weight * weights.open;
  const Real closed = size_of_weight * weights.closed;
  const Real gap = select(open < closed, closed - open, open - closed);
  point.weight = node.largest_share + open;
  point.weight_error = gap + noise;
  // d/d delta of other_weight * e^delta * Y(c).
  const Real spread = open + node.other_weight * exp_delta * exp_delta *
                                 (node.greatest_weight * weights.open_slope);
  point.spread = select(spread > 0.0, spread, 0.0);
  const Real distance = size_of(delta);
  const Real distance_h = (1.0 + distance) / larger(distance, Real(0x1p-20));  // > h(distance)
  point.spread_error = 9.0 * distance_h * gap + 32.0 * noise;
  const StieltjesValueOf<Real> logarithms = stieltjes_value(node.logarithms, scaled_c, inverse_end);
  const Real log_open = c * node.other_weight * logarithms.open;
  const Real log_closed = c * node.other_weight * logarithms.closed;
  const Real log_gap = select(log_open < log_closed, log_closed - log_open, log_open - log_closed);
  const Real shift = node.largest_share * delta + log_open;
  point.xi = node.xi + shift;
  const Real log_size = size_of(c) * node.other_weight;
  const Real sizes = size_of(shift) + size_of(node.xi);
  point.xi_error = log_gap + node.moment_noise * logarithms.condition * log_size +
                   (0x1p-49 * sizes + node.xi_noise);
  set_slopes(point);
  return point;
}

}  // namespace
}  // namespace tailfit::kernels
