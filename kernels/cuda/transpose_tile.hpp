// Columns into rows, a tile at a time. The same text runs on the host, where tests drive it.
#pragma once

#include "kernels/cuda/cuda_kernels.hpp"
#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

// So large that finding a tile takes little of a value: 256 lanes have 16 values each.
constexpr int tile_side = 64;
// A tile's column lies in as many banks of shared memory as it has values.
constexpr int tile_pitch = tile_side + 1;
constexpr int tile_values = tile_side * tile_pitch;

TAILFIT_HD inline int64_t tiles_along(int64_t n) {
  return static_cast<int64_t>(static_cast<uint64_t>(n + tile_side - 1) / tile_side);
}

TAILFIT_HD inline int64_t tiles_of(const ColumnPanel& panel) {
  return tiles_along(panel.n_series) * tiles_along(panel.length);
}

// Values of a tile in memory: the first, from a lane's to its neighbour's, and from a line of
// neighbours to the next.
template <class T>
struct TileLines {
  T* first;
  int64_t lane_stride;
  int64_t line_stride;
};

// The lane's values of n_lines lines of n_values. All are read before the first is written, so that
// the lane waits for memory once. is_whole: both are tile_side.
template <int Lanes, bool is_whole, class T>
TAILFIT_HD inline void copy_lines(unsigned rank, const TileLines<const T>& from,
                                  const TileLines<T>& to, int n_values, int n_lines) {
  static_assert(Lanes % tile_side == 0 || tile_side % Lanes == 0);
  constexpr int lines_at_once = Lanes < tile_side ? 1 : Lanes / tile_side;
  constexpr int n_steps = (tile_side + lines_at_once - 1) / lines_at_once;
  const auto line = static_cast<int>(rank / tile_side);
  // A stride that leads to no line may be anything.
  const bool has_steps = is_whole || n_lines > lines_at_once;
  const int64_t from_step = has_steps ? lines_at_once * from.line_stride : int64_t{0};
  const int64_t to_step = has_steps ? lines_at_once * to.line_stride : int64_t{0};
  for (int i = 0; i < tile_side; i += Lanes) {
    const int lane = static_cast<int>(rank % tile_side) + i;
    if (!is_whole && (lane >= n_values || line >= n_lines)) return;
    const T* at = from.first + lane * from.lane_stride + line * from.line_stride;
    T* put = to.first + lane * to.lane_stride + line * to.line_stride;
    T held[n_steps];
    TAILFIT_UNROLL
    for (int step = 0; step < n_steps; ++step) {
      if (!is_whole && line + step * lines_at_once >= n_lines) break;
      held[step] = *at;
      at += from_step;
    }
    TAILFIT_UNROLL
    for (int step = 0; step < n_steps; ++step) {
      if (!is_whole && line + step * lines_at_once >= n_lines) break;
      *put = held[step];
      put += to_step;
    }
  }
}

template <int Lanes, class T>
TAILFIT_HD inline void copy_tile(unsigned rank, const TileLines<const T>& from,
                                 const TileLines<T>& to, int n_values, int n_lines) {
  if (n_values == tile_side && n_lines == tile_side) {
    copy_lines<Lanes, true>(rank, from, to, n_values, n_lines);
  } else {
    copy_lines<Lanes, false>(rank, from, to, n_values, n_lines);
  }
}

// Tile `number` of tiles_of(panel); neighbours in number are neighbours in memory. Neighbouring
// lanes read neighbouring series and write neighbouring times. Lanes: of the group; a lane keeps
// its series, then its time. tile: tile_values of shared memory. Collective; ends with a sync.
template <class T, int Lanes, class Group>
TAILFIT_HD inline void transpose_tile(const Group& group, const ColumnPanel& panel, int64_t number,
                                      T* tile) {
  const auto rank = static_cast<unsigned>(group.rank());
  const int64_t across = tiles_along(panel.n_series);
  const int64_t tile_time = number / across;
  const int64_t first_series = (number - tile_time * across) * tile_side;
  const int64_t first_time = tile_time * tile_side;
  const auto n_series =
      static_cast<int>(smaller<int64_t>(tile_side, panel.n_series - first_series));
  const auto n_times = static_cast<int>(smaller<int64_t>(tile_side, panel.length - first_time));
  const T* const from = static_cast<const T*>(panel.values) + first_series * panel.series_stride +
                        first_time * panel.value_stride;
  copy_tile<Lanes, T>(rank, {from, panel.series_stride, panel.value_stride}, {tile, 1, tile_pitch},
                      n_series, n_times);
  group.sync();
  T* const to = static_cast<T*>(panel.rows) + first_series * panel.pitch + first_time;
  copy_tile<Lanes, T>(rank, {tile, tile_pitch, 1}, {to, 1, panel.pitch}, n_times, n_series);
  group.sync();
}

}  // namespace
}  // namespace tailfit::kernels
