#include "bench/gpu_bench_kernels.hpp"

#include <cuda_runtime.h>

namespace tailfit::bench {
namespace {

// splitmix64's mixer.
__device__ uint64_t mixed(uint64_t z) {
  z += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// In (0, 1).
__device__ float uniform(uint64_t word) {
  return (static_cast<float>(word >> 41) + 0.5f) * 0x1p-23f;
}

// A normal number over the root of a chi-squared one (two exponential ones) over 4, computed in
// fp32. The bits that a double has beyond a float come from another word, so that there are few
// ties.
template <class T>
__global__ void student(T* values, int64_t n, uint64_t seed) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * blockDim.x;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step) {
    const uint64_t a = mixed(seed ^ mixed(static_cast<uint64_t>(i)));
    const uint64_t b = mixed(a);
    const float normal = sqrtf(-2.0f * logf(uniform(a))) * cospif(2.0f * uniform(a << 32));
    const float chi = -2.0f * logf(uniform(b)) - 2.0f * logf(uniform(b << 32));
    const T fine = T(1) + static_cast<T>(mixed(b) >> 40) * T(0x1p-48);
    values[i] = static_cast<T>(normal * rsqrtf(0.25f * chi)) * fine;
  }
}

template <class T>
int make(T* values, int64_t n, uint64_t seed) {
  student<<<4096, 256>>>(values, n, seed);
  const cudaError_t error = cudaGetLastError();
  return static_cast<int>(error == cudaSuccess ? cudaDeviceSynchronize() : error);
}

__global__ void read_all(const uint4* data, int64_t n, uint32_t* sink) {
  uint32_t sum = 0;
  const int64_t step = static_cast<int64_t>(gridDim.x) * blockDim.x;
#pragma unroll 4
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step) {
    const uint4 word = data[i];
    sum ^= word.x ^ word.y ^ word.z ^ word.w;
  }
  if (sum == 0x12345678u) *sink = sum;  // never, but the compiler does not know
}

}  // namespace

int make_student(float* values, std::int64_t n, std::uint64_t seed) {
  return make(values, n, seed);
}
int make_student(double* values, std::int64_t n, std::uint64_t seed) {
  return make(values, n, seed);
}

int read_once(const void* data, std::int64_t bytes, std::uint32_t* sink) {
  read_all<<<8192, 256>>>(static_cast<const uint4*>(data), bytes / 16, sink);
  return static_cast<int>(cudaGetLastError());
}

}  // namespace tailfit::bench
