// Fits several tails at once, one a lane, with the bits of fit_gpd().
#pragma once

#include "kernels/cpu/lane_walk.hpp"

namespace tailfit::kernels {
namespace {

inline Lanes gpd_start(Lanes log_mean, Lanes log_square, Lanes log_k, Lanes mean_log) {
  static constexpr StartCoefficients table = start_coefficients();
  const Lanes feature[4] = {log_mean, log_square - 2.0 * log_mean, log_k, -mean_log};
  const LaneMask heavy = -mean_log > start_heavy_from;
  return start_polynomial(
      [&](int i) { return select(heavy, Lanes(table.heavy[i]), Lanes(table.light[i])); }, feature);
}

struct LaneNearZero {
  Lanes low_sign;  // of p' at both ends
  Lanes high_sign;
  LaneMask usual;  // no minimum there, and all of it proved at once
};

// search_near_zero() where one cell does.
inline LaneNearZero search_near_zero(const NearZeroSeriesOf<Lanes>& series) {
  const LanePoint low = near_zero_point<Lanes>(series, -near_zero_theta);
  const LanePoint high = near_zero_point<Lanes>(series, near_zero_theta);
  const Lanes low_sign = select(low.slope < 0.0, -1.0, 1.0);
  const Lanes high_sign = select(high.slope < 0.0, -1.0, 1.0);
  const LaneVerdict verdict = look_at_cell(low, high, low_sign, high_sign, 1.0);
  return {low_sign, high_sign, verdict.same_sign || verdict.maximum};
}

// Tails that were passed at zero and where the minimum is likely to be, ready for the walk.
template <class Sample>
struct PreparedLanes {
  LaneSearch<Sample> search;
  Lanes low_sign;  // 0 where no minimum is to the left of zero
  Lanes high_sign;
  LeftEndOf<Lanes> end;
  LaneMask usual;  // the others are for fit_gpd()

  explicit PreparedLanes(double* memory) : search(memory) {}
};

// search.sample is filled.
template <class Sample>
inline void prepare(PreparedLanes<Sample>& tails, LaneMask lanes) {
  Sample& sample = tails.search.sample;
  const ZeroPassOf<Lanes> zero = evaluate_zero(sample);
  sample.mean = zero.series.coefficient[0];
  tails.search.node[0] = zero.node;
  tails.search.begin(lanes, 1);
  const LaneNearZero near_zero = search_near_zero(zero.series);
  tails.end = left_end(zero.node.largest_share);
  const LaneMask clear = near_zero.low_sign < 0.0 && is_clear_left_of_zero(zero.series, tails.end);
  tails.low_sign = select(clear, 0.0, near_zero.low_sign);
  tails.high_sign = near_zero.high_sign;
  const LaneMask usual = lanes && sample.summary.n_largest < sample.summary.k && near_zero.usual;
  tails.usual = tails.search.add(first_node(zero, sample.summary.k), usual);
}

inline void move_lane(Lanes& to, int lane, Lanes& from, int from_lane) {
  number_of(to, lane) = number_of(from, from_lane);
}

inline void move_lane(ProfileNodeOf<Lanes>& to, int lane, ProfileNodeOf<Lanes>& from,
                      int from_lane) {
  each_number(to, from, [&](Lanes& a, Lanes& b) { move_lane(a, lane, b, from_lane); });
}

// Lanes that walk, each refilled with another prepared tail when it is done.
template <class Sample>
struct WalkingLanes {
  LaneSearch<Sample> search;
  LaneWalk<LaneSearch<Sample>> walk{search};

  explicit WalkingLanes(double* memory) : search(memory) {}

  void take(int lane, PreparedLanes<Sample>& from, int from_lane) {
    const LaneMask here = lane_mask(1u << lane);
    Sample& own = search.sample;
    Sample& other = from.search.sample;
    const auto k = static_cast<int64_t>(number_of(other.summary.k, from_lane));
    take_excesses(own, lane, other, from_lane, k);
    move_lane(own.summary.k, lane, other.summary.k, from_lane);
    move_lane(own.summary.n_largest, lane, other.summary.n_largest, from_lane);
    move_lane(own.summary.second, lane, other.summary.second, from_lane);
    move_lane(own.largest, lane, other.largest, from_lane);
    move_lane(own.mean, lane, other.mean, from_lane);
    search.begin(here, 2);
    move_lane(search.node[0], lane, from.search.node[0], from_lane);
    move_lane(search.node[1], lane, from.search.node[1], from_lane);
    const double low = number_of(from.low_sign, from_lane);
    const double high = number_of(from.high_sign, from_lane);
    const LeftEndOf<Lanes> end{number_of(from.end.largest_share, from_lane),
                               number_of(from.end.least_shape, from_lane),
                               number_of(from.end.u, from_lane)};
    walk.begin(here, low, high, end);
  }

  TailFit fit_of(int lane, bool take_higher_boundary) {
    TailSample tail{};
    tail.k = static_cast<int64_t>(number_of(search.sample.summary.k, lane));
    tail.largest = number_of(search.sample.largest, lane);
    const ProfileMinimum best{(lane_bits(search.found) >> lane & 1u) != 0,
                              number_of(search.best_p, lane), number_of(search.best_shape, lane),
                              number_of(search.best_scale, lane)};
    return choose_maximum(tail, best, CapPoint{false, 0.0, 0.0, 0.0}, take_higher_boundary,
                          static_cast<int>(number_of(search.passes, lane)));
  }
};

}  // namespace
}  // namespace tailfit::kernels
