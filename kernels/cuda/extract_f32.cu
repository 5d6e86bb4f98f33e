// Extraction of series of float.
#include "kernels/cuda/extract.cuh"

namespace tailfit::kernels {

int launch_extract_f32(const FitBatch& batch, const ExtractLaunch& how, cudaStream_t stream) {
  return launch_extract_of<float>(batch, how, stream);
}

int allow_shared_memory_f32(int bytes) { return allow_shared_memory<float>(bytes); }

int greatest_cluster_f32(int bytes) { return greatest_cluster_of<float>(bytes); }

}  // namespace tailfit::kernels
