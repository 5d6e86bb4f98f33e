// The excesses of one tail, scaled by the largest: y_i = x_i/max x in (0, 1]. The fit is then free
// of the data's unit, exactly so for powers of two.
#pragma once

#include "kernels/fit/canonical_sum.hpp"

namespace tailfit::kernels {
namespace {

struct TailSample {
  // y_i, but 0 where y_i = 1: the largest excesses enter every sum in closed form, and y = 0 is the
  // term that adds nothing (1 + theta*y = 1), as the padding of a last partial group of four.
  const double* y;
  int64_t k;
  int64_t n_largest;  // how many are the largest
  double largest;     // max x, > 0, finite
  double second;      // the largest y below 1; 0 if there is none
  bool floored;       // some y were below least_scaled_excess and were raised to it
  double mean = 1.0;  // of y, once it is known; decides how passes are computed
};

// Below this y would soon be subnormal. A y at the floor has 1 + theta*y = 1 to the last bit up to
// u = floored_u_limit, so the profile is exact there; and at u = profile_u_limit every t is so
// large that xi and the best scale for its cap lie to the left, whatever the sample.
constexpr double least_scaled_excess = 0x1p-1000;
constexpr double floored_u_limit = 655.0;  // (1000 - 54)*log 2

// The four y of group g, 0 beyond the end.
struct FourTerms {
  double y[4];
};

TAILFIT_HD inline FourTerms four_terms(const TailSample& sample, int64_t group) {
  const int64_t first = 4 * group;
  if (first + 4 <= sample.k) {
    const double* y = sample.y + first;
    return {{y[0], y[1], y[2], y[3]}};
  }
  FourTerms terms{{0.0, 0.0, 0.0, 0.0}};
  for (int64_t i = first; i < sample.k; ++i) terms.y[i - first] = sample.y[i];
  return terms;
}

// Scales the k >= 1 positive finite excesses in place. Collective over the lanes of `group`.
template <class Group>
TAILFIT_HD inline TailSample scale_tail(const Group& group, double* excess, int64_t k) {
  uint64_t bits = 0;  // of the largest: positive doubles sort as their bits do
  for (int64_t i = group.rank(); i < k; i += group.size()) bits = larger(bits, bits_of(excess[i]));
  const double largest = double_of(group.reduce_max(bits));
  int64_t n_largest = 0;
  uint64_t second_bits = 0;
  int n_floored = 0;
  for (int64_t i = group.rank(); i < k; i += group.size()) {
    const bool is_largest = excess[i] == largest;
    n_largest += is_largest ? 1 : 0;
    const double y = excess[i] / largest;
    n_floored += y < least_scaled_excess ? 1 : 0;
    excess[i] = is_largest ? 0.0 : larger(y, least_scaled_excess);
    second_bits = larger(second_bits, bits_of(excess[i]));
  }
  n_largest = group.reduce_add(n_largest);
  const double second = double_of(group.reduce_max(second_bits));
  const bool floored = group.reduce_add(n_floored) > 0;
  group.sync();
  return {excess, k, n_largest, largest, second, floored};
}

}  // namespace
}  // namespace tailfit::kernels
