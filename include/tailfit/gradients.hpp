// Derivatives of the log density and of scores with respect to a distribution's parameters and the
// value, for training networks that emit them. What is held fixed: tailfit_gradients in
// tailfit_distribution.h.
#pragma once

#include <tailfit/distribution.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace tailfit {
inline namespace v1 {

struct GradientOptions {
  // None, or what each point's derivatives are multiplied by, such as a loss' own derivative: M
  // numbers for all distributions, or [N][M]. A point of weight 0 counts nothing, even NaN. They
  // stay the caller's and must outlive the call.
  std::span<const double> weights = {};
  // The parameters' derivatives are summed over a distribution's points.
  bool sum_over_points = false;
  // What is not wanted is left empty.
  bool x = true;
  bool logits = true;
  bool tails = true;
};

// N distributions, M points of each, row-major.
struct Gradients {
  std::vector<double> value;        // [N][M]: the function itself, without weights
  std::vector<double> x;            // [N][M]
  std::vector<double> logits;       // [N][M][bins], summed [N][bins]
  std::vector<double> lower_shape;  // [N][M], summed [N], as the next three
  std::vector<double> lower_scale;
  std::vector<double> upper_shape;
  std::vector<double> upper_scale;
};

// Of function log_pdf, log_score, crps or, for rows of parameters, composite_log_score, at x. Into
// the caller's memory tailfit_gradient() does the same. Synchronous; throws std::invalid_argument
// for a bad call, such as another function, and OutOfMemory.
inline Gradients gradients(const Context& context, const Distributions& of, Function function,
                           const Points& x, const GradientOptions& options = {}) {
  x.check(of.size());
  detail::check_results_on_host(of.memory());
  const std::int64_t m = x.per_distribution();
  const std::int64_t n_points = of.size() * m;
  const auto n_weights = static_cast<std::int64_t>(options.weights.size());
  if (n_weights != 0 && n_weights != m && n_weights != n_points) {
    throw std::invalid_argument("tailfit: weights has " + std::to_string(n_weights) +
                                " numbers, expected none, " + std::to_string(m) + " or " +
                                std::to_string(n_points));
  }
  const std::int64_t n_places = options.sum_over_points ? of.size() : n_points;
  Gradients found;
  tailfit_gradients out{};
  out.struct_size = sizeof out;
  out.weights = n_weights == 0 ? nullptr : options.weights.data();
  out.weights_stride = n_weights == n_points && of.size() > 1 ? m : 0;
  out.sum_over_points = options.sum_over_points ? 1 : 0;
  const auto make = [](std::vector<double>& numbers, std::int64_t n, std::int64_t of_each) {
    numbers = detail::results(n, of_each);
    return numbers.data();
  };
  out.value = make(found.value, n_points, 1);
  if (options.x) out.x = make(found.x, n_points, 1);
  if (options.logits) out.logits = make(found.logits, n_places, of.bins());
  if (options.tails) {
    out.lower_shape = make(found.lower_shape, n_places, 1);
    out.lower_scale = make(found.lower_scale, n_places, 1);
    out.upper_shape = make(found.upper_shape, n_places, 1);
    out.upper_scale = make(found.upper_scale, n_places, 1);
  }
  const tailfit_points points = x.c_points();
  detail::check(of.gradient(context.c_handle(), static_cast<std::int32_t>(function), &points, out));
  return found;
}

}  // namespace v1
}  // namespace tailfit
