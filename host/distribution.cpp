#include "host/distribution.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "host/distribution_rows.hpp"
#include "host/error.hpp"
#include "host/run_fit.hpp"
#include "host/validate.hpp"
#include "kernels/cpu/cpu_kernels.hpp"

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

void evaluate_row(const kernels::SplicedParameters& row, const kernels::SplicedRequest& request,
                  void* memory, double* out) {
  kernels::cpu_kernels().evaluate_fit(row, request, memory, out);
}
void evaluate_row(const kernels::GivenParameters& row, const kernels::SplicedRequest& request,
                  void* memory, double* out) {
  kernels::cpu_kernels().evaluate_given(row, request, memory, out);
}

void bound_draws(const tailfit_sampling& sampling, std::int64_t row,
                 kernels::SplicedRequest& request) {
  if (sampling.above != nullptr) request.above = sampling.above[row * sampling.above_stride];
  if (sampling.at_most != nullptr) {
    request.at_most = sampling.at_most[row * sampling.at_most_stride];
  }
}

// One function, of every row of a batch.
template <class Rows>
struct Evaluation {
  const Rows& rows;
  std::int64_t n_rows;
  std::int64_t bins;
  kernels::SplicedRequest request;  // of the first row
  std::int64_t stride;              // from a row's points to the next's
  const tailfit_sampling* sampling;
  double* out;
};

template <class Rows>
void run(const tailfit_context& context, const Evaluation<Rows>& all) {
  if (all.n_rows == 0 || all.request.n_points == 0) return;
  if (all.out == nullptr) {
    fail_invalid("out", std::string("null"), "a number for each distribution and point");
  }
  const RowsOfCall rows{all.n_rows, all.bins, all.request.n_points + all.bins / 32,
                        kernels::spliced_row_bytes(all.bins)};
  for_each_row(context, rows, [&all](std::int64_t row, void* memory) {
    kernels::SplicedRequest request = all.request;
    if (request.points != nullptr) {
      request.points = number_at(request.points, request.is_double ? TAILFIT_F64 : TAILFIT_F32,
                                 row * all.stride);
    }
    request.series += row;
    if (all.sampling != nullptr) bound_draws(*all.sampling, row, request);
    evaluate_row(row_parameters(all.rows, row), request, memory, all.out + row * request.n_points);
  });
}

kernels::SplicedRequest request_of(SplicedFunction function, const void* points,
                                   std::int64_t n_points) {
  kernels::SplicedRequest request{};
  request.function = function;
  request.points = points;
  request.n_points = n_points;
  request.above = -std::numeric_limits<double>::infinity();
  request.at_most = std::numeric_limits<double>::infinity();
  return request;
}

// Asked at a row's points, or once.
struct Question {
  kernels::SplicedRequest request;
  std::int64_t stride;
};

kernels::SplicedRequest draws_of(const tailfit_sampling& sampling, std::int64_t n_rows) {
  validate(sampling);
  check_product("sampling.n_draws", n_rows, sampling.n_draws);
  kernels::SplicedRequest request = request_of(SplicedFunction::sample, nullptr, sampling.n_draws);
  request.seed = sampling.seed;
  request.series = sampling.first_series;
  request.first_draw = sampling.first_draw;
  return request;
}

Question question_of(std::int32_t function, const tailfit_points* points, std::int64_t n_rows) {
  if (!is_function(function)) {
    fail_invalid("function", std::int64_t{function}, "a tailfit_function");
  }
  const auto asked = static_cast<SplicedFunction>(function);
  if (has_no_points(function)) return {request_of(asked, nullptr, 1), 0};
  if (points == nullptr) {
    fail_invalid("points", std::string("null"), "the points that this function is asked at");
  }
  validate(*points);
  require_host_memory(*points);
  check_product("n_points", n_rows, std::max<std::int64_t>(points->n_points, points->stride));
  kernels::SplicedRequest request = request_of(asked, points->values, points->n_points);
  request.is_double = points->dtype == TAILFIT_F64;
  request.parameter = points->parameter;
  request.seed = points->seed;
  request.series = points->first_series;
  return {request, points->stride};
}

void evaluate_at_level(const tailfit_context& context, const tailfit_fits_view& fits,
                       std::int32_t function, double p, double* out) {
  const tailfit_points points{sizeof points, &p, TAILFIT_F64, TAILFIT_MEMORY_HOST, 1, 0, 0.0, 0, 0};
  batch_evaluate(context, fits, function, &points, out);
}

}  // namespace

void batch_evaluate(const tailfit_context& context, const tailfit_fits_view& fits,
                    std::int32_t function, const tailfit_points* points, double* out) {
  validate(fits);
  require_host_memory(fits);
  require_parameters(function);
  const Question question = question_of(function, points, fits.n_fits);
  run(context, Evaluation<tailfit_fits_view>{fits, fits.n_fits, fits.bins, question.request,
                                             question.stride, nullptr, out});
}

void batch_evaluate(const tailfit_context& context, const tailfit_parameters_view& parameters,
                    std::int32_t function, const tailfit_points* points, double* out) {
  validate(parameters);
  require_host_memory(parameters);
  const Question question = question_of(function, points, parameters.n_rows);
  run(context,
      Evaluation<tailfit_parameters_view>{parameters, parameters.n_rows, parameters.bins,
                                          question.request, question.stride, nullptr, out});
}

void batch_sample(const tailfit_context& context, const tailfit_fits_view& fits,
                  const tailfit_sampling& sampling, double* out) {
  validate(fits);
  require_host_memory(fits);
  run(context, Evaluation<tailfit_fits_view>{fits, fits.n_fits, fits.bins,
                                             draws_of(sampling, fits.n_fits), 0, &sampling, out});
}

void batch_sample(const tailfit_context& context, const tailfit_parameters_view& parameters,
                  const tailfit_sampling& sampling, double* out) {
  validate(parameters);
  require_host_memory(parameters);
  run(context, Evaluation<tailfit_parameters_view>{parameters, parameters.n_rows, parameters.bins,
                                                   draws_of(sampling, parameters.n_rows), 0,
                                                   &sampling, out});
}

void batch_quantile(const tailfit_context& context, const tailfit_fits_view& fits, double p,
                    double* out) {
  if (!(p >= 0.0 && p <= 1.0)) fail_invalid("p", p, "a number from 0 to 1");
  evaluate_at_level(context, fits, TAILFIT_QUANTILE, p, out);
}

void batch_expected_shortfall(const tailfit_context& context, const tailfit_fits_view& fits,
                              double p, double* out) {
  if (!(p > 0.0 && p < 1.0)) fail_invalid("p", p, "a number between 0 and 1, both excluded");
  evaluate_at_level(context, fits, TAILFIT_EXPECTED_SHORTFALL, p, out);
}

}  // namespace tailfit::host
