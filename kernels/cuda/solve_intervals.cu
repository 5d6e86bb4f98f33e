// The solver for values that are rounded: the interval likelihood.
#include "kernels/cuda/solve.cuh"

namespace tailfit::kernels {

int launch_solve_intervals(const FitBatch& batch, const SolveLaunch& how, cudaStream_t stream) {
  return launch_solve_of<true>(batch, how, stream);
}

int load_solve_intervals() { return load_solve_of<true>(); }

}  // namespace tailfit::kernels
