// Derivatives of functions of distributions, over a whole batch on the CPU.
#include <algorithm>
#include <cstdint>
#include <string>

#include "host/distribution.hpp"
#include "host/distribution_rows.hpp"
#include "host/run_fit.hpp"
#include "host/validate.hpp"
#include "kernels/cpu/cpu_kernels.hpp"

namespace tailfit::host {
namespace {

void check_function(std::int32_t function) {
  switch (function) {
    case TAILFIT_LOG_PDF:
    case TAILFIT_LOG_SCORE:
    case TAILFIT_CRPS:
    case TAILFIT_COMPOSITE_LOG_SCORE:
      return;
    default:
      fail_invalid("function", std::int64_t{function},
                   "one that has derivatives: 1 (log_pdf), 40 (crps), 41 (log_score) or 44 "
                   "(composite_log_score)");
  }
}

void differentiate_row(const kernels::SplicedParameters& row,
                       const kernels::GradientRequest& request, void* memory) {
  kernels::cpu_kernels().fit_gradients(row, request, memory);
}
void differentiate_row(const kernels::GivenParameters& row, const kernels::GradientRequest& request,
                       void* memory) {
  kernels::cpu_kernels().given_gradients(row, request, memory);
}

// An empty batch may have empty arrays.
void require_output(const tailfit_gradients& gradients) {
  const double* const outputs[] = {
      gradients.value,       gradients.x,           gradients.logits,     gradients.lower_shape,
      gradients.lower_scale, gradients.upper_shape, gradients.upper_scale};
  for (const double* const output : outputs) {
    if (output != nullptr) return;
  }
  fail_invalid("every array of gradients", std::string("null"), "at least one to write");
}

double* part_of(double* out, std::int64_t begin) { return out == nullptr ? nullptr : out + begin; }

// Where the derivatives of a row go.
kernels::GradientOutputs outputs_of(const tailfit_gradients& all, std::int64_t row,
                                    const kernels::GradientRequest& request) {
  const std::int64_t point = row * request.n_points;
  const std::int64_t place = request.sums ? row : point;
  return {part_of(all.value, point),
          part_of(all.x, point),
          part_of(all.logits, place * request.bins),
          part_of(all.lower_shape, place),
          part_of(all.lower_scale, place),
          part_of(all.upper_shape, place),
          part_of(all.upper_scale, place)};
}

template <class Rows>
void run(const tailfit_context& context, const Rows& all, std::int64_t n_rows,
         std::int32_t function, const tailfit_points& points, const tailfit_gradients& gradients) {
  check_function(function);
  validate(points);
  require_host_memory(points);
  validate(gradients, points.n_points);
  const bool has_logits = gradients.logits != nullptr;
  check_product("n_points", n_rows, std::max<std::int64_t>(points.n_points, points.stride));
  if (has_logits) check_product("n_points*bins", n_rows, points.n_points * all.bins);
  const bool is_empty = points.n_points == 0 && gradients.sum_over_points == 0;
  if (n_rows == 0 || is_empty) return;
  require_output(gradients);
  const kernels::GradientRequest first{static_cast<kernels::SplicedFunction>(function),
                                       points.values,
                                       points.dtype == TAILFIT_F64,
                                       gradients.sum_over_points != 0,
                                       points.n_points,
                                       all.bins,
                                       gradients.weights,
                                       {}};
  const std::int64_t work = points.n_points * (1 + (has_logits ? all.bins / 16 : 0));
  const RowsOfCall rows{n_rows, all.bins, work + all.bins / 32 + 1,
                        kernels::spliced_gradient_bytes(all.bins)};
  for_each_row(context, rows, [&](std::int64_t row, void* memory) {
    kernels::GradientRequest request = first;
    request.points = number_at(points.values, points.dtype, row * points.stride);
    if (request.weights != nullptr) request.weights += row * gradients.weights_stride;
    request.out = outputs_of(gradients, row, first);
    differentiate_row(row_parameters(all, row), request, memory);
  });
}

}  // namespace

void batch_gradients(const tailfit_context& context, const tailfit_fits_view& fits,
                     std::int32_t function, const tailfit_points& points,
                     const tailfit_gradients& gradients) {
  validate(fits);
  require_host_memory(fits);
  require_parameters(function);
  run(context, fits, fits.n_fits, function, points, gradients);
}

void batch_gradients(const tailfit_context& context, const tailfit_parameters_view& parameters,
                     std::int32_t function, const tailfit_points& points,
                     const tailfit_gradients& gradients) {
  validate(parameters);
  require_host_memory(parameters);
  run(context, parameters, parameters.n_rows, function, points, gradients);
}

}  // namespace tailfit::host
