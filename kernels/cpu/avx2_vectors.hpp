// What the vector code of extraction needs of an instruction set: here x86-64-v3 (AVX2, BMI2). The
// names are those of avx512_vectors.hpp.
#pragma once

#include <immintrin.h>

#include "kernels/fit/body.hpp"
#include "kernels/fit/ordered_key.hpp"

namespace tailfit::kernels {
namespace {

constexpr const char* vector_instruction_set = "x86-64-v3";

// For each mask, the numbers of the 32-bit lanes that it has, side by side.
struct FrontTables {
  uint8_t of_8[256][8];  // 32-bit lanes
  uint8_t of_4[16][8];   // 64-bit lanes, as pairs of 32-bit ones
};
constexpr FrontTables make_front_tables() {
  FrontTables tables{};
  for (int mask = 0; mask < 256; ++mask) {
    int n = 0;
    for (uint8_t lane = 0; lane < 8; ++lane) {
      if ((mask >> lane & 1) == 0) continue;
      tables.of_8[mask][n++] = lane;
      if (mask >= 16) continue;
      tables.of_4[mask][2 * (n - 1)] = static_cast<uint8_t>(2 * lane);
      tables.of_4[mask][2 * (n - 1) + 1] = static_cast<uint8_t>(2 * lane + 1);
    }
  }
  return tables;
}
alignas(64) constexpr FrontTables front_tables = make_front_tables();

// The lanes of the mask, moved side by side to the front. By a table: pdep and pext are slow on
// some processors.
inline __m256i moved(const uint8_t* numbers, __m256i v) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(numbers));
  return _mm256_permutevar8x32_epi32(v, _mm256_cvtepu8_epi32(bytes));
}
inline __m256i front_of_8(uint32_t mask, __m256i v) { return moved(front_tables.of_8[mask], v); }
inline __m256i front_of_4(uint32_t mask, __m256i v) { return moved(front_tables.of_4[mask], v); }

// All bits of the lanes of the mask.
inline __m256i lanes_of_8(uint32_t mask) {
  const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(static_cast<int>(mask)), bit), bit);
}
inline __m256i lanes_of_4(uint32_t mask) {
  const __m256i bit = _mm256_setr_epi64x(1, 2, 4, 8);
  return _mm256_cmpeq_epi64(_mm256_and_si256(_mm256_set1_epi64x(mask), bit), bit);
}
inline uint32_t mask_of_8(__m256i v) {
  return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(v)));
}
inline uint32_t mask_of_4(__m256i v) {
  return static_cast<uint32_t>(_mm256_movemask_pd(_mm256_castsi256_pd(v)));
}

template <class Key>
struct KeyVectors;

// 8 keys of fp32.
template <>
struct KeyVectors<uint32_t> {
  using Key = uint32_t;
  using Value = float;
  using Vector = __m256i;
  static constexpr int lanes = 8;
  static constexpr uint32_t all = 0xFFu;

  static Vector load(const Key* keys) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(keys));
  }
  static void store(Key* keys, Vector v) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(keys), v);
  }
  static Vector set(Key key) { return _mm256_set1_epi32(static_cast<int>(key)); }
  static Vector smaller_of(Vector a, Vector b) { return _mm256_min_epu32(a, b); }
  static Vector smaller_where(Vector a, Vector b, uint32_t mask) {
    return _mm256_blendv_epi8(a, smaller_of(a, b), lanes_of_8(mask));
  }
  static Vector difference(Vector a, Vector b) { return _mm256_sub_epi32(a, b); }
  static uint32_t at_most(Vector a, Vector b) {
    return mask_of_8(_mm256_cmpeq_epi32(_mm256_min_epu32(a, b), a));
  }
  // counter: so many keys a lane were at most the limit, with the sign turned.
  static Vector no_keys() { return _mm256_setzero_si256(); }
  static Vector count(Vector counter, Vector v, Vector limit) {
    return _mm256_add_epi32(counter, _mm256_cmpeq_epi32(_mm256_min_epu32(v, limit), v));
  }
  static int64_t counted(Vector counter) {
    int32_t lane[lanes];
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(lane), counter);
    int64_t n = 0;
    for (const int32_t part : lane) n -= part;
    return n;
  }
  static Key least(Vector v) {
    Key key[lanes];
    store(key, v);
    for (int i = 1; i < lanes; ++i) key[0] = smaller(key[0], key[i]);
    return key[0];
  }
  static void append(Key* out, uint32_t mask, Vector v) { store(out, front_of_8(mask, v)); }

  static Vector keys_of(__m256 values) {
    // -0 + 0 = +0.
    const __m256i bits = _mm256_castps_si256(_mm256_add_ps(values, _mm256_setzero_ps()));
    const __m256i sign = _mm256_srai_epi32(bits, 31);
    return _mm256_xor_si256(bits, _mm256_or_si256(sign, set(0x80000000u)));
  }
  static __m256 values_of(Vector keys) {
    const __m256i negative = _mm256_xor_si256(_mm256_srai_epi32(keys, 31), set(~Key{0}));
    return _mm256_castsi256_ps(_mm256_xor_si256(keys, _mm256_or_si256(negative, set(0x80000000u))));
  }
};

// 4 keys of fp64.
template <>
struct KeyVectors<uint64_t> {
  using Key = uint64_t;
  using Value = double;
  using Vector = __m256i;
  static constexpr int lanes = 4;
  static constexpr uint32_t all = 0xFu;

  static Vector load(const Key* keys) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(keys));
  }
  static void store(Key* keys, Vector v) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(keys), v);
  }
  static Vector set(Key key) { return _mm256_set1_epi64x(static_cast<long long>(key)); }
  // Where a > b; comparison is of signed numbers.
  static Vector beyond(Vector a, Vector b) {
    const Vector turn = set(0x8000000000000000u);
    return _mm256_cmpgt_epi64(_mm256_xor_si256(a, turn), _mm256_xor_si256(b, turn));
  }
  static Vector smaller_of(Vector a, Vector b) { return _mm256_blendv_epi8(a, b, beyond(a, b)); }
  static Vector smaller_where(Vector a, Vector b, uint32_t mask) {
    return _mm256_blendv_epi8(a, smaller_of(a, b), lanes_of_4(mask));
  }
  static Vector difference(Vector a, Vector b) { return _mm256_sub_epi64(a, b); }
  static uint32_t at_most(Vector a, Vector b) { return mask_of_4(beyond(a, b)) ^ all; }
  static Vector no_keys() { return _mm256_setzero_si256(); }
  static Vector count(Vector counter, Vector v, Vector limit) {
    return _mm256_add_epi64(counter, _mm256_sub_epi64(set(~Key{0}), beyond(v, limit)));
  }
  static int64_t counted(Vector counter) {
    int64_t lane[lanes];
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(lane), counter);
    return -(lane[0] + lane[1] + lane[2] + lane[3]);
  }
  static Key least(Vector v) {
    Key key[lanes];
    store(key, v);
    for (int i = 1; i < lanes; ++i) key[0] = smaller(key[0], key[i]);
    return key[0];
  }
  static void append(Key* out, uint32_t mask, Vector v) { store(out, front_of_4(mask, v)); }

  static Vector keys_of(__m256d values) {
    const __m256i bits = _mm256_castpd_si256(_mm256_add_pd(values, _mm256_setzero_pd()));
    const __m256i sign = _mm256_cmpgt_epi64(_mm256_setzero_si256(), bits);
    return _mm256_xor_si256(bits, _mm256_or_si256(sign, set(0x8000000000000000u)));
  }
  static __m256d values_of(Vector keys) {
    const __m256i positive = _mm256_cmpgt_epi64(_mm256_setzero_si256(), keys);
    const __m256i negative = _mm256_xor_si256(positive, set(~Key{0}));
    return _mm256_castsi256_pd(
        _mm256_xor_si256(keys, _mm256_or_si256(negative, set(0x8000000000000000u))));
  }
};

template <class T>
struct ValueVectors;

template <>
struct ValueVectors<float> {
  using Vector = __m256;
  static constexpr int lanes = 8;

  static Vector load(const float* values) { return _mm256_loadu_ps(values); }
  static void store(float* values, Vector v) { _mm256_storeu_ps(values, v); }
  static Vector set(float value) { return _mm256_set1_ps(value); }
  static Vector sum(Vector a, Vector b) { return _mm256_add_ps(a, b); }
  static Vector difference(Vector a, Vector b) { return _mm256_sub_ps(a, b); }
  static Vector multiply_add(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
  static Vector size(Vector v) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v); }
  // b where a is NaN.
  static Vector smaller_of(Vector a, Vector b) { return _mm256_min_ps(a, b); }
  static Vector larger_of(Vector a, Vector b) { return _mm256_max_ps(a, b); }
  static Vector either(Vector a, Vector b) { return _mm256_or_ps(a, b); }
  static bool is_zero(Vector v) {
    return _mm256_testz_si256(_mm256_castps_si256(v), _mm256_castps_si256(v)) != 0;
  }
  // No lane of which a NaN is compared.
  static uint32_t at_most(Vector a, Vector b) {
    return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_LE_OQ)));
  }
  static uint32_t beyond(Vector a, Vector b) {
    return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GT_OQ)));
  }
  // The lanes of the mask, side by side, then anything: a whole vector is written.
  static void append(float* out, uint32_t mask, Vector v) {
    store(out, _mm256_castsi256_ps(front_of_8(mask, _mm256_castps_si256(v))));
  }
  // The lanes of the mask, side by side, as doubles; then anything: eight are written.
  template <class Change>
  static void append_doubles(double* out, uint32_t mask, Vector v, const Change& change) {
    const Vector wanted = _mm256_castsi256_ps(front_of_8(mask, _mm256_castps_si256(v)));
    _mm256_storeu_pd(out, change(_mm256_cvtps_pd(_mm256_castps256_ps128(wanted))));
    _mm256_storeu_pd(out + 4, change(_mm256_cvtps_pd(_mm256_extractf128_ps(wanted, 1))));
  }
};

template <>
struct ValueVectors<double> {
  using Vector = __m256d;
  static constexpr int lanes = 4;

  static Vector load(const double* values) { return _mm256_loadu_pd(values); }
  static void store(double* values, Vector v) { _mm256_storeu_pd(values, v); }
  static Vector set(double value) { return _mm256_set1_pd(value); }
  static Vector sum(Vector a, Vector b) { return _mm256_add_pd(a, b); }
  static Vector difference(Vector a, Vector b) { return _mm256_sub_pd(a, b); }
  static Vector multiply_add(Vector a, Vector b, Vector c) { return _mm256_fmadd_pd(a, b, c); }
  static Vector size(Vector v) { return _mm256_andnot_pd(_mm256_set1_pd(-0.0), v); }
  static Vector smaller_of(Vector a, Vector b) { return _mm256_min_pd(a, b); }
  static Vector larger_of(Vector a, Vector b) { return _mm256_max_pd(a, b); }
  static Vector either(Vector a, Vector b) { return _mm256_or_pd(a, b); }
  static bool is_zero(Vector v) {
    return _mm256_testz_si256(_mm256_castpd_si256(v), _mm256_castpd_si256(v)) != 0;
  }
  static uint32_t at_most(Vector a, Vector b) {
    return static_cast<uint32_t>(_mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_LE_OQ)));
  }
  static uint32_t beyond(Vector a, Vector b) {
    return static_cast<uint32_t>(_mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_GT_OQ)));
  }
  static void append(double* out, uint32_t mask, Vector v) {
    store(out, _mm256_castsi256_pd(front_of_4(mask, _mm256_castpd_si256(v))));
  }
  template <class Change>
  static void append_doubles(double* out, uint32_t mask, Vector v, const Change& change) {
    store(out, change(_mm256_castsi256_pd(front_of_4(mask, _mm256_castpd_si256(v)))));
  }
};

}  // namespace
}  // namespace tailfit::kernels
