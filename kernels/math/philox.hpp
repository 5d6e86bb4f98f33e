// Counter-based random numbers: Philox4x32 with 10 rounds (Salmon, Moraes, Dror & Shaw 2011). A
// number is a function of its key and its counter, so any may be made alone, anywhere.
#pragma once

#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

struct PhiloxBlock {
  uint32_t word[4];
};

TAILFIT_HD inline PhiloxBlock philox(PhiloxBlock counter, uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53u} * counter.word[0];
    const uint64_t b = uint64_t{0xCD9E8D57u} * counter.word[2];
    counter = {{static_cast<uint32_t>(b >> 32) ^ counter.word[1] ^ key0, static_cast<uint32_t>(b),
                static_cast<uint32_t>(a >> 32) ^ counter.word[3] ^ key1, static_cast<uint32_t>(a)}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

// The draw of a series: 64 random bits. Two neighbouring draws share a block.
TAILFIT_HD inline uint64_t random_bits(uint64_t seed, uint64_t series, uint64_t draw) {
  const uint64_t block = draw >> 1;
  const PhiloxBlock words =
      philox({{static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32),
               static_cast<uint32_t>(series), static_cast<uint32_t>(series >> 32)}},
             static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32));
  const int at = static_cast<int>(draw & 1u) * 2;
  return words.word[at] | static_cast<uint64_t>(words.word[at + 1]) << 32;
}

// A number between 0 and 1, and what it lacks to 1: both with all their digits, whichever is near
// 0.
struct UnitNumber {
  double below;
  double above;
};

TAILFIT_HD inline UnitNumber unit_number(uint64_t bits) {
  constexpr double most = 0x1.fffffffffffffp-1;  // what would round to 1
  const double below = (static_cast<double>(bits >> 1) + 0.5) * 0x1p-63;
  const double above = (static_cast<double>(~bits >> 1) + 0.5) * 0x1p-63;
  return {smaller(most, below), smaller(most, above)};
}

}  // namespace
}  // namespace tailfit::kernels
