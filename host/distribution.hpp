// Functions of the fitted distributions, over a whole batch on the CPU.
#pragma once

#include <tailfit/tailfit.h>

#include "host/context.hpp"

namespace tailfit::host {

void batch_quantile(const tailfit_context& context, const tailfit_fits_view& fits, double p,
                    double* out);
void batch_expected_shortfall(const tailfit_context& context, const tailfit_fits_view& fits,
                              double p, double* out);

}  // namespace tailfit::host
