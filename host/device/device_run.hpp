// A fit on devices, chunk by chunk, several chunks in flight.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>
#include <memory>
#include <span>

#include "host/context.hpp"
#include "host/device/device_plan.hpp"
#include "host/device/device_provider.hpp"

namespace tailfit::host {

// Arguments are validated; series and results lie in host memory or in that of the only provider.
// Each provider takes an equal share of neighbouring fits. `budget` bounds what is taken on each
// device, and of pinned memory for each of them; where there is less, for that or for a launch,
// chunks become smaller and go on where the one before them failed, and only if that of one fit
// fails TAILFIT_OUT_OF_MEMORY is thrown. greatest_chunk: fits, 0 = as many as suit the device.
// Returns when all is written. On an exception all memory has been given back and the results are
// undefined.
void run_on_devices(std::span<const std::shared_ptr<DeviceProvider>> providers,
                    const tailfit_context& context, const tailfit_series_view& series,
                    const tailfit_fit_options& options, const tailfit_fits_view& out,
                    DeviceBudget budget, std::int64_t greatest_chunk = 0);

}  // namespace tailfit::host
