// Many distributions, and what is asked of each, as plain data that a kernel is handed.
#pragma once

#include "kernels/fit/fit_types.hpp"
#include "kernels/math/portable.hpp"
#include "kernels/math/spliced_types.hpp"

namespace tailfit::kernels {

// Fits; every pointer is to the first one's element.
struct FitTailRows {
  const double* threshold;
  const double* shape;
  const double* scale;
  const int64_t* n_exceed;
};

struct FitRows {
  const int64_t* n;
  const uint32_t* status;
  FitTailRows lower;
  FitTailRows upper;
  const void* counts;  // [rows][bins], null for CountsKind::none
  CountsKind counts_kind;
  double laplace;
};

// Parameters; strides in numbers, 0: all rows have the same.
struct GivenTailRows {
  const void* mass;
  const void* shape;
  const void* scale;
  int64_t stride;
};

struct GivenRows {
  GivenTailRows lower;
  GivenTailRows upper;
  const void* weights;
  int64_t weights_stride;
  const void* edges;
  int64_t edges_stride;
  bool is_double;
  bool are_logits;
};

struct DistributionBatch {
  bool are_given;
  int64_t n_rows;
  int64_t bins;
  FitRows fits;     // one of these
  GivenRows given;  // two
};

// A function at some points of each row, or draws from each.
struct EvaluateBatch {
  DistributionBatch rows;
  SplicedRequest request;  // of the first row
  int64_t points_stride;   // from a row's points to the next's
  const double* above;     // draws: null, or the bound of row i is above[i]
  const double* at_most;
  double* out;  // [n_rows][n_points]
};

// Derivatives at some points of each row.
struct GradientBatch {
  DistributionBatch rows;
  GradientRequest request;  // of the first row
  int64_t points_stride;
  int64_t weights_stride;
};

namespace {

// Functions that are asked with the sums of a fit's counts, however few their points are.
TAILFIT_HD inline bool always_wants_sums(SplicedFunction function) {
  switch (function) {
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
      return false;
  }
}

// Whether the sums of the counts are worth making, of fits.
TAILFIT_HD inline bool wants_sums(const SplicedRequest& request) {
  return always_wants_sums(request.function) || request.n_points > 2;
}

// Whether the sums over a row's bins are worth making: they take as long as two points, but lanes
// make them together; those of shortfalls, on both sides, as eight, each of which takes bins of one
// side only.
TAILFIT_HD inline bool wants_bin_sums(SplicedFunction function, int64_t n_points, int lanes) {
  switch (function) {
    case SplicedFunction::crps:
    case SplicedFunction::twcrps:
    case SplicedFunction::mean_excess:
      return n_points > 2 || lanes > 1;
    case SplicedFunction::expected_shortfall:
      return n_points > 8;
    default:
      return false;
  }
}

TAILFIT_HD inline const void* number_at(const void* numbers, bool is_double, int64_t i) {
  return static_cast<const char*>(numbers) + i * (is_double ? 8 : 4);
}

TAILFIT_HD inline double given_number(const void* numbers, bool is_double, int64_t i) {
  return is_double ? static_cast<const double*>(numbers)[i]
                   : static_cast<double>(static_cast<const float*>(numbers)[i]);
}

TAILFIT_HD inline TailParameters tail_of_row(const FitTailRows& tail, int64_t row) {
  return {tail.threshold[row], tail.shape[row], tail.scale[row], tail.n_exceed[row]};
}

TAILFIT_HD inline const void* counts_of_row(const FitRows& fits, int64_t bins, int64_t row) {
  switch (fits.counts_kind) {
    case CountsKind::u16:
      return static_cast<const uint16_t*>(fits.counts) + row * bins;
    case CountsKind::u32:
      return static_cast<const uint32_t*>(fits.counts) + row * bins;
    default:
      return nullptr;
  }
}

TAILFIT_HD inline SplicedParameters fit_of_row(const DistributionBatch& batch, int64_t row) {
  const FitRows& fits = batch.fits;
  return {fits.n[row],
          fits.status[row],
          tail_of_row(fits.lower, row),
          tail_of_row(fits.upper, row),
          counts_of_row(fits, batch.bins, row),
          fits.counts_kind,
          batch.bins,
          fits.laplace};
}

TAILFIT_HD inline GivenTail tail_of_row(const GivenTailRows& tail, bool is_double, int64_t row) {
  const int64_t i = row * tail.stride;
  return {given_number(tail.mass, is_double, i), given_number(tail.shape, is_double, i),
          given_number(tail.scale, is_double, i)};
}

TAILFIT_HD inline GivenParameters parameters_of_row(const DistributionBatch& batch, int64_t row) {
  const GivenRows& given = batch.given;
  return {tail_of_row(given.lower, given.is_double, row),
          tail_of_row(given.upper, given.is_double, row),
          number_at(given.weights, given.is_double, row * given.weights_stride),
          number_at(given.edges, given.is_double, row * given.edges_stride),
          given.is_double,
          given.are_logits,
          batch.bins};
}

TAILFIT_HD inline SplicedRequest request_of_row(const EvaluateBatch& batch, int64_t row) {
  SplicedRequest request = batch.request;
  if (request.points != nullptr) {
    request.points = number_at(request.points, request.is_double, row * batch.points_stride);
  }
  request.series += row;
  if (batch.above != nullptr) request.above = batch.above[row];
  if (batch.at_most != nullptr) request.at_most = batch.at_most[row];
  return request;
}

TAILFIT_HD inline double* moved(double* numbers, int64_t by) {
  return numbers == nullptr ? nullptr : numbers + by;
}

// From this point on, for what is of each point.
TAILFIT_HD inline GradientOutputs outputs_from(const GradientRequest& request, int64_t point) {
  const GradientOutputs& out = request.out;
  const int64_t of_tails = request.sums ? 0 : point;
  return {moved(out.value, point),
          moved(out.x, point),
          moved(out.logits, of_tails * request.bins),
          moved(out.lower_shape, of_tails),
          moved(out.lower_scale, of_tails),
          moved(out.upper_shape, of_tails),
          moved(out.upper_scale, of_tails)};
}

TAILFIT_HD inline GradientRequest request_of_row(const GradientBatch& batch, int64_t row) {
  GradientRequest request = batch.request;
  request.points = number_at(request.points, request.is_double, row * batch.points_stride);
  if (request.weights != nullptr) request.weights += row * batch.weights_stride;
  request.out = outputs_from(request, row * request.n_points);
  if (!request.sums) return request;
  GradientOutputs& out = request.out;
  out.logits = moved(out.logits, row * request.bins);
  out.lower_shape = moved(out.lower_shape, row);
  out.lower_scale = moved(out.lower_scale, row);
  out.upper_shape = moved(out.upper_shape, row);
  out.upper_scale = moved(out.upper_scale, row);
  return request;
}

}  // namespace
}  // namespace tailfit::kernels
