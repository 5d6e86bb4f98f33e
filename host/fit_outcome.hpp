// What backends say alike of fits that did not come about.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>

#include "host/error.hpp"

namespace tailfit::host {

// Writes a fit that was cancelled before it began; out is in host memory.
void write_not_run(const tailfit_fits_view& out, std::int64_t fit);

// The most values that a bin of a count type can hold; without counts there is no bound.
std::int64_t greatest_count(std::int32_t counts_kind);

// The error of a fit whose bin holds more values than its count type can say.
CallError count_overflow(std::int64_t fit, std::int32_t counts_kind);

}  // namespace tailfit::host
