// A series in blocks of 64 values, whatever an instruction set's vectors are.
#pragma once

#include <string.h>

#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

constexpr int block_values = 64;

// Calls visit(block) for each 64 values; behind the last value stands the padding. Nothing is read
// behind the values.
template <class T, class Visit>
inline void for_each_block(const T* values, int64_t n, T padding, const Visit& visit) {
  alignas(64) T last[block_values];
  for (int64_t i = 0; i < n; i += block_values) {
    const T* block = values + i;
    if (n - i < block_values) {
      for (T& value : last) value = padding;
      memcpy(last, block, static_cast<size_t>(n - i) * sizeof(T));
      block = last;
    }
    visit(block);
  }
}

}  // namespace
}  // namespace tailfit::kernels
