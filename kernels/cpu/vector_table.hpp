// The table of an instruction set with vectors. To be included after these.
#pragma once

#include "kernels/cpu/cpu_kernels.hpp"
#include "kernels/cpu/vector_extract.hpp"
#include "kernels/math/spliced.hpp"

namespace tailfit::kernels {
namespace {

template <class T>
bool fit_one(const SeriesInput<T>& input, const TileOptions& options, const SeriesOutput& output,
             char* memory) {
  VectorGroup group;
  group.lists = memory + round_up_to_line(series_bytes<T>(options, input.length, 1));
  return fit_series<T>(group, input, options, output, memory);
}

constexpr CpuKernels vector_table() {
  return {vector_instruction_set, fit_one<float>,   fit_one<double>,           core_bytes<float>,
          core_bytes<double>,     spliced_quantile, spliced_expected_shortfall};
}

}  // namespace
}  // namespace tailfit::kernels
