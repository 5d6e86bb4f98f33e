// Ragged series by their length. A block of 256 threads takes 1,024 fits, thread i four neighbours
// from fit 4 i on, so that each scan of the block is of all of them. Each block reads its offsets
// once, or twice where they are checked, a word for each fit, and the sums of all blocks, 144 bytes
// each. 100,000 fits are 98 blocks, one wave: about what the launches cost.
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/length_bins.hpp"
#include "kernels/group/cuda_block.hpp"

namespace tailfit::kernels {
namespace {

constexpr int bin_threads = 256;

__global__ void __launch_bounds__(bin_threads)
    sum_all_values(const __grid_constant__ FitBatch batch,
                   const __grid_constant__ LengthBins bins) {
  __shared__ uint64_t slots[cuda_block_slots];
  const CudaBlock group(slots);
  sum_values(group, batch, bins, static_cast<int64_t>(blockIdx.x));
}

__global__ void __launch_bounds__(bin_threads)
    sum_lengths(const __grid_constant__ FitBatch batch, const __grid_constant__ LengthBins bins) {
  __shared__ uint64_t slots[cuda_block_slots];
  __shared__ BinMemory memory;
  const CudaBlock group(slots);
  sum_stretch(group, batch, bins, static_cast<int64_t>(blockIdx.x), memory);
}

__global__ void __launch_bounds__(bin_threads)
    place_fits(const __grid_constant__ FitBatch batch, const __grid_constant__ LengthBins bins) {
  __shared__ uint64_t slots[cuda_block_slots];
  __shared__ BinMemory memory;
  const CudaBlock group(slots);
  place_stretch(group, batch, bins, static_cast<int64_t>(blockIdx.x), memory);
}

}  // namespace

int load_bin_by_length() {
  cudaError_t error = load(sum_all_values);
  if (error == cudaSuccess) error = load(sum_lengths);
  if (error == cudaSuccess) error = load(place_fits);
  return static_cast<int>(error);
}

int launch_bin_by_length(const FitBatch& batch, const LengthBins& bins, void* stream) {
  if (batch.series.n_fits == 0) return cudaSuccess;
  const dim3 grid = blocks_of(bin_stretches(batch.series.n_fits));
  const auto on = static_cast<cudaStream_t>(stream);
  int error = 0;
  if (bins.values_before != nullptr) {
    error = launch(sum_all_values, grid, bin_threads, 0, on, batch, bins);
  }
  if (error == 0) error = launch(sum_lengths, grid, bin_threads, 0, on, batch, bins);
  if (error == 0) error = launch(place_fits, grid, bin_threads, 0, on, batch, bins);
  return error;
}

}  // namespace tailfit::kernels
