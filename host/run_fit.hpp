// Runs a fit where its context says.
#pragma once

#include <tailfit/tailfit.h>

#include "host/context.hpp"

namespace tailfit::host {

// Arguments are validated but for the memory that they lie in. Returns when all is written.
void run_fit(const tailfit_context& context, const tailfit_series_view& series,
             const tailfit_fit_options& options, const tailfit_fits_view& out);

}  // namespace tailfit::host
