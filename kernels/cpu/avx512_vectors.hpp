// What the vector code of extraction needs of an instruction set: here x86-64-v4 (AVX-512 F, BW,
// CD, DQ, VL). avx2_vectors.hpp has the same names for x86-64-v3. Masks are plain integers, bit i
// for lane i.
#pragma once

// g++ 12 warns of its own header: lanes that a masked operation leaves out begin undefined there.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#pragma GCC diagnostic pop

#include "kernels/fit/body.hpp"
#include "kernels/fit/ordered_key.hpp"

namespace tailfit::kernels {
namespace {

constexpr const char* vector_instruction_set = "x86-64-v4";

// A mask as an integer. By an instruction of our own: g++ 12 keeps the mask that a conversion
// widens in a byte of the stack, where registers are short, and reads four.
inline uint32_t bits_of_mask(__mmask8 mask) {
  uint32_t bits;
  asm("kmovb %1, %0" : "=r"(bits) : "k"(mask));
  return bits;
}
inline uint32_t bits_of_mask(__mmask16 mask) {
  uint32_t bits;
  asm("kmovw %1, %0" : "=r"(bits) : "k"(mask));
  return bits;
}

template <class Key>
struct KeyVectors;

// 16 keys of fp32.
template <>
struct KeyVectors<uint32_t> {
  using Key = uint32_t;
  using Value = float;
  using Vector = __m512i;
  static constexpr int lanes = 16;
  static constexpr uint32_t all = 0xFFFFu;

  static Vector load(const Key* keys) { return _mm512_loadu_si512(keys); }
  static void store(Key* keys, Vector v) { _mm512_storeu_si512(keys, v); }
  static Vector set(Key key) { return _mm512_set1_epi32(static_cast<int>(key)); }
  static Vector smaller_of(Vector a, Vector b) { return _mm512_min_epu32(a, b); }
  static Vector larger_of(Vector a, Vector b) { return _mm512_max_epu32(a, b); }
  static Vector smaller_where(Vector a, Vector b, uint32_t mask) {
    return _mm512_mask_min_epu32(a, static_cast<__mmask16>(mask), a, b);
  }
  static Vector difference(Vector a, Vector b) { return _mm512_sub_epi32(a, b); }
  static uint32_t at_most(Vector a, Vector b) {
    return bits_of_mask(_mm512_cmple_epu32_mask(a, b));
  }
  static Key least(Vector v) { return _mm512_reduce_min_epu32(v); }
  static Key greatest(Vector v) { return _mm512_reduce_max_epu32(v); }

  // The lanes of the mask, side by side, then anything: a whole vector is written. To a register
  // first: a compressing store to memory is many times slower on some processors.
  static void append(Key* out, uint32_t mask, Vector v) {
    store(out, _mm512_maskz_compress_epi32(static_cast<__mmask16>(mask), v));
  }

  static Vector keys_of(const Value* values) {
    // -0 + 0 = +0.
    const __m512i bits =
        _mm512_castps_si512(_mm512_add_ps(_mm512_loadu_ps(values), _mm512_setzero_ps()));
    const __m512i sign = _mm512_srai_epi32(bits, 31);
    return _mm512_xor_si512(bits, _mm512_or_si512(sign, set(0x80000000u)));
  }
  static __m512 values_of(Vector keys) {
    // ~sign | 0x80000000: all bits of a negative number's key are turned.
    const __m512i sign = _mm512_srai_epi32(keys, 31);
    const __m512i turn = _mm512_ternarylogic_epi32(sign, set(0x80000000u), sign, 0xCF);
    return _mm512_castsi512_ps(_mm512_xor_si512(keys, turn));
  }
};

// 8 keys of fp64.
template <>
struct KeyVectors<uint64_t> {
  using Key = uint64_t;
  using Value = double;
  using Vector = __m512i;
  static constexpr int lanes = 8;
  static constexpr uint32_t all = 0xFFu;

  static Vector load(const Key* keys) { return _mm512_loadu_si512(keys); }
  static void store(Key* keys, Vector v) { _mm512_storeu_si512(keys, v); }
  static Vector set(Key key) { return _mm512_set1_epi64(static_cast<long long>(key)); }
  static Vector smaller_of(Vector a, Vector b) { return _mm512_min_epu64(a, b); }
  static Vector larger_of(Vector a, Vector b) { return _mm512_max_epu64(a, b); }
  static Vector smaller_where(Vector a, Vector b, uint32_t mask) {
    return _mm512_mask_min_epu64(a, static_cast<__mmask8>(mask), a, b);
  }
  static Vector difference(Vector a, Vector b) { return _mm512_sub_epi64(a, b); }
  static uint32_t at_most(Vector a, Vector b) {
    return bits_of_mask(_mm512_cmple_epu64_mask(a, b));
  }
  static Key least(Vector v) { return _mm512_reduce_min_epu64(v); }
  static Key greatest(Vector v) { return _mm512_reduce_max_epu64(v); }

  static void append(Key* out, uint32_t mask, Vector v) {
    store(out, _mm512_maskz_compress_epi64(static_cast<__mmask8>(mask), v));
  }

  static Vector keys_of(const Value* values) {
    const __m512i bits =
        _mm512_castpd_si512(_mm512_add_pd(_mm512_loadu_pd(values), _mm512_setzero_pd()));
    const __m512i sign = _mm512_srai_epi64(bits, 63);
    return _mm512_xor_si512(bits, _mm512_or_si512(sign, set(0x8000000000000000u)));
  }
  static __m512d values_of(Vector keys) {
    const __m512i sign = _mm512_srai_epi64(keys, 63);
    const __m512i turn = _mm512_ternarylogic_epi64(sign, set(0x8000000000000000u), sign, 0xCF);
    return _mm512_castsi512_pd(_mm512_xor_si512(keys, turn));
  }
};

// Writes the excesses beyond the threshold, in the order of the values, then up to 7 doubles of
// anything; returns how many there are. lanes: that hold a value.
inline int append_eight_excesses(double* out, __m512d x, double threshold, bool upper,
                                 uint32_t lanes) {
  const __m512d u = _mm512_set1_pd(threshold);
  const __m512d excess = upper ? _mm512_sub_pd(x, u) : _mm512_sub_pd(u, x);
  const __mmask8 beyond =
      upper ? _mm512_mask_cmp_pd_mask(static_cast<__mmask8>(lanes), x, u, _CMP_GT_OQ)
            : _mm512_mask_cmp_pd_mask(static_cast<__mmask8>(lanes), x, u, _CMP_LT_OQ);
  _mm512_storeu_pd(out, _mm512_maskz_compress_pd(beyond, excess));
  return __builtin_popcount(bits_of_mask(beyond));
}
inline int append_excesses(double* out, __m512 x, double threshold, bool upper, uint32_t lanes) {
  const __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(x));
  const __m512d high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1));
  const int n = append_eight_excesses(out, low, threshold, upper, lanes & 0xFFu);
  return n + append_eight_excesses(out + n, high, threshold, upper, lanes >> 8);
}
inline int append_excesses(double* out, __m512d x, double threshold, bool upper, uint32_t lanes) {
  return append_eight_excesses(out, x, threshold, upper, lanes);
}

// ---- bins ----

// Words of 64 one-bit counters: bit b of a lane.
struct BitVectors {
  using Vector = __m512i;
  static constexpr int lanes = 8;
  static Vector zero() { return _mm512_setzero_si512(); }
  static Vector sum(Vector a, Vector b, Vector c) {
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
  }
  static Vector carry(Vector a, Vector b, Vector c) {
    return _mm512_ternarylogic_epi64(a, b, c, 0xE8);
  }
  // 1 << place in each lane, 0 where place is 64 or more.
  static Vector bit(Vector place) { return _mm512_sllv_epi64(_mm512_set1_epi64(1), place); }
  static Vector less_64(Vector place) { return _mm512_sub_epi64(place, _mm512_set1_epi64(64)); }
  // The lanes in another order, so that three (log2 of lanes) times v + other(v) adds up all.
  static Vector other(Vector v, int level) {
    if (level == 0) return _mm512_shuffle_i64x2(v, v, 0x4E);
    if (level == 1) return _mm512_shuffle_i64x2(v, v, 0xB1);
    return _mm512_shuffle_epi32(v, static_cast<_MM_PERM_ENUM>(0x4E));
  }
  static uint64_t first(Vector v) {
    return static_cast<uint64_t>(_mm_cvtsi128_si64(_mm512_castsi512_si128(v)));
  }
  // count[i] += value for each bit i of 64 that is set.
  static void add_where(uint32_t* count, uint64_t bits, uint32_t value) {
    const __m512i add = _mm512_set1_epi32(static_cast<int>(value));
    for (int q = 0; q < 4; ++q) {
      const auto mask = static_cast<__mmask16>(bits >> (16 * q));
      const __m512i old = _mm512_loadu_si512(count + 16 * q);
      _mm512_storeu_si512(count + 16 * q, _mm512_mask_add_epi32(old, mask, old, add));
    }
  }
};

// Bins of a vector of values as BinGuess proposes them (kernels/fit/body.hpp), step by step; lanes
// that are not in `in_body` or unsure have 255 instead. One or two vectors of 64-bit lanes.
struct BinVectors {
  __m512i bin[2];
  uint32_t unsure;
};

inline BinVectors bins_of(const BinGuess<float>& guess, __m512 x, uint32_t in_body) {
  const __m512 term = _mm512_set1_ps(rounding_term(float{}));
  const __m512 place =
      _mm512_add_ps(_mm512_mul_ps(x, _mm512_set1_ps(guess.inverse)), _mm512_set1_ps(guess.shift));
  const __m512 sum = _mm512_add_ps(place, term);
  const __m512 rest = _mm512_sub_ps(place, _mm512_sub_ps(sum, term));
  const __m512i rounded = _mm512_sub_epi32(_mm512_castps_si512(sum), _mm512_castps_si512(term));
  const __m512i b = _mm512_sub_epi32(rounded, _mm512_srli_epi32(_mm512_castps_si512(rest), 31));
  const __mmask16 far =
      _mm512_cmp_ps_mask(_mm512_abs_ps(rest), _mm512_set1_ps(guess.tolerance), _CMP_GT_OQ);
  const __mmask16 inside =
      _mm512_cmplt_epu32_mask(b, _mm512_set1_epi32(static_cast<int>(guess.bins)));
  const uint32_t sure = bits_of_mask(far) & bits_of_mask(inside) & in_body;
  const __m512i bin =
      _mm512_mask_blend_epi32(static_cast<__mmask16>(sure), _mm512_set1_epi32(255), b);
  return {{_mm512_cvtepu32_epi64(_mm512_castsi512_si256(bin)),
           _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(bin, 1))},
          in_body & ~sure};
}

inline BinVectors bins_of(const BinGuess<double>& guess, __m512d x, uint32_t in_body) {
  const __m512d term = _mm512_set1_pd(rounding_term(double{}));
  const __m512d place =
      _mm512_add_pd(_mm512_mul_pd(x, _mm512_set1_pd(guess.inverse)), _mm512_set1_pd(guess.shift));
  const __m512d sum = _mm512_add_pd(place, term);
  const __m512d rest = _mm512_sub_pd(place, _mm512_sub_pd(sum, term));
  const __m512i low = _mm512_set1_epi64(0xFFFFFFFF);
  const __m512i b = _mm512_and_si512(
      _mm512_sub_epi64(_mm512_castpd_si512(sum), _mm512_srli_epi64(_mm512_castpd_si512(rest), 63)),
      low);
  const __mmask8 far =
      _mm512_cmp_pd_mask(_mm512_abs_pd(rest), _mm512_set1_pd(guess.tolerance), _CMP_GT_OQ);
  const __mmask8 inside = _mm512_cmplt_epu64_mask(b, _mm512_set1_epi64(guess.bins));
  const uint32_t sure = bits_of_mask(far) & bits_of_mask(inside) & in_body;
  const __m512i bin =
      _mm512_mask_blend_epi64(static_cast<__mmask8>(sure), _mm512_set1_epi64(255), b);
  return {{bin, bin}, in_body & ~sure};
}

}  // namespace
}  // namespace tailfit::kernels
