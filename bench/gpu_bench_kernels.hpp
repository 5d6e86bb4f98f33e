// The device's side of gpu_bench: its data and the bandwidth that it is measured against.
#pragma once

#include <cstdint>

namespace tailfit::bench {

// n values of Student's t with 4 degrees of freedom, made on the device. A cudaError_t.
int make_student(float* values, std::int64_t n, std::uint64_t seed);
int make_student(double* values, std::int64_t n, std::uint64_t seed);

// Reads `bytes` (a multiple of 16) once and writes next to nothing: *sink. Asynchronous.
int read_once(const void* data, std::int64_t bytes, std::uint32_t* sink);

}  // namespace tailfit::bench
