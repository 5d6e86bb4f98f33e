// Counters of bins for x86-64-v3: in memory, four of each, so that equal values one after the other
// need not wait for each other's count. avx512_bins.hpp has the same names for x86-64-v4.
#pragma once

#include "kernels/cpu/avx2_vectors.hpp"

namespace tailfit::kernels {
namespace {

// Counts places of 64 values at a time, as PlaceFinder (vector_histogram.hpp) tells them.
class BinCounter {
 public:
  // bins: 128 counters, to which the counts are added.
  explicit BinCounter(uint64_t* bins) : bins_(bins) {}

  // sum: rounding_term + 1 + the bin; what lies outside 0..127 is not counted.
  void add(const __m256 (&sum)[8]) {
    alignas(32) uint32_t place[64];
    for (int i = 0; i < 8; ++i) {
      _mm256_store_si256(reinterpret_cast<__m256i*>(place + 8 * i), _mm256_castps_si256(sum[i]));
    }
    count(place);
  }
  void add(const __m256d (&sum)[16]) {
    alignas(32) uint64_t place[64];
    for (int i = 0; i < 16; ++i) {
      _mm256_store_si256(reinterpret_cast<__m256i*>(place + 4 * i), _mm256_castpd_si256(sum[i]));
    }
    count(place);
  }

  // Adds what has been counted to the bins.
  void finish() {
    for (int b = 0; b < 128; ++b) {
      uint32_t n = 0;
      for (const Table& table : tables_) n += table.count[b + 1];
      bins_[b] += n;
    }
    for (Table& table : tables_) table = Table{};
    n_blocks_ = 0;
  }

 private:
  // One more than the bin, from -1 to 128.
  struct alignas(32) Table {
    uint32_t count[136] = {};
  };
  static constexpr int64_t most_blocks = int64_t{1} << 25;  // below 2^32 values

  // The place's lowest byte is one more than the bin.
  template <class Word>
  void count(const Word (&place)[64]) {
    for (int i = 0; i < 64; i += 4) {
      // One after the other: compilers make more of i % 4 than it is.
      ++tables_[0].count[static_cast<uint8_t>(place[i])];
      ++tables_[1].count[static_cast<uint8_t>(place[i + 1])];
      ++tables_[2].count[static_cast<uint8_t>(place[i + 2])];
      ++tables_[3].count[static_cast<uint8_t>(place[i + 3])];
    }
    if (++n_blocks_ == most_blocks) finish();
  }

  uint64_t* bins_;
  Table tables_[4];
  int64_t n_blocks_ = 0;
};

}  // namespace
}  // namespace tailfit::kernels
