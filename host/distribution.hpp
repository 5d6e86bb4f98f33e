// Functions of distributions, over a whole batch, where its memory is.
#pragma once

#include <tailfit/tailfit.h>

#include "host/context.hpp"
#include "host/distribution_batch.hpp"

namespace tailfit::host {

// On the CPU or a device of the context; return when all is written.
void run(const tailfit_context& context, const Evaluation& evaluation);
void run(const tailfit_context& context, const Differentiation& differentiation);

// One level for all fits; one that is out of range is a bad call.
void batch_quantile(const tailfit_context& context, const tailfit_fits_view& fits, double p,
                    double* out);
void batch_expected_shortfall(const tailfit_context& context, const tailfit_fits_view& fits,
                              double p, double* out);

}  // namespace tailfit::host
