// The kernels for the architecture's baseline instruction set.
#include "kernels/cpu/cpu_kernels.hpp"
#include "kernels/fit/fit_tile.hpp"
#include "kernels/math/spliced.hpp"

namespace tailfit::kernels {
namespace {

template <class T>
bool fit_one(const SeriesInput<T>& input, const TileOptions& options, const SeriesOutput& output,
             char* memory) {
  SeriesTile<T> tiles[1];
  return fit_tile<1, T>(SerialGroup{}, {input}, options, {output}, tiles, memory, input.length);
}

template <class T>
int64_t bytes_of_one(int64_t length, int64_t bins) {
  return tile_bytes<T>(1, length, bins);
}

}  // namespace

const CpuKernels& cpu_kernels_baseline() {
  static constexpr CpuKernels kernels{
      "baseline",           fit_one<float>,   fit_one<double>,           bytes_of_one<float>,
      bytes_of_one<double>, spliced_quantile, spliced_expected_shortfall};
  return kernels;
}

}  // namespace tailfit::kernels
