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

// A point inside the body: Q(p), its bin, and how the mass of the body splits there.
struct BodyPoint {
  double x;
  int64_t bin;
  double mass_in_bin;  // of that bin, to the left of x
};

// p in (F(u_L), F(u_U)]; counts must be kept.
TAILFIT_HD inline BodyPoint body_point(const Body& body, double p) {
  const double n = static_cast<double>(body.fit->n);
  double before = static_cast<double>(body.fit->lower.n_exceed);
  int64_t b = 0;
  const int64_t last = body.bins() - 1;
  while (b < last && (before + body.mass(b)) / n < p) {
    before += body.mass(b);
    ++b;
  }
  const double mass = body.mass(b);
  const double wanted = larger(0.0, smaller(mass, p * n - before));
  const double left = edge(body.grid, b);
  const double right = edge(body.grid, b + 1);
  if (!(mass > 0.0)) return {left, b, 0.0};
  const double share = wanted / mass;
  // Two products, so that the ends come out exactly and a huge width cannot overflow.
  return {share == 1.0 ? right : left + share * right - share * left, b, wanted};
}

// Q(p) = inf{x : F(x) >= p}, 0 <= p <= 1.
TAILFIT_HD inline double spliced_quantile(const SplicedParameters& fit, double p) {
  if (!has_distribution(fit)) return canonical_nan();
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
  if (p == 0.0) return lower.threshold;  // no lower tail: the support's end
  if (fit.counts == nullptr) return p == 1.0 ? upper.threshold : canonical_nan();
  return body_point(make_body(fit), p).x;
}

// Sum of mass*midpoint/norm over bins [first, last). Weights are at most 1: nothing overflows.
TAILFIT_HD inline double body_integral(const Body& body, int64_t first, int64_t last, double norm) {
  double sum = 0.0;
  for (int64_t b = first; b < last; ++b) {
    const double weight = body.mass(b) / norm;
    sum += weight * (0.5 * edge(body.grid, b) + 0.5 * edge(body.grid, b + 1));
  }
  return sum;
}

// The part of the body on the asked side of level p, as a share of norm.
TAILFIT_HD inline double body_shortfall(const SplicedParameters& fit, double p, double norm,
                                        bool low_side) {
  const double n = static_cast<double>(fit.n);
  const double lower = static_cast<double>(fit.lower.n_exceed);
  const double end = static_cast<double>(fit.n - fit.upper.n_exceed);
  const bool whole = low_side ? p >= end / n : p <= lower / n;
  if (fit.lower.threshold == fit.upper.threshold) {
    const double mass = whole ? end - lower : low_side ? p * n - lower : end - p * n;
    return larger(0.0, mass) / norm * fit.lower.threshold;
  }
  if (!(end > lower)) return 0.0;
  if (fit.counts == nullptr) return canonical_nan();
  const Body body = make_body(fit);
  if (whole) return body_integral(body, 0, body.bins(), norm);
  const BodyPoint point = body_point(body, p);
  const double left = edge(body.grid, point.bin);
  const double right = edge(body.grid, point.bin + 1);
  if (low_side) {
    return body_integral(body, 0, point.bin, norm) +
           point.mass_in_bin / norm * (0.5 * left + 0.5 * point.x);
  }
  const double rest = body.mass(point.bin) - point.mass_in_bin;
  return rest / norm * (0.5 * point.x + 0.5 * right) +
         body_integral(body, point.bin + 1, body.bins(), norm);
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
  sum += body_shortfall(fit, p, norm, low_side);
  const double k_far = static_cast<double>(far.n_exceed);
  const double beyond = (low_side ? 1.0 - p : p) * n / k_far;  // share of the far tail left out
  if (far.n_exceed > 0 && beyond < 1.0) {
    if (!is_fitted(far)) return canonical_nan();
    const double within = gpd_integral_within({far.shape, far.scale}, beyond);
    sum += k_far / norm * ((1.0 - beyond) * far.threshold - side * within);
  }
  return sum;
}

// (1/p) int_0^p Q for p < 1/2, else (1/(1-p)) int_p^1 Q; 0 < p < 1 (Acerbi & Tasche 2002).
TAILFIT_HD inline double spliced_expected_shortfall(const SplicedParameters& fit, double p) {
  if (!has_distribution(fit)) return canonical_nan();
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

}  // namespace
}  // namespace tailfit::kernels
