// The functions of one spliced binned-Pareto distribution by their numbers, at many points.
#pragma once

#include "kernels/math/spliced_batch.hpp"
#include "kernels/math/spliced_composite.hpp"
#include "kernels/math/spliced_density.hpp"
#include "kernels/math/spliced_moments.hpp"
#include "kernels/math/spliced_quantile.hpp"
#include "kernels/math/spliced_sample.hpp"
#include "kernels/math/spliced_scores.hpp"
#include "kernels/math/spliced_shortfall.hpp"
#include "kernels/math/spliced_sums.hpp"

namespace tailfit::kernels {
namespace {

TAILFIT_HD inline double spliced_return_level(const SplicedRow& row, double period) {
  return period >= 1.0 ? spliced_isf(row, 1.0 / period) : canonical_nan();
}

// Functions that are asked without the sums of a fit's counts where there are few points; another
// one is NaN.
TAILFIT_HD inline double spliced_function_of_few(const SplicedRow& row, SplicedFunction function,
                                                 double x) {
  switch (function) {
    case SplicedFunction::expected_shortfall:
      return spliced_expected_shortfall(row, x);
    case SplicedFunction::mean:
      return spliced_mean(row);
    case SplicedFunction::variance:
      return spliced_variance(row);
    case SplicedFunction::mode:
      return spliced_mode(row);
    case SplicedFunction::entropy:
      return spliced_entropy(row);
    case SplicedFunction::randomized_pit:
    case SplicedFunction::sample:
    case SplicedFunction::composite_log_score:
      return canonical_nan();  // of more than a point, or of another row
    default:
      return spliced_function_at(row, function, place_of(row, x), x);
  }
}

TAILFIT_HD inline double spliced_function(const SplicedRow& row, SplicedFunction function, double x,
                                          double parameter) {
  switch (function) {
    case SplicedFunction::quantile:
      return spliced_quantile(row, x);
    case SplicedFunction::isf:
      return spliced_isf(row, x);
    case SplicedFunction::mean_excess:
      return spliced_mean_excess(row, x);
    case SplicedFunction::return_level:
      return spliced_return_level(row, x);
    case SplicedFunction::crps:
      return spliced_crps(row, x);
    case SplicedFunction::quantile_score:
      return spliced_quantile_score(row, x, parameter);
    case SplicedFunction::twcrps:
      return spliced_twcrps(row, x, parameter);
    default:
      return spliced_function_of_few(row, function, x);
  }
}

// function_at(i, x): of point i. Points are dealt out to the lanes.
template <class Group, class FunctionAt>
TAILFIT_HD inline void evaluate_points(const Group& group, const SplicedRequest& request,
                                       double* out, const FunctionAt& function_at) {
  for (int64_t i = group.rank(); i < request.n_points; i += group.size()) {
    const double x = request.points == nullptr
                         ? request.point
                         : given_number(request.points, request.is_double, i) + 0.0;
    const double value = function_at(i, x);
    out[i] = is_nan(value) ? canonical_nan() : value;
  }
}

template <class Group>
TAILFIT_HD inline void evaluate_row(const Group& group, const SplicedRow& row,
                                    const SplicedRequest& request, double* out) {
  if (request.function == SplicedFunction::sample) {
    sample_row(group, row, request, out);
    return;
  }
  evaluate_points(group, request, out, [&](int64_t i, double x) {
    return request.function == SplicedFunction::randomized_pit
               ? spliced_randomized_pit(row, x, random_unit(request, i))
               : spliced_function(row, request.function, x, request.parameter);
  });
}

// Of a function that wants no sums: what a lane that has a fit to itself is asked. Its text has no
// more than these functions.
TAILFIT_HD inline void evaluate_few(const SplicedParameters& fit, const SplicedRequest& request,
                                    double* out) {
  const SplicedRow row = row_of_fit(SerialGroup{}, fit, nullptr);
  evaluate_points(SerialGroup{}, request, out, [&](int64_t i, double x) {
    return request.function == SplicedFunction::randomized_pit
               ? spliced_randomized_pit(row, x, random_unit(request, i))
               : spliced_function_of_few(row, request.function, x);
  });
}

// Whether counts that were summed are those of the body; true for others, as no fit has other
// numbers, but the caller's arrays may.
TAILFIT_HD inline bool adds_up(const SplicedRow& row) {
  return row.counts_before == nullptr ||
         static_cast<double>(row.counts_before[row.bins]) == row.body;
}

// row: in `memory`, spliced_row_bytes(bins).
template <class Group>
TAILFIT_HD inline void evaluate_row_in(const Group& group, SplicedRow& row,
                                       const SplicedRequest& request, int64_t bins, double* memory,
                                       double* out) {
  sum_for_points(group, {request.function, request.n_points, request.parameter},
                 memory + 4 * (bins + 1), row);
  evaluate_row(group, row, request, out);
}

// memory: spliced_row_bytes(bins) that the lanes share, 8-byte aligned. out: n_points numbers.
// Collective.
template <class Group>
TAILFIT_HD inline void evaluate_fit(const Group& group, const SplicedParameters& fit,
                                    const SplicedRequest& request, void* memory, double* out) {
  int64_t* const sums = wants_sums(request) ? static_cast<int64_t*>(memory) : nullptr;
  SplicedRow row = row_of_fit(group, fit, sums);
  // Not of functions for which the number of points decides whether sums are made: an answer must
  // not depend on its neighbours.
  if (row.exists && always_wants_sums(request.function)) row.exists = adds_up(row);
  evaluate_row_in(group, row, request, fit.bins, static_cast<double*>(memory), out);
}
template <class Group>
TAILFIT_HD inline void evaluate_given(const Group& group, const GivenParameters& given,
                                      const SplicedRequest& request, void* memory, double* out) {
  double* const numbers = static_cast<double*>(memory);
  if (request.function != SplicedFunction::composite_log_score) {
    SplicedRow row = row_of_given(group, given, numbers);
    evaluate_row_in(group, row, request, given.bins, numbers, out);
    return;
  }
  const CompositeRow row = composite_row(group, given, numbers);
  evaluate_points(group, request, out,
                  [&](int64_t, double x) { return composite_log_score(row, x); });
}

// By one lane.
TAILFIT_HD inline void evaluate_fit(const SplicedParameters& fit, const SplicedRequest& request,
                                    void* memory, double* out) {
  evaluate_fit(SerialGroup{}, fit, request, memory, out);
}
TAILFIT_HD inline void evaluate_given(const GivenParameters& given, const SplicedRequest& request,
                                      void* memory, double* out) {
  evaluate_given(SerialGroup{}, given, request, memory, out);
}

}  // namespace
}  // namespace tailfit::kernels
