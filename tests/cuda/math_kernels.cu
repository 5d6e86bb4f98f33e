// The device's side of gpu_math_parity.
#include "tests/cuda/math_functions.hpp"

namespace tailfit::gpu {
namespace {

template <MathFunction function>
__global__ void evaluate_all(uint64_t seed, uint64_t first, int64_t n, uint64_t* results) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < n) results[i] = evaluate<function>(seed, first + static_cast<uint64_t>(i)).result;
}

}  // namespace

int launch_math(int function, uint64_t seed, uint64_t first, int64_t n, uint64_t* results,
                void* stream) {
  constexpr int threads = 256;
  with_function(function, [&](auto which) {
    evaluate_all<decltype(which)::value>
        <<<static_cast<unsigned>((n + threads - 1) / threads), threads, 0,
           static_cast<cudaStream_t>(stream)>>>(seed, first, n, results);
  });
  return static_cast<int>(cudaGetLastError());
}

}  // namespace tailfit::gpu
