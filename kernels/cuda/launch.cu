// Hands a launch to the file that holds its kernel, and says how much memory the kernels take.
#include "kernels/cuda/extract.cuh"
#include "kernels/cuda/solve.cuh"

namespace tailfit::kernels {

int launch_extract(const FitBatch& batch, const ExtractLaunch& launch, void* stream) {
  if (batch.series.n_fits == 0) return cudaSuccess;
  const auto on = static_cast<cudaStream_t>(stream);
  return batch.series.is_double ? launch_extract_f64(batch, launch, on)
                                : launch_extract_f32(batch, launch, on);
}

int launch_solve(const FitBatch& batch, const SolveLaunch& launch, void* stream) {
  if (batch.series.n_fits == 0) return cudaSuccess;
  const auto on = static_cast<cudaStream_t>(stream);
  return batch.options.resolution > 0.0 ? launch_solve_intervals(batch, launch, on)
                                        : launch_solve_exact(batch, launch, on);
}

}  // namespace tailfit::kernels
