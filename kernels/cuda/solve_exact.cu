// The solver for values that are exact.
#include "kernels/cuda/solve.cuh"

namespace tailfit::kernels {

int launch_solve_exact(const FitBatch& batch, const SolveLaunch& launch, cudaStream_t stream) {
  return launch_solve_of<false>(batch, launch, stream);
}

}  // namespace tailfit::kernels
