// Launches a kernel and returns the launch's own error: cudaGetLastError() would return one that
// somebody else left behind, too.
#pragma once

#include <cuda_runtime_api.h>

#include <type_traits>

#include "kernels/cuda/cuda_kernels.hpp"

namespace tailfit::kernels {
namespace {

template <class... Parameters>
int launch(void (*kernel)(Parameters...), dim3 grid, int threads, int64_t shared_bytes,
           cudaStream_t stream, std::type_identity_t<Parameters>... arguments) {
  void* pointers[] = {&arguments...};
  return static_cast<int>(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), grid,
                                           dim3(static_cast<unsigned>(threads)), pointers,
                                           static_cast<size_t>(shared_bytes), stream));
}

// Blocks in clusters of so many, which run at the same time and reach each other's shared memory.
template <class... Parameters>
int launch_clusters(void (*kernel)(Parameters...), dim3 grid, int threads, int64_t shared_bytes,
                    int blocks, cudaStream_t stream,
                    std::type_identity_t<Parameters>... arguments) {
  void* pointers[] = {&arguments...};
  cudaLaunchAttribute cluster{};
  cluster.id = cudaLaunchAttributeClusterDimension;
  cluster.val.clusterDim = {static_cast<unsigned>(blocks), 1, 1};
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.dynamicSmemBytes = static_cast<size_t>(shared_bytes);
  config.stream = stream;
  config.attrs = &cluster;
  config.numAttrs = 1;
  return static_cast<int>(
      cudaLaunchKernelExC(&config, reinterpret_cast<const void*>(kernel), pointers));
}

// Loads a kernel's code onto the current device: the first launch would, which may wait for other
// work and cannot be captured.
template <class... Parameters>
cudaError_t load(void (*kernel)(Parameters...)) {
  cudaFuncAttributes unused;
  return cudaFuncGetAttributes(&unused, reinterpret_cast<const void*>(kernel));
}

inline dim3 blocks_of(int64_t n) { return dim3(static_cast<unsigned>(n)); }

inline dim3 evaluate_blocks(const EvaluateLaunch& how) {
  return blocks_of((how.groups * how.lanes + evaluate_threads - 1) / evaluate_threads);
}

}  // namespace
int load_transpose();      // transpose.cu
int load_bin_by_length();  // bin_by_length.cu
int load_evaluate();       // evaluate.cu
int load_gradients();      // gradients.cu

}  // namespace tailfit::kernels
