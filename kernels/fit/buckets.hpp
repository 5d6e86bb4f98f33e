// Buckets of ordered keys, for the first round of selection.
#pragma once

#include "kernels/fit/stage.hpp"

namespace tailfit::kernels {
namespace {

// Keys begin, begin + 1, ..., begin + last.
template <class Key>
struct KeyWindow {
  Key begin;
  Key last;
};

// No number has the key in it.
template <class Key>
TAILFIT_HD inline KeyWindow<Key> no_key() {
  return {static_cast<Key>(~Key{0}), 0};
}

// The bits of a key that buckets go by: 32 are enough, and a device's words.
TAILFIT_HD inline uint32_t leading_bits(uint32_t key) { return key; }
TAILFIT_HD inline uint32_t leading_bits(uint64_t key) { return static_cast<uint32_t>(key >> 32); }

// Buckets as wide as each other but for one. Nearly all keys from zero to a number belong to
// magnitudes that no value has: one bucket takes those far below what the values reach, the gap, so
// that the others are a fraction of an octave each.
template <class Key>
struct BucketMap {
  static constexpr int low_bits = 8 * sizeof(Key) - 32;
  uint32_t least;  // leading bits of the least key
  uint32_t greatest;
  uint32_t before;  // where the gap begins
  uint32_t behind;  // where it ends; the same where there is none
  int shift;

  TAILFIT_HD int bucket(Key key) const {
    const uint32_t bits = leading_bits(key);
    // Modulo 2^32: one of the first two is constant on each side of the gap, both are in it.
    const uint32_t sum = smaller(bits, before) + larger(bits, behind) - (least + behind);
    return static_cast<int>(sum >> shift);
  }

  // No further than to the greatest key, or it might go on with the least numbers.
  TAILFIT_HD KeyWindow<Key> window(int bucket) const {
    const uint32_t gap = behind - before;
    uint32_t begin = least + (static_cast<uint32_t>(bucket) << shift);
    uint32_t last = (uint32_t{1} << shift) - 1;
    if (begin == before) last += gap;
    if (begin > before) begin += gap;
    last = smaller(last, greatest - begin);
    constexpr Key low = (Key{1} << low_bits) - 1;
    return {static_cast<Key>(static_cast<Key>(begin) << low_bits),
            static_cast<Key>(static_cast<Key>(last) << low_bits | low)};
  }
};

constexpr uint32_t zero_bits = 0x80000000u;  // leading ones of the key of 0

// Leading bits of the largest magnitude's key, from zero's on. range: least <= greatest.
template <class Key>
TAILFIT_HD inline uint32_t magnitude_bits(const KeyRange<Key>& range) {
  const uint32_t below = zero_bits - smaller(leading_bits(range.least), zero_bits);
  return larger(below, larger(leading_bits(range.greatest), zero_bits) - zero_bits);
}

// range: least <= greatest, of finite numbers. magnitude: leading bits of one that thresholds are
// hardly below by more than so many octaves; the gap begins there. 2^bits buckets.
template <class Key>
TAILFIT_HD inline BucketMap<Key> make_bucket_map(const KeyRange<Key>& range, uint32_t magnitude,
                                                 int octaves, int bits) {
  constexpr int mantissa_bits = sizeof(Key) == 4 ? 23 : 20;  // of the leading ones
  const uint32_t least = leading_bits(range.least);
  const uint32_t greatest = leading_bits(range.greatest);
  const uint32_t kept = static_cast<uint32_t>(octaves) << mantissa_bits;
  const uint32_t small = larger(smaller(magnitude, zero_bits - 1), kept) - kept;
  uint32_t before = larger(least, smaller(greatest, zero_bits - small));
  uint32_t behind = larger(least, smaller(greatest, zero_bits + small));
  const uint32_t width = greatest - least - (behind - before);
  int shift = larger(bit_width(width) - bits, 0);
  // The gap begins with a bucket, which may take one more of them.
  if ((width >> shift) + 2 > uint32_t{1} << bits) ++shift;
  const uint32_t rest = (uint32_t{1} << shift) - 1;
  before = least + ((before - least + rest) & ~rest);
  if (behind < before) behind = before;
  return {least, greatest, before, behind, shift};
}

}  // namespace
}  // namespace tailfit::kernels
