// Functions of distributions, over a whole batch on the CPU.
#pragma once

#include <tailfit/tailfit.h>

#include "host/context.hpp"

namespace tailfit::host {

// Arguments are those of tailfit_evaluate() and not validated yet.
void batch_evaluate(const tailfit_context& context, const tailfit_fits_view& fits,
                    std::int32_t function, const tailfit_points* points, double* out);
void batch_evaluate(const tailfit_context& context, const tailfit_parameters_view& parameters,
                    std::int32_t function, const tailfit_points* points, double* out);

// Those of tailfit_sample().
void batch_sample(const tailfit_context& context, const tailfit_fits_view& fits,
                  const tailfit_sampling& sampling, double* out);
void batch_sample(const tailfit_context& context, const tailfit_parameters_view& parameters,
                  const tailfit_sampling& sampling, double* out);

// Those of tailfit_gradient().
void batch_gradients(const tailfit_context& context, const tailfit_fits_view& fits,
                     std::int32_t function, const tailfit_points& points,
                     const tailfit_gradients& gradients);
void batch_gradients(const tailfit_context& context, const tailfit_parameters_view& parameters,
                     std::int32_t function, const tailfit_points& points,
                     const tailfit_gradients& gradients);

// One level for all fits; one that is out of range is a bad call.
void batch_quantile(const tailfit_context& context, const tailfit_fits_view& fits, double p,
                    double* out);
void batch_expected_shortfall(const tailfit_context& context, const tailfit_fits_view& fits,
                              double p, double* out);

}  // namespace tailfit::host
