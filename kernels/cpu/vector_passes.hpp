// Passes over the excesses of a long tail with vectors. Its canonical sum has 32 or 1,024
// accumulators (kernels/fit/canonical_sum.hpp), and neighbouring ones take neighbouring groups of
// four excesses: a vector holds one accumulator a lane, and each lane does what the scalar text of
// gpd_profile.hpp and gpd_near_zero.hpp does, operation by operation.
//
// To be included after the lanes of an instruction set and before the solver is instantiated.
#pragma once

#include "kernels/cpu/lane_passes.hpp"
#include "kernels/cpu/vector_group.hpp"

namespace tailfit::kernels {
namespace {

// y[i]: the i-th excess of each of the lanes' groups of four, which lie one after the other.
inline FourLanes vector_terms(const double* first) {
  decltype(Lanes::v) v[4];
  for (int i = 0; i < 4; ++i) v[i] = load_lanes(first + i * solver_lanes).v;
#if defined(__AVX512F__)
  const auto low01 = __builtin_shufflevector(v[0], v[1], 0, 4, 8, 12, 1, 5, 9, 13);
  const auto low23 = __builtin_shufflevector(v[2], v[3], 0, 4, 8, 12, 1, 5, 9, 13);
  const auto high01 = __builtin_shufflevector(v[0], v[1], 2, 6, 10, 14, 3, 7, 11, 15);
  const auto high23 = __builtin_shufflevector(v[2], v[3], 2, 6, 10, 14, 3, 7, 11, 15);
  return {{Lanes(__builtin_shufflevector(low01, low23, 0, 1, 2, 3, 8, 9, 10, 11)),
           Lanes(__builtin_shufflevector(low01, low23, 4, 5, 6, 7, 12, 13, 14, 15)),
           Lanes(__builtin_shufflevector(high01, high23, 0, 1, 2, 3, 8, 9, 10, 11)),
           Lanes(__builtin_shufflevector(high01, high23, 4, 5, 6, 7, 12, 13, 14, 15))}};
#else
  const auto even01 = __builtin_shufflevector(v[0], v[1], 0, 4, 2, 6);
  const auto odd01 = __builtin_shufflevector(v[0], v[1], 1, 5, 3, 7);
  const auto even23 = __builtin_shufflevector(v[2], v[3], 0, 4, 2, 6);
  const auto odd23 = __builtin_shufflevector(v[2], v[3], 1, 5, 3, 7);
  return {{Lanes(__builtin_shufflevector(even01, even23, 0, 1, 4, 5)),
           Lanes(__builtin_shufflevector(odd01, odd23, 0, 1, 4, 5)),
           Lanes(__builtin_shufflevector(even01, even23, 2, 3, 6, 7)),
           Lanes(__builtin_shufflevector(odd01, odd23, 2, 3, 6, 7))}};
#endif
}

// Each lane as an accumulator of its own.
inline void store_product(LaneProduct& product, int lane, double& mantissa, int64_t& exponent) {
  mantissa = number_of(product.mantissa, lane);
  exponent = static_cast<int64_t>(number_of(product.exponent, lane));
}

inline void store_sums(LaneProfileSums& sums, ProfileSums* out) {
  for (int lane = 0; lane < solver_lanes; ++lane) {
    for (int j = 0; j < profile_powers; ++j) out[lane].weight[j] = number_of(sums.weight[j], lane);
    store_product(sums.product, lane, out[lane].mantissa, out[lane].exponent);
  }
}

inline void store_sums(LaneMomentSums& sums, MomentSums* out) {
  for (int lane = 0; lane < solver_lanes; ++lane) {
    for (int j = 0; j < near_zero_terms; ++j) out[lane].sum[j] = number_of(sums.sum[j], lane);
    store_product(sums.product, lane, out[lane].mantissa, out[lane].exponent);
  }
}

inline void store_sums(LaneNearZeroSums& sums, NearZeroSums* out) {
  for (int lane = 0; lane < solver_lanes; ++lane) {
    for (int j = 0; j < profile_powers; ++j) out[lane].weight[j] = number_of(sums.weight[j], lane);
    out[lane].log_sum = number_of(sums.log_sum, lane);
    out[lane].weight_rest = number_of(sums.weight_rest, lane);
    out[lane].log_rest = number_of(sums.log_rest, lane);
  }
}

// canonical_sum() of k > canonical_serial_terms: whole vectors of groups by add_vector(sums,
// terms), what is left of each accumulator by add_one(accumulator, terms).
template <class Sums, class Scalar, class AddVector, class AddOne>
inline Scalar vector_sum(const VectorGroup& group, const TailSample& sample, void* scratch,
                         const AddVector& add_vector, const AddOne& add_one) {
  const int64_t n_groups = (sample.k + 3) / 4;
  const int64_t n_whole = sample.k / 4;
  const int accumulators = canonical_accumulators(sample.k);
  auto* shared = static_cast<Scalar*>(scratch);
  for (int first = 0; first < accumulators; first += solver_lanes) {
    Sums sums;
    int64_t four = first;
    for (; four + solver_lanes <= n_whole; four += accumulators) {
      add_vector(sums, vector_terms(sample.y + 4 * four));
    }
    store_sums(sums, shared + first);
    for (int lane = 0; lane < solver_lanes; ++lane) {
      for (int64_t rest = four + lane; rest < n_groups; rest += accumulators) {
        add_one(shared[first + lane], four_terms(sample, rest));
      }
    }
  }
  return merge_accumulators(group, accumulators, shared);
}

// scratch of what follows: canonical_scratch_bytes(k). As the templates of these names in
// kernels/fit.

inline ProfileSums joint_sums(const VectorGroup& group, const TailSample& sample, double exp_u,
                              void* scratch) {
  const Lanes lanes_exp = exp_u;
  return vector_sum<LaneProfileSums, ProfileSums>(
      group, sample, scratch,
      [&](LaneProfileSums& sums, const FourLanes& terms) { sums.add(terms, lanes_exp); },
      [&](ProfileSums& sums, const FourTerms& terms) { add_joint(sums, terms, exp_u); });
}

inline MomentSums moment_sums(const VectorGroup& group, const TailSample& sample, void* scratch) {
  return vector_sum<LaneMomentSums, MomentSums>(
      group, sample, scratch, [](LaneMomentSums& sums, const FourLanes& terms) { sums.add(terms); },
      [](MomentSums& sums, const FourTerms& terms) { sums.add(terms); });
}

inline NearZeroSums near_zero_sums(const VectorGroup& group, const TailSample& sample, double theta,
                                   double exp_u, void* scratch) {
  const Lanes lanes_theta = theta;
  const Lanes lanes_exp = exp_u;
  return vector_sum<LaneNearZeroSums, NearZeroSums>(
      group, sample, scratch,
      [&](LaneNearZeroSums& sums, const FourLanes& terms) {
        sums.add(terms, lanes_theta, lanes_exp);
      },
      [&](NearZeroSums& sums, const FourTerms& terms) {
        add_near_zero(sums, terms, theta, exp_u);
      });
}

inline TailSample scale_tail(const VectorGroup&, double* excess, int64_t k) {
  Lanes most;
  int64_t i = 0;
  for (; i + solver_lanes <= k; i += solver_lanes) most = larger(most, load_lanes(excess + i));
  double largest = 0.0;
  for (int lane = 0; lane < solver_lanes; ++lane) largest = larger(largest, number_of(most, lane));
  for (; i < k; ++i) largest = larger(largest, excess[i]);
  int64_t n_largest = 0;
  uint32_t floored = 0;
  const Lanes unit = largest;
  Lanes others;
  for (i = 0; i + solver_lanes <= k; i += solver_lanes) {
    const Lanes x = load_lanes(excess + i);
    const Lanes y = x / unit;
    const LaneMask is_largest = x == unit;
    n_largest += __builtin_popcount(lane_bits(is_largest));
    floored |= lane_bits(y < least_scaled_excess);
    const Lanes kept = select(is_largest, 0.0, larger(y, least_scaled_excess));
    others = larger(others, kept);
    store_lanes(excess + i, kept);
  }
  double second = 0.0;
  for (int lane = 0; lane < solver_lanes; ++lane) second = larger(second, number_of(others, lane));
  for (; i < k; ++i) {
    const double y = excess[i] / largest;
    const bool is_largest = excess[i] == largest;
    n_largest += is_largest ? 1 : 0;
    floored |= y < least_scaled_excess ? 1u : 0u;
    excess[i] = is_largest ? 0.0 : larger(y, least_scaled_excess);
    second = larger(second, excess[i]);
  }
  return {excess, k, n_largest, largest, second, floored != 0};
}

}  // namespace
}  // namespace tailfit::kernels
