// Unsigned integers that sort as the floating-point numbers do: selection is integer work.
#pragma once

#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

template <class T>
struct KeyOf;
template <>
struct KeyOf<float> {
  using Key = uint32_t;
};
template <>
struct KeyOf<double> {
  using Key = uint64_t;
};

// Negative numbers have all bits turned, the others the sign bit only. No NaN, no -0.
TAILFIT_HD inline uint32_t ordered_key(float value) {
  const uint32_t bits = bits_of(value);
  return bits ^ ((0u - (bits >> 31)) | 0x80000000u);
}
TAILFIT_HD inline uint64_t ordered_key(double value) {
  const uint64_t bits = bits_of(value);
  return bits ^ ((uint64_t{0} - (bits >> 63)) | 0x8000000000000000u);
}

// The number that has this key, in its own type.
TAILFIT_HD inline float number_of_key(uint32_t key) {
  return float_of(key ^ ((key >> 31) != 0 ? 0x80000000u : 0xFFFFFFFFu));
}
TAILFIT_HD inline double number_of_key(uint64_t key) {
  return double_of(key ^ ((key >> 63) != 0 ? 0x8000000000000000u : 0xFFFFFFFFFFFFFFFFu));
}

template <class Key>
TAILFIT_HD inline double value_of_key(Key key) {
  return number_of_key(key);
}

// Keys of -inf and +inf: NaN and the infinities have keys at or beyond them.
template <class Key>
TAILFIT_HD inline Key key_of_infinity(bool positive) {
  constexpr int mantissa_bits = sizeof(Key) == 4 ? 23 : 52;
  constexpr Key below = (Key{1} << mantissa_bits) - 1;
  return positive ? static_cast<Key>(~below) : below;
}

// The least key whose number is at or above u, any double but NaN; -inf's or +inf's where u lies
// beyond the finite numbers.
TAILFIT_HD inline uint64_t key_at_or_above(uint64_t, double u) { return ordered_key(u + 0.0); }
TAILFIT_HD inline uint32_t key_at_or_above(uint32_t, double u) {
  const float nearest = static_cast<float>(u) + 0.0f;
  const uint32_t key = ordered_key(nearest);
  return static_cast<double>(nearest) < u ? key + 1 : key;
}

// The greatest key whose number is at or below u.
TAILFIT_HD inline uint64_t key_at_or_below(uint64_t, double u) { return ordered_key(u + 0.0); }
TAILFIT_HD inline uint32_t key_at_or_below(uint32_t, double u) {
  const float nearest = static_cast<float>(u) + 0.0f;
  const uint32_t key = ordered_key(nearest);
  return static_cast<double>(nearest) > u ? key - 1 : key;
}

// Number of bits up to the highest one set; 0 for 0.
TAILFIT_HD inline int bit_width(uint64_t key) {
#if defined(__CUDA_ARCH__)
  return 64 - __clzll(static_cast<long long>(key));
#else
  return key == 0 ? 0 : 64 - __builtin_clzll(key);
#endif
}

}  // namespace
}  // namespace tailfit::kernels
