// The kernels for the architecture's baseline instruction set.
#include "kernels/cpu/cpu_kernels.hpp"
#include "kernels/fit/fit_series.hpp"
#include "kernels/math/spliced.hpp"

namespace tailfit::kernels {
namespace {

template <class T>
bool fit_one(const SeriesInput<T>& input, const TileOptions& options, const SeriesOutput& output,
             char* memory) {
  return fit_series<T>(SerialGroup{}, input, options, output, memory);
}

template <class T>
int64_t bytes_of_one(const TileOptions& options, int64_t length) {
  return round_up_to_line(series_bytes<T>(options, length, 1));
}

}  // namespace

bool histogram_edges_are_distinct(double low, double high, int64_t bins) {
  return !make_body_grid(low, high, bins).degenerate;
}

const CpuKernels& cpu_kernels_baseline() {
  static constexpr CpuKernels kernels{
      "baseline",           fit_one<float>,   fit_one<double>,           bytes_of_one<float>,
      bytes_of_one<double>, spliced_quantile, spliced_expected_shortfall};
  return kernels;
}

}  // namespace tailfit::kernels
