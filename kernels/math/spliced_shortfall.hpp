// Expected shortfall and mean excess of one spliced binned-Pareto distribution.
#pragma once

#include "kernels/math/spliced_density.hpp"
#include "kernels/math/spliced_quantile.hpp"

namespace tailfit::kernels {
namespace {

// The part of the body that a level reaches beyond the near tail, as a share of norm = level*n.
// Bins are taken from that side, each whole or in part, so that a level near 0 loses no digits;
// weights are at most 1, so nothing overflows.
TAILFIT_HD_CALL inline double body_shortfall(const SplicedRow& row, double norm, bool low_side) {
  const double k_near = low_side ? row.lower.mass : row.upper.mass;
  double wanted = larger(0.0, smaller(row.body, norm - k_near));
  if (row.is_atom()) return wanted / norm * row.lower.threshold;
  if (!(row.body > 0.0)) return 0.0;
  if (!row.has_bins) return canonical_nan();
  double sum = 0.0;
  const int64_t bins = row.bins;
  for (int64_t i = 0; i < bins && wanted > 0.0; ++i) {
    const int64_t b = low_side ? i : bins - 1 - i;
    const double mass = row.mass(b);
    if (!(mass > 0.0)) continue;
    const double taken = smaller(mass, wanted);
    const double near = row.edge_at(low_side ? b : b + 1);
    const double far = row.edge_at(low_side ? b + 1 : b);
    const double half_share = 0.5 * (taken / mass);  // the middle of what is taken
    sum += taken / norm * (near - half_share * near + half_share * far);
    wanted -= taken;
  }
  return sum;
}

// Expected shortfall at a level beyond the near tail's mass: that tail in full, the body up to the
// level, and what the level takes from the other tail.
TAILFIT_HD_CALL inline double shortfall_past_tail(const SplicedRow& row, double p, bool low_side) {
  const RowTail& near = low_side ? row.lower : row.upper;
  const RowTail& far = low_side ? row.upper : row.lower;
  const double side = low_side ? -1.0 : 1.0;
  const double n = row.n;
  const double norm = (low_side ? p : 1.0 - p) * n;
  double sum = 0.0;
  if (near.mass > 0.0) {
    if (!near.is_fitted()) return canonical_nan();
    const double mean = gpd_mean_beyond(near.gpd, 0.0);
    if (mean == infinity()) return side * mean;
    const double weight = smaller(1.0, near.mass / norm);
    sum = weight * (near.threshold + side * mean);
  }
  // The comparison with F as it is computed, so that p = 0.95 means the 50 of 1000 beyond it.
  const double lower_mass = row.lower.mass / n;
  const double body_end = (n - row.upper.mass) / n;
  if (low_side ? p > lower_mass : p < body_end) sum += body_shortfall(row, norm, low_side);
  const double k_far = far.mass;
  const double beyond = (low_side ? 1.0 - p : p) * n / k_far;  // share of the far tail left out
  if (far.mass > 0.0 && beyond < 1.0) {
    if (!far.is_fitted()) return canonical_nan();
    const double within = gpd_integral_within(far.gpd, beyond);
    sum += k_far / norm * ((1.0 - beyond) * far.threshold - side * within);
  }
  return sum;
}

// Expected shortfall as the formulas say it, of a fit that has a distribution: may overflow on the
// way.
TAILFIT_HD inline double plain_expected_shortfall(const SplicedRow& row, double p) {
  const double n = row.n;
  const bool low_side = p < 0.5;
  const RowTail& tail = low_side ? row.lower : row.upper;
  const double level = low_side ? p : 1.0 - p;
  const double in_tail = level * n / tail.mass;
  if (!(in_tail < 1.0)) return shortfall_past_tail(row, p, low_side);
  if (!tail.is_fitted()) return canonical_nan();
  const double mean = gpd_mean_beyond(tail.gpd, gpd_isf(tail.gpd, in_tail));
  return low_side ? tail.threshold - mean : tail.threshold + mean;
}

// (1/p) int_0^p Q for p < 1/2, else (1/(1-p)) int_p^1 Q; 0 < p < 1 (Acerbi & Tasche 2002).
TAILFIT_HD_CALL inline double spliced_expected_shortfall(const SplicedRow& row, double p) {
  if (!row.exists || !(p > 0.0 && p < 1.0)) return canonical_nan();
  const double x = plain_expected_shortfall(row, p);
  return is_finite(x) ? x : scaled_up(plain_expected_shortfall(scaled_down(row), p));
}

// The integral of the survival function from a value of the body to the upper threshold.
TAILFIT_HD_CALL inline double body_survival(const SplicedRow& row, double x) {
  if (row.is_atom() || x == row.upper.threshold) return 0.0;
  const int64_t first = row.bin_of(x);
  double sum = 0.0;
  for (int64_t b = row.bins; b-- > first;) {
    const double left = b == first ? x : row.edge_at(b);
    const double right = row.edge_at(b + 1);
    const double above = row.mass_above(b + 1);
    const double at_left = b == first ? body_mass(row, first, x, false) : row.mass_above(b);
    sum += (0.5 * right - 0.5 * left) * ((at_left + above) / row.n);
  }
  return sum;
}

// The mean excess over a value of the body where the mass above it is too small for a double; the
// upper tail's mean is finite.
TAILFIT_HD_CALL inline double small_mean_excess(const SplicedRow& row, double x) {
  const int64_t first = row.bin_of(x);
  const double share = share_of_bin(row.edge_at(first), row.edge_at(first + 1), x, false);
  double above = 0.0;
  double sum = 0.0;
  each_relative(row, first, share, false, [&](int64_t b, double mass) {
    if (b == row.bins) {
      if (mass > 0.0) sum = mass * gpd_mean_beyond(row.upper.gpd, 0.0);
    } else {
      const double left = b == first ? x : row.edge_at(b);
      sum += (0.5 * row.edge_at(b + 1) - 0.5 * left) * ((above + mass) + above);
    }
    above += mass;
  });
  return above > 0.0 ? sum / above : canonical_nan();
}

// E[X - x | X > x] = (integral of 1 - F from x) / (1 - F(x)). +inf where the upper tail's shape is
// 1 or more; NaN at the end of the support and beyond. row: with sums of its counts.
TAILFIT_HD_CALL inline double spliced_mean_excess(const SplicedRow& row, double x) {
  if (!row.exists || !is_finite(x)) return canonical_nan();
  const RowTail& lower = row.lower;
  const RowTail& upper = row.upper;
  if (upper.mass > 0.0 && !upper.is_fitted()) return canonical_nan();
  const Part part = part_of(row, x);
  if (part == Part::upper_tail) {
    if (has_no_tail(upper)) return canonical_nan();
    if (!(upper.gpd.shape < 1.0)) return infinity();
    const TailPlace place = place_in_tail(upper, x, true);
    if (upper.gpd.shape < 0.0) {
      const double remaining = gpd_remaining(place.gpd, place.y);
      if (!(remaining > 0.0)) return canonical_nan();
      return remaining * (upper.gpd.scale / (1.0 - upper.gpd.shape));
    }
    const double unit = place.exponent == 0 ? 1.0 : 4.0;
    return unit * ((place.gpd.scale + place.gpd.shape * place.y.high) / (1.0 - upper.gpd.shape));
  }
  if (!row.has_bins && x < upper.threshold) return canonical_nan();
  double sum = 0.0;
  if (upper.mass > 0.0) {
    sum = upper.mass / row.n * gpd_mean_beyond(upper.gpd, 0.0);
    if (sum == infinity()) return sum;
  }
  const double survival = spliced_sf(row, x);
  if (part == Part::body) {
    if (is_small(row, survival)) return small_mean_excess(row, x);
    sum += body_survival(row, x);
    return survival > 0.0 ? sum / survival : canonical_nan();
  }
  sum += body_survival(row, lower.threshold);
  const TailPlace place = place_in_tail(lower, x, false);
  const bool is_quarter = place.exponent != 0;
  double length = is_quarter ? 0.25 * lower.threshold - 0.25 * x : lower.threshold - x;
  if (lower.mass > 0.0) {
    // 1 - F = 1 - share*S: what the tail lacks from x to its threshold.
    if (!lower.is_fitted()) return canonical_nan();
    const GpdExcess to{place.y.high, hazard_at(lower, place)};
    length -= gpd_power_integral(place.gpd, 1.0, {0.0, 0.0}, to, lower.mass / row.n);
  }
  sum += is_quarter ? 4.0 * length : length;
  return sum / survival;
}

}  // namespace
}  // namespace tailfit::kernels
