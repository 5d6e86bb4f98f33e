// Fits that only queue work: everything is on the device, nothing is allocated or waited for.
#pragma once

#include <tailfit/tailfit.h>

#include "host/context.hpp"

namespace tailfit::host {

// Arguments are validated but for what the functions' comments in tailfit.h add for fits that only
// queue work, which these check.
tailfit_async_plan make_async_plan(const tailfit_context& context,
                                   const tailfit_series_view& series,
                                   const tailfit_fit_options& options,
                                   std::uint64_t most_workspace);

void queue_fit(const tailfit_context& context, const tailfit_async_plan& plan,
               const tailfit_series_view& series, const tailfit_fit_options& options,
               const tailfit_fits_view& out, void* workspace, tailfit_device_stream* stream);

void queue_wait(const tailfit_context& context, tailfit_device_stream* stream, void* event);

}  // namespace tailfit::host
