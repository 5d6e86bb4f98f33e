#include "host/column_tile.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace tailfit::host {
namespace {

std::int64_t distance(std::int64_t stride) { return stride < 0 ? -stride : stride; }

// From one fit's values to the next one's, in values. Not a power of two, or the rows of a tile
// would meet in the same few sets of the cache.
std::int64_t row_pitch(std::int64_t length) { return (length + 15) / 16 * 16 + 16; }

// Values from one window to the next, where windows of one series are taken together.
std::int64_t window_step(const tailfit_series_view& series) {
  return series.window_stride / series.value_stride;
}

// Blocks of so many times: their lines stay in the nearest cache until every series has read them.
constexpr std::int64_t block_times = 16;

template <class T>
struct FourOf;
template <>
struct FourOf<float> {
  typedef float Vector __attribute__((vector_size(16)));
};
template <>
struct FourOf<double> {
  typedef double Vector __attribute__((vector_size(32)));
};

// Four times of four neighbouring series, as four times of each.
template <class T>
void transpose_four(const T* from, std::int64_t value_stride, T* to, std::int64_t pitch) {
  using Four = typename FourOf<T>::Vector;
  Four row[4];
  for (int t = 0; t < 4; ++t) std::memcpy(&row[t], from + t * value_stride, sizeof(Four));
  const Four low01 = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
  const Four low23 = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
  const Four high01 = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
  const Four high23 = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
  const Four column[4] = {__builtin_shufflevector(low01, low23, 0, 1, 4, 5),
                          __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
                          __builtin_shufflevector(high01, high23, 0, 1, 4, 5),
                          __builtin_shufflevector(high01, high23, 2, 3, 6, 7)};
  for (int s = 0; s < 4; ++s) std::memcpy(to + s * pitch, &column[s], sizeof(Four));
}

// Asks for what the next block reads: its lines are too far apart for the processor to guess.
template <class T>
void ask_for_block(const T* from, const tailfit_series_view& series, std::int64_t n_times,
                   std::int64_t n_series) {
  constexpr std::int64_t line = 64 / static_cast<std::int64_t>(sizeof(T));
  if (series.series_stride != 1) return;
  for (std::int64_t t = 0; t < n_times; ++t) {
    const T* const row = from + t * series.value_stride;
    for (std::int64_t s = 0; s < n_series; s += line) __builtin_prefetch(row + s);
    __builtin_prefetch(row + n_series - 1);
  }
}

// out[s*pitch + t] = values[t*value_stride + s*series_stride].
template <class T>
void transpose(const T* values, const tailfit_series_view& series, std::int64_t n_series, T* out) {
  const std::int64_t pitch = row_pitch(series.length);
  const std::int64_t value_stride = series.value_stride;
  const std::int64_t n_by_fours = series.series_stride == 1 ? n_series / 4 * 4 : 0;
  for (std::int64_t first = 0; first < series.length; first += block_times) {
    const std::int64_t n = std::min(block_times, series.length - first);
    const std::int64_t next = first + block_times;
    const std::int64_t n_next = std::clamp<std::int64_t>(series.length - next, 0, block_times);
    ask_for_block(values + next * value_stride, series, n_next, n_series);
    const T* const block = values + first * value_stride;
    const std::int64_t n_by_four_times = n / 4 * 4;
    for (std::int64_t s = 0; s < n_by_fours; s += 4) {
      for (std::int64_t t = 0; t < n_by_four_times; t += 4) {
        transpose_four(block + t * value_stride + s, value_stride, out + s * pitch + first + t,
                       pitch);
      }
    }
    for (std::int64_t s = 0; s < n_series; ++s) {
      const T* from = block + s * series.series_stride;
      T* to = out + s * pitch + first;
      for (std::int64_t t = s < n_by_fours ? n_by_four_times : 0; t < n; ++t) {
        to[t] = from[t * value_stride];
      }
    }
  }
}

template <class T>
void copy_segment(const T* values, std::int64_t stride, std::int64_t n, T* out) {
  for (std::int64_t t = 0; t < n; ++t) out[t] = values[t * stride];
}

template <class T>
void load_values(const tailfit_series_view& series, std::int64_t begin, std::int64_t end,
                 char* memory) {
  const T* values = static_cast<const T*>(series.values) + place_of(series, begin).offset;
  T* out = reinterpret_cast<T*>(memory);
  if (series.n_windows == 1) {
    transpose(values, series, end - begin, out);
  } else {
    const std::int64_t n = (end - begin - 1) * window_step(series) + series.length;
    copy_segment(values, series.value_stride, n, out);
  }
}

}  // namespace

bool is_tiled(const tailfit_series_view& series) {
  if (series.offsets != nullptr || series.value_stride == 1 || series.length < 2) return false;
  if (series.value_stride == 0) return false;
  if (series.n_windows == 1) {
    return distance(series.series_stride) < distance(series.value_stride);
  }
  if (series.window_stride % series.value_stride != 0) return false;
  const std::int64_t step = window_step(series);
  return step >= 1 && step <= series.length;
}

std::uint64_t tile_bytes(const tailfit_series_view& series, std::int64_t fits) {
  if (!is_tiled(series)) return 0;
  // Windows that are no more than their length apart take less than rows of their own.
  const auto values =
      static_cast<std::uint64_t>(fits) * static_cast<std::uint64_t>(row_pitch(series.length));
  return (values * static_cast<std::uint64_t>(size_of_value(series)) + 63) / 64 * 64;
}

std::int64_t ColumnTile::load(std::int64_t begin, std::int64_t end) {
  begin_ = begin;
  if (series_.n_windows > 1) {
    end = std::min(end, (begin / series_.n_windows + 1) * series_.n_windows);
  }
  if (series_.dtype == TAILFIT_F64) {
    load_values<double>(series_, begin, end, memory_);
  } else {
    load_values<float>(series_, begin, end, memory_);
  }
  return end;
}

const void* ColumnTile::values_of(std::int64_t fit) const {
  const std::int64_t step =
      series_.n_windows == 1 ? row_pitch(series_.length) : window_step(series_);
  return memory_ + (fit - begin_) * step * size_of_value(series_);
}

}  // namespace tailfit::host
