// The excesses of several tails, one tail a lane, and the passes over them: lane by lane what
// gpd_near_zero.hpp and gpd_profile.hpp do with one tail of at most canonical_serial_terms.
#pragma once

#include "kernels/cpu/lane_math.hpp"
#include "kernels/fit/gpd_near_zero.hpp"

namespace tailfit::kernels {
namespace {

// y[i*solver_lanes + lane]: the i-th excess of a lane over its largest, as TailSample has it; 0
// beyond the lane's k, which adds nothing to a sum.
struct LaneSample {
  double* y;
  int64_t n_groups;  // of four, of the longest tail
  SampleSummary<Lanes> summary;
  Lanes largest;
  Lanes mean;
};

constexpr int64_t lane_sample_doubles = (canonical_serial_terms + 4) * solver_lanes;

// One lane's number, in memory.
inline double& number_of(Lanes& lanes, int lane) { return reinterpret_cast<double*>(&lanes)[lane]; }

inline Lanes excess_lanes(const LaneSample& sample, int64_t i) {
  return load_lanes(sample.y + i * solver_lanes);
}

struct FourLanes {
  Lanes y[4];
};

inline FourLanes four_terms(const LaneSample& sample, int64_t group) {
  FourLanes terms;
  for (int i = 0; i < 4; ++i) terms.y[i] = excess_lanes(sample, 4 * group + i);
  return terms;
}

// y holds the excesses, 0 beyond the end of each: scales them. As scale_tail(), but that where
// excesses were raised to the floor is not kept: a walk that goes where it matters is given up.
inline void scale_lanes(LaneSample& sample) {
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

// A product of positive numbers.
struct LaneProduct {
  Lanes mantissa = 1.0;
  Lanes exponent = 0.0;

  void multiply(Lanes factor) {
    const SplitLanes product = split(mantissa * factor);
    mantissa = product.mantissa;
    exponent = exponent + product.exponent;
  }
  Lanes logarithm() const { return log_of_product(mantissa, exponent); }
};

inline Lanes product_factor(Lanes y) { return select(y > 0.0, larger(y, 0x1p-250), 1.0); }

inline ZeroPassOf<Lanes> evaluate_zero(const LaneSample& sample) {
  Lanes sum[near_zero_terms];
  LaneProduct product;
  for (int64_t group = 0; group < sample.n_groups; ++group) {
    const FourLanes terms = four_terms(sample, group);
    const Lanes(&y)[4] = terms.y;
    add_powers(sum, y);
    product.multiply((product_factor(y[0]) * product_factor(y[1])) *
                     (product_factor(y[2]) * product_factor(y[3])));
  }
  return make_zero_pass(sample.summary, sum, product.logarithm());
}

struct LaneSums {
  Lanes weight[profile_powers];
  Lanes log_sum;  // of the excesses that are not the largest
  Lanes log_rest;
};

// add_joint().
inline LaneSums joint_lane_sums(const LaneSample& sample, Lanes exp_u) {
  LaneSums sums;
  LaneProduct product;
  for (int64_t group = 0; group < sample.n_groups; ++group) {
    Lanes w[4];
    product.multiply(joint_weights(four_terms(sample, group).y, exp_u, w));
    add_powers(sums.weight, w);
  }
  sums.log_sum = product.logarithm();
  return sums;
}

inline void add_exactly_where(LaneMask where, Lanes& sum, Lanes& rest, Lanes term) {
  Lanes next_sum = sum;
  Lanes next_rest = rest;
  add_exactly(next_sum, next_rest, term);
  sum = select(where, next_sum, sum);
  rest = select(where, next_rest, rest);
}

// add_near_zero().
inline LaneSums near_zero_lane_sums(const LaneSample& sample, Lanes theta, Lanes exp_u) {
  LaneSums sums;
  Lanes weight_rest;
  for (int64_t group = 0; group < sample.n_groups; ++group) {
    const FourLanes terms = four_terms(sample, group);
    Lanes v[4];
    Lanes w[4];
    for (int i = 0; i < 4; ++i) {
      const Lanes y = terms.y[i];
      v[i] = y * theta;
      const LaneMask far_below = v[i] < -0.5;
      Lanes t = 1.0 + v[i];
      if (any(far_below)) {
        t = select(far_below, (1.0 - y) + y * exp_u, t);
        add_exactly_where(far_below, sums.log_sum, sums.log_rest, log(t));
        v[i] = select(far_below, 0.0, v[i]);
      }
      w[i] = y * exp_u / t;
    }
    const Lanes left = (v[0] + v[1]) + v[0] * v[1];
    const Lanes right = (v[2] + v[3]) + v[2] * v[3];
    add_exactly(sums.log_sum, sums.log_rest, log1p((left + right) + left * right));
    Lanes first = sums.weight[0];
    add_exactly(first, weight_rest, (w[0] + w[1]) + (w[2] + w[3]));
    add_powers(sums.weight, w);
    sums.weight[0] = first;
  }
  sums.weight[0] = sums.weight[0] + weight_rest;
  return sums;
}

inline LaneMask needs_small_terms(const LaneSample& sample, Lanes u, Lanes theta) {
  const LaneMask near = u <= profile_near_zero && u >= -profile_near_zero;
  return near || (u <= profile_small_limit && size_of(theta) * sample.mean < profile_small_theta);
}

struct LaneNode {
  ProfileNodeOf<Lanes> node;
  LaneMask served;  // for the others the pass would need terms one by one
};

// One pass at u != 0.
inline LaneNode evaluate_profile(const LaneSample& sample, Lanes u, LaneMask wanted) {
  const Lanes exp_u = exp(u);
  const Lanes theta = expm1(u);
  const LaneMask small = needs_small_terms(sample, u, theta);
  LaneSums sums;
  if (any(wanted && !small)) sums = joint_lane_sums(sample, exp_u);
  const Lanes n_largest = sample.summary.n_largest;
  Lanes log_sum = sums.log_sum + n_largest * u;
  if (any(wanted && small)) {
    const LaneSums near = near_zero_lane_sums(sample, theta, exp_u);
    for (int j = 0; j < profile_powers; ++j) {
      sums.weight[j] = select(small, near.weight[j], sums.weight[j]);
    }
    log_sum = select(small, near.log_sum + (near.log_rest + n_largest * u), log_sum);
  }
  const Lanes noise = select(small, 0.0, profile_product_noise);
  return {make_node<Lanes>(sample.summary, u, log_sum / sample.summary.k, noise, sums.weight),
          small || u <= profile_joint_limit};
}

}  // namespace
}  // namespace tailfit::kernels
