// Columns into rows, a tile at a time. The same text runs on the host, where tests drive it.
#pragma once

#include "kernels/cuda/cuda_kernels.hpp"
#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

constexpr int tile_side = 32;
// A tile's column lies in as many banks of shared memory as it has values.
constexpr int tile_pitch = tile_side + 1;
constexpr int tile_values = tile_side * tile_pitch;

TAILFIT_HD inline int64_t tiles_along(int64_t n) { return (n + tile_side - 1) / tile_side; }

TAILFIT_HD inline int64_t tiles_of(const ColumnPanel& panel) {
  return tiles_along(panel.n_series) * tiles_along(panel.length);
}

// Tile `number` of tiles_of(panel); neighbours in number are neighbours in memory. Neighbouring
// lanes read neighbouring series and write neighbouring times. tile: tile_values of shared memory.
// Collective; ends with a sync.
template <class T, class Group>
TAILFIT_HD inline void transpose_tile(const Group& group, const ColumnPanel& panel, int64_t number,
                                      T* tile) {
  const int64_t across = tiles_along(panel.n_series);
  const int64_t first_series = number % across * tile_side;
  const int64_t first_time = number / across * tile_side;
  const int64_t n_series = smaller<int64_t>(tile_side, panel.n_series - first_series);
  const int64_t n_times = smaller<int64_t>(tile_side, panel.length - first_time);
  const T* from = static_cast<const T*>(panel.values) + first_series * panel.series_stride +
                  first_time * panel.value_stride;
  for (int i = group.rank(); i < tile_side * tile_side; i += group.size()) {
    const int time = i / tile_side;
    const int series = i % tile_side;
    if (time >= n_times || series >= n_series) continue;
    tile[time * tile_pitch + series] =
        from[series * panel.series_stride + time * panel.value_stride];
  }
  group.sync();
  T* to = static_cast<T*>(panel.rows) + first_series * panel.pitch + first_time;
  for (int i = group.rank(); i < tile_side * tile_side; i += group.size()) {
    const int series = i / tile_side;
    const int time = i % tile_side;
    if (time >= n_times || series >= n_series) continue;
    to[series * panel.pitch + time] = tile[time * tile_pitch + series];
  }
  group.sync();
}

}  // namespace
}  // namespace tailfit::kernels
