// What the functions of distributions are handed.
#include <string>

#include "host/checks.hpp"
#include "host/validate.hpp"

namespace tailfit::host {
namespace {

void check_dtype(const char* name, std::int32_t dtype) {
  if (dtype == TAILFIT_F32 || dtype == TAILFIT_F64) return;
  fail_invalid(name, std::int64_t{dtype}, "1 (f32) or 2 (f64)");
}

void check_stride(const char* name, std::int64_t stride, std::int64_t least) {
  if (stride == 0 || (stride >= least && stride <= size_limit)) return;
  fail_invalid(name, stride, "0 (shared) or " + std::to_string(least) + " to 2^48");
}

void check_array(const char* name, const void* data) {
  if (data == nullptr) fail_invalid(name, std::string("null"), "an array of numbers");
}

void check_given_tail(const std::string& side, const tailfit_given_tail& tail) {
  check_array((side + ".mass").c_str(), tail.mass);
  check_array((side + ".shape").c_str(), tail.shape);
  check_array((side + ".scale").c_str(), tail.scale);
  check_stride((side + ".stride").c_str(), tail.stride, 1);
}

}  // namespace

void validate(const tailfit_points& points) {
  check_struct_size("tailfit_points", points.struct_size, sizeof points);
  check_size("points.n_points", points.n_points);
  check_dtype("points.dtype", points.dtype);
  check_memory("points.memory", points.memory);
  check_stride("points.stride", points.stride, points.n_points);
  check_size("points.first_series", points.first_series);
  if (points.n_points > 0) check_array("points.values", points.values);
}

void validate(const tailfit_sampling& sampling) {
  check_struct_size("tailfit_sampling", sampling.struct_size, sizeof sampling);
  check_size("sampling.first_series", sampling.first_series);
  check_size("sampling.first_draw", sampling.first_draw);
  check_size("sampling.n_draws", sampling.n_draws);
  const auto check_stride_of = [](const char* name, std::int64_t stride) {
    if (stride != 0 && stride != 1) fail_invalid(name, stride, "0 (shared) or 1");
  };
  check_stride_of("sampling.above_stride", sampling.above_stride);
  check_stride_of("sampling.at_most_stride", sampling.at_most_stride);
}

void validate(const tailfit_gradients& gradients, std::int64_t n_points) {
  check_struct_size("tailfit_gradients", gradients.struct_size, sizeof gradients);
  check_stride("gradients.weights_stride", gradients.weights_stride, n_points);
  if (gradients.sum_over_points != 0 && gradients.sum_over_points != 1) {
    fail_invalid("gradients.sum_over_points", std::int64_t{gradients.sum_over_points},
                 "0 (of each point) or 1 (summed)");
  }
}

void validate(const tailfit_device_queue& queue) {
  check_struct_size("tailfit_device_queue", queue.struct_size, sizeof queue);
}

void validate(const tailfit_parameters_view& parameters) {
  check_struct_size("tailfit_parameters_view", parameters.struct_size, sizeof parameters);
  check_size("parameters.n_rows", parameters.n_rows);
  check_bins("parameters.bins", parameters.bins);
  check_dtype("parameters.dtype", parameters.dtype);
  check_memory("parameters.memory", parameters.memory);
  if (parameters.weights_kind != TAILFIT_WEIGHTS_MASSES &&
      parameters.weights_kind != TAILFIT_WEIGHTS_LOGITS) {
    fail_invalid("parameters.weights_kind", std::int64_t{parameters.weights_kind},
                 "0 (masses) or 1 (logits)");
  }
  check_stride("parameters.weights_stride", parameters.weights_stride, parameters.bins);
  check_stride("parameters.edges_stride", parameters.edges_stride, parameters.bins + 1);
  if (parameters.n_rows == 0) return;
  check_array("parameters.weights", parameters.weights);
  check_array("parameters.edges", parameters.edges);
  check_given_tail("parameters.lower", parameters.lower);
  check_given_tail("parameters.upper", parameters.upper);
}

}  // namespace tailfit::host
