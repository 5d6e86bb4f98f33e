#include "host/device/columns.hpp"

#include <algorithm>

#include "host/kernel_views.hpp"

namespace tailfit::host {
namespace {

std::int64_t magnitude_of(std::int64_t stride) { return stride < 0 ? -stride : stride; }

// Times from a window to the next one.
std::int64_t window_step(std::int64_t n_windows, std::int64_t window_stride,
                         std::int64_t value_stride) {
  return n_windows > 1 ? window_stride / value_stride : 0;
}

bool are_columns(std::int64_t series_stride, std::int64_t value_stride) {
  return magnitude_of(series_stride) == 1 && magnitude_of(value_stride) > 1;
}

}  // namespace

std::int64_t row_pitch(const tailfit_series_view& series) {
  if (series.offsets != nullptr || series.n_series < 2 || series.length < 2) return 0;
  if (series.n_windows < 1) return 0;
  if (!are_columns(series.series_stride, series.value_stride)) return 0;
  if (series.n_windows > 1 && series.window_stride % series.value_stride != 0) return 0;
  const std::int64_t step =
      window_step(series.n_windows, series.window_stride, series.value_stride);
  if (step < 0 || step > series.length) return 0;  // nothing is read between windows
  const std::int64_t word = 16 / size_of_value(series);
  return (series.length + (series.n_windows - 1) * step + word - 1) / word * word;
}

std::int64_t greatest_rows(const tailfit_series_view& series, std::int64_t fits) {
  return std::min(series.n_series, (fits + series.n_windows - 2) / series.n_windows + 1);
}

void make_rows(Device& device, std::int64_t pitch, char* memory, kernels::SeriesBatch& batch) {
  if (pitch == 0 || !are_columns(batch.series_stride, batch.value_stride)) return;
  const std::int64_t step = window_step(batch.n_windows, batch.window_stride, batch.value_stride);
  const std::int64_t n_series = (batch.first_window + batch.n_fits - 1) / batch.n_windows + 1;
  device.transpose({batch.values, batch.is_double, n_series,
                    batch.length + (batch.n_windows - 1) * step, batch.series_stride,
                    batch.value_stride, memory, pitch});
  batch.values = memory;
  batch.series_stride = pitch;
  batch.window_stride = step;
  batch.value_stride = 1;
}

}  // namespace tailfit::host
