// The kernels for x86-64-v3: AVX2 and BMI2. Nothing here may be called on a processor without it.
#include "kernels/cpu/avx2_bins.hpp"
#include "kernels/cpu/cpu_kernels.hpp"
// After the vectors.
#include "kernels/cpu/vector_table.hpp"

namespace tailfit::kernels {

const CpuKernels& cpu_kernels_v3() {
  static constexpr CpuKernels kernels = vector_table(make_tail_queue_v3);
  return kernels;
}

}  // namespace tailfit::kernels
