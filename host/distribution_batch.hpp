// What the C interface asks of distributions, as the kernels are handed it.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>

#include "kernels/math/spliced_batch.hpp"

namespace tailfit::host {

// Where the memory of all arrays is, but of a single point for all rows on the host.
struct Evaluation {
  kernels::EvaluateBatch batch;
  std::int32_t memory;  // tailfit_memory

  bool is_empty() const { return batch.rows.n_rows == 0 || batch.request.n_points == 0; }
};

struct Differentiation {
  kernels::GradientBatch batch;
  std::int32_t memory;

  bool is_empty() const {
    return batch.rows.n_rows == 0 || (batch.request.n_points == 0 && !batch.request.sums);
  }
};

// All throw CallError where an argument is none. Functions at points:
Evaluation evaluation_of(const tailfit_fits_view& fits, std::int32_t function,
                         const tailfit_points* points, double* out);
Evaluation evaluation_of(const tailfit_parameters_view& parameters, std::int32_t function,
                         const tailfit_points* points, double* out);

// Draws.
Evaluation draws_of(const tailfit_fits_view& fits, const tailfit_sampling& sampling, double* out);
Evaluation draws_of(const tailfit_parameters_view& parameters, const tailfit_sampling& sampling,
                    double* out);

// Derivatives.
Differentiation differentiation_of(const tailfit_fits_view& fits, std::int32_t function,
                                   const tailfit_points& points,
                                   const tailfit_gradients& gradients);
Differentiation differentiation_of(const tailfit_parameters_view& parameters, std::int32_t function,
                                   const tailfit_points& points,
                                   const tailfit_gradients& gradients);

}  // namespace tailfit::host
