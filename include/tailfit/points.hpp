// What functions of distributions are asked at, and of what: points, fits and parameters.
#pragma once

#include <tailfit/tailfit.h>
#include <tailfit/memory.hpp>
#include <tailfit/spliced_fits.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace tailfit {
inline namespace v1 {

// Values, probabilities or periods that every distribution of a batch is asked at. Owns nothing but
// a single number: the others stay the caller's, and must outlive every call that the points are
// handed to. A vector that is made in the call's own expression does,
//   cdf(context, fits, Points::shared(std::vector{1.0, 2.0}));
// one that is made where the points get a name does not:
//   Points points = Points::shared(std::vector{1.0, 2.0});  // refers to what is gone
class Points {
 public:
  // One number for all distributions.
  Points(double x) noexcept : single_(x), is_single_(true) {  // NOLINT(google-explicit-constructor)
    view_ = make(nullptr, TAILFIT_F64, 1, 0);
  }
  // The same points for all distributions: M numbers.
  template <class T>
  static Points shared(std::span<const T> values) noexcept {
    return Points(make(values.data(), type<T>(), size(values), 0));
  }
  template <class T>
  static Points shared(const std::vector<T>& values) noexcept {
    return shared(std::span<const T>(values));
  }
  // Points of each distribution's own: [N][M] numbers, row-major. Throws std::invalid_argument
  // where they are no multiple of N.
  template <class T>
  static Points each(std::span<const T> values, std::int64_t n_distributions) {
    const std::int64_t n = size(values);
    if (n_distributions < 0 || (n_distributions == 0 ? n != 0 : n % n_distributions != 0)) {
      throw std::invalid_argument("tailfit: " + std::to_string(n) +
                                  " points were given, expected a multiple of the " +
                                  std::to_string(n_distributions) + " distributions");
    }
    const std::int64_t m = n_distributions == 0 ? 0 : n / n_distributions;
    Points points(make(values.data(), type<T>(), m, m));
    points.n_distributions_ = n_distributions;
    return points;
  }
  template <class T>
  static Points each(const std::vector<T>& values, std::int64_t n_distributions) {
    return each(std::span<const T>(values), n_distributions);
  }

  // The same points in memory of this kind; a single number for all distributions stays as it is.
  Points in(Memory memory) const noexcept {
    Points points = *this;
    if (!is_single_) points.view_.memory = static_cast<std::int32_t>(memory);
    return points;
  }

  std::int64_t per_distribution() const noexcept { return view_.n_points; }
  // Throws std::invalid_argument where each distribution has points of its own, but not so many do.
  void check(std::int64_t n_distributions) const {
    if (n_distributions_ < 0 || n_distributions_ == n_distributions) return;
    throw std::invalid_argument("tailfit: points of " + std::to_string(n_distributions_) +
                                " distributions were given, expected those of " +
                                std::to_string(n_distributions));
  }
  // Valid while this and its values are.
  tailfit_points c_points(double parameter = 0.0) const noexcept {
    tailfit_points points = view_;
    if (is_single_) points.values = &single_;
    points.parameter = parameter;
    return points;
  }

 private:
  explicit Points(const tailfit_points& view) noexcept : view_(view) {}

  template <class T>
  static constexpr std::int32_t type() {
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                  "tailfit::Points: numbers are float or double");
    return std::is_same_v<T, float> ? TAILFIT_F32 : TAILFIT_F64;
  }
  template <class T>
  static std::int64_t size(std::span<const T> values) noexcept {
    return static_cast<std::int64_t>(values.size());
  }
  static tailfit_points make(const void* values, std::int32_t dtype, std::int64_t n,
                             std::int64_t stride) noexcept {
    return {sizeof(tailfit_points), values, dtype, TAILFIT_MEMORY_HOST, n, stride, 0.0, 0, 0};
  }

  tailfit_points view_{};
  double single_ = 0.0;
  bool is_single_ = false;
  std::int64_t n_distributions_ = -1;  // -1: any number
};

// Distributions by their parameters, one a row; see tailfit_parameters_view for every field. The
// sizes and types are set here, the arrays and strides are the caller's to set.
template <class T>
tailfit_parameters_view parameters_view(std::int64_t n_rows, std::int64_t bins) noexcept {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                "tailfit::parameters_view<T>: T is float or double");
  tailfit_parameters_view view{};
  view.struct_size = sizeof view;
  view.n_rows = n_rows;
  view.bins = bins;
  view.dtype = std::is_same_v<T, float> ? TAILFIT_F32 : TAILFIT_F64;
  view.weights_stride = bins;
  view.lower.stride = 1;
  view.upper.stride = 1;
  return view;
}

// A batch of distributions: fits, or rows of parameters. Owns nothing: the object that it is made
// of must outlive it, so fit(...) itself may be an argument of a call, but not of a named
// Distributions. Those in a device's memory are evaluated there, by a Context on that device.
class Distributions {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  Distributions(const FitsSpans& fits) noexcept : fits_(&fits.view()) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Distributions(const tailfit_parameters_view& parameters) noexcept : parameters_(&parameters) {}

  std::int64_t size() const noexcept {
    return fits_ != nullptr ? fits_->n_fits : parameters_->n_rows;
  }
  Memory memory() const noexcept {
    return static_cast<Memory>(fits_ != nullptr ? fits_->memory : parameters_->memory);
  }
  std::int64_t bins() const noexcept { return fits_ != nullptr ? fits_->bins : parameters_->bins; }
  tailfit_code gradient(tailfit_context* context, std::int32_t function,
                        const tailfit_points* points,
                        const tailfit_gradients& gradients) const noexcept {
    return fits_ != nullptr
               ? tailfit_gradient(context, fits_, function, points, &gradients)
               : tailfit_gradient_parameters(context, parameters_, function, points, &gradients);
  }
  tailfit_code sample(tailfit_context* context, const tailfit_sampling& sampling,
                      double* out) const noexcept {
    return fits_ != nullptr ? tailfit_sample(context, fits_, &sampling, out)
                            : tailfit_sample_parameters(context, parameters_, &sampling, out);
  }
  tailfit_code evaluate(tailfit_context* context, std::int32_t function,
                        const tailfit_points* points, double* out) const noexcept {
    return fits_ != nullptr
               ? tailfit_evaluate(context, fits_, function, points, out)
               : tailfit_evaluate_parameters(context, parameters_, function, points, out);
  }
  tailfit_code gradient_async(tailfit_context* context, std::int32_t function,
                              const tailfit_points* points, const tailfit_gradients& gradients,
                              const tailfit_device_queue& queue) const noexcept {
    return fits_ != nullptr
               ? tailfit_gradient_async(context, fits_, function, points, &gradients, &queue)
               : tailfit_gradient_parameters_async(context, parameters_, function, points,
                                                   &gradients, &queue);
  }
  tailfit_code sample_async(tailfit_context* context, const tailfit_sampling& sampling, double* out,
                            const tailfit_device_queue& queue) const noexcept {
    return fits_ != nullptr
               ? tailfit_sample_async(context, fits_, &sampling, out, &queue)
               : tailfit_sample_parameters_async(context, parameters_, &sampling, out, &queue);
  }
  tailfit_code evaluate_async(tailfit_context* context, std::int32_t function,
                              const tailfit_points* points, double* out,
                              const tailfit_device_queue& queue) const noexcept {
    return fits_ != nullptr ? tailfit_evaluate_async(context, fits_, function, points, out, &queue)
                            : tailfit_evaluate_parameters_async(context, parameters_, function,
                                                                points, out, &queue);
  }

 private:
  const tailfit_fits_view* fits_ = nullptr;
  const tailfit_parameters_view* parameters_ = nullptr;
};

}  // namespace v1
}  // namespace tailfit
