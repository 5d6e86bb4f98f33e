// Derivatives of functions of distributions. A thread takes a row, or some of its points where
// nothing is summed over them: a row's sums over points have one order. Its masses and a point's
// logits lie in the launch's memory, 7*(bins+1) doubles a thread.
#include "kernels/cuda/evaluate_rows.hpp"
#include "kernels/cuda/launch.cuh"

namespace tailfit::kernels {
namespace {

// The policy has one block on a multiprocessor. Without the 3, which leaves a thread 168 registers,
// nvcc takes 80 to 96 and spills 1,156 to 1,328 bytes around the calls.
template <bool are_given>
__global__ void __launch_bounds__(evaluate_threads, 3)
    differentiate_rows(const __grid_constant__ GradientBatch batch,
                       const __grid_constant__ EvaluateLaunch how) {
  const int64_t first = static_cast<int64_t>(blockIdx.x) * evaluate_threads + threadIdx.x;
  const int64_t n_items = batch.rows.n_rows * parts_of_row(batch.request.n_points, how.part_points);
  if (first >= how.groups) return;
  char* const memory = how.memory + first * how.group_bytes;
  for (int64_t item = first; item < n_items; item += how.groups) {
    differentiate_item<are_given>(batch, how, item, memory);
  }
}

}  // namespace

int load_gradients() {
  cudaError_t error = load(differentiate_rows<false>);
  if (error == cudaSuccess) error = load(differentiate_rows<true>);
  return static_cast<int>(error);
}

int launch_gradients(const GradientBatch& batch, const EvaluateLaunch& how, void* stream) {
  if (how.groups == 0) return cudaSuccess;
  return launch(batch.rows.are_given ? differentiate_rows<true> : differentiate_rows<false>,
                evaluate_blocks(how), evaluate_threads, 0, static_cast<cudaStream_t>(stream), batch,
                how);
}

}  // namespace tailfit::kernels
