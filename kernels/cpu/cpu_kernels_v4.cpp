// The kernels for x86-64-v4: AVX-512. Nothing here may be called on a processor without it.
#include "kernels/cpu/avx512_bins.hpp"
#include "kernels/cpu/avx512_lanes.hpp"
#include "kernels/cpu/cpu_kernels.hpp"
// After the vectors.
#include "kernels/cpu/vector_table.hpp"

namespace tailfit::kernels {

const CpuKernels& cpu_kernels_v4() {
  static constexpr CpuKernels kernels = vector_table(make_tail_queue_v4);
  return kernels;
}

SolvedTail solve_long_tail_v4(const TileOptions& options, const LongTail& tail, void* scratch) {
  return solve_long_tail(options, tail, scratch);
}

}  // namespace tailfit::kernels
