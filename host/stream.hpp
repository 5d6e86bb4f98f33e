// Fits a stream of pieces: one is fitted while the next one is read.
#pragma once

#include <tailfit/tailfit.h>

#include "host/context.hpp"

namespace tailfit::host {

// Arguments are validated but for what the source will yield. Writes `summary` also where it throws
// CallError. When it ends, in whichever way, the source's thread has ended too.
void run_stream(const tailfit_context& context, const tailfit_fit_options& options,
                const tailfit_stream& stream, tailfit_stream_summary& summary);

}  // namespace tailfit::host
