// What the vector code of extraction needs of an instruction set: here x86-64-v3 (AVX2, BMI2). The
// names are those of avx512_vectors.hpp.
#pragma once

#include <immintrin.h>

#include "kernels/fit/body.hpp"
#include "kernels/fit/ordered_key.hpp"

namespace tailfit::kernels {
namespace {

constexpr const char* vector_instruction_set = "x86-64-v3";

// The 32-bit lanes of the mask's bits, moved side by side to the front.
inline __m256i front(uint32_t mask, __m256i v) {
  // A byte for each lane: 0xFF where it is wanted; then the numbers of the wanted lanes.
  const uint64_t wanted = _pdep_u64(mask, 0x0101010101010101u) * 0xFFu;
  const uint64_t numbers = _pext_u64(0x0706050403020100u, wanted);
  const __m256i order = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(numbers)));
  return _mm256_permutevar8x32_epi32(v, order);
}
// Each bit twice: 64-bit lanes as pairs of 32-bit ones.
inline uint32_t pairs_of(uint32_t mask) { return _pdep_u32(mask, 0x55u) * 3u; }

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
  static Vector larger_of(Vector a, Vector b) { return _mm256_max_epu32(a, b); }
  static Vector smaller_where(Vector a, Vector b, uint32_t mask) {
    return _mm256_blendv_epi8(a, smaller_of(a, b), lanes_of_8(mask));
  }
  static Vector difference(Vector a, Vector b) { return _mm256_sub_epi32(a, b); }
  static uint32_t at_most(Vector a, Vector b) {
    return mask_of_8(_mm256_cmpeq_epi32(_mm256_min_epu32(a, b), a));
  }
  static Key least(Vector v) {
    Key key[lanes];
    store(key, v);
    for (int i = 1; i < lanes; ++i) key[0] = smaller(key[0], key[i]);
    return key[0];
  }
  static Key greatest(Vector v) {
    Key key[lanes];
    store(key, v);
    for (int i = 1; i < lanes; ++i) key[0] = larger(key[0], key[i]);
    return key[0];
  }
  static void append(Key* out, uint32_t mask, Vector v) { store(out, front(mask, v)); }

  static Vector keys_of(const Value* values) {
    const __m256i bits =
        _mm256_castps_si256(_mm256_add_ps(_mm256_loadu_ps(values), _mm256_setzero_ps()));
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
  static Vector larger_of(Vector a, Vector b) { return _mm256_blendv_epi8(b, a, beyond(a, b)); }
  static Vector smaller_where(Vector a, Vector b, uint32_t mask) {
    return _mm256_blendv_epi8(a, smaller_of(a, b), lanes_of_4(mask));
  }
  static Vector difference(Vector a, Vector b) { return _mm256_sub_epi64(a, b); }
  static uint32_t at_most(Vector a, Vector b) { return mask_of_4(beyond(a, b)) ^ all; }
  static Key least(Vector v) {
    Key key[lanes];
    store(key, v);
    for (int i = 1; i < lanes; ++i) key[0] = smaller(key[0], key[i]);
    return key[0];
  }
  static Key greatest(Vector v) {
    Key key[lanes];
    store(key, v);
    for (int i = 1; i < lanes; ++i) key[0] = larger(key[0], key[i]);
    return key[0];
  }
  static void append(Key* out, uint32_t mask, Vector v) { store(out, front(pairs_of(mask), v)); }

  static Vector keys_of(const Value* values) {
    const __m256i bits =
        _mm256_castpd_si256(_mm256_add_pd(_mm256_loadu_pd(values), _mm256_setzero_pd()));
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

// Writes the excesses beyond the threshold, in the order of the values, then up to 7 doubles of
// anything; returns how many there are. lanes: that hold a value.
inline int append_four_excesses(double* out, __m256d x, double threshold, bool upper,
                                uint32_t lanes) {
  const __m256d u = _mm256_set1_pd(threshold);
  const __m256d excess = upper ? _mm256_sub_pd(x, u) : _mm256_sub_pd(u, x);
  const __m256d beyond = upper ? _mm256_cmp_pd(x, u, _CMP_GT_OQ) : _mm256_cmp_pd(x, u, _CMP_LT_OQ);
  const uint32_t mask = static_cast<uint32_t>(_mm256_movemask_pd(beyond)) & lanes;
  const __m256i moved = front(pairs_of(mask), _mm256_castpd_si256(excess));
  _mm256_storeu_pd(out, _mm256_castsi256_pd(moved));
  return __builtin_popcount(mask);
}
inline int append_excesses(double* out, __m256d x, double threshold, bool upper, uint32_t lanes) {
  return append_four_excesses(out, x, threshold, upper, lanes);
}
inline int append_excesses(double* out, __m256 x, double threshold, bool upper, uint32_t lanes) {
  const __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(x));
  const __m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1));
  const int n = append_four_excesses(out, low, threshold, upper, lanes & 0xFu);
  return n + append_four_excesses(out + n, high, threshold, upper, lanes >> 4);
}

// ---- bins ----

// Words of 64 one-bit counters: bit b of a lane.
struct BitVectors {
  using Vector = __m256i;
  static constexpr int lanes = 4;
  static Vector zero() { return _mm256_setzero_si256(); }
  static Vector sum(Vector a, Vector b, Vector c) {
    return _mm256_xor_si256(_mm256_xor_si256(a, b), c);
  }
  static Vector carry(Vector a, Vector b, Vector c) {
    return _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, _mm256_xor_si256(a, b)));
  }
  // 1 << place in each lane, 0 where place is 64 or more.
  static Vector bit(Vector place) { return _mm256_sllv_epi64(_mm256_set1_epi64x(1), place); }
  static Vector less_64(Vector place) { return _mm256_sub_epi64(place, _mm256_set1_epi64x(64)); }
  // The lanes in another order, so that twice (log2 of lanes) v + other(v) adds up all.
  static Vector other(Vector v, int level) {
    return level == 0 ? _mm256_permute4x64_epi64(v, 0x4E) : _mm256_permute4x64_epi64(v, 0xB1);
  }
  static uint64_t first(Vector v) {
    return static_cast<uint64_t>(_mm_cvtsi128_si64(_mm256_castsi256_si128(v)));
  }
  // count[i] += value for each bit i of 64 that is set.
  static void add_where(uint32_t* count, uint64_t bits, uint32_t value) {
    const __m256i add = _mm256_set1_epi32(static_cast<int>(value));
    for (int q = 0; q < 8; ++q) {
      auto* const eight = reinterpret_cast<__m256i*>(count + 8 * q);
      const __m256i where = lanes_of_8(static_cast<uint32_t>(bits >> (8 * q)) & 0xFFu);
      _mm256_storeu_si256(
          eight, _mm256_add_epi32(_mm256_loadu_si256(eight), _mm256_and_si256(where, add)));
    }
  }
};

// Bins of a vector of values as BinGuess proposes them (kernels/fit/body.hpp), step by step; lanes
// that are not in `in_body` or unsure have 255 instead. One or two vectors of 64-bit lanes.
struct BinVectors {
  __m256i bin[2];
  uint32_t unsure;
};

inline BinVectors bins_of(const BinGuess<float>& guess, __m256 x, uint32_t in_body) {
  const __m256 term = _mm256_set1_ps(rounding_term(float{}));
  const __m256 place =
      _mm256_add_ps(_mm256_mul_ps(x, _mm256_set1_ps(guess.inverse)), _mm256_set1_ps(guess.shift));
  const __m256 sum = _mm256_add_ps(place, term);
  const __m256 rest = _mm256_sub_ps(place, _mm256_sub_ps(sum, term));
  const __m256i rounded = _mm256_sub_epi32(_mm256_castps_si256(sum), _mm256_castps_si256(term));
  const __m256i b = _mm256_sub_epi32(rounded, _mm256_srli_epi32(_mm256_castps_si256(rest), 31));
  const __m256 size = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), rest);
  const __m256 far = _mm256_cmp_ps(size, _mm256_set1_ps(guess.tolerance), _CMP_GT_OQ);
  const uint32_t inside =
      KeyVectors<uint32_t>::at_most(b, _mm256_set1_epi32(static_cast<int>(guess.bins - 1)));
  const uint32_t sure = static_cast<uint32_t>(_mm256_movemask_ps(far)) & inside & in_body;
  const __m256i bin = _mm256_blendv_epi8(_mm256_set1_epi32(255), b, lanes_of_8(sure));
  return {{_mm256_cvtepu32_epi64(_mm256_castsi256_si128(bin)),
           _mm256_cvtepu32_epi64(_mm256_extracti128_si256(bin, 1))},
          in_body & ~sure};
}

inline BinVectors bins_of(const BinGuess<double>& guess, __m256d x, uint32_t in_body) {
  const __m256d term = _mm256_set1_pd(rounding_term(double{}));
  const __m256d place =
      _mm256_add_pd(_mm256_mul_pd(x, _mm256_set1_pd(guess.inverse)), _mm256_set1_pd(guess.shift));
  const __m256d sum = _mm256_add_pd(place, term);
  const __m256d rest = _mm256_sub_pd(place, _mm256_sub_pd(sum, term));
  const __m256i b = _mm256_and_si256(
      _mm256_sub_epi64(_mm256_castpd_si256(sum), _mm256_srli_epi64(_mm256_castpd_si256(rest), 63)),
      _mm256_set1_epi64x(0xFFFFFFFF));
  const __m256d size = _mm256_andnot_pd(_mm256_set1_pd(-0.0), rest);
  const __m256d far = _mm256_cmp_pd(size, _mm256_set1_pd(guess.tolerance), _CMP_GT_OQ);
  // Both are below 2^32, so the signed comparison serves.
  const uint32_t inside = mask_of_4(_mm256_cmpgt_epi64(_mm256_set1_epi64x(guess.bins), b));
  const uint32_t sure = static_cast<uint32_t>(_mm256_movemask_pd(far)) & inside & in_body;
  const __m256i bin = _mm256_blendv_epi8(_mm256_set1_epi64x(255), b, lanes_of_4(sure));
  return {{bin, bin}, in_body & ~sure};
}

}  // namespace
}  // namespace tailfit::kernels
