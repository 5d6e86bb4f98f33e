// Series that do not lie value by value in memory, brought there some at a time: time-major panels,
// whose neighbouring series share every cache line, and windows on them.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>

#include "host/kernel_views.hpp"

namespace tailfit::host {

// Is this a view whose values are far apart, so that copying pays? Either series are nearer to each
// other than values are, or windows of one series overlap.
bool is_tiled(const tailfit_series_view& series);

// Bytes of a tile that holds `fits` neighbouring fits; a multiple of 64. 0 if nothing is tiled.
std::uint64_t tile_bytes(const tailfit_series_view& series, std::int64_t fits);

// One worker's tile.
class ColumnTile {
 public:
  // memory: tile_bytes(series, fits) for as many fits as load() is asked for, 64-byte aligned.
  ColumnTile(const tailfit_series_view& series, char* memory) : series_(series), memory_(memory) {}

  // Brings fits [begin, end), or the first of them that belong together; returns the end of these.
  std::int64_t load(std::int64_t begin, std::int64_t end);

  // Where a loaded fit's values are: side by side.
  const void* values_of(std::int64_t fit) const;

 private:
  const tailfit_series_view& series_;
  char* memory_;
  std::int64_t begin_ = 0;
};

}  // namespace tailfit::host
