// Extraction of series of double.
#include "kernels/cuda/extract.cuh"

namespace tailfit::kernels {

int launch_extract_f64(const FitBatch& batch, const ExtractLaunch& launch, cudaStream_t stream) {
  return launch_extract_of<double>(batch, launch, stream);
}

}  // namespace tailfit::kernels
