// The composite training loss of the published spliced binned-Pareto programs, which is no proper
// score: a histogram over the whole range, the tails' densities beside it instead of in its place.
#pragma once

#include "kernels/math/spliced_gradient.hpp"

namespace tailfit::kernels {
namespace {

// The tails' thresholds are the histogram's quantiles at their masses.
struct CompositeRow {
  SplicedRow histogram;
  RowTail lower;
  RowTail upper;
  bool exists;  // else every number is NaN
};

// memory: 4*(bins+1) numbers. The bins of `given` are those of the whole range, their weights sum
// to 1. Collective.
template <class Group>
TAILFIT_HD inline CompositeRow composite_row(const Group& group, const GivenParameters& given,
                                             double* memory) {
  GivenParameters of_range = given;
  of_range.lower.mass = 0.0;
  of_range.upper.mass = 0.0;
  CompositeRow row{};
  row.histogram = row_of_given(group, of_range, memory);
  row.exists = row.histogram.exists && is_given_tail(given.lower) && is_given_tail(given.upper) &&
               given.lower.mass + given.upper.mass <= 1.0;
  if (!row.exists) return row;
  row.lower = {spliced_quantile(row.histogram, given.lower.mass),
               given.lower.mass,
               {given.lower.shape, given.lower.scale}};
  row.upper = {spliced_quantile(row.histogram, 1.0 - given.upper.mass),
               given.upper.mass,
               {given.upper.shape, given.upper.scale}};
  return row;
}

TAILFIT_HD inline CompositeRow composite_row(const GivenParameters& given, double* memory) {
  return composite_row(SerialGroup{}, given, memory);
}

// Values beyond the range belong to the outer bins.
TAILFIT_HD inline int64_t composite_bin(const CompositeRow& row, double x) {
  const SplicedRow& bins = row.histogram;
  return bins.bin_of(larger(bins.edge_at(0), smaller(bins.edge_at(bins.bins), x)));
}

// -log(mass*gpd) of a value that lies in a tail, else 0.
TAILFIT_HD inline double composite_tail_score(const RowTail& tail, double x, bool upper) {
  const bool is_beyond = upper ? x > tail.threshold : x < tail.threshold;
  if (!is_beyond || has_no_tail(tail)) return 0.0;
  const TailPlace place = place_in_tail(tail, x, upper);
  return density_exponent(tail, place) + log(tail.gpd.scale) - log(tail.mass);
}

// -log p_b - [x in a tail] log(mass*gpd); smaller is better, +inf beyond the support.
TAILFIT_HD_CALL inline double composite_log_score(const CompositeRow& row, double x) {
  if (!row.exists || is_nan(x)) return canonical_nan();
  const double of_bin = -log_share(row.histogram, composite_bin(row, x));
  const double lower = composite_tail_score(row.lower, x, false);
  const double upper = composite_tail_score(row.upper, x, true);
  return is_finite(x) ? of_bin + (lower + upper) : infinity();
}

// logits: null or [bins], written. The thresholds are held fixed, though they depend on the logits.
TAILFIT_HD_CALL inline RowGradient composite_gradient(const CompositeRow& row, double x,
                                                      double* logits) {
  RowGradient gradient = constant_gradient(composite_log_score(row, x));
  fill_logits(logits, row.histogram.bins, gradient.x);
  if (!is_finite(gradient.value)) return gradient;
  const bool in_lower = x < row.lower.threshold && !has_no_tail(row.lower);
  const bool in_upper = x > row.upper.threshold && !has_no_tail(row.upper);
  RowGradient log_density = constant_gradient(0.0);
  if (in_lower) tail_log_pdf_gradient(row.lower, x, false, log_density);
  if (in_upper) tail_log_pdf_gradient(row.upper, x, true, log_density);
  gradient.x = 0.0 - log_density.x;
  gradient.lower = {0.0 - log_density.lower.shape, 0.0 - log_density.lower.scale};
  gradient.upper = {0.0 - log_density.upper.shape, 0.0 - log_density.upper.scale};
  if (logits == nullptr) return gradient;
  for (int64_t b = 0; b < row.histogram.bins; ++b) {
    logits[b] = row.histogram.mass(b) / row.histogram.n;
  }
  logits[composite_bin(row, x)] -= 1.0;
  return gradient;
}

}  // namespace
}  // namespace tailfit::kernels
