// Extraction of series of double.
#include "kernels/cuda/extract.cuh"

namespace tailfit::kernels {

int launch_extract_f64(const FitBatch& batch, const ExtractLaunch& how, cudaStream_t stream) {
  return launch_extract_of<double>(batch, how, stream);
}

int allow_shared_memory_f64(int bytes) { return allow_shared_memory<double>(bytes); }

int greatest_cluster_f64(int bytes) { return greatest_cluster_of<double>(bytes); }

}  // namespace tailfit::kernels
