// What a group of lanes does of a batch of distributions: some points of one row after the other.
// The same text runs on the host, where tests drive it.
#pragma once

#include "kernels/cuda/cuda_kernels.hpp"
#include "kernels/math/spliced.hpp"
#include "kernels/math/spliced_gradients.hpp"

namespace tailfit::kernels {
namespace {

// A row's points in parts of `part_points`; there is one part of no points.
struct RowPart {
  int64_t row;
  int64_t begin;
  int64_t n_points;
};

TAILFIT_HD inline int64_t parts_of_row(int64_t n_points, int64_t part_points) {
  return n_points <= part_points ? 1 : (n_points + part_points - 1) / part_points;
}

TAILFIT_HD inline RowPart row_part(int64_t item, int64_t n_points, int64_t part_points) {
  const int64_t n_parts = parts_of_row(n_points, part_points);
  const int64_t begin = item % n_parts * part_points;
  return {item / n_parts, begin, smaller(part_points, n_points - begin)};
}

TAILFIT_HD inline SplicedRequest request_of_part(const EvaluateBatch& batch, const RowPart& part) {
  SplicedRequest request = request_of_row(batch, part.row);
  if (request.points != nullptr) {
    request.points = number_at(request.points, request.is_double, part.begin);
  }
  request.first_draw += part.begin;
  request.n_points = part.n_points;
  return request;
}
TAILFIT_HD inline double* out_of_part(const EvaluateBatch& batch, const RowPart& part) {
  return batch.out + part.row * batch.request.n_points + part.begin;
}

// By one lane, where a launch gives it fits without memory.
TAILFIT_HD inline void evaluate_few_item(const EvaluateBatch& batch, const EvaluateLaunch& how,
                                         int64_t item) {
  const RowPart part = row_part(item, batch.request.n_points, how.part_points);
  evaluate_few(fit_of_row(batch.rows, part.row), request_of_part(batch, part),
               out_of_part(batch, part));
}

// memory: how.group_bytes, which the lanes share. Collective; ends with a sync.
template <bool are_given, class Group>
TAILFIT_HD inline void evaluate_item(const Group& group, const EvaluateBatch& batch,
                                     const EvaluateLaunch& how, int64_t item, void* memory) {
  const RowPart part = row_part(item, batch.request.n_points, how.part_points);
  const SplicedRequest request = request_of_part(batch, part);
  double* const out = out_of_part(batch, part);
  if constexpr (are_given) {
    evaluate_given(group, parameters_of_row(batch.rows, part.row), request, memory, out);
  } else {
    evaluate_fit(group, fit_of_row(batch.rows, part.row), request, memory, out);
  }
  group.sync();
}

// By one lane. Sums over points are never divided.
template <bool are_given>
TAILFIT_HD inline void differentiate_item(const GradientBatch& batch, const EvaluateLaunch& how,
                                          int64_t item, void* memory) {
  const RowPart part = row_part(item, batch.request.n_points, how.part_points);
  GradientRequest request = request_of_row(batch, part.row);
  request.points = number_at(request.points, request.is_double, part.begin);
  request.weights = request.weights == nullptr ? nullptr : request.weights + part.begin;
  request.out = outputs_from(request, part.begin);
  request.n_points = part.n_points;
  if constexpr (are_given) {
    given_gradients(parameters_of_row(batch.rows, part.row), request, memory);
  } else {
    fit_gradients(fit_of_row(batch.rows, part.row), request, memory);
  }
}

}  // namespace
}  // namespace tailfit::kernels
