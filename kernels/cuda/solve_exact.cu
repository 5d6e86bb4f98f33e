// The solver for values that are exact.
#include "kernels/cuda/solve.cuh"

namespace tailfit::kernels {

int launch_solve_exact(const FitBatch& batch, const SolveLaunch& how, cudaStream_t stream) {
  return launch_solve_of<false>(batch, how, stream);
}

int load_solve_exact() { return load_solve_of<false>(); }

}  // namespace tailfit::kernels
