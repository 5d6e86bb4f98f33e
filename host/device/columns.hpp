// Time-major series on a device: side by side lie the values of one time, so the lanes that read
// one series would read a value from each sector. A chunk's columns are made rows first.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>

#include "host/device/device.hpp"

namespace tailfit::host {

// Values from one row to the next, a multiple of 16 bytes; 0 where chunks of the batch are not to
// be made rows. A row has every value that some window of its series reads.
std::int64_t row_pitch(const tailfit_series_view& series);

// The most rows that a chunk of so many fits has.
std::int64_t greatest_rows(const tailfit_series_view& series, std::int64_t fits);

// Makes a chunk rows, in `memory`, if it is columns; `batch` is then that of the rows.
void make_rows(Device& device, std::int64_t pitch, char* memory, kernels::SeriesBatch& batch);

}  // namespace tailfit::host
