// Eight doubles that the solver's text treats as one number, each lane another tail's: here with
// AVX-512. avx2_lanes.hpp has the same names for four doubles. Every operation rounds as that of a
// double does.
#pragma once

#include "kernels/cpu/avx512_vectors.hpp"

namespace tailfit::kernels {
namespace {

constexpr int solver_lanes = 8;

struct LaneMask {
  __mmask8 mask;
};

inline LaneMask operator&&(LaneMask a, LaneMask b) { return {_kand_mask8(a.mask, b.mask)}; }
inline LaneMask operator||(LaneMask a, LaneMask b) { return {_kor_mask8(a.mask, b.mask)}; }
inline LaneMask operator!(LaneMask a) { return {_knot_mask8(a.mask)}; }
// Bit i for lane i.
inline uint32_t lane_bits(LaneMask a) { return bits_of_mask(a.mask); }
inline LaneMask lane_mask(uint32_t bits) { return {static_cast<__mmask8>(bits)}; }

struct Lanes {
  __m512d v;

  Lanes() : v(_mm512_setzero_pd()) {}
  Lanes(__m512d lanes) : v(lanes) {}
  Lanes(double every) : v(_mm512_set1_pd(every)) {}
};

inline Lanes load_lanes(const double* from) { return _mm512_loadu_pd(from); }
inline void store_lanes(double* to, Lanes a) { _mm512_storeu_pd(to, a.v); }

inline Lanes operator+(Lanes a, Lanes b) { return _mm512_add_pd(a.v, b.v); }
inline Lanes operator-(Lanes a, Lanes b) { return _mm512_sub_pd(a.v, b.v); }
inline Lanes operator*(Lanes a, Lanes b) { return _mm512_mul_pd(a.v, b.v); }
inline Lanes operator/(Lanes a, Lanes b) { return _mm512_div_pd(a.v, b.v); }
inline Lanes operator-(Lanes a) { return _mm512_xor_pd(a.v, _mm512_set1_pd(-0.0)); }

inline LaneMask operator<(Lanes a, Lanes b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_LT_OQ)}; }
inline LaneMask operator<=(Lanes a, Lanes b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_LE_OQ)}; }
inline LaneMask operator>(Lanes a, Lanes b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_GT_OQ)}; }
inline LaneMask operator>=(Lanes a, Lanes b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_GE_OQ)}; }
inline LaneMask operator==(Lanes a, Lanes b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_EQ_OQ)}; }

inline Lanes select(LaneMask where, Lanes a, Lanes b) {
  return _mm512_mask_blend_pd(where.mask, b.v, a.v);
}
inline Lanes square_root(Lanes a) { return _mm512_sqrt_pd(a.v); }
// As the templates of kernels/math/portable.hpp: the first operand where neither is less.
inline Lanes smaller(Lanes a, Lanes b) { return _mm512_min_pd(b.v, a.v); }
inline Lanes larger(Lanes a, Lanes b) { return _mm512_max_pd(b.v, a.v); }

// ---- the bits of doubles ----

inline Lanes truncate(Lanes a) {
  return _mm512_roundscale_pd(a.v, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}
inline Lanes add_to_bits(Lanes a, uint64_t number) {
  return _mm512_castsi512_pd(
      _mm512_add_epi64(_mm512_castpd_si512(a.v), _mm512_set1_epi64(static_cast<int64_t>(number))));
}
inline Lanes and_bits(Lanes a, uint64_t bits) {
  return _mm512_castsi512_pd(
      _mm512_and_si512(_mm512_castpd_si512(a.v), _mm512_set1_epi64(static_cast<int64_t>(bits))));
}
inline Lanes or_bits(Lanes a, uint64_t bits) {
  return _mm512_castsi512_pd(
      _mm512_or_si512(_mm512_castpd_si512(a.v), _mm512_set1_epi64(static_cast<int64_t>(bits))));
}
template <int n>
inline Lanes shift_bits_right(Lanes a) {
  return _mm512_castsi512_pd(_mm512_srli_epi64(_mm512_castpd_si512(a.v), n));
}
template <int n>
inline Lanes shift_bits_left(Lanes a) {
  return _mm512_castsi512_pd(_mm512_slli_epi64(_mm512_castpd_si512(a.v), n));
}

}  // namespace
}  // namespace tailfit::kernels
