// The solver on a device: every tail that extraction left, whatever the length of its series.
//
// solve_by_lanes: a thread a tail of up to 256 excesses; thread i of the grid's row 0 has the lower
//   tail of fit i, of row 1 the upper one. No shared memory. A lane reads its own excesses, a group
//   of four (one 32-byte sector) at a time, from the first-level cache after the first pass.
// solve_by_warps: a warp a tail of 257 to 8,192 excesses, 2,560 bytes of shared memory each.
// solve_by_blocks: a block a longer tail, its partial sums in global memory.
#pragma once

#include "kernels/cuda/cuda_kernels.hpp"
#include "kernels/cuda/launch.cuh"
#include "kernels/fit/fit_batch.hpp"
#include "kernels/group/cuda_block.hpp"
#include "kernels/group/cuda_lanes.hpp"

namespace tailfit::kernels {
namespace {

constexpr int solve_lane_threads = 64;
constexpr int solve_warp_threads = 128;
constexpr int solve_block_threads = 256;

template <bool intervals>
__global__ void __launch_bounds__(solve_lane_threads, 4)
    solve_by_lanes(const __grid_constant__ FitBatch batch) {
  const int64_t fit = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (fit >= batch.series.n_fits) return;
  const TailOfBatch tail = tail_of_batch(batch, fit + blockIdx.y * batch.series.n_fits);
  if (tail.k == 0 || tail.k > canonical_serial_terms) return;
  solve_tail_of_batch<intervals>(SerialGroup{}, batch, tail, nullptr);
}

template <bool intervals>
__global__ void __launch_bounds__(solve_warp_threads, 2)
    solve_by_warps(const __grid_constant__ FitBatch batch) {
  constexpr int warps = solve_warp_threads / 32;
  __shared__ __align__(16) char scratch[warps][32 * canonical_accumulator_bytes];
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int64_t step = static_cast<int64_t>(gridDim.x) * warps;
  const CudaLanes<32> group;
  for (int64_t t = static_cast<int64_t>(blockIdx.x) * warps + warp; t < 2 * batch.series.n_fits;
       t += step) {
    const TailOfBatch tail = tail_of_batch(batch, t);
    if (tail.k <= canonical_serial_terms || tail.k > canonical_warp_terms) continue;
    solve_tail_of_batch<intervals>(group, batch, tail, scratch[warp]);
  }
}

template <bool intervals>
__global__ void __launch_bounds__(solve_block_threads, 1)
    solve_by_blocks(const __grid_constant__ FitBatch batch, char* scratch, int64_t bytes) {
  __shared__ uint64_t slots[cuda_block_slots];
  const CudaBlock group(slots);
  for (int64_t t = blockIdx.x; t < 2 * batch.series.n_fits; t += gridDim.x) {
    const TailOfBatch tail = tail_of_batch(batch, t);
    if (tail.k <= canonical_warp_terms) continue;
    solve_tail_of_batch<intervals>(group, batch, tail, scratch + blockIdx.x * bytes);
    group.sync();
  }
}

template <bool intervals>
int launch_solve_of(const FitBatch& batch, const SolveLaunch& how, cudaStream_t stream) {
  const int64_t n = batch.series.n_fits;
  constexpr int warps = solve_warp_threads / 32;
  dim3 lanes = blocks_of((n + solve_lane_threads - 1) / solve_lane_threads);
  lanes.y = 2;
  int error = launch(solve_by_lanes<intervals>, lanes, solve_lane_threads, 0, stream, batch);
  if (error == 0 && how.greatest_k > canonical_serial_terms) {
    error = launch(solve_by_warps<intervals>, blocks_of((2 * n + warps - 1) / warps),
                   solve_warp_threads, 0, stream, batch);
  }
  if (error == 0 && how.greatest_k > canonical_warp_terms) {
    error = launch(solve_by_blocks<intervals>, blocks_of(how.blocks), solve_block_threads, 0,
                   stream, batch, how.block_scratch, solve_block_bytes(how.greatest_k));
  }
  return error;
}

template <bool intervals>
int load_solve_of() {
  cudaError_t error = load(solve_by_lanes<intervals>);
  if (error == cudaSuccess) error = load(solve_by_warps<intervals>);
  if (error == cudaSuccess) error = load(solve_by_blocks<intervals>);
  return static_cast<int>(error);
}

}  // namespace

// One for each likelihood, in a file of its own: they take long to compile.
int launch_solve_exact(const FitBatch& batch, const SolveLaunch& how, cudaStream_t stream);
int launch_solve_intervals(const FitBatch& batch, const SolveLaunch& how, cudaStream_t stream);
int load_solve_exact();
int load_solve_intervals();

}  // namespace tailfit::kernels
