// Mean, variance, mode and entropy of one spliced binned-Pareto distribution.
//
// A moment that diverges is infinite, one that is undefined NaN. Sums run over the bins from the
// left.
#pragma once

#include "kernels/math/spliced_density.hpp"

namespace tailfit::kernels {
namespace {

TAILFIT_HD inline bool lacks_fit(const RowTail& tail) {
  return tail.mass > 0.0 && !tail.is_fitted();
}

// What functions of the whole distribution need.
TAILFIT_HD inline bool knows_all_parts(const SplicedRow& row) {
  return row.exists && row.has_bins && !lacks_fit(row.lower) && !lacks_fit(row.upper);
}

// The mean over a tail's values; 0 where it has none.
TAILFIT_HD inline double tail_mean(const RowTail& tail, double side) {
  if (has_no_tail(tail)) return 0.0;
  return tail.threshold + side * gpd_mean_beyond(tail.gpd, 0.0);
}

TAILFIT_HD inline double middle_of_bin(const SplicedRow& row, int64_t b) {
  return 0.5 * row.edge_at(b) + 0.5 * row.edge_at(b + 1);
}

TAILFIT_HD_CALL inline double plain_mean(const SplicedRow& row) {
  const double lower = tail_mean(row.lower, -1.0);
  const double upper = tail_mean(row.upper, 1.0);
  double sum = row.lower.mass / row.n * lower;
  if (has_no_tail(row.lower)) sum = 0.0;
  if (row.is_atom()) {
    sum += row.body / row.n * row.lower.threshold;
  } else {
    for (int64_t b = 0; b < row.bins; ++b) sum += row.mass(b) / row.n * middle_of_bin(row, b);
  }
  return has_no_tail(row.upper) ? sum : sum + row.upper.mass / row.n * upper;
}

// NaN where both tails' means are infinite.
TAILFIT_HD inline double spliced_mean(const SplicedRow& row) {
  if (!knows_all_parts(row)) return canonical_nan();
  const double mean = plain_mean(row);
  return is_finite(mean) ? mean : scaled_up(plain_mean(scaled_down(row)));
}

// E[(X - center)^2] over a tail's values.
TAILFIT_HD inline double tail_square(const RowTail& tail, double side, double center) {
  const double xi = tail.gpd.shape;
  if (!(xi < 0.5)) return infinity();
  const double to_mean = tail_mean(tail, side) - center;
  const double deviation = tail.gpd.scale / (1.0 - xi);
  return to_mean * to_mean + deviation * deviation / (1.0 - 2.0 * xi);
}

// +inf where a tail's shape is 1/2 or more, whatever the mean.
TAILFIT_HD_CALL inline double spliced_variance(const SplicedRow& row) {
  if (!knows_all_parts(row)) return canonical_nan();
  const double mean = spliced_mean(row);
  double sum = 0.0;
  if (!has_no_tail(row.lower)) {
    sum += row.lower.mass / row.n * tail_square(row.lower, -1.0, mean);
  }
  for (int64_t b = 0; b < row.bins; ++b) {
    if (!(row.mass(b) > 0.0)) continue;
    const double width = row.edge_at(b + 1) - row.edge_at(b);
    const double to_middle = middle_of_bin(row, b) - mean;
    sum += row.mass(b) / row.n * (to_middle * to_middle + width * width / 12.0);
  }
  if (!has_no_tail(row.upper)) sum += row.upper.mass / row.n * tail_square(row.upper, 1.0, mean);
  // Infinite squares of a tail beside what an infinite mean makes of the others.
  return is_nan(sum) ? infinity() : sum;
}

// Where the density is greatest: the middle of a bin, a threshold, or for a shape below -1 the end
// of a support; of places with equal densities the leftmost.
TAILFIT_HD_FLAT inline double spliced_mode(const SplicedRow& row) {
  if (!knows_all_parts(row)) return canonical_nan();
  if (row.is_atom() && row.body > 0.0) return row.lower.threshold;
  double mode = 0.0;
  double greatest = -1.0;
  const auto offer = [&](double density, double x) {
    if (!(density > greatest)) return;
    greatest = density;
    mode = x;
  };
  const auto offer_tail = [&](const RowTail& tail, double side) {
    if (has_no_tail(tail)) return;
    if (tail.gpd.shape < -1.0) {
      offer(infinity(), tail.threshold + side * gpd_end(tail.gpd));
    } else {
      offer(tail.mass / row.n / tail.gpd.scale, tail.threshold);
    }
  };
  offer_tail(row.lower, -1.0);
  for (int64_t b = 0; b < row.bins && !row.is_atom(); ++b) {
    if (!(row.mass(b) > 0.0)) continue;
    const double middle = middle_of_bin(row, b);
    offer(bin_density(row, b, false), middle);
  }
  offer_tail(row.upper, 1.0);
  return mode;
}

// -E[log f(X)], natural logarithm; -inf for an atom.
TAILFIT_HD_CALL inline double spliced_entropy(const SplicedRow& row) {
  if (!knows_all_parts(row)) return canonical_nan();
  if (row.is_atom() && row.body > 0.0) return -infinity();
  const auto of_tail = [&](const RowTail& tail) {
    if (has_no_tail(tail)) return 0.0;
    const double share = tail.mass / row.n;
    return share * (log(tail.gpd.scale) + (1.0 + tail.gpd.shape) - log(share));
  };
  double sum = of_tail(row.lower);
  for (int64_t b = 0; b < row.bins && !row.is_atom(); ++b) {
    const double share = row.mass(b) / row.n;
    if (!(share > 0.0)) continue;
    sum -= share * bin_density(row, b, true);
  }
  return sum + of_tail(row.upper);
}

}  // namespace
}  // namespace tailfit::kernels
