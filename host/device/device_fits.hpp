// Fits whose arrays lie in a device's memory, owned by the library.
#pragma once

#include <tailfit/tailfit.h>

#include <memory>

#include "host/context.hpp"

namespace tailfit::host {

// Arguments are validated but for the memory that they lie in. The results are in the memory of the
// device that the series lie in, or of the context's first. Returns when all is written. Throws
// CallError for a context on the CPU.
std::unique_ptr<tailfit_fits> fit_on_device(const tailfit_context& context,
                                            const tailfit_series_view& series,
                                            const tailfit_fit_options& options);

// A copy in host memory of fits that lie there or in the memory of one of the context's devices.
// Returns when all is copied.
std::unique_ptr<tailfit_fits> copy_to_host(const tailfit_context& context,
                                           const tailfit_fits_view& fits);

}  // namespace tailfit::host
