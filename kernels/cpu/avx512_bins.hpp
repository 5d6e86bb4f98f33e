// Counters of bins for x86-64-v4, without a counter in memory for each value: values set bits, and
// bits are added up by carry-save adders (Harley and Seal), 64 one-bit counters a lane at a time.
// avx2_bins.hpp has the same names for x86-64-v3.
#pragma once

#include "kernels/cpu/avx512_vectors.hpp"

namespace tailfit::kernels {
namespace {

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

// Counters of 64 bins, lane by lane, as bits of the planes: plane p counts 2^p.
struct BitPlanes {
  using V = BitVectors;
  using Vector = V::Vector;
  static constexpr int planes = 8;
  static constexpr int levels = 3;  // log2 of the lanes
  // So many vectors can be added before a lane's counter might overflow, by eights.
  static constexpr int64_t most_eights = ((1 << planes) - 1) / 8 - 1;

  Vector plane[planes];

  void clear() {
    for (Vector& p : plane) p = V::zero();
  }

  static void add_pair(Vector& sum, Vector a, Vector b, Vector& carry) {
    carry = V::carry(sum, a, b);
    sum = V::sum(sum, a, b);
  }

  void add_eight(const Vector (&v)[8]) {
    Vector twos[4];
    Vector fours[2];
    Vector eights;
    for (int i = 0; i < 4; ++i) add_pair(plane[0], v[2 * i], v[2 * i + 1], twos[i]);
    for (int i = 0; i < 2; ++i) add_pair(plane[1], twos[2 * i], twos[2 * i + 1], fours[i]);
    add_pair(plane[2], fours[0], fours[1], eights);
    for (int p = 3; p < planes; ++p) {
      const Vector carry = V::carry(plane[p], eights, V::zero());
      plane[p] = V::sum(plane[p], eights, V::zero());
      eights = carry;
    }
  }

  // Adds the counts of all lanes to count[0..63].
  void add_to(uint64_t* count) const {
    Vector sum[planes + levels];
    for (int p = 0; p < planes; ++p) sum[p] = plane[p];
    for (int level = 0; level < levels; ++level) {
      Vector carry = V::zero();
      for (int p = 0; p < planes + level; ++p) {
        const Vector other = V::other(sum[p], level);
        const Vector next = V::carry(sum[p], other, carry);
        sum[p] = V::sum(sum[p], other, carry);
        carry = next;
      }
      sum[planes + level] = carry;
    }
    alignas(64) uint32_t wide[64] = {};
    for (int p = 0; p < planes + levels; ++p) V::add_where(wide, V::first(sum[p]), 1u << p);
    for (int b = 0; b < 64; ++b) count[b] += wide[b];
  }
};

// Counts places of 64 values at a time, as PlaceFinder (vector_histogram.hpp) tells them.
class BinCounter {
 public:
  // bins: 128 counters, to which the counts are added.
  explicit BinCounter(uint64_t* bins) : bins_(bins) {
    for (BitPlanes& planes : planes_) planes.clear();
  }

  // sum: rounding_term + 1 + the bin; what lies outside 0..127 is not counted.
  void add(const __m512 (&sum)[4]) {
    __m512i bin[8];
    for (int i = 0; i < 4; ++i) {
      const __m512i b =
          _mm512_sub_epi32(_mm512_castps_si512(sum[i]),
                           _mm512_castps_si512(_mm512_set1_ps(rounding_term(float{}) + 1.0f)));
      bin[2 * i] = _mm512_cvtepu32_epi64(_mm512_castsi512_si256(b));
      bin[2 * i + 1] = _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(b, 1));
    }
    add_bins(bin);
  }
  void add(const __m512d (&sum)[8]) {
    __m512i bin[8];
    for (int i = 0; i < 8; ++i) {
      bin[i] = _mm512_sub_epi64(_mm512_castpd_si512(sum[i]),
                                _mm512_castpd_si512(_mm512_set1_pd(rounding_term(double{}) + 1.0)));
    }
    add_bins(bin);
  }

  // Adds what has been counted to the bins.
  void finish() {
    for (int word = 0; word < 2; ++word) {
      planes_[word].add_to(bins_ + 64 * word);
      planes_[word].clear();
    }
    n_eights_ = 0;
  }

 private:
  void add_bins(const __m512i (&bin)[8]) {
    __m512i bit[8];
    for (int i = 0; i < 8; ++i) bit[i] = BitVectors::bit(bin[i]);
    planes_[0].add_eight(bit);
    for (int i = 0; i < 8; ++i) bit[i] = BitVectors::bit(BitVectors::less_64(bin[i]));
    planes_[1].add_eight(bit);
    if (++n_eights_ == BitPlanes::most_eights) finish();
  }

  uint64_t* bins_;
  BitPlanes planes_[2];
  int64_t n_eights_ = 0;
};

}  // namespace
}  // namespace tailfit::kernels
