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
  static Vector smaller_where(Vector a, Vector b, uint32_t mask) {
    return _mm512_mask_min_epu32(a, static_cast<__mmask16>(mask), a, b);
  }
  static Vector difference(Vector a, Vector b) { return _mm512_sub_epi32(a, b); }
  static uint32_t at_most(Vector a, Vector b) {
    return bits_of_mask(_mm512_cmple_epu32_mask(a, b));
  }
  // counter: so many keys were at most the limit.
  static int64_t no_keys() { return 0; }
  static int64_t count(int64_t counter, Vector v, Vector limit) {
    return counter + __builtin_popcount(at_most(v, limit));
  }
  static int64_t counted(int64_t counter) { return counter; }
  static Key least(Vector v) { return _mm512_reduce_min_epu32(v); }

  // The lanes of the mask, side by side, then anything: a whole vector is written. To a register
  // first: a compressing store to memory is many times slower on some processors.
  static void append(Key* out, uint32_t mask, Vector v) {
    store(out, _mm512_maskz_compress_epi32(static_cast<__mmask16>(mask), v));
  }

  static Vector keys_of(__m512 values) {
    // -0 + 0 = +0.
    const __m512i bits = _mm512_castps_si512(_mm512_add_ps(values, _mm512_setzero_ps()));
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
  static Vector smaller_where(Vector a, Vector b, uint32_t mask) {
    return _mm512_mask_min_epu64(a, static_cast<__mmask8>(mask), a, b);
  }
  static Vector difference(Vector a, Vector b) { return _mm512_sub_epi64(a, b); }
  static uint32_t at_most(Vector a, Vector b) {
    return bits_of_mask(_mm512_cmple_epu64_mask(a, b));
  }
  static int64_t no_keys() { return 0; }
  static int64_t count(int64_t counter, Vector v, Vector limit) {
    return counter + __builtin_popcount(at_most(v, limit));
  }
  static int64_t counted(int64_t counter) { return counter; }
  static Key least(Vector v) { return _mm512_reduce_min_epu64(v); }

  static void append(Key* out, uint32_t mask, Vector v) {
    store(out, _mm512_maskz_compress_epi64(static_cast<__mmask8>(mask), v));
  }

  static Vector keys_of(__m512d values) {
    const __m512i bits = _mm512_castpd_si512(_mm512_add_pd(values, _mm512_setzero_pd()));
    const __m512i sign = _mm512_srai_epi64(bits, 63);
    return _mm512_xor_si512(bits, _mm512_or_si512(sign, set(0x8000000000000000u)));
  }
  static __m512d values_of(Vector keys) {
    const __m512i sign = _mm512_srai_epi64(keys, 63);
    const __m512i turn = _mm512_ternarylogic_epi64(sign, set(0x8000000000000000u), sign, 0xCF);
    return _mm512_castsi512_pd(_mm512_xor_si512(keys, turn));
  }
};

template <class T>
struct ValueVectors;

template <>
struct ValueVectors<float> {
  using Vector = __m512;
  static constexpr int lanes = 16;

  static Vector load(const float* values) { return _mm512_loadu_ps(values); }
  static void store(float* values, Vector v) { _mm512_storeu_ps(values, v); }
  static Vector set(float value) { return _mm512_set1_ps(value); }
  static Vector sum(Vector a, Vector b) { return _mm512_add_ps(a, b); }
  static Vector difference(Vector a, Vector b) { return _mm512_sub_ps(a, b); }
  static Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
  static Vector size(Vector v) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), v); }
  // b where a is NaN.
  static Vector smaller_of(Vector a, Vector b) { return _mm512_min_ps(a, b); }
  static Vector larger_of(Vector a, Vector b) { return _mm512_max_ps(a, b); }
  static Vector either(Vector a, Vector b) { return _mm512_or_ps(a, b); }
  static bool is_zero(Vector v) {
    const __m512i bits = _mm512_castps_si512(v);
    return bits_of_mask(_mm512_test_epi32_mask(bits, bits)) == 0;
  }
  // No lane of which a NaN is compared.
  static uint32_t at_most(Vector a, Vector b) {
    return bits_of_mask(_mm512_cmp_ps_mask(a, b, _CMP_LE_OQ));
  }
  static uint32_t beyond(Vector a, Vector b) {
    return bits_of_mask(_mm512_cmp_ps_mask(a, b, _CMP_GT_OQ));
  }
  // The lanes of the mask, side by side, then anything: a whole vector is written.
  static void append(float* out, uint32_t mask, Vector v) {
    store(out, _mm512_maskz_compress_ps(static_cast<__mmask16>(mask), v));
  }
  // The lanes of the mask, side by side, as doubles; then anything: sixteen are written.
  template <class Change>
  static void append_doubles(double* out, uint32_t mask, Vector v, const Change& change) {
    const Vector wanted = _mm512_maskz_compress_ps(static_cast<__mmask16>(mask), v);
    _mm512_storeu_pd(out, change(_mm512_cvtps_pd(_mm512_castps512_ps256(wanted))));
    _mm512_storeu_pd(out + 8, change(_mm512_cvtps_pd(_mm512_extractf32x8_ps(wanted, 1))));
  }
};

template <>
struct ValueVectors<double> {
  using Vector = __m512d;
  static constexpr int lanes = 8;

  static Vector load(const double* values) { return _mm512_loadu_pd(values); }
  static void store(double* values, Vector v) { _mm512_storeu_pd(values, v); }
  static Vector set(double value) { return _mm512_set1_pd(value); }
  static Vector sum(Vector a, Vector b) { return _mm512_add_pd(a, b); }
  static Vector difference(Vector a, Vector b) { return _mm512_sub_pd(a, b); }
  static Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_pd(a, b, c); }
  static Vector size(Vector v) { return _mm512_andnot_pd(_mm512_set1_pd(-0.0), v); }
  static Vector smaller_of(Vector a, Vector b) { return _mm512_min_pd(a, b); }
  static Vector larger_of(Vector a, Vector b) { return _mm512_max_pd(a, b); }
  static Vector either(Vector a, Vector b) { return _mm512_or_pd(a, b); }
  static bool is_zero(Vector v) {
    const __m512i bits = _mm512_castpd_si512(v);
    return bits_of_mask(_mm512_test_epi64_mask(bits, bits)) == 0;
  }
  static uint32_t at_most(Vector a, Vector b) {
    return bits_of_mask(_mm512_cmp_pd_mask(a, b, _CMP_LE_OQ));
  }
  static uint32_t beyond(Vector a, Vector b) {
    return bits_of_mask(_mm512_cmp_pd_mask(a, b, _CMP_GT_OQ));
  }
  static void append(double* out, uint32_t mask, Vector v) {
    store(out, _mm512_maskz_compress_pd(static_cast<__mmask8>(mask), v));
  }
  template <class Change>
  static void append_doubles(double* out, uint32_t mask, Vector v, const Change& change) {
    _mm512_storeu_pd(out, change(_mm512_maskz_compress_pd(static_cast<__mmask8>(mask), v)));
  }
};

}  // namespace
}  // namespace tailfit::kernels
