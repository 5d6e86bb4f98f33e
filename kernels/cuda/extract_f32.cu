// Extraction of series of float.
#include "kernels/cuda/extract.cuh"

namespace tailfit::kernels {

int launch_extract_f32(const FitBatch& batch, const ExtractLaunch& launch, cudaStream_t stream) {
  return launch_extract_of<float>(batch, launch, stream);
}

int device_code_error() {
  cudaFuncAttributes attributes{};
  const cudaError_t error = cudaFuncGetAttributes(&attributes, extract_by_lanes<float, 8>);
  if (error != cudaSuccess) cudaGetLastError();
  return static_cast<int>(error);
}

}  // namespace tailfit::kernels
