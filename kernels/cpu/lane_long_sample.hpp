// Several longer tails, one a lane, each where it lies: passes go over one tail after the other,
// with vectors (vector_passes.hpp); what follows from them is done for all lanes at once. To be
// included after the lanes and a constant solve_long_tail, the instruction set's function for a
// tail alone.
#pragma once

#include "kernels/cpu/lane_sample.hpp"
#include "kernels/cpu/vector_passes.hpp"

namespace tailfit::kernels {
namespace {

struct LongLaneSample {
  static constexpr int64_t longest = 1024;
  // Of memory that a sample needs: for a pass's accumulators.
  static constexpr int64_t doubles = 32 * canonical_accumulator_bytes / 8;

  double* scratch;
  TailSample tail[solver_lanes] = {};
  SampleSummary<Lanes> summary;
  Lanes largest;
  Lanes mean;

  explicit LongLaneSample(double* memory) : scratch(memory) {}
};

// As scale_tail(), once.
inline const TailSample& scaled_tail(WaitingTail& tail) {
  if (!tail.is_scaled) tail.scaled = scale_tail(VectorGroup{}, tail.excess, tail.k);
  tail.is_scaled = true;
  return tail.scaled;
}

inline void fill(LongLaneSample& sample, WaitingTail* tails, int n) {
  sample.summary.k = 1.0;
  sample.summary.n_largest = 1.0;
  sample.summary.second = 0.0;
  sample.largest = 1.0;
  for (int lane = 0; lane < solver_lanes; ++lane) {
    sample.tail[lane] = lane < n ? scaled_tail(tails[lane]) : TailSample{};
    if (lane >= n) continue;
    const TailSample& tail = sample.tail[lane];
    number_of(sample.summary.k, lane) = static_cast<double>(tail.k);
    number_of(sample.summary.n_largest, lane) = static_cast<double>(tail.n_largest);
    number_of(sample.summary.second, lane) = tail.second;
    number_of(sample.largest, lane) = tail.largest;
  }
}

inline void take_excesses(LongLaneSample& sample, int lane, const LongLaneSample& from,
                          int from_lane, int64_t) {
  sample.tail[lane] = from.tail[from_lane];
}

inline void take_product(LaneProduct& product, int lane, double mantissa, int64_t exponent) {
  number_of(product.mantissa, lane) = mantissa;
  number_of(product.exponent, lane) = static_cast<double>(exponent);
}

inline ZeroPassOf<Lanes> evaluate_zero(const LongLaneSample& sample) {
  LaneMomentSums sums;
  for (int lane = 0; lane < solver_lanes; ++lane) {
    if (sample.tail[lane].k == 0) continue;
    const MomentSums own = moment_sums(VectorGroup{}, sample.tail[lane], sample.scratch);
    for (int j = 0; j < near_zero_terms; ++j) number_of(sums.sum[j], lane) = own.sum[j];
    take_product(sums.product, lane, own.mantissa, own.exponent);
  }
  return make_zero_pass(sample.summary, sums.sum, sums.product.logarithm());
}

inline LaneNode evaluate_profile(const LongLaneSample& sample, Lanes u, LaneMask wanted) {
  Lanes exp_u = exp(u);
  Lanes theta = expm1(u);
  const LaneMask small = needs_small_terms(sample.mean, u, theta);
  LaneProfileSums sums;
  LaneNearZeroSums near;
  const uint32_t nearby = lane_bits(small);
  uint32_t left = lane_bits(wanted && (small || u <= profile_joint_limit));
  for (; left != 0; left &= left - 1) {
    const int lane = __builtin_ctz(left);
    const TailSample& tail = sample.tail[lane];
    const double own_exp = number_of(exp_u, lane);
    if ((nearby >> lane & 1u) != 0) {
      const NearZeroSums own =
          near_zero_sums(VectorGroup{}, tail, number_of(theta, lane), own_exp, sample.scratch);
      for (int j = 0; j < profile_powers; ++j) number_of(near.weight[j], lane) = own.weight[j];
      number_of(near.weight_rest, lane) = own.weight_rest;
      number_of(near.log_sum, lane) = own.log_sum;
      number_of(near.log_rest, lane) = own.log_rest;
    } else {
      const ProfileSums own = joint_sums(VectorGroup{}, tail, own_exp, sample.scratch);
      for (int j = 0; j < profile_powers; ++j) number_of(sums.weight[j], lane) = own.weight[j];
      take_product(sums.product, lane, own.mantissa, own.exponent);
    }
  }
  return make_lane_node(sample.summary, u, small, sums, near);
}

inline TailFit fit_alone(const LongLaneSample& sample, const TileOptions& options,
                         WaitingTail& tail) {
  const TailSample& scaled = scaled_tail(tail);
  const SolvedTail fit = solve_long_tail(
      options,
      {scaled.y, scaled.k, scaled.n_largest, scaled.largest, scaled.second, scaled.floored},
      sample.scratch);
  return {fit.shape, fit.scale, fit.loglik, fit.flags, 0};
}

}  // namespace
}  // namespace tailfit::kernels
