// How a batch is cut into chunks for a device: a pure function of shapes, options and limits.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>

#include "host/device/launch_policy.hpp"

namespace tailfit::host {

// Where the parts of one chunk's device memory lie, from its start; in bytes.
struct ChunkLayout {
  std::uint64_t input;       // staged values, if the input is in host memory
  std::uint64_t results;     // as FitsLayout has them, if the results go to host memory
  std::uint64_t offsets;     // int64 [fits+1] of ragged series
  std::uint64_t thresholds;  // double [2][fits], where a rule has one for each series
  std::uint64_t excess;      // of both tails of every fit
  std::uint64_t to_solve;    // int64 [2][fits]
  std::uint64_t extract;     // global memory of extraction's blocks
  std::uint64_t scratch;     // of the solver's blocks
  std::uint64_t overflow;    // one uint64
  std::uint64_t bytes;       // of all
};

struct DevicePlan {
  std::int64_t n_fits;
  std::int64_t chunk_fits;
  std::int64_t n_chunks;
  std::int64_t excess_pitch;  // doubles
  std::int64_t greatest_k;
  ExtractPolicy extract;
  std::int64_t extract_blocks;  // where extract.lanes = 0
  std::int64_t extract_block_bytes;
  std::int64_t solve_blocks;  // for tails of more than 8,192
  ChunkLayout layout;
  std::uint64_t minimum_bytes;  // of a chunk of one fit
};

struct DevicePlanInput {
  const tailfit_series_view& series;
  const tailfit_fit_options& options;
  const DeviceLimits& limits;
  std::uint64_t available;      // bytes that may be taken
  bool results_on_device;       // the caller's memory is written directly
  std::int64_t greatest_chunk;  // fits; 0: as many as suit the device
};

// Throws CallError (TAILFIT_BUDGET_TOO_SMALL) naming the minimum where not even one fit's memory is
// available.
DevicePlan make_device_plan(const DevicePlanInput& input);

}  // namespace tailfit::host
