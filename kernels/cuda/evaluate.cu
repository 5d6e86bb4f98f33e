// Functions of distributions and draws from them. A thread takes a fit where it has few points and
// the function needs no sums of its counts: neighbouring threads read neighbouring fits'
// parameters, and each its own counts, 200 to 400 bytes that stay in the first-level cache. Else a
// warp takes a row: it reads the masses and makes their sums together, and then takes a point a
// lane; rows of very many points are divided, each part with sums of its own. Sums lie in the
// launch's memory, 6*(bins+1) doubles a warp. Functions are calls, not inlined: their code is there
// once.
#include "kernels/cuda/evaluate_rows.hpp"
#include "kernels/cuda/launch.cuh"
#include "kernels/group/cuda_lanes.hpp"

namespace tailfit::kernels {
namespace {

// Four blocks are a multiprocessor's: without that number nvcc takes 80 registers for the threads'
// kernel and spills 1,200 bytes around its calls.
template <bool are_given>
__global__ void __launch_bounds__(evaluate_threads, 4)
    evaluate_rows(const __grid_constant__ EvaluateBatch batch,
                  const __grid_constant__ EvaluateLaunch how) {
  constexpr int lanes = 32;
  const CudaLanes<lanes> group;
  const int64_t thread = static_cast<int64_t>(blockIdx.x) * evaluate_threads + threadIdx.x;
  const int64_t first = thread / lanes;
  const int64_t n_items = batch.rows.n_rows * parts_of_row(batch.request.n_points, how.part_points);
  if (first >= how.groups) return;
  char* const memory = how.memory + first * how.group_bytes;
  for (int64_t item = first; item < n_items; item += how.groups) {
    evaluate_item<are_given>(group, batch, how, item, memory);
  }
}

// A thread takes a fit; of functions that want no sums, and its text has no others.
__global__ void __launch_bounds__(evaluate_threads, 4)
    evaluate_fits(const __grid_constant__ EvaluateBatch batch,
                  const __grid_constant__ EvaluateLaunch how) {
  const int64_t thread = static_cast<int64_t>(blockIdx.x) * evaluate_threads + threadIdx.x;
  const int64_t n_items = batch.rows.n_rows * parts_of_row(batch.request.n_points, how.part_points);
  if (thread >= how.groups) return;
  for (int64_t item = thread; item < n_items; item += how.groups) {
    evaluate_few_item(batch, how, item);
  }
}

using Kernel = void (*)(EvaluateBatch, EvaluateLaunch);

// Rows of parameters need sums, which a warp makes.
Kernel kernel_of(bool are_given, int lanes) {
  if (are_given) return evaluate_rows<true>;
  return lanes == 1 ? evaluate_fits : evaluate_rows<false>;
}

}  // namespace

int load_evaluate() {
  cudaError_t error = load(kernel_of(true, 32));
  if (error == cudaSuccess) error = load(kernel_of(false, 1));
  if (error == cudaSuccess) error = load(kernel_of(false, 32));
  return static_cast<int>(error);
}

int launch_evaluate(const EvaluateBatch& batch, const EvaluateLaunch& how, void* stream) {
  if (how.groups == 0) return cudaSuccess;
  return launch(kernel_of(batch.rows.are_given, how.lanes), evaluate_blocks(how), evaluate_threads,
                0, static_cast<cudaStream_t>(stream), batch, how);
}

}  // namespace tailfit::kernels
