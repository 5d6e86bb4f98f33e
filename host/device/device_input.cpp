#include "host/device/device_input.hpp"

#include <algorithm>
#include <cstring>

#include "host/kernel_views.hpp"

namespace tailfit::host {
namespace {

struct Stretch {
  std::int64_t least;     // offset of the first value that some fit reads
  std::int64_t greatest;  // of the last

  std::int64_t size() const { return greatest - least + 1; }
  void extend(std::int64_t a, std::int64_t b, std::int64_t stride) {
    least += std::min(a * stride, b * stride);
    greatest += std::max(a * stride, b * stride);
  }
};

// Series, and windows of each, of a chunk: offsets are linear in them and in the value, so their
// ends lie at ends.
struct ChunkPlace {
  ChunkPlace(const tailfit_series_view& series, std::int64_t begin, std::int64_t n)
      : first_series(begin / series.n_windows),
        last_series((begin + n - 1) / series.n_windows),
        first_window(begin % series.n_windows),
        last_window((begin + n - 1) % series.n_windows),
        greatest_window(series.n_windows - 1) {}
  std::int64_t first_series;
  std::int64_t last_series;
  std::int64_t first_window;  // of the first series
  std::int64_t last_window;   // of the last one
  std::int64_t greatest_window;

  std::int64_t first_of(std::int64_t s) const { return s == first_series ? first_window : 0; }
  std::int64_t last_of(std::int64_t s) const {
    return s == last_series ? last_window : greatest_window;
  }
};

// Of these windows of one series, from where the series begins; whatever the signs of the strides.
Stretch stretch_of_windows(const tailfit_series_view& series, std::int64_t first,
                           std::int64_t last) {
  Stretch stretch{0, 0};
  stretch.extend(first, last, series.window_stride);
  stretch.extend(0, series.length - 1, series.value_stride);
  return stretch;
}

// A number of steps of one size.
struct Steps {
  std::int64_t n;
  std::int64_t size;
};

// Whether the sums of one multiple of each, 0 to n-1 times its size, are neighbours: what lies
// between them may be memory that nobody may touch. False where that is not easily seen.
bool have_no_gap(std::vector<Steps> steps) {
  for (Steps& s : steps) {
    if (s.n == 1) s.size = 0;  // then it may be anything
    s.size = s.size < 0 ? -s.size : s.size;
  }
  std::sort(steps.begin(), steps.end(),
            [](const Steps& a, const Steps& b) { return a.size < b.size; });
  std::int64_t reached = 1;
  for (const Steps& s : steps) {
    if (s.size > reached) return false;
    reached += (s.n - 1) * s.size;
  }
  return true;
}

// The chunk's stretch of the caller's memory as it is. False where it has gaps, or no room.
bool bring_stretch(Device& device, const tailfit_series_view& series, const ChunkPlace& chunk,
                   std::int64_t room, char* memory, kernels::SeriesBatch& batch) {
  const bool is_one = chunk.first_series == chunk.last_series;
  const std::int64_t first = is_one ? chunk.first_window : 0;
  const std::int64_t last = is_one ? chunk.last_window : chunk.greatest_window;
  if (!have_no_gap({{chunk.last_series - chunk.first_series + 1, series.series_stride},
                    {last - first + 1, series.window_stride},
                    {series.length, series.value_stride}})) {
    return false;
  }
  Stretch stretch = stretch_of_windows(series, first, last);
  stretch.extend(chunk.first_series, chunk.last_series, series.series_stride);
  if (stretch.size() > room) return false;
  const std::int64_t size = size_of_value(series);
  device.copy_to_device(memory, static_cast<const char*>(series.values) + stretch.least * size,
                        static_cast<std::uint64_t>(stretch.size() * size));
  batch.values = memory + (chunk.first_series * series.series_stride - stretch.least) * size;
  return true;
}

// Each series' stretch, with all its overlapping windows, one after the other. False where a
// stretch has gaps, or where there is no room.
bool bring_series_packed(Device& device, const tailfit_series_view& series, const ChunkPlace& chunk,
                         std::int64_t room, char* memory, InputStaging& staging,
                         kernels::SeriesBatch& batch) {
  if (!have_no_gap(
          {{series.n_windows, series.window_stride}, {series.length, series.value_stride}})) {
    return false;
  }
  // In the direction of the windows, so that parts of a series at both ends leave no hole.
  const std::int64_t whole = stretch_of_windows(series, 0, chunk.greatest_window).size();
  const std::int64_t stride = series.n_windows > 1 && series.window_stride < 0 ? -whole : whole;
  const auto part_of = [&](std::int64_t s) {
    return stretch_of_windows(series, chunk.first_of(s), chunk.last_of(s));
  };
  const std::int64_t to_last = (chunk.last_series - chunk.first_series) * stride;
  const Stretch first = part_of(chunk.first_series);
  const Stretch last = part_of(chunk.last_series);
  const Stretch packed{std::min(first.least, to_last + last.least),
                       std::max(first.greatest, to_last + last.greatest)};
  if (packed.size() > room) return false;
  const std::int64_t size = size_of_value(series);
  staging.values.resize(static_cast<std::size_t>(packed.size() * size));
  for (std::int64_t s = chunk.first_series; s <= chunk.last_series; ++s) {
    const Stretch part = part_of(s);
    const std::int64_t at = (s - chunk.first_series) * stride + part.least - packed.least;
    const char* const from =
        static_cast<const char*>(series.values) + (s * series.series_stride + part.least) * size;
    std::memcpy(staging.values.data() + at * size, from,
                static_cast<std::size_t>(part.size() * size));
  }
  device.copy_to_device(memory, staging.values.data(), staging.values.size());
  batch.values = memory - packed.least * size;
  batch.series_stride = stride;
  return true;
}

template <class T>
void pack(const tailfit_series_view& series, std::int64_t begin, std::int64_t n, T* to) {
  const T* values = static_cast<const T*>(series.values);
  for (std::int64_t fit = begin; fit < begin + n; ++fit) {
    const T* from = values + place_of(series, fit).offset;
    for (std::int64_t t = 0; t < series.length; ++t) *to++ = from[t * series.value_stride];
  }
}

// Ragged series lie one after the other; the offsets count from the chunk's first value.
void bring_ragged(Device& device, const tailfit_series_view& series, std::int64_t begin,
                  char* memory, std::int64_t* offsets, InputStaging& staging,
                  kernels::SeriesBatch& batch) {
  const std::int64_t n = batch.n_fits;
  const std::int64_t first = series.offsets[begin];
  const std::int64_t size = size_of_value(series);
  staging.offsets.resize(static_cast<std::size_t>(n + 1));
  for (std::int64_t i = 0; i <= n; ++i) {
    staging.offsets[static_cast<std::size_t>(i)] = series.offsets[begin + i] - first;
  }
  device.copy_to_device(offsets, staging.offsets.data(),
                        staging.offsets.size() * sizeof(std::int64_t));
  batch.offsets = offsets;
  const char* const values = static_cast<const char*>(series.values) + first * size;
  batch.values = series.memory == TAILFIT_MEMORY_DEVICE ? values : memory;
  const std::int64_t n_values = series.offsets[begin + n] - first;
  if (batch.values == values || n_values == 0) return;
  device.copy_to_device(memory, values, static_cast<std::uint64_t>(n_values * size));
}

}  // namespace

kernels::SeriesBatch bring_series(Device& device, const tailfit_series_view& series,
                                  std::int64_t begin, std::int64_t n, char* memory,
                                  std::int64_t* offsets, InputStaging& staging) {
  const std::int64_t size = size_of_value(series);
  kernels::SeriesBatch batch{nullptr,
                             series.dtype == TAILFIT_F64,
                             n,
                             begin % series.n_windows,
                             series.n_windows,
                             series.length,
                             series.series_stride,
                             series.window_stride,
                             series.value_stride};
  if (series.offsets != nullptr) {
    bring_ragged(device, series, begin, memory, offsets, staging, batch);
    return batch;
  }
  if (series.length == 0 || n == 0) return batch;  // the strides may be anything
  const ChunkPlace chunk(series, begin, n);
  if (series.memory == TAILFIT_MEMORY_DEVICE) {
    batch.values =
        static_cast<const char*>(series.values) + chunk.first_series * series.series_stride * size;
    return batch;
  }
  const std::int64_t room = n * series.length;
  if (bring_stretch(device, series, chunk, room, memory, batch)) return batch;
  if (bring_series_packed(device, series, chunk, room, memory, staging, batch)) return batch;
  staging.values.resize(static_cast<std::size_t>(room * size));
  if (size == 8) {
    pack(series, begin, n, reinterpret_cast<double*>(staging.values.data()));
  } else {
    pack(series, begin, n, reinterpret_cast<float*>(staging.values.data()));
  }
  device.copy_to_device(memory, staging.values.data(), staging.values.size());
  batch.values = memory;
  batch.first_window = 0;
  batch.n_windows = 1;
  batch.series_stride = series.length;
  batch.window_stride = 0;
  batch.value_stride = 1;
  return batch;
}

}  // namespace tailfit::host
