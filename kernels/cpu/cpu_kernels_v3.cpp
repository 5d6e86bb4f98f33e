// The kernels for x86-64-v3: AVX2 and BMI2. Nothing here may be called on a processor without it.
#include "kernels/cpu/avx2_bins.hpp"
#include "kernels/cpu/avx2_lanes.hpp"
#include "kernels/cpu/cpu_kernels.hpp"
// After the vectors.
#include "kernels/cpu/vector_table.hpp"

namespace tailfit::kernels {

const CpuKernels& cpu_kernels_v3() {
  static constexpr CpuKernels kernels = vector_table(make_tail_queue_v3);
  return kernels;
}

SolvedTail solve_long_tail_v3(const TileOptions& options, const LongTail& tail, void* scratch) {
  return solve_long_tail(options, tail, scratch);
}

}  // namespace tailfit::kernels
