// Brings a chunk of a batch that lies in host memory onto a device.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>
#include <vector>

#include "host/device/device.hpp"

namespace tailfit::host {

// Fits begin, begin+1, ... begin+n-1 of the batch, as the kernels want them: for a batch in device
// memory where it lies, else a copy in `memory`, which has room for n*length values. Only what
// fits of the batch read is read. The copy is the chunk's stretch of the caller's memory as it is,
// overlapping windows included, if that has no gaps and is no longer than its values; else
// `staging.values` gets each series' stretch, or the values packed, fit by fit.
// offsets: room for n+1, on the device, of ragged series. What is staged must stay as it is until
// the device is synchronised.
struct InputStaging {
  std::vector<char> values;
  std::vector<std::int64_t> offsets;

  bool is_used() const { return !values.empty() || !offsets.empty(); }
};

kernels::SeriesBatch bring_series(Device& device, const tailfit_series_view& series,
                                  std::int64_t begin, std::int64_t n, char* memory,
                                  std::int64_t* offsets, InputStaging& staging);

}  // namespace tailfit::host
