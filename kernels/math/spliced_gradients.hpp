// Gradients of one distribution at many points, each or weighted and summed.
#pragma once

#include "kernels/math/spliced_composite.hpp"
#include "kernels/math/spliced_gradient.hpp"
#include "kernels/math/spliced_sums.hpp"

namespace tailfit::kernels {
namespace {

TAILFIT_HD inline RowGradient negated(const RowGradient& of, double* logits, int64_t bins) {
  for (int64_t b = 0; logits != nullptr && b < bins; ++b) logits[b] = 0.0 - logits[b];
  return {-of.value,
          0.0 - of.x,
          {0.0 - of.lower.shape, 0.0 - of.lower.scale},
          {0.0 - of.upper.shape, 0.0 - of.upper.scale}};
}

TAILFIT_HD inline RowGradient function_gradient(const SplicedRow& row, SplicedFunction function,
                                                double x, double* logits) {
  switch (function) {
    case SplicedFunction::log_pdf:
      return log_pdf_gradient(row, x, logits);
    case SplicedFunction::log_score:
      return negated(log_pdf_gradient(row, x, logits), logits, row.bins);
    case SplicedFunction::crps:
      return crps_gradient(row, x, logits);
    default:
      return constant_gradient(canonical_nan());
  }
}

// Times the weight of its point; a point without weight counts nothing, whatever it is.
TAILFIT_HD inline double weighted(double weight, double derivative) {
  return weight == 0.0 ? 0.0 : weight * derivative;
}

TAILFIT_HD inline double canonical(double value) { return is_nan(value) ? canonical_nan() : value; }

// Writes a number of point i, or adds it to the row's.
struct GradientPlace {
  int64_t i;
  bool sums;

  TAILFIT_HD void put(double* out, double value) const {
    if (out == nullptr) return;
    if (sums) {
      out[0] = canonical(i == 0 ? value : out[0] + value);
    } else {
      out[i] = canonical(value);
    }
  }
};

// logits: of the point, [row_bins]. A degenerate body has one bin, which no logit changes.
TAILFIT_HD inline void put_logits(const GradientRequest& request, const GradientPlace& place,
                                  double weight, const RowGradient& gradient, const double* logits,
                                  int64_t row_bins) {
  double* const out = request.out.logits + (place.sums ? 0 : place.i * request.bins);
  const double others = is_nan(gradient.value) ? canonical_nan() : 0.0;
  for (int64_t b = 0; b < request.bins; ++b) {
    const double value = weighted(weight, b < row_bins ? logits[b] : others);
    out[b] = canonical(place.sums && place.i > 0 ? out[b] + value : value);
  }
}

// Sums of no points.
TAILFIT_HD inline void clear_sums(const GradientRequest& request) {
  const GradientOutputs& out = request.out;
  fill_logits(out.logits, request.bins, 0.0);
  double* const sums[] = {out.lower_shape, out.lower_scale, out.upper_shape, out.upper_scale};
  for (double* const sum : sums) {
    if (sum != nullptr) *sum = 0.0;
  }
}

// gradient_at(x, logits): the gradient at a point. scratch: [bins], for a point's logits. Sums run
// over the points in their order.
template <class GradientAt>
TAILFIT_HD inline void write_gradients(const GradientRequest& request, int64_t row_bins,
                                       double* scratch, const GradientAt& gradient_at) {
  const GradientOutputs& out = request.out;
  double* const logits = out.logits != nullptr ? scratch : nullptr;
  if (request.sums && request.n_points == 0) clear_sums(request);
  for (int64_t i = 0; i < request.n_points; ++i) {
    const double x = given_number(request.points, request.is_double, i) + 0.0;
    const RowGradient gradient = gradient_at(x, logits);
    const double weight = request.weights == nullptr ? 1.0 : request.weights[i];
    const GradientPlace place{i, request.sums};
    const GradientPlace of_point{i, false};
    of_point.put(out.value, gradient.value);
    of_point.put(out.x, weighted(weight, gradient.x));
    place.put(out.lower_shape, weighted(weight, gradient.lower.shape));
    place.put(out.lower_scale, weighted(weight, gradient.lower.scale));
    place.put(out.upper_shape, weighted(weight, gradient.upper.shape));
    place.put(out.upper_scale, weighted(weight, gradient.upper.scale));
    if (logits != nullptr) put_logits(request, place, weight, gradient, logits, row_bins);
  }
}

// memory: spliced_gradient_bytes(bins), 8-byte aligned.
TAILFIT_HD inline void fit_gradients(const SplicedParameters& fit, const GradientRequest& request,
                                     void* memory) {
  double* const numbers = static_cast<double*>(memory);
  const bool wants_sums = request.function == SplicedFunction::crps;
  SplicedRow row = row_of_fit(fit, wants_sums ? static_cast<int64_t*>(memory) : nullptr);
  sum_for_points(SerialGroup{}, {request.function, request.n_points, 0.0},
                 numbers + 4 * (request.bins + 1), row);
  write_gradients(request, row.bins, numbers + 6 * (request.bins + 1),
                  [&](double x, double* logits) {
                    return function_gradient(row, request.function, x, logits);
                  });
}
TAILFIT_HD inline void given_gradients(const GivenParameters& given, const GradientRequest& request,
                                       void* memory) {
  double* const numbers = static_cast<double*>(memory);
  double* const scratch = numbers + 6 * (request.bins + 1);
  if (request.function == SplicedFunction::composite_log_score) {
    const CompositeRow row = composite_row(given, numbers);
    write_gradients(request, row.histogram.bins, scratch,
                    [&](double x, double* logits) { return composite_gradient(row, x, logits); });
    return;
  }
  SplicedRow row = row_of_given(given, numbers);
  sum_for_points(SerialGroup{}, {request.function, request.n_points, 0.0},
                 numbers + 4 * (request.bins + 1), row);
  write_gradients(request, row.bins, scratch, [&](double x, double* logits) {
    return function_gradient(row, request.function, x, logits);
  });
}

}  // namespace
}  // namespace tailfit::kernels
