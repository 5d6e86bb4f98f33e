// Expected shortfall and mean excess of one spliced binned-Pareto distribution.
#pragma once

#include "kernels/math/spliced_moments.hpp"
#include "kernels/math/spliced_quantile.hpp"

namespace tailfit::kernels {
namespace {

// The bin in which so much mass is reached from one end of the row on; the outermost one on the
// other side where it is more.
TAILFIT_HD_CALL inline int64_t bin_of_mass(const SplicedRow& row, double mass, bool from_below) {
  const int64_t bins = row.bins;
  if (row.masses != nullptr || row.counts_before != nullptr || bins == 1) {
    int64_t near = -1;  // bins counted from that end: behind this one it is not reached
    int64_t far = bins - 1;
    while (far - near > 1) {
      const int64_t i = near + (far - near) / 2;
      const double reached = from_below ? row.mass_below(i + 1) : row.mass_above(bins - 1 - i);
      (reached >= mass ? far : near) = i;
    }
    return from_below ? far : bins - 1 - far;
  }
  // One walk over the counts, in place of a sum of them for each edge.
  int64_t b = from_below ? 0 : bins - 1;
  int64_t before = from_below ? 0 : row.count_before(bins);
  for (; b != (from_below ? bins - 1 : 0); b += from_below ? 1 : -1) {
    before += from_below ? row.count(b) : -row.count(b);
    const double reached = from_below ? row.mass_below(b + 1, before) : row.mass_above(b, before);
    if (reached >= mass) break;
  }
  return b;
}

// A bin's share of `all` mass times its middle.
TAILFIT_HD inline double bin_moment(const SplicedRow& row, int64_t b, double all) {
  return row.mass(b) / all * middle_of_bin(row, b);
}

TAILFIT_HD inline void write_moments(const SplicedRow& row, int64_t first, int64_t last,
                                     double* moments) {
  for (int64_t b = first; b < last; ++b) moments[b] = bin_moment(row, b, row.n);
}

// Of all bins from the near end to before bin `last`, from that end on.
TAILFIT_HD_CALL inline double moments_before(const SplicedRow& row, int64_t last, bool low_side,
                                             double all) {
  double sum = 0.0;
  if (low_side) {
    for (int64_t b = 0; b < last; ++b) sum += bin_moment(row, b, all);
  } else {
    for (int64_t b = row.bins; --b > last;) sum += bin_moment(row, b, all);
  }
  return sum;
}

// The part of the body that a level reaches beyond the near tail, as a share of the level. Bins are
// taken from that side, each whole or in part, so that a level near 0 loses no digits. Those that
// are whole are summed once for all points of a row that has such sums.
TAILFIT_HD_CALL inline double body_shortfall(const SplicedRow& row, double level, bool low_side) {
  const double norm = level * row.n;
  if (row.is_atom()) {
    const double k_near = low_side ? row.lower.mass : row.upper.mass;
    return larger(0.0, smaller(row.body, norm - k_near)) / norm * row.lower.threshold;
  }
  if (!(row.body > 0.0)) return 0.0;
  if (!row.has_bins) return canonical_nan();
  const int64_t last = bin_of_mass(row, norm, low_side);
  const double mass = row.mass(last);
  const double before = low_side ? row.mass_below(last) : row.mass_above(last + 1);
  const double taken = larger(0.0, smaller(mass, norm - before));
  const double near = row.edge_at(low_side ? last : last + 1);
  const double far = row.edge_at(low_side ? last + 1 : last);
  const double half_share = taken > 0.0 ? 0.5 * (taken / mass) : 0.0;
  const double middle = near - half_share * near + half_share * far;  // of what is taken
  const double* const sums = low_side ? row.sums_below : row.sums_above;
  const double whole = sums != nullptr ? sums[low_side ? last : last + 1]
                                       : moments_before(row, last, low_side, row.n);
  const double moment = whole + taken / row.n * middle;
  if (moment > 0x1p-960 || moment < -0x1p-960) return moment / level;
  // Products of small shares and values may have lost digits that shares of the level have.
  return moments_before(row, last, low_side, norm) + taken / norm * middle;
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
  if (low_side ? p > lower_mass : p < body_end)
    sum += body_shortfall(row, low_side ? p : 1.0 - p, low_side);
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

// The integral of the survival function over a bin, or from `left` to its end.
TAILFIT_HD inline double bin_survival(const SplicedRow& row, int64_t b, double left,
                                      double at_left) {
  return (0.5 * row.edge_at(b + 1) - 0.5 * left) * ((at_left + row.mass_above(b + 1)) / row.n);
}

TAILFIT_HD inline void write_survivals(const SplicedRow& row, int64_t first, int64_t last,
                                       double* survivals) {
  for (int64_t b = first; b < last; ++b) {
    survivals[b] = bin_survival(row, b, row.edge_at(b), row.mass_above(b));
  }
}

// The integral of the survival function from a value of the body to the upper threshold: whole bins
// from the right, then the first one's part.
TAILFIT_HD_CALL inline double body_survival(const SplicedRow& row, double x) {
  if (row.is_atom() || x == row.upper.threshold) return 0.0;
  const int64_t first = row.bin_of(x);
  double sum = 0.0;
  if (row.sums_above != nullptr) {
    sum = row.sums_above[first + 1];
  } else {
    for (int64_t b = row.bins; --b > first;) {
      sum += bin_survival(row, b, row.edge_at(b), row.mass_above(b));
    }
  }
  return sum + bin_survival(row, first, x, body_mass(row, first, x, false));
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

// Of a value of the body, as the mean of what lies above it: where the integral of the survival
// function is too small for a double, or has lost digits.
TAILFIT_HD_CALL inline double relative_mean_excess(const SplicedRow& row, double x,
                                                   double survival) {
  const double above_x = survival * row.n;
  double sum = 0.0;
  if (row.upper.mass > 0.0) sum = row.upper.mass / above_x * gpd_mean_beyond(row.upper.gpd, 0.0);
  if (row.is_atom() || x == row.upper.threshold) return sum;
  const int64_t first = row.bin_of(x);
  for (int64_t b = row.bins; b-- > first;) {
    const double left = b == first ? x : row.edge_at(b);
    const double at_left = b == first ? above_x : row.mass_above(b);
    sum += (row.edge_at(b + 1) - left) * (0.5 * ((at_left + row.mass_above(b + 1)) / above_x));
  }
  return sum;
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
    if (!(survival > 0.0)) return canonical_nan();
    return sum < least_full_mass ? relative_mean_excess(row, x, survival) : sum / survival;
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
