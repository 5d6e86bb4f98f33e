// gpd_cells.hpp and gpd_walk.hpp's judgements for several tails at a time. Signs are 1, -1 or 0.
#pragma once

#include "kernels/cpu/lane_search.hpp"
#include "kernels/fit/gpd_walk.hpp"

namespace tailfit::kernels {
namespace {

using LanePoint = ProfilePointOf<Lanes>;

inline Lanes slope_sign(const LanePoint& point, double trust) {
  const Lanes error = trust * point.slope_error;
  return select(point.slope > error, 1.0, select(point.slope < -error, -1.0, 0.0));
}

inline LaneMask is_sure(const LanePoint& point, Lanes sign) {
  return sign * point.slope >= sure_slope || slope_sign(point, 1.0) == sign;
}

inline LaneMask excluded_by_order(const LanePoint& left, const LanePoint& right, Lanes sign,
                                  Lanes r) {
  const Lanes greatest_xi = right.xi + right.xi_error;
  const LaneMask positive = s_is_above(left, greatest_xi) || (r - 1.0) * (1.0 + greatest_xi) < 1.0;
  const Lanes least_xi = left.xi - left.xi_error;
  const LaneMask negative = s_is_below(right, least_xi) || ratio_is_above(right, 1.0 + least_xi);
  const LaneMask is_positive = sign > 0.0;
  return (is_positive && positive) || (!is_positive && negative);
}

inline LaneMask nothing_follows(const LanePoint& at, Lanes sign, Lanes r,
                                const LeftEndOf<Lanes>& end) {
  const LaneMask is_positive = sign > 0.0;
  const LaneMask to_the_right =
      is_positive && (s_is_above(at, Lanes(shape_cap)) || (r - 1.0) * (1.0 + shape_cap) < 1.0);
  const Lanes xi = at.xi - at.xi_error - (at.weight + at.weight_error) * (at.u - end.u);
  const LaneMask falls = s_is_below(at, end.least_shape) || ratio_is_above(at, 1.0 + xi);
  const LaneMask to_the_left = at.xi + at.xi_error <= end.least_shape || (!is_positive && falls);
  const LaneMask right_side = at.u > 0.0;
  return (right_side && to_the_right) || (!right_side && to_the_left);
}

// choose_width() in these lanes; rightward: the walk's direction.
inline Lanes choose_width(LaneMask lanes, const LanePoint& at, LaneMask rightward, Lanes sign,
                          Lanes r, const LeftEndOf<Lanes>& end, Lanes usual) {
  Lanes width = usual;
  const LaneMask to_the_right = lanes && rightward && sign > 0.0;
  if (any(to_the_right)) width = select(to_the_right, step_rightward(at, r, usual), width);
  const LaneMask to_the_left = lanes && !rightward && sign < 0.0;
  if (any(to_the_left)) width = select(to_the_left, step_leftward(at, end, usual), width);
  return width;
}

struct LaneVerdict {
  LaneMask same_sign;
  LaneMask minimum;
  LaneMask maximum;
};

inline LaneMask is_open(const LaneVerdict& verdict) {
  return !(verdict.same_sign || verdict.minimum || verdict.maximum);
}

// look_at_cell(), with signs that may be 0: open.
inline LaneVerdict look_at_cell(const LanePoint& left, const LanePoint& right, Lanes left_sign,
                                Lanes right_sign, double trust) {
  const Lanes bound = bound_in_cell(left, right, trust);
  const SlopeCubicOf<Lanes> cubic = slope_cubic(left, right, bound, trust);
  const Lanes product = left_sign * right_sign;
  const LaneMask apart =
      apart_by_chord(left, right, bound, left_sign, trust) || apart_by_cubic(cubic, left_sign);
  const LaneMask turns = product < 0.0 && is_monotone(cubic, right_sign);
  return {product > 0.0 && apart, turns && right_sign > 0.0, turns && right_sign < 0.0};
}

}  // namespace
}  // namespace tailfit::kernels
