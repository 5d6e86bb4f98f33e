// Questions to the fitted distributions, each for the whole batch; formulas and every limit:
// tailfit_distribution.h.
//
// A function of a point returns [N][M] numbers, row-major: N distributions, M points of each. All
// are synchronous and throw std::invalid_argument for a bad call, BudgetTooSmall or OutOfMemory. A
// point that a function is not defined at, or a distribution that does not exist, is NaN.
#pragma once

#include <tailfit/tailfit.h>
#include <tailfit/context.hpp>
#include <tailfit/error.hpp>
#include <tailfit/points.hpp>
#include <tailfit/spliced_fits.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace tailfit {
inline namespace v1 {

enum class Function : std::int32_t {
  log_pdf = TAILFIT_LOG_PDF,
  pdf = TAILFIT_PDF,
  cdf = TAILFIT_CDF,
  sf = TAILFIT_SF,
  log_sf = TAILFIT_LOG_SF,
  log_cdf = TAILFIT_LOG_CDF,
  mid_pit = TAILFIT_MID_PIT,
  quantile = TAILFIT_QUANTILE,
  isf = TAILFIT_ISF,
  expected_shortfall = TAILFIT_EXPECTED_SHORTFALL,
  mean_excess = TAILFIT_MEAN_EXCESS,
  return_level = TAILFIT_RETURN_LEVEL,
  mean = TAILFIT_MEAN,
  variance = TAILFIT_VARIANCE,
  mode = TAILFIT_MODE,
  entropy = TAILFIT_ENTROPY,
  crps = TAILFIT_CRPS,
  log_score = TAILFIT_LOG_SCORE,
  quantile_score = TAILFIT_QUANTILE_SCORE,
  twcrps = TAILFIT_TWCRPS,
  composite_log_score = TAILFIT_COMPOSITE_LOG_SCORE,  // of rows of parameters only
  anomaly_score = TAILFIT_ANOMALY_SCORE
};

namespace detail {

// Throws std::invalid_argument for points of another number of distributions.
inline std::int64_t n_answers(const Distributions& of, Function function, const Points& points) {
  const bool has_points = function < Function::mean || function > Function::entropy;
  if (!has_points) return of.size();
  points.check(of.size());
  return of.size() * points.per_distribution();
}

// Throws std::invalid_argument for distributions in a device's memory.
inline void check_results_on_host(Memory memory) {
  if (memory == Memory::host) return;
  throw std::invalid_argument(
      "tailfit: the distributions are in a device's memory, expected host memory for results in a "
      "vector; evaluate_into() and the calls of distribution_async.hpp leave them on the device");
}

}  // namespace detail

// Any function into the caller's memory, which is where the distributions are: out has
// of.size()*points.per_distribution() numbers, of.size() for mean, variance, mode and entropy,
// whose points are ignored. parameter: p of quantile_score, the beginning of twcrps' weight.
inline void evaluate_into(const Context& context, const Distributions& of, Function function,
                          const Points& points, std::span<double> out, double parameter = 0.0) {
  const std::int64_t n = detail::n_answers(of, function, points);
  if (static_cast<std::int64_t>(out.size()) != n) {
    throw std::invalid_argument("tailfit: out has " + std::to_string(out.size()) +
                                " numbers, expected " + std::to_string(n));
  }
  const tailfit_points c_points = points.c_points(parameter);
  detail::check(
      of.evaluate(context.c_handle(), static_cast<std::int32_t>(function), &c_points, out.data()));
}

inline std::vector<double> evaluate(const Context& context, const Distributions& of,
                                    Function function, const Points& points,
                                    double parameter = 0.0) {
  detail::check_results_on_host(of.memory());
  std::vector<double> out = detail::results(detail::n_answers(of, function, points), 1);
  evaluate_into(context, of, function, points, out, parameter);
  return out;
}

// ---- of values x, in units of the data

inline std::vector<double> log_pdf(const Context& context, const Distributions& of,
                                   const Points& x) {
  return evaluate(context, of, Function::log_pdf, x);
}
inline std::vector<double> pdf(const Context& context, const Distributions& of, const Points& x) {
  return evaluate(context, of, Function::pdf, x);
}
// F(x) = P(X <= x).
inline std::vector<double> cdf(const Context& context, const Distributions& of, const Points& x) {
  return evaluate(context, of, Function::cdf, x);
}
// 1 - F(x), computed as such: exact far in the upper tail.
inline std::vector<double> sf(const Context& context, const Distributions& of, const Points& x) {
  return evaluate(context, of, Function::sf, x);
}
inline std::vector<double> log_cdf(const Context& context, const Distributions& of,
                                   const Points& x) {
  return evaluate(context, of, Function::log_cdf, x);
}
inline std::vector<double> log_sf(const Context& context, const Distributions& of,
                                  const Points& x) {
  return evaluate(context, of, Function::log_sf, x);
}
// The probability integral transform: F(x), at an atom the middle of its jump.
inline std::vector<double> mid_pit(const Context& context, const Distributions& of,
                                   const Points& x) {
  return evaluate(context, of, Function::mid_pit, x);
}
// E[X - x | X > x].
inline std::vector<double> mean_excess(const Context& context, const Distributions& of,
                                       const Points& x) {
  return evaluate(context, of, Function::mean_excess, x);
}

// ---- of probabilities

// Q(p) = inf{x : F(x) >= p} of every fit, 0 <= p <= 1; Q(0) and Q(1) are the support's ends. NaN
// where p lies in a tail that could not be fitted or in a body whose counts were not kept. One p
// for all: throws std::invalid_argument for p outside [0, 1].
inline std::vector<double> quantile(const Context& context, const FitsSpans& fits, double p) {
  detail::check_results_on_host(fits.memory());
  std::vector<double> out = detail::results(fits.size(), 1);
  detail::check(tailfit_quantile(context.c_handle(), &fits.view(), p, out.data()));
  return out;
}
inline std::vector<double> quantile(const Context& context, const Distributions& of,
                                    const Points& p) {
  return evaluate(context, of, Function::quantile, p);
}

// inf{x : 1 - F(x) <= q}: exact for q of 1e-300, too.
inline std::vector<double> isf(const Context& context, const Distributions& of, const Points& q) {
  return evaluate(context, of, Function::isf, q);
}

// The mean beyond a quantile: (1/p) int_0^p Q for p < 0.5, else (1/(1-p)) int_p^1 Q; 0 < p < 1
// (Acerbi & Tasche 2002). -inf or +inf where that tail's shape is >= 1; NaN where a tail that it
// needs could not be fitted. One p for all: throws std::invalid_argument for p outside (0, 1).
inline std::vector<double> expected_shortfall(const Context& context, const FitsSpans& fits,
                                              double p) {
  detail::check_results_on_host(fits.memory());
  std::vector<double> out = detail::results(fits.size(), 1);
  detail::check(tailfit_expected_shortfall(context.c_handle(), &fits.view(), p, out.data()));
  return out;
}
inline std::vector<double> expected_shortfall(const Context& context, const Distributions& of,
                                              const Points& p) {
  return evaluate(context, of, Function::expected_shortfall, p);
}

// The value that is exceeded once in `period` >= 1 observations on average.
inline std::vector<double> return_level(const Context& context, const Distributions& of,
                                        const Points& period) {
  return evaluate(context, of, Function::return_level, period);
}

// ---- of nothing: one number for each distribution

inline std::vector<double> mean(const Context& context, const Distributions& of) {
  return evaluate(context, of, Function::mean, 0.0);
}
inline std::vector<double> variance(const Context& context, const Distributions& of) {
  return evaluate(context, of, Function::variance, 0.0);
}
inline std::vector<double> mode(const Context& context, const Distributions& of) {
  return evaluate(context, of, Function::mode, 0.0);
}
// -E log f(X), natural logarithm.
inline std::vector<double> entropy(const Context& context, const Distributions& of) {
  return evaluate(context, of, Function::entropy, 0.0);
}

// ---- scores of observations x; smaller is better

// int (F(z) - 1{x <= z})^2 dz (Matheson & Winkler 1976).
inline std::vector<double> crps(const Context& context, const Distributions& of, const Points& x) {
  return evaluate(context, of, Function::crps, x);
}
// The same integral from `threshold` on (Gneiting & Ranjan 2011).
inline std::vector<double> twcrps(const Context& context, const Distributions& of, const Points& x,
                                  double threshold) {
  return evaluate(context, of, Function::twcrps, x, threshold);
}
// -log f(x).
inline std::vector<double> log_score(const Context& context, const Distributions& of,
                                     const Points& x) {
  return evaluate(context, of, Function::log_score, x);
}
// 2 (1{x <= Q(p)} - p) (Q(p) - x).
inline std::vector<double> quantile_score(const Context& context, const Distributions& of,
                                          const Points& x, double p) {
  return evaluate(context, of, Function::quantile_score, x, p);
}
// The published programs' training loss, which is no proper score: tailfit_distribution.h.
inline std::vector<double> composite_log_score(const Context& context,
                                               const tailfit_parameters_view& parameters,
                                               const Points& x) {
  return evaluate(context, parameters, Function::composite_log_score, x);
}
// log10 of the two-sided tail probability 2 min(F(x), 1 - F(x)), negative on the lower side; its
// negative, positive, on the upper side: 3 and -3 are one in a thousand.
inline std::vector<double> score_anomaly(const Context& context, const Distributions& of,
                                         const Points& x) {
  return evaluate(context, of, Function::anomaly_score, x);
}

// ---- random numbers

// The probability integral transform; at an atom a random part of its jump, that of (seed,
// first_series + i, m): uniform for observations of the distribution itself.
inline std::vector<double> randomized_pit(const Context& context, const Distributions& of,
                                          const Points& x, std::uint64_t seed,
                                          std::int64_t first_series = 0) {
  x.check(of.size());
  detail::check_results_on_host(of.memory());
  std::vector<double> out = detail::results(of.size(), x.per_distribution());
  tailfit_points points = x.c_points();
  points.seed = seed;
  points.first_series = first_series;
  detail::check(of.evaluate(context.c_handle(), TAILFIT_RANDOMIZED_PIT, &points, out.data()));
  return out;
}

// What is drawn. `above`, `at_most`: none, one for all, or one for each distribution, in the memory
// that those are in; draws are of X given above < X <= at_most. The spans' numbers stay the
// caller's and must outlive the call.
struct SampleOptions {
  std::uint64_t seed = 0;
  std::int64_t first_series = 0;  // the batch's first distribution's number
  std::int64_t first_draw = 0;
  std::span<const double> above = {};
  std::span<const double> at_most = {};
};

namespace detail {

// The bounds' spans must outlive it.
inline tailfit_sampling sampling_of(const Distributions& of, std::int64_t n_draws,
                                    const SampleOptions& options) {
  const auto stride_of = [&](std::span<const double> values, const char* name) -> std::int64_t {
    const auto n = static_cast<std::int64_t>(values.size());
    if (n > 1 && n != of.size()) {
      throw std::invalid_argument("tailfit: " + std::string(name) + " has " + std::to_string(n) +
                                  " numbers, expected none, 1 or " + std::to_string(of.size()));
    }
    return n > 1 ? 1 : 0;
  };
  tailfit_sampling sampling{};
  sampling.struct_size = sizeof sampling;
  sampling.seed = options.seed;
  sampling.first_series = options.first_series;
  sampling.first_draw = options.first_draw;
  sampling.n_draws = n_draws;
  sampling.above = options.above.empty() ? nullptr : options.above.data();
  sampling.above_stride = stride_of(options.above, "above");
  sampling.at_most = options.at_most.empty() ? nullptr : options.at_most.data();
  sampling.at_most_stride = stride_of(options.at_most, "at_most");
  return sampling;
}

}  // namespace detail

// [N][n_draws] numbers. A draw is a function of (seed, series, draw) alone (Philox4x32-10; Salmon
// et al. 2011; counter and key: tailfit_sampling): batches, threads and backends do not change it.
// NaN where a draw falls into a tail
// that could not be fitted, or nothing lies between the bounds. Synchronous; throws
// std::invalid_argument for a bad call, OutOfMemory for more draws than memory holds: ask for some
// at a time, with first_draw.
inline std::vector<double> sample(const Context& context, const Distributions& of,
                                  std::int64_t n_draws, const SampleOptions& options = {}) {
  detail::check_results_on_host(of.memory());
  const tailfit_sampling sampling = detail::sampling_of(of, n_draws, options);
  std::vector<double> out = detail::results(of.size(), n_draws);
  detail::check(of.sample(context.c_handle(), sampling, out.data()));
  return out;
}

}  // namespace v1
}  // namespace tailfit
