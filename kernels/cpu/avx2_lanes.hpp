// Four doubles that the solver's text treats as one number, each lane another tail's: avx512_lanes
// .hpp for x86-64-v3.
#pragma once

#include "kernels/cpu/avx2_vectors.hpp"

namespace tailfit::kernels {
namespace {

constexpr int solver_lanes = 4;

struct LaneMask {
  __m256d mask;  // all bits of a lane or none
};

inline LaneMask operator&&(LaneMask a, LaneMask b) { return {_mm256_and_pd(a.mask, b.mask)}; }
inline LaneMask operator||(LaneMask a, LaneMask b) { return {_mm256_or_pd(a.mask, b.mask)}; }
inline LaneMask operator!(LaneMask a) {
  return {_mm256_xor_pd(a.mask, _mm256_castsi256_pd(_mm256_set1_epi64x(-1)))};
}
// Bit i for lane i.
inline uint32_t lane_bits(LaneMask a) { return static_cast<uint32_t>(_mm256_movemask_pd(a.mask)); }
inline LaneMask lane_mask(uint32_t bits) {
  const __m256i bit = _mm256_set_epi64x(8, 4, 2, 1);
  const __m256i set = _mm256_and_si256(_mm256_set1_epi64x(static_cast<int64_t>(bits)), bit);
  return {_mm256_castsi256_pd(_mm256_cmpeq_epi64(set, bit))};
}

struct Lanes {
  __m256d v;

  Lanes() : v(_mm256_setzero_pd()) {}
  Lanes(__m256d lanes) : v(lanes) {}
  Lanes(double every) : v(_mm256_set1_pd(every)) {}
};

inline Lanes load_lanes(const double* from) { return _mm256_loadu_pd(from); }
inline void store_lanes(double* to, Lanes a) { _mm256_storeu_pd(to, a.v); }

inline Lanes operator+(Lanes a, Lanes b) { return _mm256_add_pd(a.v, b.v); }
inline Lanes operator-(Lanes a, Lanes b) { return _mm256_sub_pd(a.v, b.v); }
inline Lanes operator*(Lanes a, Lanes b) { return _mm256_mul_pd(a.v, b.v); }
inline Lanes operator/(Lanes a, Lanes b) { return _mm256_div_pd(a.v, b.v); }
inline Lanes operator-(Lanes a) { return _mm256_xor_pd(a.v, _mm256_set1_pd(-0.0)); }

inline LaneMask operator<(Lanes a, Lanes b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_LT_OQ)}; }
inline LaneMask operator<=(Lanes a, Lanes b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_LE_OQ)}; }
inline LaneMask operator>(Lanes a, Lanes b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_GT_OQ)}; }
inline LaneMask operator>=(Lanes a, Lanes b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_GE_OQ)}; }
inline LaneMask operator==(Lanes a, Lanes b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_EQ_OQ)}; }

inline Lanes select(LaneMask where, Lanes a, Lanes b) {
  return _mm256_blendv_pd(b.v, a.v, where.mask);
}
inline Lanes square_root(Lanes a) { return _mm256_sqrt_pd(a.v); }
// As the templates of kernels/math/portable.hpp: the first operand where neither is less.
inline Lanes smaller(Lanes a, Lanes b) { return _mm256_min_pd(b.v, a.v); }
inline Lanes larger(Lanes a, Lanes b) { return _mm256_max_pd(b.v, a.v); }

// ---- the bits of doubles ----

inline Lanes truncate(Lanes a) {
  return _mm256_round_pd(a.v, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}
inline __m256i every_lane(uint64_t bits) { return _mm256_set1_epi64x(static_cast<int64_t>(bits)); }
inline Lanes add_to_bits(Lanes a, uint64_t number) {
  return _mm256_castsi256_pd(_mm256_add_epi64(_mm256_castpd_si256(a.v), every_lane(number)));
}
inline Lanes and_bits(Lanes a, uint64_t bits) {
  return _mm256_and_pd(a.v, _mm256_castsi256_pd(every_lane(bits)));
}
inline Lanes or_bits(Lanes a, uint64_t bits) {
  return _mm256_or_pd(a.v, _mm256_castsi256_pd(every_lane(bits)));
}
template <int n>
inline Lanes shift_bits_right(Lanes a) {
  return _mm256_castsi256_pd(_mm256_srli_epi64(_mm256_castpd_si256(a.v), n));
}
template <int n>
inline Lanes shift_bits_left(Lanes a) {
  return _mm256_castsi256_pd(_mm256_slli_epi64(_mm256_castpd_si256(a.v), n));
}

}  // namespace
}  // namespace tailfit::kernels
