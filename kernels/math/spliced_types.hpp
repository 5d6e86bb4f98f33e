// One distribution, as plain data.
#pragma once

#include "kernels/fit/fit_types.hpp"

namespace tailfit::kernels {

// A tail as it was fitted.
struct TailParameters {
  double threshold;
  double shape;
  double scale;
  int64_t n_exceed;
};

// A fit: masses are counts.
struct SplicedParameters {
  int64_t n;
  uint32_t status;
  TailParameters lower;
  TailParameters upper;
  const void* counts;  // [bins], null for CountsKind::none
  CountsKind counts_kind;
  int64_t bins;
  double laplace;
};

// A tail that was given.
struct GivenTail {
  double mass;
  double shape;
  double scale;
};

// Parameters that were given, such as a neural network emits: masses are shares of 1.
struct GivenParameters {
  GivenTail lower;
  GivenTail upper;
  const void* weights;  // [bins] of fp32 or fp64; of the bins in the body
  const void* edges;    // [bins+1] of the same type; the thresholds are at both ends
  bool is_double;
  bool are_logits;  // weights are exp of these
  int64_t bins;
};

// The functions of a distribution; the numbers are those of tailfit.h.
enum class SplicedFunction : int32_t {
  log_pdf = 1,
  pdf = 2,
  cdf = 3,
  sf = 4,
  log_sf = 5,
  quantile = 6,
  isf = 7,
  mid_pit = 8,
  log_cdf = 9,
  randomized_pit = 10,
  expected_shortfall = 20,
  mean_excess = 21,
  return_level = 22,
  mean = 30,
  variance = 31,
  mode = 32,
  entropy = 33,
  crps = 40,
  log_score = 41,
  quantile_score = 42,
  twcrps = 43,
  composite_log_score = 44,  // of parameters only
  anomaly_score = 50,
  sample = 60  // has no number there
};

// What is asked of one distribution.
struct SplicedRequest {
  SplicedFunction function;
  const void* points;  // [n_points] of fp32 or fp64; null: all are `point`
  bool is_double;
  int64_t n_points;
  double parameter;  // quantile_score: p; twcrps: where the weight begins
  // Random numbers: randomized_pit's point i and sample's draw first_draw + i of the series.
  uint64_t seed;
  int64_t series;
  int64_t first_draw;
  double above;    // sample: of the values above that and at most
  double at_most;  // this
  double point = 0.0;
};

// Where derivatives go; null where one is not wanted.
struct GradientOutputs {
  double* value;        // [n_points]
  double* x;            // [n_points]
  double* logits;       // [n_points][bins], or where they are summed [bins]
  double* lower_shape;  // [n_points], or where they are summed [1], as the next three
  double* lower_scale;
  double* upper_shape;
  double* upper_scale;
};

// What is differentiated of one distribution: log_pdf, log_score, crps or composite_log_score.
struct GradientRequest {
  SplicedFunction function;
  const void* points;  // [n_points] of fp32 or fp64
  bool is_double;
  bool sums;  // over the points, but of value and x
  int64_t n_points;
  int64_t bins;           // of the parameters
  const double* weights;  // null, or [n_points] that derivatives are multiplied by
  GradientOutputs out;
};

// Memory that a row of so many bins takes beside its parameters, in bytes; a multiple of 64: four
// numbers an edge, and behind them, for functions that sum over bins, two of its sums.
constexpr int64_t spliced_row_bytes(int64_t bins) { return (6 * (bins + 1) * 8 + 63) / 64 * 64; }
// The same for gradients.
constexpr int64_t spliced_gradient_bytes(int64_t bins) {
  return (7 * (bins + 1) * 8 + 63) / 64 * 64;
}

}  // namespace tailfit::kernels
