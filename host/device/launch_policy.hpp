// How the kernels are launched: pure functions of shapes, options and the device's limits, tested
// without a GPU.
#pragma once

#include <cstdint>

#include "host/device/device.hpp"

namespace tailfit::host {

// How extraction runs for one length of series, and how many series are on chip at a time.
struct ExtractPolicy {
  kernels::ExtractRegime regime;
  int lanes;                  // of a warp, for a series: 8, 16, 32; 0: a block
  int threads;                // of a block
  int cluster;                // blocks that take a series together; 1: none
  std::int64_t series_bytes;  // of shared memory; cluster: of one of its blocks
  std::int64_t resident;      // series on the device at a time
  // Of shared memory a block, for what its rolling windows have together; 0: each loads its own.
  std::int64_t union_bytes = 0;
};

// Registers that extract_by_lanes may take; its launch bounds say so (kernels/cuda/extract.cuh).
constexpr std::int64_t extract_registers = 96;

// Registers that extract_by_shared_block may take: with so many threads a multiprocessor is full.
constexpr std::int64_t registers_per_multiprocessor = 65536;
constexpr std::int64_t shared_block_registers(bool is_double) {
  return registers_per_multiprocessor / kernels::shared_block_threads(is_double) / 8 * 8;
}

// Threads that take a series.
constexpr std::int64_t threads_of_series(const ExtractPolicy& policy) {
  return policy.lanes > 0 ? policy.lanes : std::int64_t{policy.threads} * policy.cluster;
}

// window_step: values from a rolling window to the next one, if a window's lie side by side; 0: no
// such windows.
ExtractPolicy choose_extract(const kernels::TileOptions& options, bool is_double,
                             std::int64_t length, const DeviceLimits& limits,
                             std::int64_t window_step = 0);

// The union_bytes that a launch of this batch may have: 0 unless its windows lie as the policy was
// made for.
std::int64_t union_bytes_of(const ExtractPolicy& policy, const kernels::SeriesBatch& batch);

// How the solver runs for tails of more than 256 excesses.
struct SolvePolicy {
  int lanes;                   // of a warp, for a tail of up to 8,192: a power of two
  int long_lanes;              // for a longer one: 32, a warp; 64, 128 or 256, a block
  std::int64_t long_resident;  // tails that so many lanes each solve on the device at a time
};

// Registers that solve_by_lanes and solve_by_warps may take; their launch bounds say so
// (kernels/cuda/solve.cuh).
constexpr std::int64_t solve_registers(bool intervals) { return intervals ? 256 : 168; }

// tails: that are solved together; greatest_k: of the longest one; intervals: for rounded values.
SolvePolicy choose_solve(std::int64_t tails, std::int64_t greatest_k, bool intervals,
                         const DeviceLimits& limits);

}  // namespace tailfit::host
