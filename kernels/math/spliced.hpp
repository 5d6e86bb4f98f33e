// Quantile and expected shortfall of one spliced binned-Pareto distribution.
//
// Masses are integer counts over n. F at the edge behind bin b is
// (k_L + body * (c_0+...+c_b + alpha*(b+1)) / (c + alpha*bins)) / n.
#pragma once

#include "kernels/fit/body.hpp"
#include "kernels/math/gpd.hpp"
#include "kernels/math/spliced_types.hpp"

namespace tailfit::kernels {
namespace {

// Is there a distribution at all?
TAILFIT_HD inline bool has_distribution(const SplicedParameters& fit) {
  constexpr uint32_t none =
      status_bits::empty | status_bits::thresholds_crossed | status_bits::not_run;
  return fit.n > 0 && (fit.status & none) == 0 && !is_nan(fit.lower.threshold) &&
         !is_nan(fit.upper.threshold);
}

TAILFIT_HD inline bool is_fitted(const TailParameters& tail) { return !is_nan(tail.shape); }

// The histogram between the thresholds, as masses in units of one value.
struct Body {
  const SplicedParameters* fit;
  BodyGrid grid;
  double total;      // values in the body
  double smoothing;  // total/(total + alpha*bins)

  TAILFIT_HD double mass(int64_t b) const {
    const double count = fit->counts_kind == CountsKind::u16
                             ? static_cast<double>(static_cast<const uint16_t*>(fit->counts)[b])
                             : static_cast<double>(static_cast<const uint32_t*>(fit->counts)[b]);
    return fit->laplace > 0.0 ? (count + fit->laplace) * smoothing : count;
  }
  // The bins of a degenerate body are one, whose whole count is in bin 0.
  TAILFIT_HD int64_t bins() const { return grid.degenerate ? 1 : grid.bins; }
};

TAILFIT_HD inline Body make_body(const SplicedParameters& fit) {
  Body body{&fit, make_body_grid(fit.lower.threshold, fit.upper.threshold, fit.bins), 0.0, 1.0};
  body.total = static_cast<double>(fit.n - fit.lower.n_exceed - fit.upper.n_exceed);
  if (fit.laplace > 0.0) {
    body.smoothing = body.total / (body.total + fit.laplace * static_cast<double>(body.bins()));
  }
  return body;
}

// Q(p) in the body, p in (F(u_L), F(u_U)] or p = 0 without a lower tail; counts must be kept.
TAILFIT_HD inline double body_quantile(const Body& body, double p) {
  const double n = static_cast<double>(body.fit->n);
  double before = static_cast<double>(body.fit->lower.n_exceed);
  int64_t b = 0;
  const int64_t last = body.bins() - 1;
  // Empty bins are passed over at p = 0 too: the support begins behind them.
  while (b < last && ((before + body.mass(b)) / n < p || !(before + body.mass(b) > 0.0))) {
    before += body.mass(b);
    ++b;
  }
  const double mass = body.mass(b);
  const double left = edge(body.grid, b);
  if (!(mass > 0.0)) return left;
  const double share = larger(0.0, smaller(mass, p * n - before)) / mass;
  const double right = edge(body.grid, b + 1);
  const double width = right - left;
  // Every operation rises with the share, so the quantile does.
  const double inside = is_finite(width) ? left + share * width
                                         : left + share * (0.5 * right - 0.5 * left) +
                                               share * (0.5 * right - 0.5 * left);
  return share == 1.0 ? right : smaller(right, inside);
}

// Q(p) as the formulas say it, of a fit that has a distribution: may overflow on the way.
TAILFIT_HD inline double plain_quantile(const SplicedParameters& fit, double p) {
  const double n = static_cast<double>(fit.n);
  const TailParameters& lower = fit.lower;
  const TailParameters& upper = fit.upper;
  const double lower_mass = static_cast<double>(lower.n_exceed) / n;
  const double body_end = static_cast<double>(fit.n - upper.n_exceed) / n;
  if (p < lower_mass) {
    if (!is_fitted(lower)) return canonical_nan();
    const GpdParameters gpd{lower.shape, lower.scale};
    if (p == 0.0) return lower.threshold - gpd_end(gpd);
    return lower.threshold - gpd_isf(gpd, p * n / static_cast<double>(lower.n_exceed));
  }
  if (p > body_end) {
    if (!is_fitted(upper)) return canonical_nan();
    const GpdParameters gpd{upper.shape, upper.scale};
    if (p == 1.0) return upper.threshold + gpd_end(gpd);
    const double s = smaller(1.0, (1.0 - p) * n / static_cast<double>(upper.n_exceed));
    return upper.threshold + gpd_isf(gpd, s);
  }
  if (p == lower_mass && p > 0.0) return lower.threshold;
  if (lower.threshold == upper.threshold) return lower.threshold;
  if (fit.counts == nullptr) return canonical_nan();
  return body_quantile(make_body(fit), p);
}

// The part of the body that a level reaches beyond the near tail, as a share of norm = level*n.
// Bins are taken from that side, each whole or in part, so that a level near 0 loses no digits;
// weights are at most 1, so nothing overflows.
TAILFIT_HD inline double body_shortfall(const SplicedParameters& fit, double norm, bool low_side) {
  const Body body = make_body(fit);
  const double k_near = static_cast<double>(low_side ? fit.lower.n_exceed : fit.upper.n_exceed);
  double wanted = larger(0.0, smaller(body.total, norm - k_near));
  if (fit.lower.threshold == fit.upper.threshold) return wanted / norm * fit.lower.threshold;
  if (!(body.total > 0.0)) return 0.0;
  if (fit.counts == nullptr) return canonical_nan();
  double sum = 0.0;
  const int64_t bins = body.bins();
  for (int64_t i = 0; i < bins && wanted > 0.0; ++i) {
    const int64_t b = low_side ? i : bins - 1 - i;
    const double mass = body.mass(b);
    if (!(mass > 0.0)) continue;
    const double taken = smaller(mass, wanted);
    const double near = edge(body.grid, low_side ? b : b + 1);
    const double far = edge(body.grid, low_side ? b + 1 : b);
    const double half_share = 0.5 * (taken / mass);  // the middle of what is taken
    sum += taken / norm * (near - half_share * near + half_share * far);
    wanted -= taken;
  }
  return sum;
}

// Expected shortfall at a level beyond the near tail's mass: that tail in full, the body up to the
// level, and what the level takes from the other tail.
TAILFIT_HD inline double shortfall_past_tail(const SplicedParameters& fit, double p,
                                             bool low_side) {
  const TailParameters& near = low_side ? fit.lower : fit.upper;
  const TailParameters& far = low_side ? fit.upper : fit.lower;
  const double side = low_side ? -1.0 : 1.0;
  const double n = static_cast<double>(fit.n);
  const double norm = (low_side ? p : 1.0 - p) * n;
  double sum = 0.0;
  if (near.n_exceed > 0) {
    if (!is_fitted(near)) return canonical_nan();
    const double mean = gpd_mean_beyond({near.shape, near.scale}, 0.0);
    if (mean == infinity()) return side * mean;
    const double weight = smaller(1.0, static_cast<double>(near.n_exceed) / norm);
    sum = weight * (near.threshold + side * mean);
  }
  // The comparison with F as it is computed, so that p = 0.95 means the 50 of 1000 beyond it.
  const double lower_mass = static_cast<double>(fit.lower.n_exceed) / n;
  const double body_end = static_cast<double>(fit.n - fit.upper.n_exceed) / n;
  if (low_side ? p > lower_mass : p < body_end) sum += body_shortfall(fit, norm, low_side);
  const double k_far = static_cast<double>(far.n_exceed);
  const double beyond = (low_side ? 1.0 - p : p) * n / k_far;  // share of the far tail left out
  if (far.n_exceed > 0 && beyond < 1.0) {
    if (!is_fitted(far)) return canonical_nan();
    const double within = gpd_integral_within({far.shape, far.scale}, beyond);
    sum += k_far / norm * ((1.0 - beyond) * far.threshold - side * within);
  }
  return sum;
}

// Expected shortfall as the formulas say it, of a fit that has a distribution: may overflow on the
// way.
TAILFIT_HD inline double plain_expected_shortfall(const SplicedParameters& fit, double p) {
  const double n = static_cast<double>(fit.n);
  const bool low_side = p < 0.5;
  const TailParameters& tail = low_side ? fit.lower : fit.upper;
  const double level = low_side ? p : 1.0 - p;
  const double in_tail = level * n / static_cast<double>(tail.n_exceed);
  if (!(in_tail < 1.0)) return shortfall_past_tail(fit, p, low_side);
  if (!is_fitted(tail)) return canonical_nan();
  const GpdParameters gpd{tail.shape, tail.scale};
  const double mean = gpd_mean_beyond(gpd, gpd_isf(gpd, in_tail));
  return low_side ? tail.threshold - mean : tail.threshold + mean;
}

// The distribution of the values times 2^-64. Rounds only what is below 2^-958, which is nothing
// beside a number that overflowed. Bins that are too wide at the one scale would not be at the
// other, but their values were counted as one.
TAILFIT_HD inline SplicedParameters scaled_down(SplicedParameters fit) {
  const bool one_bin =
      make_body_grid(fit.lower.threshold, fit.upper.threshold, fit.bins).degenerate;
  if (one_bin) fit.bins = 1;
  fit.lower.threshold *= 0x1p-64;
  fit.lower.scale *= 0x1p-64;
  fit.upper.threshold *= 0x1p-64;
  fit.upper.scale *= 0x1p-64;
  return fit;
}

// Back from there. What is infinite at that scale too, or beyond the largest double now, is
// infinite in truth.
TAILFIT_HD inline double scaled_up(double x) { return is_nan(x) ? canonical_nan() : 0x1p64 * x; }

// Q(p) = inf{x : F(x) >= p}, 0 <= p <= 1.
TAILFIT_HD inline double spliced_quantile(const SplicedParameters& fit, double p) {
  if (!has_distribution(fit)) return canonical_nan();
  const double x = plain_quantile(fit, p);
  return is_finite(x) ? x : scaled_up(plain_quantile(scaled_down(fit), p));
}

// (1/p) int_0^p Q for p < 1/2, else (1/(1-p)) int_p^1 Q; 0 < p < 1 (Acerbi & Tasche 2002).
TAILFIT_HD inline double spliced_expected_shortfall(const SplicedParameters& fit, double p) {
  if (!has_distribution(fit)) return canonical_nan();
  const double x = plain_expected_shortfall(fit, p);
  return is_finite(x) ? x : scaled_up(plain_expected_shortfall(scaled_down(fit), p));
}

}  // namespace
}  // namespace tailfit::kernels
