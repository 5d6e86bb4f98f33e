// What extraction with vectors needs of memory beside series_bytes(): the same for every
// instruction set, so that a plan and its smallest budget do not depend on the processor.
#pragma once

#include "kernels/fit/fit_series.hpp"

namespace tailfit::kernels {
namespace {

// Keys that the list of one tail can hold.
inline int64_t list_room(int64_t length) { return length / 2 + 64; }
// From one list to the other: a vector may be written beyond each.
inline int64_t list_pitch(int64_t length) { return list_room(length) + 64; }
// Both lists can hold a whole series together, and a block more. Behind them is room for what is
// left of the keys while a rank is looked for.
inline int64_t spare_room(int64_t length) { return length / 4 + 64; }
// Before the lists, because up to 15 doubles are written beyond the excesses.
constexpr int64_t lists_gap = 128;

template <class T>
inline int64_t lists_bytes(int64_t length) {
  const int64_t keys = 2 * list_pitch(length) + spare_room(length);
  return lists_gap + round_up_to_line(keys * static_cast<int64_t>(sizeof(T)));
}

// Bytes for one series by one core.
template <class T>
inline int64_t core_bytes(const TileOptions& options, int64_t length) {
  return round_up_to_line(series_bytes<T>(options, length, 1)) + lists_bytes<T>(length);
}

}  // namespace
}  // namespace tailfit::kernels
