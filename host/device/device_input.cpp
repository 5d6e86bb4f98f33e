#include "host/device/device_input.hpp"

#include <algorithm>
#include <cstring>

#include "host/kernel_views.hpp"

namespace tailfit::host {
namespace {

struct Stretch {
  std::int64_t least;     // offset of the first value that some fit reads
  std::int64_t greatest;  // of the last
};

// The stretch of memory that fits begin ... end-1 read; whatever the signs of the strides.
Stretch stretch_of(const tailfit_series_view& series, std::int64_t begin, std::int64_t end) {
  // Offsets are linear in the series, the window and the value, so their ends lie at ends.
  const std::int64_t first_series = begin / series.n_windows;
  const std::int64_t last_series = (end - 1) / series.n_windows;
  const bool whole = first_series != last_series;
  const std::int64_t first_window = whole ? 0 : begin % series.n_windows;
  const std::int64_t last_window = whole ? series.n_windows - 1 : (end - 1) % series.n_windows;
  const auto range = [](std::int64_t a, std::int64_t b, std::int64_t stride, Stretch& stretch) {
    stretch.least += std::min(a * stride, b * stride);
    stretch.greatest += std::max(a * stride, b * stride);
  };
  Stretch stretch{0, 0};
  range(first_series, last_series, series.series_stride, stretch);
  range(first_window, last_window, series.window_stride, stretch);
  range(0, series.length - 1, series.value_stride, stretch);
  return stretch;
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
  const std::int64_t first_series = begin / series.n_windows;
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
  const char* values = static_cast<const char*>(series.values);
  const std::int64_t origin = first_series * series.series_stride * size;
  if (series.memory == TAILFIT_MEMORY_DEVICE) {
    batch.values = values + origin;
    return batch;
  }
  if (series.length == 0 || n == 0) return batch;
  const Stretch stretch = stretch_of(series, begin, begin + n);
  const std::int64_t stretch_values = stretch.greatest - stretch.least + 1;
  if (stretch_values <= n * series.length) {
    device.copy_to_device(memory, values + stretch.least * size,
                          static_cast<std::uint64_t>(stretch_values * size));
    batch.values = memory + (origin - stretch.least * size);
    return batch;
  }
  staging.values.resize(static_cast<std::size_t>(n * series.length * size));
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
