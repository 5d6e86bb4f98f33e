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

struct ProfilePoint {
  double u;
  double xi;
  double slope;      // p'
  double curvature;  // p''
  double weight;     // xi' = mean w
  double spread;     // xi'' = mean w(1-w)
  double h;
  double xi_error;
  double weight_error;
  double slope_error;
  double spread_error;
  double curvature_error;
};

TAILFIT_HD inline void set_slopes(ProfilePoint& point) {
  const double h = profile_h(point.u);
  const double inverse = 1.0 / point.xi;
  const double x = point.weight * inverse;
  const double size = inverse < 0.0 ? -inverse : inverse;
  point.h = h;
  point.slope = x - h + point.weight;
  point.curvature = point.spread * inverse - x * x + h * (h - 1.0) + point.spread;
  const double x_error = size * (point.weight_error + (x < 0.0 ? -x : x) * point.xi_error);
  const double large_h = (h < 0.0 ? -h : h) + 1.0;
  point.slope_error = point.weight_error + x_error + 0x1p-51 * large_h;
  // The errors above are of first order.
  if (!(point.xi_error * size < 0.125)) {
    point.slope_error = 0x1p500;
    point.curvature_error = 0x1p500;
    return;
  }
  point.curvature_error = point.spread_error * (1.0 + size) +
                          (point.spread * size * size) * point.xi_error +
                          2.0 * (x < 0.0 ? -x : x) * x_error + 0x1p-48 * large_h * large_h;
}

// The profile at u != 0, as node tells it. delta = u - node.u.
TAILFIT_HD_CALL inline ProfilePoint predict(const ProfileNode& node, double u) {
  const double delta = u - node.u;
  const double c = expm1(delta);
  const double exp_delta = 1.0 + c;
  ProfilePoint point;
  point.u = u;
  const double scaled_c = c * node.greatest_weight;
  const StieltjesSlope weights = stieltjes_slope(node.weights, scaled_c);
  const double size_of_weight = node.other_weight * exp_delta;
  const double noise =
      node.moment_noise * weights.condition * size_of_weight + 0x1p-50 * node.largest_share;
  const double open = size_of_weight * weights.open;
  const double closed = size_of_weight * weights.closed;
  const double gap = open < closed ? closed - open : open - closed;
  point.weight = node.largest_share + open;
  point.weight_error = gap + noise;
  // d/d delta of other_weight * e^delta * Y(c).
  point.spread = open + node.other_weight * exp_delta * exp_delta *
                            (node.greatest_weight * weights.open_slope);
  if (!(point.spread > 0.0)) point.spread = 0.0;
  const double distance = delta < 0.0 ? -delta : delta;
  const double distance_h = (1.0 + distance) / larger(distance, 0x1p-20);  // > h(distance)
  point.spread_error = 9.0 * distance_h * gap + 32.0 * noise;
  const StieltjesValue logarithms = stieltjes_value(node.logarithms, scaled_c);
  const double log_open = c * node.other_weight * logarithms.open;
  const double log_closed = c * node.other_weight * logarithms.closed;
  const double log_gap = log_open < log_closed ? log_closed - log_open : log_open - log_closed;
  point.xi = node.xi + (node.largest_share * delta + log_open);
  const double log_size = (c < 0.0 ? -c : c) * node.other_weight;
  const double shift = node.largest_share * delta + log_open;
  const double sizes = (shift < 0.0 ? -shift : shift) + (node.xi < 0.0 ? -node.xi : node.xi);
  point.xi_error = log_gap + node.moment_noise * logarithms.condition * log_size +
                   (0x1p-49 * sizes + node.xi_noise);
  set_slopes(point);
  return point;
}

}  // namespace
}  // namespace tailfit::kernels
