// The functions of one spliced binned-Pareto distribution by their numbers, at many points.
#pragma once

#include "kernels/math/spliced_composite.hpp"
#include "kernels/math/spliced_density.hpp"
#include "kernels/math/spliced_moments.hpp"
#include "kernels/math/spliced_quantile.hpp"
#include "kernels/math/spliced_sample.hpp"
#include "kernels/math/spliced_scores.hpp"
#include "kernels/math/spliced_shortfall.hpp"

namespace tailfit::kernels {
namespace {

TAILFIT_HD inline double spliced_return_level(const SplicedRow& row, double period) {
  return period >= 1.0 ? spliced_isf(row, 1.0 / period) : canonical_nan();
}

TAILFIT_HD inline double spliced_function(const SplicedRow& row, SplicedFunction function, double x,
                                          double parameter) {
  switch (function) {
    case SplicedFunction::log_pdf:
      return spliced_log_pdf(row, x);
    case SplicedFunction::pdf:
      return spliced_pdf(row, x);
    case SplicedFunction::cdf:
      return spliced_cdf(row, x);
    case SplicedFunction::sf:
      return spliced_sf(row, x);
    case SplicedFunction::log_sf:
      return spliced_log_sf(row, x);
    case SplicedFunction::log_cdf:
      return spliced_log_cdf(row, x);
    case SplicedFunction::quantile:
      return spliced_quantile(row, x);
    case SplicedFunction::isf:
      return spliced_isf(row, x);
    case SplicedFunction::mid_pit:
      return spliced_mid_pit(row, x);
    case SplicedFunction::expected_shortfall:
      return spliced_expected_shortfall(row, x);
    case SplicedFunction::mean_excess:
      return spliced_mean_excess(row, x);
    case SplicedFunction::return_level:
      return spliced_return_level(row, x);
    case SplicedFunction::mean:
      return spliced_mean(row);
    case SplicedFunction::variance:
      return spliced_variance(row);
    case SplicedFunction::mode:
      return spliced_mode(row);
    case SplicedFunction::entropy:
      return spliced_entropy(row);
    case SplicedFunction::crps:
      return spliced_crps(row, x);
    case SplicedFunction::log_score:
      return -spliced_log_pdf(row, x);
    case SplicedFunction::quantile_score:
      return spliced_quantile_score(row, x, parameter);
    case SplicedFunction::twcrps:
      return spliced_twcrps(row, x, parameter);
    case SplicedFunction::anomaly_score:
      return spliced_anomaly_score(row, x);
    case SplicedFunction::randomized_pit:
    case SplicedFunction::sample:
    case SplicedFunction::composite_log_score:
      break;  // of more than a point, or of another row
  }
  return canonical_nan();
}

// Whether the sums of the counts are worth making.
TAILFIT_HD inline bool wants_sums(const SplicedRequest& request) {
  switch (request.function) {
    case SplicedFunction::quantile:
    case SplicedFunction::isf:
    case SplicedFunction::return_level:
    case SplicedFunction::mean_excess:
    case SplicedFunction::quantile_score:
    case SplicedFunction::crps:
    case SplicedFunction::twcrps:
    case SplicedFunction::sample:
      return true;
    default:
      return request.n_points > 2;
  }
}

TAILFIT_HD inline void evaluate_row(const SplicedRow& row, const SplicedRequest& request,
                                    double* out) {
  if (request.function == SplicedFunction::sample) {
    sample_row(row, request, out);
    return;
  }
  for (int64_t i = 0; i < request.n_points; ++i) {
    const double x =
        request.points == nullptr ? 0.0 : given_number(request.points, request.is_double, i) + 0.0;
    const double value = request.function == SplicedFunction::randomized_pit
                             ? spliced_randomized_pit(row, x, random_unit(request, i))
                             : spliced_function(row, request.function, x, request.parameter);
    out[i] = is_nan(value) ? canonical_nan() : value;
  }
}

// memory: spliced_row_bytes(bins), 8-byte aligned. out: n_points numbers.
TAILFIT_HD inline void evaluate_fit(const SplicedParameters& fit, const SplicedRequest& request,
                                    void* memory, double* out) {
  int64_t* const sums = wants_sums(request) ? static_cast<int64_t*>(memory) : nullptr;
  evaluate_row(row_of_fit(fit, sums), request, out);
}
TAILFIT_HD inline void evaluate_given(const GivenParameters& given, const SplicedRequest& request,
                                      void* memory, double* out) {
  double* const numbers = static_cast<double*>(memory);
  if (request.function != SplicedFunction::composite_log_score) {
    evaluate_row(row_of_given(given, numbers), request, out);
    return;
  }
  const CompositeRow row = composite_row(given, numbers);
  for (int64_t i = 0; i < request.n_points; ++i) {
    const double x = given_number(request.points, request.is_double, i) + 0.0;
    const double value = composite_log_score(row, x);
    out[i] = is_nan(value) ? canonical_nan() : value;
  }
}

}  // namespace
}  // namespace tailfit::kernels
