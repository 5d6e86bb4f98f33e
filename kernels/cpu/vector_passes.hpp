// Passes over the excesses of a long tail with vectors. Its canonical sum has 32 or 1,024
// accumulators (kernels/fit/canonical_sum.hpp), and neighbouring ones take neighbouring groups of
// four excesses: a vector holds one accumulator a lane, and each lane does what the scalar text of
// gpd_profile.hpp and gpd_near_zero.hpp does, operation by operation.
//
// To be included after the vectors of an instruction set and before the solver is instantiated.
#pragma once

#include "kernels/cpu/vector_group.hpp"
#include "kernels/fit/gpd_near_zero.hpp"

namespace tailfit::kernels {
namespace {

constexpr int pass_lanes = KeyVectors<uint64_t>::lanes;
typedef double Doubles __attribute__((vector_size(8 * pass_lanes)));
typedef uint64_t Words __attribute__((vector_size(8 * pass_lanes)));
typedef int64_t Integers __attribute__((vector_size(8 * pass_lanes)));

inline Doubles load_doubles(const double* from) {
  Doubles v;
  memcpy(&v, from, sizeof v);
  return v;
}

// y[i]: the i-th excess of each of the lanes' groups of four, which lie one after the other.
struct VectorTerms {
  Doubles y[4];
};

inline VectorTerms vector_terms(const double* first) {
  Doubles v[4];
  for (int i = 0; i < 4; ++i) v[i] = load_doubles(first + i * pass_lanes);
#if defined(__AVX512F__)
  const Doubles low01 = __builtin_shufflevector(v[0], v[1], 0, 4, 8, 12, 1, 5, 9, 13);
  const Doubles low23 = __builtin_shufflevector(v[2], v[3], 0, 4, 8, 12, 1, 5, 9, 13);
  const Doubles high01 = __builtin_shufflevector(v[0], v[1], 2, 6, 10, 14, 3, 7, 11, 15);
  const Doubles high23 = __builtin_shufflevector(v[2], v[3], 2, 6, 10, 14, 3, 7, 11, 15);
  return {{__builtin_shufflevector(low01, low23, 0, 1, 2, 3, 8, 9, 10, 11),
           __builtin_shufflevector(low01, low23, 4, 5, 6, 7, 12, 13, 14, 15),
           __builtin_shufflevector(high01, high23, 0, 1, 2, 3, 8, 9, 10, 11),
           __builtin_shufflevector(high01, high23, 4, 5, 6, 7, 12, 13, 14, 15)}};
#else
  const Doubles even01 = __builtin_shufflevector(v[0], v[1], 0, 4, 2, 6);
  const Doubles odd01 = __builtin_shufflevector(v[0], v[1], 1, 5, 3, 7);
  const Doubles even23 = __builtin_shufflevector(v[2], v[3], 0, 4, 2, 6);
  const Doubles odd23 = __builtin_shufflevector(v[2], v[3], 1, 5, 3, 7);
  return {{__builtin_shufflevector(even01, even23, 0, 1, 4, 5),
           __builtin_shufflevector(odd01, odd23, 0, 1, 4, 5),
           __builtin_shufflevector(even01, even23, 2, 3, 6, 7),
           __builtin_shufflevector(odd01, odd23, 2, 3, 6, 7)}};
#endif
}

// A product of positive numbers, mantissa * 2^exponent, as ProfileSums and MomentSums keep it.
struct VectorProduct {
  Doubles mantissa = Doubles{} + 1.0;
  Integers exponent = Integers{};

  // split() of kernels/math/elementary_log.hpp.
  void multiply(Doubles factor) {
    Doubles x = mantissa * factor;
    const Integers small = x < 0x1p-1022;
    const Doubles raised = x * 0x1p54;
    x = small ? raised : x;
    const Words bits = reinterpret_cast<Words>(x) + (0x3FF0000000000000u - 0x3FE6A09E667F3BCDu);
    exponent += (reinterpret_cast<Integers>(bits >> 52) - 1023) + (small & -54);
    mantissa = reinterpret_cast<Doubles>((bits & 0x000FFFFFFFFFFFFFu) + 0x3FE6A09E667F3BCDu);
  }
};

// ProfileSums of add_joint().
struct VectorProfileSums {
  using Scalar = ProfileSums;
  Doubles weight[profile_powers] = {};
  VectorProduct product;

  void add(const VectorTerms& terms, double exp_u) {
    Doubles w[4];
    product.multiply(joint_weights(terms.y, exp_u, w));
    add_powers(weight, w);
  }
  void store(Scalar* out) const {
    for (int lane = 0; lane < pass_lanes; ++lane) {
      for (int j = 0; j < profile_powers; ++j) out[lane].weight[j] = weight[j][lane];
      out[lane].mantissa = product.mantissa[lane];
      out[lane].exponent = product.exponent[lane];
    }
  }
};

// MomentSums of MomentSums::add().
struct VectorMomentSums {
  using Scalar = MomentSums;
  Doubles sum[near_zero_terms] = {};
  VectorProduct product;

  static Doubles factor(Doubles y) {
    const Doubles least = Doubles{} + 0x1p-250;
    const Doubles raised = y < least ? least : y;
    return y > 0.0 ? raised : Doubles{} + 1.0;
  }
  void add(const VectorTerms& terms) {
    add_powers(sum, terms.y);
    product.multiply((factor(terms.y[0]) * factor(terms.y[1])) *
                     (factor(terms.y[2]) * factor(terms.y[3])));
  }
  void store(Scalar* out) const {
    for (int lane = 0; lane < pass_lanes; ++lane) {
      for (int j = 0; j < near_zero_terms; ++j) out[lane].sum[j] = sum[j][lane];
      out[lane].mantissa = product.mantissa[lane];
      out[lane].exponent = product.exponent[lane];
    }
  }
};

// canonical_sum() of k > canonical_serial_terms: whole vectors of groups by add_vector(sums,
// terms), what is left of each accumulator by add_one(accumulator, group).
template <class Sums, class AddVector, class AddOne>
inline typename Sums::Scalar vector_sum(const VectorGroup& group, const TailSample& sample,
                                        void* scratch, const AddVector& add_vector,
                                        const AddOne& add_one) {
  const int64_t n_groups = (sample.k + 3) / 4;
  const int64_t n_whole = sample.k / 4;
  const int accumulators = canonical_accumulators(sample.k);
  auto* shared = static_cast<typename Sums::Scalar*>(scratch);
  for (int first = 0; first < accumulators; first += pass_lanes) {
    Sums sums;
    int64_t four = first;
    for (; four + pass_lanes <= n_whole; four += accumulators) {
      add_vector(sums, vector_terms(sample.y + 4 * four));
    }
    sums.store(shared + first);
    for (int lane = 0; lane < pass_lanes; ++lane) {
      for (int64_t rest = four + lane; rest < n_groups; rest += accumulators) {
        add_one(shared[first + lane], rest);
      }
    }
  }
  return merge_accumulators(group, accumulators, shared);
}

inline ProfileSums joint_sums(const VectorGroup& group, const TailSample& sample, double exp_u,
                              void* scratch) {
  const auto add_one = [&](ProfileSums& part, int64_t four) {
    add_joint(part, four_terms(sample, four), exp_u);
  };
  if (sample.k <= canonical_serial_terms) {
    return canonical_sum<ProfileSums>(group, sample.k, scratch, add_one);
  }
  return vector_sum<VectorProfileSums>(
      group, sample, scratch,
      [&](VectorProfileSums& sums, const VectorTerms& terms) { sums.add(terms, exp_u); }, add_one);
}

inline MomentSums moment_sums(const VectorGroup& group, const TailSample& sample, void* scratch) {
  const auto add_one = [&](MomentSums& part, int64_t four) { part.add(four_terms(sample, four)); };
  if (sample.k <= canonical_serial_terms) {
    return canonical_sum<MomentSums>(group, sample.k, scratch, add_one);
  }
  return vector_sum<VectorMomentSums>(
      group, sample, scratch,
      [](VectorMomentSums& sums, const VectorTerms& terms) { sums.add(terms); }, add_one);
}

}  // namespace
}  // namespace tailfit::kernels
