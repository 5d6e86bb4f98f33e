// What a chunk of a batch needs of the caller's memory, and how it gets onto a device.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>

#include "host/device/device.hpp"
#include "host/host_copy.hpp"

namespace tailfit::host {

// Rows of the caller's bytes and where they go in a chunk's memory, in bytes; pitches are from one
// row's start to the next one's, of any sign.
struct InputRows {
  const char* from;
  std::int64_t from_pitch;
  std::int64_t to;
  std::int64_t to_pitch;
  std::int64_t row_bytes;
  std::int64_t n_rows;
};

// The values of a chunk in host memory as they will lie on the device: rows of the caller's bytes
// as they are, or (gathers) each fit's values side by side.
struct ChunkInput {
  kernels::SeriesBatch batch;  // of a batch on the device whole, else without values
  std::int64_t values_at;      // bytes from the chunk's memory to where batch.values has to point
  std::int64_t bytes;          // of the chunk's memory; 0: nothing is brought
  InputRows rows[3];
  std::int64_t n_parts;  // of these
  bool gathers;
};

// Fits begin, begin+1, ... begin+n-1. Only what fits of the batch read is read. Stretches of the
// caller's memory are taken with all windows that overlap in them, and panels with a row for each
// time as they are, unless they have gaps or are longer than the fits' own values. bytes is
// n*length*(bytes of a value) at most, of ragged series what they have. Pure.
ChunkInput describe_input(const tailfit_series_view& series, std::int64_t begin, std::int64_t n);

// Whether the device can copy the chunk from where it lies, if that is pinned. Pure.
bool can_copy_in_place(const ChunkInput& input);

// Copies the chunk from the caller's memory, which must stay as it is until the device is
// synchronised, to the device.
void copy_in_place(Device& device, const ChunkInput& input, char* on_device);

// Copies the chunk to `staging`, host memory of input.bytes. Returns when it is there.
void stage_input(Workers workers, const tailfit_series_view& series, std::int64_t begin,
                 const ChunkInput& input, char* staging);

// The memory from the first to the last value that a batch of host memory reads.
struct InputRange {
  const char* begin;
  std::uint64_t bytes;  // 0: it reads none
};
InputRange range_of_input(const tailfit_series_view& series);

}  // namespace tailfit::host
