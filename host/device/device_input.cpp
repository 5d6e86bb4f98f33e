#include "host/device/device_input.hpp"

#include <algorithm>
#include <cstring>

namespace tailfit::host {
namespace {

std::int64_t size_of_value(const tailfit_series_view& series) {
  return series.dtype == TAILFIT_F64 ? 8 : 4;
}

// Where the fit's first value lies, in values.
std::int64_t offset_of(const tailfit_series_view& series, std::int64_t fit) {
  return fit / series.n_windows * series.series_stride +
         fit % series.n_windows * series.window_stride;
}

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
    const T* from = values + offset_of(series, fit);
    for (std::int64_t t = 0; t < series.length; ++t) *to++ = from[t * series.value_stride];
  }
}

}  // namespace

kernels::SeriesBatch bring_series(Device& device, const tailfit_series_view& series,
                                  std::int64_t begin, std::int64_t n, char* memory,
                                  std::vector<char>& staging) {
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
  staging.resize(static_cast<std::size_t>(n * series.length * size));
  if (size == 8) {
    pack(series, begin, n, reinterpret_cast<double*>(staging.data()));
  } else {
    pack(series, begin, n, reinterpret_cast<float*>(staging.data()));
  }
  device.copy_to_device(memory, staging.data(), staging.size());
  batch.values = memory;
  batch.first_window = 0;
  batch.n_windows = 1;
  batch.series_stride = series.length;
  batch.window_stride = 0;
  batch.value_stride = 1;
  return batch;
}

}  // namespace tailfit::host
