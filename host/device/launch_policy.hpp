// How the kernels are launched: pure functions of shapes, options and the device's limits, tested
// without a GPU.
#pragma once

#include <cstdint>

#include "host/device/device.hpp"

namespace tailfit::host {

// How extraction runs for one length of series, and how many series are on chip at a time.
struct ExtractPolicy {
  int lanes;                  // of a series: 8, 16, 32; 0: a block a series, keys in global memory
  int threads;                // of a block
  std::int64_t series_bytes;  // of shared memory
  std::int64_t resident;      // series on the device at a time
};

// Registers that extract_by_lanes may take; its launch bounds say so (kernels/cuda/extract.cuh).
constexpr std::int64_t extract_registers = 96;

ExtractPolicy choose_extract(const kernels::TileOptions& options, bool is_double,
                             std::int64_t length, const DeviceLimits& limits);

}  // namespace tailfit::host
