// What a pass adds up of four excesses in each lane: lane by lane what gpd_near_zero.hpp and
// gpd_profile.hpp do. The lanes are tails (lane_sample.hpp) or accumulators of one tail
// (vector_passes.hpp).
#pragma once

#include "kernels/cpu/lane_math.hpp"
#include "kernels/fit/gpd_near_zero.hpp"

namespace tailfit::kernels {
namespace {

// One lane's number, in memory.
inline double& number_of(Lanes& lanes, int lane) { return reinterpret_cast<double*>(&lanes)[lane]; }

struct FourLanes {
  Lanes y[4];
};

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

// MomentSums.
struct LaneMomentSums {
  Lanes sum[near_zero_terms];
  LaneProduct product;

  static Lanes factor(Lanes y) { return select(y > 0.0, larger(y, 0x1p-250), 1.0); }
  void add(const FourLanes& terms) {
    const Lanes(&y)[4] = terms.y;
    add_powers(sum, y);
    product.multiply((factor(y[0]) * factor(y[1])) * (factor(y[2]) * factor(y[3])));
  }
};

// ProfileSums of add_joint().
struct LaneProfileSums {
  Lanes weight[profile_powers];
  LaneProduct product;

  void add(const FourLanes& terms, Lanes exp_u) {
    Lanes w[4];
    product.multiply(joint_weights(terms.y, exp_u, w));
    add_powers(weight, w);
  }
};

inline void add_exactly_where(LaneMask where, Lanes& sum, Lanes& rest, Lanes term) {
  Lanes next_sum = sum;
  Lanes next_rest = rest;
  add_exactly(next_sum, next_rest, term);
  sum = select(where, next_sum, sum);
  rest = select(where, next_rest, rest);
}

// NearZeroSums of add_near_zero().
struct LaneNearZeroSums {
  Lanes weight[profile_powers];
  Lanes log_sum;
  Lanes weight_rest;
  Lanes log_rest;

  void add(const FourLanes& terms, Lanes theta, Lanes exp_u) {
    Lanes v[4];
    Lanes w[4];
    for (int i = 0; i < 4; ++i) {
      const Lanes y = terms.y[i];
      v[i] = y * theta;
      const LaneMask far_below = v[i] < -0.5;
      Lanes t = 1.0 + v[i];
      if (any(far_below)) {
        t = select(far_below, (1.0 - y) + y * exp_u, t);
        add_exactly_where(far_below, log_sum, log_rest, log(t));
        v[i] = select(far_below, 0.0, v[i]);
      }
      w[i] = y * exp_u / t;
    }
    const Lanes left = (v[0] + v[1]) + v[0] * v[1];
    const Lanes right = (v[2] + v[3]) + v[2] * v[3];
    add_exactly(log_sum, log_rest, log1p((left + right) + left * right));
    Lanes first = weight[0];
    add_exactly(first, weight_rest, (w[0] + w[1]) + (w[2] + w[3]));
    add_powers(weight, w);
    weight[0] = first;
  }
};

// needs_small_terms() of one tail a lane.
inline LaneMask needs_small_terms(Lanes mean, Lanes u, Lanes theta) {
  const LaneMask near = u <= profile_near_zero && u >= -profile_near_zero;
  return near || (u <= profile_small_limit && magnitude(theta) * mean < profile_small_theta);
}

}  // namespace
}  // namespace tailfit::kernels
