// How a batch is cut into chunks for a device: a pure function of shapes, options and limits.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>

#include "host/device/length_classes.hpp"

namespace tailfit::host {

// Where the parts of one chunk's device memory lie, from its start; in bytes.
struct ChunkLayout {
  std::uint64_t input;       // staged values, if the input is in host memory
  std::uint64_t rows;        // made of columns
  std::uint64_t results;     // as FitsLayout has them, if the results go to host memory
  std::uint64_t offsets;     // int64 [fits+1] of ragged series
  std::uint64_t thresholds;  // double [2][fits], where a rule has one for each series
  std::uint64_t order;       // int64 [fits] of ragged series, as LengthBins has them
  std::uint64_t excess_begin;
  std::uint64_t class_begin;
  std::uint64_t bin_sums;
  std::uint64_t values_before;  // int64 [2]: of even chunks, of odd ones
  std::uint64_t excess;         // of both tails of every fit
  std::uint64_t to_solve;       // int64 [2][fits]
  std::uint64_t extract;        // global memory of extraction's blocks
  std::uint64_t overflow;       // one uint64
  std::uint64_t bytes;          // of all
};

// The same in pinned host memory.
struct StagingLayout {
  std::uint64_t input;       // if that is in host memory and cannot be copied from where it lies
  std::uint64_t offsets;     // of ragged series
  std::uint64_t thresholds;  // where a rule has one for each series
  std::uint64_t results;     // if they go to host memory that is not pinned
  std::uint64_t overflow;    // one uint64
  std::uint64_t bytes;
};

struct DevicePlan {
  std::int64_t n_fits;
  std::int64_t chunk_fits;    // at most
  std::int64_t chunk_values;  // of ragged series, at most
  std::int64_t n_chunks;
  std::int64_t n_slots;       // chunks in flight at a time; each has its memory and its queue
  std::int64_t excess_pitch;  // doubles; not of ragged series
  std::int64_t greatest_k;
  ExtractPolicy extract;        // of the longest series
  LengthClasses classes;        // of ragged series
  std::int64_t extract_blocks;  // whose keys lie in global memory
  std::int64_t extract_block_bytes;
  std::int64_t row_pitch;  // of the rows made of columns; 0: none are made
  SolvePolicy solve;
  ChunkLayout layout;     // of one slot
  StagingLayout staging;  // of one slot
};

// Bytes that may be taken.
struct DeviceBudget {
  std::uint64_t device;
  std::uint64_t host;
};

struct DevicePlanInput {
  const tailfit_series_view& series;
  const tailfit_fit_options& options;
  const DeviceLimits& limits;
  DeviceBudget budget;
  std::int64_t n_fits;          // of the series' fits, those that are to be run
  std::int64_t greatest_chunk;  // fits; 0: as many as suit the device
  std::int64_t greatest_slots;  // 0: as many as suit
  bool results_on_device;       // the caller's memory is written directly
  bool results_in_place;        // results go to pinned memory of the caller's
  bool is_resident = false;     // everything is on the device, offsets and thresholds too
  std::int64_t first_fit = 0;   // of those that are to be run
};

// Throws CallError (TAILFIT_BUDGET_TOO_SMALL) naming the minimum where not even one fit's memory is
// in the budget.
DevicePlan make_device_plan(const DevicePlanInput& input);

// How many fits the chunk takes that begins at fit `begin` of those up to `end`: chunk_fits, but of
// ragged series whose offsets are in host memory no more than have room, one at least.
std::int64_t fits_of_chunk(const DevicePlan& plan, const tailfit_series_view& series,
                           std::int64_t begin, std::int64_t end);

// Of n fits of a chunk whose layout begins at `memory`.
kernels::ExtractLaunch extract_launch(const DevicePlan& plan, const ExtractPolicy& how,
                                      std::int64_t n, char* memory);

}  // namespace tailfit::host
