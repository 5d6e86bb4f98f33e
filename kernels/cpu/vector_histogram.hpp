// The body's histogram without a counter in memory for each value: values set bits, and bits are
// added up by carry-save adders (Harley and Seal), 64 one-bit counters a lane at a time.
//
// To be included after the vectors of an instruction set.
#pragma once

#include "kernels/fit/body.hpp"
#include "kernels/fit/stage.hpp"

namespace tailfit::kernels {
namespace {

constexpr int64_t bit_bins = 128;  // two words of 64

// Counters of 64 bins, lane by lane, as bits of the planes: plane p counts 2^p.
struct BitPlanes {
  using V = BitVectors;
  using Vector = V::Vector;
  static constexpr int planes = 8;
  static constexpr int levels = V::lanes == 8 ? 3 : V::lanes == 4 ? 2 : 1;
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

// Counts vectors of bins below 128; 255 is none.
class BitHistogram {
 public:
  using V = BitVectors;
  using Vector = V::Vector;

  explicit BitHistogram(uint64_t* bins) : bins_(bins) {
    for (BitPlanes& planes : planes_) planes.clear();
  }

  void add(Vector bin) {
    waiting_[0][n_waiting_] = V::bit(bin);
    waiting_[1][n_waiting_] = V::bit(V::less_64(bin));
    if (++n_waiting_ == 8) add_waiting();
  }

  // Adds what has been counted to the bins, all 128 of them.
  void finish() {
    for (int i = n_waiting_; i < 8; ++i) waiting_[0][i] = waiting_[1][i] = V::zero();
    add_waiting();
    flush();
  }

 private:
  void add_waiting() {
    planes_[0].add_eight(waiting_[0]);
    planes_[1].add_eight(waiting_[1]);
    n_waiting_ = 0;
    if (++n_eights_ == BitPlanes::most_eights) flush();
  }
  void flush() {
    for (int word = 0; word < 2; ++word) {
      planes_[word].add_to(bins_ + 64 * word);
      planes_[word].clear();
    }
    n_eights_ = 0;
  }

  uint64_t* bins_;
  BitPlanes planes_[2];
  Vector waiting_[2][8];
  int n_waiting_ = 0;
  int64_t n_eights_ = 0;
};

// Counts the keys within [u_L, u_U] in the grid's bins, as count_body() of kernels/fit/extract.hpp
// does. bins: 128 counters, at most as many bins; not degenerate.
template <class Key>
inline void count_bins(const BodyGrid& grid, const Key* keys, int64_t n, uint64_t* bins) {
  using V = KeyVectors<Key>;
  const Key first = key_at_or_above(Key{0}, grid.lower);
  const Key last = key_at_or_below(Key{0}, grid.upper);
  for (int64_t b = 0; b < bit_bins; ++b) bins[b] = 0;
  if (first > last) return;
  const auto low = V::set(first);
  const auto width = V::set(static_cast<Key>(last - first));
  const BinFinder finder = make_bin_finder(grid);
  const auto guess = make_bin_guess<typename V::Value>(finder);
  BitHistogram histogram(bins);
  for_each_vector(keys, n, [&](auto v, uint32_t lanes) {
    const uint32_t in_body = V::at_most(V::difference(v, low), width) & lanes;
    const BinVectors found = bins_of(guess, V::values_of(v), in_body);
    histogram.add(found.bin[0]);
    if constexpr (V::lanes > BitVectors::lanes) histogram.add(found.bin[1]);
    if (found.unsure == 0) return;
    Key key[V::lanes];
    V::store(key, v);
    for (uint32_t left = found.unsure; left != 0; left &= left - 1) {
      ++bins[finder.bin(number_of_key(key[__builtin_ctz(left)]))];
    }
  });
  histogram.finish();
}

}  // namespace
}  // namespace tailfit::kernels
