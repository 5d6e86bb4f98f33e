#include "host/distribution_batch.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "host/error.hpp"
#include "host/kernel_views.hpp"
#include "host/validate.hpp"

namespace tailfit::host {
namespace {

using kernels::SplicedFunction;

// A function's numbers are those of the C interface.
static_assert(static_cast<int>(SplicedFunction::log_pdf) == TAILFIT_LOG_PDF);
static_assert(static_cast<int>(SplicedFunction::pdf) == TAILFIT_PDF);
static_assert(static_cast<int>(SplicedFunction::cdf) == TAILFIT_CDF);
static_assert(static_cast<int>(SplicedFunction::sf) == TAILFIT_SF);
static_assert(static_cast<int>(SplicedFunction::log_sf) == TAILFIT_LOG_SF);
static_assert(static_cast<int>(SplicedFunction::log_cdf) == TAILFIT_LOG_CDF);
static_assert(static_cast<int>(SplicedFunction::mid_pit) == TAILFIT_MID_PIT);
static_assert(static_cast<int>(SplicedFunction::randomized_pit) == TAILFIT_RANDOMIZED_PIT);
static_assert(static_cast<int>(SplicedFunction::quantile) == TAILFIT_QUANTILE);
static_assert(static_cast<int>(SplicedFunction::isf) == TAILFIT_ISF);
static_assert(static_cast<int>(SplicedFunction::expected_shortfall) == TAILFIT_EXPECTED_SHORTFALL);
static_assert(static_cast<int>(SplicedFunction::mean_excess) == TAILFIT_MEAN_EXCESS);
static_assert(static_cast<int>(SplicedFunction::return_level) == TAILFIT_RETURN_LEVEL);
static_assert(static_cast<int>(SplicedFunction::mean) == TAILFIT_MEAN);
static_assert(static_cast<int>(SplicedFunction::variance) == TAILFIT_VARIANCE);
static_assert(static_cast<int>(SplicedFunction::mode) == TAILFIT_MODE);
static_assert(static_cast<int>(SplicedFunction::entropy) == TAILFIT_ENTROPY);
static_assert(static_cast<int>(SplicedFunction::crps) == TAILFIT_CRPS);
static_assert(static_cast<int>(SplicedFunction::log_score) == TAILFIT_LOG_SCORE);
static_assert(static_cast<int>(SplicedFunction::quantile_score) == TAILFIT_QUANTILE_SCORE);
static_assert(static_cast<int>(SplicedFunction::twcrps) == TAILFIT_TWCRPS);
static_assert(static_cast<int>(SplicedFunction::composite_log_score) ==
              TAILFIT_COMPOSITE_LOG_SCORE);
static_assert(static_cast<int>(SplicedFunction::anomaly_score) == TAILFIT_ANOMALY_SCORE);

bool is_function(std::int32_t function) {
  const auto between = [function](int first, int last) {
    return function >= first && function <= last;
  };
  return between(TAILFIT_LOG_PDF, TAILFIT_RANDOMIZED_PIT) ||
         between(TAILFIT_EXPECTED_SHORTFALL, TAILFIT_RETURN_LEVEL) ||
         between(TAILFIT_MEAN, TAILFIT_ENTROPY) ||
         between(TAILFIT_CRPS, TAILFIT_COMPOSITE_LOG_SCORE) || function == TAILFIT_ANOMALY_SCORE;
}

bool has_no_points(std::int32_t function) {
  return function >= TAILFIT_MEAN && function <= TAILFIT_ENTROPY;
}

void check_product(const char* name, std::int64_t n_rows, std::int64_t of_row) {
  std::int64_t size = 0;
  if (__builtin_mul_overflow(n_rows, of_row, &size) || size > (std::int64_t{1} << 56)) {
    fail_invalid(name, of_row, "at most 2^56 for all distributions together");
  }
}

// The composite score's histogram has the whole range, a fit's the body.
void require_parameters(std::int32_t function) {
  if (function != TAILFIT_COMPOSITE_LOG_SCORE) return;
  fail_invalid("function", std::string("44 (composite_log_score)"),
               "another one: fits have no histogram of the whole range, rows of parameters do");
}

kernels::FitTailRows tail_rows(const tailfit_tail_view& tail) {
  return {tail.threshold, tail.shape, tail.scale, tail.n_exceed};
}

kernels::DistributionBatch rows_of(const tailfit_fits_view& fits) {
  kernels::DistributionBatch rows{};
  rows.n_rows = fits.n_fits;
  rows.bins = fits.bins;
  rows.fits = {fits.n,
               fits.status,
               tail_rows(fits.lower),
               tail_rows(fits.upper),
               counts_of(fits, 0),
               static_cast<kernels::CountsKind>(fits.counts_kind),
               fits.laplace};
  return rows;
}

kernels::GivenTailRows tail_rows(const tailfit_given_tail& tail) {
  return {tail.mass, tail.shape, tail.scale, tail.stride};
}

kernels::DistributionBatch rows_of(const tailfit_parameters_view& parameters) {
  kernels::DistributionBatch rows{};
  rows.are_given = true;
  rows.n_rows = parameters.n_rows;
  rows.bins = parameters.bins;
  rows.given = {tail_rows(parameters.lower),
                tail_rows(parameters.upper),
                parameters.weights,
                parameters.weights_stride,
                parameters.edges,
                parameters.edges_stride,
                parameters.dtype == TAILFIT_F64,
                parameters.weights_kind == TAILFIT_WEIGHTS_LOGITS};
  return rows;
}

kernels::EvaluateBatch batch_of(const kernels::DistributionBatch& rows, SplicedFunction function,
                                std::int64_t n_points, double* out) {
  kernels::EvaluateBatch batch{};
  batch.rows = rows;
  batch.request.function = function;
  batch.request.n_points = n_points;
  batch.request.above = -std::numeric_limits<double>::infinity();
  batch.request.at_most = std::numeric_limits<double>::infinity();
  batch.out = out;
  return batch;
}

void require_out(const Evaluation& evaluation) {
  if (evaluation.is_empty() || evaluation.batch.out != nullptr) return;
  fail_invalid("out", std::string("null"), "a number for each distribution and point");
}

const char* name_of_memory(std::int32_t memory) {
  return memory == TAILFIT_MEMORY_HOST ? "0 (host)" : "1 (device)";
}

void require_memory(const char* name, std::int32_t found, std::int32_t expected) {
  if (found == expected) return;
  fail_invalid(name, name_of_memory(found),
               std::string(name_of_memory(expected)) + ", as that of the distributions");
}

// A single number on the host is handed over as it is.
void use_points(const tailfit_points& points, Evaluation& evaluation) {
  kernels::SplicedRequest& request = evaluation.batch.request;
  const bool is_single = points.n_points == 1 && points.stride == 0;
  if (is_single && points.memory == TAILFIT_MEMORY_HOST) {
    request.point =
        kernels::given_number(points.values, points.dtype == TAILFIT_F64, 0) + 0.0;  // no -0
    return;
  }
  require_memory("points.memory", points.memory, evaluation.memory);
  request.points = points.values;
  request.is_double = points.dtype == TAILFIT_F64;
  evaluation.batch.points_stride = points.stride;
}

Evaluation ask(const kernels::DistributionBatch& rows, std::int32_t memory, std::int32_t function,
               const tailfit_points* points, double* out) {
  if (!is_function(function)) {
    fail_invalid("function", std::int64_t{function}, "a tailfit_function");
  }
  const auto asked = static_cast<SplicedFunction>(function);
  Evaluation evaluation{batch_of(rows, asked, 1, out), memory};
  if (!has_no_points(function)) {
    if (points == nullptr) {
      fail_invalid("points", std::string("null"), "the points that this function is asked at");
    }
    validate(*points);
    check_product("n_points", rows.n_rows,
                  std::max<std::int64_t>(points->n_points, points->stride));
    use_points(*points, evaluation);
    kernels::SplicedRequest& request = evaluation.batch.request;
    request.n_points = points->n_points;
    request.parameter = points->parameter;
    request.seed = points->seed;
    request.series = points->first_series;
  }
  require_out(evaluation);
  return evaluation;
}

// The bound of all rows is read here, those of each where they lie.
void use_bound(const double* values, std::int64_t stride, double& of_all, const double*& of_each) {
  if (values == nullptr) return;
  if (stride == 0) {
    of_all = values[0];
  } else {
    of_each = values;
  }
}

Evaluation draw(const kernels::DistributionBatch& rows, std::int32_t memory,
                const tailfit_sampling& sampling, double* out) {
  validate(sampling);
  check_product("sampling.n_draws", rows.n_rows, sampling.n_draws);
  Evaluation evaluation{batch_of(rows, SplicedFunction::sample, sampling.n_draws, out), memory};
  require_out(evaluation);
  if (evaluation.is_empty()) return evaluation;
  kernels::EvaluateBatch& batch = evaluation.batch;
  batch.request.seed = sampling.seed;
  batch.request.series = sampling.first_series;
  batch.request.first_draw = sampling.first_draw;
  use_bound(sampling.above, sampling.above_stride, batch.request.above, batch.above);
  use_bound(sampling.at_most, sampling.at_most_stride, batch.request.at_most, batch.at_most);
  return evaluation;
}

void check_differentiable(std::int32_t function) {
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

Differentiation differentiate(const kernels::DistributionBatch& rows, std::int32_t memory,
                              std::int32_t function, const tailfit_points& points,
                              const tailfit_gradients& gradients) {
  check_differentiable(function);
  validate(points);
  require_memory("points.memory", points.memory, memory);
  validate(gradients, points.n_points);
  check_product("n_points", rows.n_rows, std::max<std::int64_t>(points.n_points, points.stride));
  if (gradients.logits != nullptr) {
    check_product("n_points*bins", rows.n_rows, points.n_points * rows.bins);
  }
  const kernels::GradientRequest request{
      static_cast<SplicedFunction>(function),
      points.values,
      points.dtype == TAILFIT_F64,
      gradients.sum_over_points != 0,
      points.n_points,
      rows.bins,
      gradients.weights,
      {gradients.value, gradients.x, gradients.logits, gradients.lower_shape, gradients.lower_scale,
       gradients.upper_shape, gradients.upper_scale}};
  const Differentiation all{{rows, request, points.stride, gradients.weights_stride}, memory};
  if (!all.is_empty()) require_output(gradients);
  return all;
}

}  // namespace

Evaluation evaluation_of(const tailfit_fits_view& fits, std::int32_t function,
                         const tailfit_points* points, double* out) {
  validate(fits);
  require_parameters(function);
  return ask(rows_of(fits), fits.memory, function, points, out);
}
Evaluation evaluation_of(const tailfit_parameters_view& parameters, std::int32_t function,
                         const tailfit_points* points, double* out) {
  validate(parameters);
  return ask(rows_of(parameters), parameters.memory, function, points, out);
}

Evaluation draws_of(const tailfit_fits_view& fits, const tailfit_sampling& sampling, double* out) {
  validate(fits);
  return draw(rows_of(fits), fits.memory, sampling, out);
}
Evaluation draws_of(const tailfit_parameters_view& parameters, const tailfit_sampling& sampling,
                    double* out) {
  validate(parameters);
  return draw(rows_of(parameters), parameters.memory, sampling, out);
}

Differentiation differentiation_of(const tailfit_fits_view& fits, std::int32_t function,
                                   const tailfit_points& points,
                                   const tailfit_gradients& gradients) {
  validate(fits);
  require_parameters(function);
  return differentiate(rows_of(fits), fits.memory, function, points, gradients);
}
Differentiation differentiation_of(const tailfit_parameters_view& parameters, std::int32_t function,
                                   const tailfit_points& points,
                                   const tailfit_gradients& gradients) {
  validate(parameters);
  return differentiate(rows_of(parameters), parameters.memory, function, points, gradients);
}

}  // namespace tailfit::host
