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

TAILFIT_HD inline double value_of_key(uint32_t key) {
  return float_of(key ^ ((key >> 31) != 0 ? 0x80000000u : 0xFFFFFFFFu));
}
TAILFIT_HD inline double value_of_key(uint64_t key) {
  return double_of(key ^ ((key >> 63) != 0 ? 0x8000000000000000u : 0xFFFFFFFFFFFFFFFFu));
}

// Number of bits up to the highest one set; 0 for 0.
template <class Key>
TAILFIT_HD inline int bit_width(Key key) {
  int width = 0;
  while (key != 0) {
    key >>= 1;
    ++width;
  }
  return width;
}

}  // namespace
}  // namespace tailfit::kernels
