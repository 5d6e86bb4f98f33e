// The excesses of several short tails, one tail a lane, side by side, and the passes over them.
#pragma once

#include "kernels/cpu/lane_passes.hpp"
#include "kernels/cpu/short_tail.hpp"
#include "kernels/cpu/waiting_tail.hpp"

namespace tailfit::kernels {
namespace {

// y[i*solver_lanes + lane]: the i-th excess of a lane over its largest, as TailSample has it; 0
// beyond the lane's k, which adds nothing to a sum.
struct LaneSample {
  static constexpr int64_t longest = canonical_serial_terms;
  // Of memory that a sample needs.
  static constexpr int64_t doubles = (canonical_serial_terms + 4) * solver_lanes;

  double* y;
  int64_t n_groups;                   // of four, of the longest tail
  int64_t filled[solver_lanes] = {};  // excesses of a lane that may not be 0
  SampleSummary<Lanes> summary;
  Lanes largest;
  Lanes mean;

  explicit LaneSample(double* memory) : y(memory), n_groups(0) {
    memset(memory, 0, static_cast<size_t>(doubles) * sizeof(double));
  }
};

inline Lanes excess_lanes(const LaneSample& sample, int64_t i) {
  return load_lanes(sample.y + i * solver_lanes);
}

inline FourLanes four_terms(const LaneSample& sample, int64_t group) {
  FourLanes terms;
  for (int i = 0; i < 4; ++i) terms.y[i] = excess_lanes(sample, 4 * group + i);
  return terms;
}

// y holds the excesses, 0 beyond the end of each: scales them. As scale_tail(), but that where
// excesses were raised to the floor is not kept: a walk that goes where it matters is given up.
inline void scale(LaneSample& sample) {
  const int64_t n = 4 * sample.n_groups;
  Lanes largest;
  for (int64_t i = 0; i < n; ++i) largest = larger(largest, excess_lanes(sample, i));
  Lanes n_largest;
  Lanes second;
  for (int64_t i = 0; i < n; ++i) {
    const Lanes x = excess_lanes(sample, i);
    const LaneMask present = x > 0.0;
    const LaneMask is_largest = present && x == largest;
    n_largest = n_largest + select(is_largest, 1.0, 0.0);
    const Lanes y = x / largest;
    const Lanes other = select(is_largest, 0.0, larger(y, least_scaled_excess));
    const Lanes kept = select(present, other, 0.0);
    second = larger(second, kept);
    store_lanes(sample.y + i * solver_lanes, kept);
  }
  sample.largest = largest;
  sample.summary.n_largest = n_largest;
  sample.summary.second = second;
}

// The excesses of the waiting tails, scaled.
inline void fill(LaneSample& sample, WaitingTail* tails, int n) {
  sample.n_groups = 0;
  for (int lane = 0; lane < n; ++lane) {
    sample.n_groups = larger(sample.n_groups, (tails[lane].k + 3) / 4);
  }
  for (int lane = 0; lane < solver_lanes; ++lane) {
    const int64_t k = lane < n ? tails[lane].k : 0;
    // A lane without a tail has one excess, for the sums' sake.
    for (int64_t i = 0; i < 4 * sample.n_groups; ++i) {
      const double absent = k == 0 && i == 0 ? 1.0 : 0.0;
      sample.y[i * solver_lanes + lane] = i < k ? tails[lane].excess[i] : absent;
    }
    number_of(sample.summary.k, lane) = static_cast<double>(larger<int64_t>(k, 1));
  }
  scale(sample);
}

// Another sample's tail into this lane.
inline void take_excesses(LaneSample& sample, int lane, const LaneSample& from, int from_lane,
                          int64_t k) {
  for (int64_t i = 0; i < k; ++i) {
    sample.y[i * solver_lanes + lane] = from.y[i * solver_lanes + from_lane];
  }
  for (int64_t i = k; i < sample.filled[lane]; ++i) sample.y[i * solver_lanes + lane] = 0.0;
  sample.filled[lane] = k;
  sample.n_groups = larger(sample.n_groups, (k + 3) / 4);
}

inline ZeroPassOf<Lanes> evaluate_zero(const LaneSample& sample) {
  LaneMomentSums sums;
  for (int64_t group = 0; group < sample.n_groups; ++group) sums.add(four_terms(sample, group));
  return make_zero_pass(sample.summary, sums.sum, sums.product.logarithm());
}

struct LaneNode {
  ProfileNodeOf<Lanes> node;
  LaneMask served;  // for the others the pass would need terms one by one
};

// The sums of a pass, by products or near zero, as a node.
inline LaneNode make_lane_node(const SampleSummary<Lanes>& sample, Lanes u, LaneMask small,
                               const LaneProfileSums& sums, const LaneNearZeroSums& near) {
  Lanes weight[profile_powers];
  for (int j = 0; j < profile_powers; ++j) {
    weight[j] = select(small, near.weight[j], sums.weight[j]);
  }
  weight[0] = select(small, near.weight[0] + near.weight_rest, weight[0]);
  const Lanes of_largest = sample.n_largest * u;
  const Lanes log_sum = select(small, near.log_sum + (near.log_rest + of_largest),
                               sums.product.logarithm() + of_largest);
  const Lanes noise = select(small, 0.0, profile_product_noise);
  return {make_node<Lanes>(sample, u, log_sum / sample.k, noise, weight),
          small || u <= profile_joint_limit};
}

// One pass at u != 0.
inline LaneNode evaluate_profile(const LaneSample& sample, Lanes u, LaneMask wanted) {
  const Lanes exp_u = exp(u);
  const Lanes theta = expm1(u);
  const LaneMask small = needs_small_terms(sample.mean, u, theta);
  LaneProfileSums sums;
  if (any(wanted && !small)) {
    for (int64_t group = 0; group < sample.n_groups; ++group) {
      sums.add(four_terms(sample, group), exp_u);
    }
  }
  LaneNearZeroSums near;
  if (any(wanted && small)) {
    for (int64_t group = 0; group < sample.n_groups; ++group) {
      near.add(four_terms(sample, group), theta, exp_u);
    }
  }
  return make_lane_node(sample.summary, u, small, sums, near);
}

// The tail by itself, all that lanes do not do.
inline TailFit fit_alone(const LaneSample&, const TileOptions& options, WaitingTail& tail) {
  return solve_alone(options, tail.excess, tail.k);
}

}  // namespace
}  // namespace tailfit::kernels
