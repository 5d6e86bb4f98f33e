// Columns into rows: 256 threads take a tile of 64 times and 64 series through 16 or 33 KB of
// shared memory, so that both memories are read and written in whole sectors, 16 values a thread at
// a time.
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/transpose_tile.hpp"
#include "kernels/group/cuda_block.hpp"

namespace tailfit::kernels {
namespace {

constexpr int transpose_threads = 256;
constexpr int64_t greatest_grid = int64_t{1} << 30;

template <class T>
__global__ void __launch_bounds__(transpose_threads)
    transpose_columns(const __grid_constant__ ColumnPanel panel) {
  __shared__ T tile[tile_values];
  const CudaBlock group(nullptr);  // none of whose sums are asked for
  const int64_t n_tiles = tiles_of(panel);
  for (int64_t number = blockIdx.x; number < n_tiles; number += gridDim.x) {
    transpose_tile<T, transpose_threads>(group, panel, number, tile);
  }
}

}  // namespace

int load_transpose() {
  const cudaError_t error = load(transpose_columns<double>);
  return static_cast<int>(error == cudaSuccess ? load(transpose_columns<float>) : error);
}

int launch_transpose(const ColumnPanel& panel, void* stream) {
  const int64_t n_tiles = tiles_of(panel);
  if (n_tiles == 0) return cudaSuccess;
  const dim3 grid = blocks_of(n_tiles < greatest_grid ? n_tiles : greatest_grid);
  const auto on = static_cast<cudaStream_t>(stream);
  return panel.is_double ? launch(transpose_columns<double>, grid, transpose_threads, 0, on, panel)
                         : launch(transpose_columns<float>, grid, transpose_threads, 0, on, panel);
}

}  // namespace tailfit::kernels
