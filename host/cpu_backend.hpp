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

// body(begin, end) over 0..n-1 on the context's threads, in the canonical floating-point
// environment.
void for_each_range(const tailfit_context& context, std::int64_t n, std::int64_t grain,
                    void (*body)(void* state, std::int64_t begin, std::int64_t end), void* state);

}  // namespace tailfit::host
