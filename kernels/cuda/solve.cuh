// The solver on a device: every tail that extraction left, whatever the length of its series.
//
// solve_by_lanes: a thread a tail of up to 256 excesses; thread i of the grid's row 0 has the lower
//   tail of fit i, of row 1 the upper one. No shared memory. A lane reads its own excesses, a group
//   of four (one 32-byte sector) at a time, from the first-level cache after the first pass.
// solve_by_warps: 1 to 32 lanes of a warp a longer tail, 64 threads a block. The lanes share the
//   passes over the excesses: each sums for as many of the canonical order's accumulators as fall
//   to it (kernels/fit/canonical_sum.hpp), one group of four after the other, neighbouring lanes
//   neighbouring groups. What is done between the passes all of them do. Shared memory: 80 bytes a
//   lane for each level of the tree that it combines alone, one at least: 80 (32 lanes of 32
//   accumulators) to 400 (32 lanes of 1,024, or a lane of 32).
// solve_by_blocks: a block of 64 to 256 threads a tail of more than 8,192, in the same way.
//
// How many lanes a tail has is for the host to choose (host/device/launch_policy.hpp). Counted for
// tails of 821 excesses, thread instructions a tail: a warp each 960,000, as it was always; 8 lanes
// 322,000; a lane 137,000, but then one after the other.
#pragma once

#include "kernels/cuda/cuda_kernels.hpp"
#include "kernels/cuda/launch.cuh"
#include "kernels/fit/fit_batch.hpp"
#include "kernels/group/cuda_block.hpp"
#include "kernels/group/cuda_warp_part.hpp"

namespace tailfit::kernels {
namespace {

constexpr int solve_lane_threads = 64;

// Of 64 threads on a multiprocessor. A register more than six leave would cost the solver of exact
// values a third of its threads; the one for intervals would have to spill a hundred for as many.
constexpr int solve_blocks(bool intervals) { return intervals ? 4 : 6; }

template <bool intervals>
__global__ void __launch_bounds__(solve_lane_threads, solve_blocks(intervals))
    solve_by_lanes(const __grid_constant__ FitBatch batch) {
  const int64_t fit = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (fit >= batch.series.n_fits) return;
  const TailOfBatch tail = tail_of_batch(batch, fit + blockIdx.y * batch.series.n_fits);
  if (tail.k == 0 || tail.k > canonical_serial_terms) return;
  solve_tail_of_batch<intervals>(SerialGroup{}, batch, tail, nullptr);
}

// Of more than `above` excesses and up to `most`. bytes: of shared memory a tail.
template <bool intervals>
__global__ void __launch_bounds__(solve_warp_threads, solve_blocks(intervals))
    solve_by_warps(const __grid_constant__ FitBatch batch, int lanes, int bytes, int64_t above,
                   int64_t most) {
  extern __shared__ uint4 solve_memory[];
  const int slot = static_cast<int>(threadIdx.x) / lanes;
  const int64_t t = static_cast<int64_t>(blockIdx.x) * (solve_warp_threads / lanes) + slot;
  if (t >= 2 * batch.series.n_fits) return;
  const TailOfBatch tail = tail_of_batch(batch, t);
  if (tail.k <= above || tail.k > most) return;
  solve_tail_of_batch<intervals>(CudaWarpPart(lanes), batch, tail,
                                 reinterpret_cast<char*>(solve_memory) + slot * bytes);
}

template <bool intervals>
__global__ void __launch_bounds__(solve_block_threads, 1)
    solve_by_blocks(const __grid_constant__ FitBatch batch) {
  extern __shared__ uint4 solve_memory[];
  __shared__ uint64_t slots[cuda_block_slots];
  const CudaBlock group(slots);
  for (int64_t t = blockIdx.x; t < 2 * batch.series.n_fits; t += gridDim.x) {
    const TailOfBatch tail = tail_of_batch(batch, t);
    if (tail.k <= canonical_warp_terms) continue;
    solve_tail_of_batch<intervals>(group, batch, tail, solve_memory);
    group.sync();
  }
}

// Of more than `above` excesses and up to `most`, which is beyond it.
template <bool intervals>
int launch_warps(const FitBatch& batch, int lanes, int64_t above, int64_t most,
                 cudaStream_t stream) {
  const int64_t per_block = solve_warp_threads / lanes;
  const int64_t bytes = canonical_scratch_bytes(most, lanes);
  return launch(solve_by_warps<intervals>,
                blocks_of((2 * batch.series.n_fits + per_block - 1) / per_block),
                solve_warp_threads, per_block * bytes, stream, batch, lanes,
                static_cast<int>(bytes), above, most);
}

template <bool intervals>
int launch_solve_of(const FitBatch& batch, const SolveLaunch& how, cudaStream_t stream) {
  const int64_t n = batch.series.n_fits;
  dim3 lanes = blocks_of((n + solve_lane_threads - 1) / solve_lane_threads);
  lanes.y = 2;
  int error = launch(solve_by_lanes<intervals>, lanes, solve_lane_threads, 0, stream, batch);
  if (error == 0 && how.greatest_k > canonical_serial_terms) {
    error = launch_warps<intervals>(batch, how.lanes, canonical_serial_terms, canonical_warp_terms,
                                    stream);
  }
  if (error != 0 || how.greatest_k <= canonical_warp_terms) return error;
  if (how.long_lanes <= 32) {
    return launch_warps<intervals>(batch, how.long_lanes, canonical_warp_terms, how.greatest_k,
                                   stream);
  }
  return launch(solve_by_blocks<intervals>, blocks_of(how.long_blocks), how.long_lanes,
                canonical_scratch_bytes(how.greatest_k, how.long_lanes), stream, batch);
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
