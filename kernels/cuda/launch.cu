// Hands a launch to the file that holds its kernel, and says how much memory the kernels take.
#include "kernels/cuda/extract.cuh"
#include "kernels/cuda/solve.cuh"

namespace tailfit::kernels {

int prepare_kernels(int64_t shared_per_block) {
  const int bytes = static_cast<int>(shared_per_block);
  int error = allow_shared_memory_f32(bytes);
  if (error == 0) error = allow_shared_memory_f64(bytes);
  if (error == 0) error = load_transpose();
  if (error == 0) error = load_bin_by_length();
  if (error == 0) error = load_solve_exact();
  if (error == 0) error = load_solve_intervals();
  if (error == 0) error = load_evaluate();
  if (error == 0) error = load_gradients();
  return error;
}

int greatest_cluster(int64_t shared_per_block) {
  const int bytes = static_cast<int>(shared_per_block);
  const int of_f32 = greatest_cluster_f32(bytes);
  const int of_f64 = greatest_cluster_f64(bytes);
  return of_f32 < of_f64 ? of_f32 : of_f64;
}

int launch_extract(const FitBatch& batch, const ExtractLaunch& how, void* stream) {
  if (how.fits == 0) return cudaSuccess;
  const auto on = static_cast<cudaStream_t>(stream);
  return batch.series.is_double ? launch_extract_f64(batch, how, on)
                                : launch_extract_f32(batch, how, on);
}

int launch_solve(const FitBatch& batch, const SolveLaunch& how, void* stream) {
  if (batch.series.n_fits == 0) return cudaSuccess;
  const auto on = static_cast<cudaStream_t>(stream);
  return batch.options.resolution > 0.0 ? launch_solve_intervals(batch, how, on)
                                        : launch_solve_exact(batch, how, on);
}

}  // namespace tailfit::kernels
