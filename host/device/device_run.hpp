// A fit on a device, chunk by chunk.
#pragma once

#include <tailfit/tailfit.h>

#include "host/context.hpp"
#include "host/device/device.hpp"

namespace tailfit::host {

// Arguments are validated; series and results lie in host memory or in this device's. `available`
// bounds the device memory that is taken; where the device has less, for that or for a launch,
// chunks become smaller and go on where the one before them failed, and only if that of one fit
// fails TAILFIT_OUT_OF_MEMORY is thrown. greatest_chunk: fits,
// 0 = as many as suit the device. Returns when all is written. On an exception the device's memory
// has been given back and the results are undefined.
void run_on_device(Device& device, const tailfit_context& context,
                   const tailfit_series_view& series, const tailfit_fit_options& options,
                   const tailfit_fits_view& out, std::uint64_t available,
                   std::int64_t greatest_chunk = 0);

}  // namespace tailfit::host
