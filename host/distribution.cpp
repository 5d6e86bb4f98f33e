#include "host/distribution.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "host/error.hpp"
#include "host/kernel_views.hpp"
#include "host/memory.hpp"
#include "host/parallel.hpp"
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
static_assert(static_cast<int>(SplicedFunction::anomaly_score) == TAILFIT_ANOMALY_SCORE);

bool is_function(std::int32_t function) {
  const auto between = [function](int first, int last) {
    return function >= first && function <= last;
  };
  return between(TAILFIT_LOG_PDF, TAILFIT_RANDOMIZED_PIT) ||
         between(TAILFIT_EXPECTED_SHORTFALL, TAILFIT_RETURN_LEVEL) ||
         between(TAILFIT_MEAN, TAILFIT_ENTROPY) || between(TAILFIT_CRPS, TAILFIT_TWCRPS) ||
         function == TAILFIT_ANOMALY_SCORE;
}

bool has_no_points(std::int32_t function) {
  return function >= TAILFIT_MEAN && function <= TAILFIT_ENTROPY;
}

kernels::TailParameters tail_parameters(const tailfit_tail_view& tail, std::int64_t fit) {
  return {tail.threshold[fit], tail.shape[fit], tail.scale[fit], tail.n_exceed[fit]};
}

kernels::SplicedParameters row_parameters(const tailfit_fits_view& fits, std::int64_t fit) {
  return {fits.n[fit],
          fits.status[fit],
          tail_parameters(fits.lower, fit),
          tail_parameters(fits.upper, fit),
          counts_of(fits, fit),
          static_cast<kernels::CountsKind>(fits.counts_kind),
          fits.bins,
          fits.laplace};
}

const void* number_at(const void* numbers, std::int32_t dtype, std::int64_t i) {
  return static_cast<const char*>(numbers) + i * (dtype == TAILFIT_F64 ? 8 : 4);
}

double read_number(const void* numbers, std::int32_t dtype, std::int64_t i) {
  return dtype == TAILFIT_F64 ? static_cast<const double*>(numbers)[i]
                              : static_cast<double>(static_cast<const float*>(numbers)[i]);
}

kernels::GivenTail given_tail(const tailfit_given_tail& tail, std::int32_t dtype,
                              std::int64_t row) {
  const std::int64_t i = row * tail.stride;
  return {read_number(tail.mass, dtype, i), read_number(tail.shape, dtype, i),
          read_number(tail.scale, dtype, i)};
}

kernels::GivenParameters row_parameters(const tailfit_parameters_view& rows, std::int64_t row) {
  return {given_tail(rows.lower, rows.dtype, row),
          given_tail(rows.upper, rows.dtype, row),
          number_at(rows.weights, rows.dtype, row * rows.weights_stride),
          number_at(rows.edges, rows.dtype, row * rows.edges_stride),
          rows.dtype == TAILFIT_F64,
          rows.weights_kind == TAILFIT_WEIGHTS_LOGITS,
          rows.bins};
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
  std::int64_t chunk_rows = 0;
  char* memory = nullptr;

  static void run(void* state, std::int64_t chunk, std::int32_t slot) {
    const auto& all = *static_cast<const Evaluation*>(state);
    const std::int64_t begin = chunk * all.chunk_rows;
    const std::int64_t end = std::min(begin + all.chunk_rows, all.n_rows);
    void* const memory = all.memory + slot * kernels::spliced_row_bytes(all.bins);
    for (std::int64_t row = begin; row < end; ++row) {
      kernels::SplicedRequest request = all.request;
      if (request.points != nullptr) {
        request.points = number_at(request.points, request.is_double ? TAILFIT_F64 : TAILFIT_F32,
                                   row * all.stride);
      }
      request.series += row;
      if (all.sampling != nullptr) bound_draws(*all.sampling, row, request);
      evaluate_row(row_parameters(all.rows, row), request, memory,
                   all.out + row * request.n_points);
    }
  }
};

// As many workers as the budget has room for.
std::int32_t workers_within(const tailfit_context& context, std::int64_t bins) {
  const std::int32_t threads = threads_of_call(context);
  const auto bytes = static_cast<std::uint64_t>(kernels::spliced_row_bytes(bins));
  if (context.memory_budget == 0) return threads;
  if (context.memory_budget < bytes) {
    throw CallError(TAILFIT_BUDGET_TOO_SMALL,
                    "memory_budget is " + std::to_string(context.memory_budget) +
                        " bytes, expected at least " + std::to_string(bytes) +
                        " for distributions of " + std::to_string(bins) + " bins");
  }
  return static_cast<std::int32_t>(
      std::min<std::uint64_t>(static_cast<std::uint64_t>(threads), context.memory_budget / bytes));
}

template <class Rows>
void run(const tailfit_context& context, Evaluation<Rows> evaluation) {
  if (evaluation.n_rows == 0 || evaluation.request.n_points == 0) return;
  if (evaluation.out == nullptr) {
    fail_invalid("out", std::string("null"), "a number for each distribution and point");
  }
  // Enough work to be worth handing over, and little enough to share.
  constexpr std::int64_t points_of_chunk = 1024;
  const std::int64_t work = evaluation.request.n_points + evaluation.bins / 32;
  evaluation.chunk_rows = std::max<std::int64_t>(1, points_of_chunk / work);
  const std::int64_t n_chunks =
      (evaluation.n_rows + evaluation.chunk_rows - 1) / evaluation.chunk_rows;
  const auto workers = static_cast<std::int32_t>(
      std::min<std::int64_t>(workers_within(context, evaluation.bins), n_chunks));
  const AlignedBlock memory(
      static_cast<std::uint64_t>(workers) *
          static_cast<std::uint64_t>(kernels::spliced_row_bytes(evaluation.bins)),
      context.memory);
  evaluation.memory = reinterpret_cast<char*>(memory.data());
  for_each_chunk({workers, context.use_callers_arena}, n_chunks, &Evaluation<Rows>::run,
                 &evaluation);
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

void check_product(const char* name, std::int64_t n_rows, std::int64_t of_row) {
  std::int64_t size = 0;
  if (__builtin_mul_overflow(n_rows, of_row, &size) || size > (std::int64_t{1} << 56)) {
    fail_invalid(name, of_row, "at most 2^56 for all distributions together");
  }
}

void require_host_memory(const tailfit_parameters_view& parameters) {
  if (parameters.memory == TAILFIT_MEMORY_HOST) return;
  fail_invalid("parameters.memory", std::string("1 (device)"),
               "0 (host): functions of distributions read host memory");
}

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
  if (points->memory != TAILFIT_MEMORY_HOST) {
    fail_invalid("points.memory", std::string("1 (device)"),
                 "0 (host): functions of distributions read host memory");
  }
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
