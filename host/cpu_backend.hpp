// Runs a plan on the CPU's cores.
#pragma once

#include <tailfit/tailfit.h>

#include "host/context.hpp"

namespace tailfit::host {

// Fits every series into out; everything is validated. Synchronous. Throws CallError for failing
// memory and for counts that do not fit.
void run_on_cpu(const tailfit_context& context, const tailfit_fit_plan& plan,
                const tailfit_series_view& series, const tailfit_fit_options& options,
                const tailfit_fits_view& out);

}  // namespace tailfit::host
