// Density and distribution function of one spliced binned-Pareto distribution, and their
// logarithms. Survival is computed as survival: from the masses above, never as 1 - F.
#pragma once

#include "kernels/math/spliced_small.hpp"

namespace tailfit::kernels {
namespace {

// The distance from a tail's threshold outwards, in a tail that may have been scaled to keep it
// finite.
struct TailPlace {
  GpdParameters gpd;
  DoubleDouble y;
  int exponent;  // of two, that sigma and y were multiplied by
};

TAILFIT_HD inline TailPlace place_in_tail(const RowTail& tail, double x, bool upper) {
  DoubleDouble y = upper ? two_sum(x, -tail.threshold) : two_sum(tail.threshold, -x);
  if (is_finite(y.high)) return {tail.gpd, y, 0};
  const double far = upper ? 0.25 * x : -0.25 * x;
  const double near = upper ? 0.25 * tail.threshold : -0.25 * tail.threshold;
  y = two_sum(far, -near);
  return {{tail.gpd.shape, 0.25 * tail.gpd.scale}, y, -2};
}

TAILFIT_HD inline double hazard_at(const RowTail& tail, const TailPlace& place) {
  // Not from a quarter of a scale that has lost digits. So far out no support that ends reaches.
  if (place.exponent != 0 && tail.gpd.scale < 0x1p-1000) {
    return gpd_far_hazard(tail.gpd, place.y.high, -place.exponent);
  }
  return gpd_cumulative_hazard(place.gpd, place.y);
}

TAILFIT_HD inline double tail_hazard(const RowTail& tail, double x, bool upper) {
  return hazard_at(tail, place_in_tail(tail, x, upper));
}

TAILFIT_HD inline double density_exponent(const RowTail& tail, const TailPlace& place) {
  return gpd_density_exponent(place.gpd, place.y, hazard_at(tail, place));
}

// In which part of the distribution a value lies.
enum class Part { lower_tail, body, upper_tail };

TAILFIT_HD inline Part part_of(const SplicedRow& row, double x) {
  if (x < row.lower.threshold) return Part::lower_tail;
  return x > row.upper.threshold ? Part::upper_tail : Part::body;
}

// Where a value lies of which something is asked.
struct PointPlace {
  bool is_asked;  // else every function is NaN: there is no distribution, or the value is NaN
  Part part;
  int64_t bin;  // of a body that has bins
};

TAILFIT_HD inline PointPlace place_of(const SplicedRow& row, double x) {
  if (!row.exists || is_nan(x)) return {false, Part::body, 0};
  const Part part = part_of(row, x);
  const bool in_bin = part == Part::body && row.has_bins && !row.is_atom();
  return {true, part, in_bin ? row.bin_of(x) : 0};
}

// How far x lies in its bin, from the left; 0 to 1, and 1 - that from the right.
TAILFIT_HD inline double share_of_bin(double left, double right, double x, bool from_left) {
  const double width = right - left;
  const double part = from_left ? x - left : right - x;
  if (is_finite(width)) return part / width;
  return from_left ? (0.5 * x - 0.5 * left) / (0.5 * right - 0.5 * left)
                   : (0.5 * right - 0.5 * x) / (0.5 * right - 0.5 * left);
}

// The mass at or below a value of bin b, or at or above it.
TAILFIT_HD inline double mass_in_bin(const SplicedRow& row, int64_t b, double x, bool below) {
  const double share = share_of_bin(row.edge_at(b), row.edge_at(b + 1), x, below);
  // Every operation rises with the share, and at 1 the sum is that of the next edge.
  const SplicedRow::EdgeMasses at = below ? row.masses_below(b) : row.masses_above(b);
  return below ? smaller(at.right, at.left + share * row.mass(b))
               : smaller(at.left, at.right + share * row.mass(b));
}

// The mass at or below a value of the body, or at or above it, bin: its own. An atom is its own
// value's.
TAILFIT_HD_FLAT inline double body_mass(const SplicedRow& row, int64_t bin, double x, bool below) {
  if (row.is_atom()) return below ? row.n - row.upper.mass : row.upper.mass;
  if (!row.has_bins) {
    if (x == row.lower.threshold) return below ? row.lower.mass : row.n - row.lower.mass;
    if (x == row.upper.threshold) return below ? row.n - row.upper.mass : row.upper.mass;
    return canonical_nan();
  }
  return mass_in_bin(row, bin, x, below);
}

TAILFIT_HD inline bool has_no_tail(const RowTail& tail) { return !(tail.mass > 0.0); }

// F(x), or with below = false 1 - F(x).
TAILFIT_HD_CALL inline double spliced_probability(const SplicedRow& row, const PointPlace& place,
                                                  double x, bool below) {
  if (!place.is_asked) return canonical_nan();
  if (place.part == Part::body) return body_mass(row, place.bin, x, below) / row.n;
  const bool upper = place.part == Part::upper_tail;
  const RowTail& tail = upper ? row.upper : row.lower;
  const bool outwards = upper != below;  // what is asked for lies beyond x in the tail
  if (has_no_tail(tail)) return outwards ? 0.0 : 1.0;
  if (!tail.is_fitted()) {
    // Beyond every support there is nothing, whatever the parameters.
    if (!is_finite(x)) return outwards ? 0.0 : 1.0;
    return canonical_nan();
  }
  const double survival = exp(-tail_hazard(tail, x, upper));
  const double beyond = tail.mass / row.n * survival;
  if (outwards) return beyond;
  return (row.n - tail.mass * survival) / row.n;
}

TAILFIT_HD inline double spliced_cdf(const SplicedRow& row, double x) {
  return spliced_probability(row, place_of(row, x), x, true);
}
TAILFIT_HD inline double spliced_sf(const SplicedRow& row, double x) {
  return spliced_probability(row, place_of(row, x), x, false);
}

// log F(x), or log(1 - F(x)): in the tail that lies beyond as the sum of logarithms, which no
// distance makes underflow; where the probability is near 1 from its complement.
TAILFIT_HD_CALL inline double spliced_log_probability(const SplicedRow& row,
                                                      const PointPlace& place, double x,
                                                      bool below) {
  if (!place.is_asked) return canonical_nan();
  const bool upper = place.part == Part::upper_tail;
  const RowTail& tail = upper ? row.upper : row.lower;
  if (place.part != Part::body && upper != below && tail.is_fitted() && !has_no_tail(tail)) {
    return log(tail.mass / row.n) - tail_hazard(tail, x, upper);
  }
  const double p = spliced_probability(row, place, x, below);
  if (place.part == Part::body && is_small(row, p)) {
    const int64_t b = place.bin;
    const double share = share_of_bin(row.edge_at(b), row.edge_at(b + 1), x, below);
    return small_log_probability(row, b, share, below);
  }
  // Not -0 where it is 1.
  return p > 0.5 ? log1p(-spliced_probability(row, place, x, !below)) + 0.0 : log(p);
}

TAILFIT_HD inline double spliced_log_cdf(const SplicedRow& row, double x) {
  return spliced_log_probability(row, place_of(row, x), x, true);
}
TAILFIT_HD inline double spliced_log_sf(const SplicedRow& row, double x) {
  return spliced_log_probability(row, place_of(row, x), x, false);
}

// Density in a bin, or its logarithm.
TAILFIT_HD inline double bin_density(const SplicedRow& row, int64_t b, bool logarithm) {
  const double share = row.mass(b) / row.n;
  const double left = row.edge_at(b);
  const double right = row.edge_at(b + 1);
  const double width = right - left;
  const double density =
      is_finite(width) ? share / width : 0.5 * (share / (0.5 * right - 0.5 * left));
  if (!logarithm) return density;
  if (share == 0.0) return -infinity();
  if (density > 0x1p-1000 && density < infinity()) return log(density);
  return is_finite(width) ? log(share) - log(width)
                          : log(0.5 * share) - log(0.5 * right - 0.5 * left);
}

// The logarithm where the bin's mass is too small for a double.
TAILFIT_HD inline double small_log_density(const SplicedRow& row, int64_t b) {
  const double left = row.edge_at(b);
  const double right = row.edge_at(b + 1);
  const double width = right - left;
  return log_share(row, b) -
         (is_finite(width) ? log(width) : log(0.5 * right - 0.5 * left) + 0x1.62e42fefa39efp-1);
}

// Density of the body in a bin, or its logarithm.
TAILFIT_HD inline double body_density(const SplicedRow& row, int64_t bin, bool logarithm) {
  if (row.is_atom()) {
    const double atom = row.body > 0.0 ? infinity() : 0.0;
    return logarithm ? log(atom) : atom;
  }
  if (!row.has_bins) return canonical_nan();
  return logarithm && is_small(row, row.mass(bin) / row.n) ? small_log_density(row, bin)
                                                           : bin_density(row, bin, logarithm);
}

TAILFIT_HD_CALL inline double tail_density(const SplicedRow& row, const RowTail& tail, double x,
                                           bool upper, bool logarithm) {
  if (has_no_tail(tail) || (!is_finite(x) && !tail.is_fitted())) {
    return logarithm ? -infinity() : 0.0;
  }
  if (!tail.is_fitted()) return canonical_nan();
  if (!is_finite(x)) return logarithm ? -infinity() : 0.0;
  const TailPlace place = place_in_tail(tail, x, upper);
  const double exponent = density_exponent(tail, place);
  const double share = tail.mass / row.n;
  // exp(-708) is the last that is not below the normal doubles, where digits are lost that a small
  // scale would bring back.
  if (!logarithm && (exponent < 708.0 || exponent > 1500.0)) {
    const double density = share / tail.gpd.scale * exp(-exponent);
    if (is_finite(density) && (density > 0.0 || exponent > 1500.0)) return density;
  }
  const double log_density = (log(share) - log(tail.gpd.scale)) - exponent;
  return logarithm ? log_density : exp(log_density);
}

TAILFIT_HD_CALL inline double spliced_density(const SplicedRow& row, const PointPlace& place,
                                              double x, bool logarithm) {
  if (!place.is_asked) return canonical_nan();
  if (place.part == Part::body) return body_density(row, place.bin, logarithm);
  const bool upper = place.part == Part::upper_tail;
  return tail_density(row, upper ? row.upper : row.lower, x, upper, logarithm);
}

TAILFIT_HD inline double spliced_pdf(const SplicedRow& row, double x) {
  return spliced_density(row, place_of(row, x), x, false);
}
TAILFIT_HD inline double spliced_log_pdf(const SplicedRow& row, double x) {
  return spliced_density(row, place_of(row, x), x, true);
}

// The probability integral transform; of an atom the middle of its jump.
TAILFIT_HD inline double spliced_mid_pit(const SplicedRow& row, const PointPlace& place, double x) {
  const double p = spliced_probability(row, place, x, true);
  if (!place.is_asked || !row.is_atom() || x != row.lower.threshold) return p;
  return (row.lower.mass + 0.5 * row.body) / row.n;
}

// The least that a value of the body is taken to have on the side of a tail without mass: half of
// that end's bin, in which nothing tells values apart. Many series have much of their data at such
// an end, where F is 0.
TAILFIT_HD_FLAT inline double least_beside(const SplicedRow& row, bool upper) {
  if (!row.has_bins || !has_no_tail(upper ? row.upper : row.lower)) return 0.0;
  return 0.5 * row.mass(upper ? row.bins - 1 : 0) / row.n;
}

// The greater of that least and the probability on that side, as a logarithm.
TAILFIT_HD inline double small_log_nearer(const SplicedRow& row, const PointPlace& place, double x,
                                          bool upper) {
  const double log_tail = spliced_log_probability(row, place, x, !upper);
  if (!has_no_tail(upper ? row.upper : row.lower)) return log_tail;
  return larger(log_tail, log_share(row, upper ? row.bins - 1 : 0) - 0x1.62e42fefa39efp-1);
}

// -log10 of twice the smaller of F(x) and 1 - F(x), with the sign of the side: positive above the
// median. 0 at the median; an atom counts half.
TAILFIT_HD_CALL inline double spliced_anomaly_score(const SplicedRow& row, const PointPlace& place,
                                                    double x) {
  if (!place.is_asked) return canonical_nan();
  constexpr double log10_of_e = 0x1.bcb7b1526e50ep-2;
  const bool in_body = place.part == Part::body;
  double below = spliced_probability(row, place, x, true);
  double above = spliced_probability(row, place, x, false);
  if (in_body && row.is_atom()) {
    below = spliced_mid_pit(row, place, x);
    above = (row.upper.mass + 0.5 * row.body) / row.n;
  }
  if (is_nan(below) || is_nan(above)) return canonical_nan();
  if (in_body) {
    below = larger(below, least_beside(row, false));
    above = larger(above, least_beside(row, true));
  }
  const bool upper = above < below;
  const double nearer = upper ? above : below;
  double log_tail = in_body ? log(nearer) : spliced_log_probability(row, place, x, !upper);
  if (in_body && is_small(row, nearer)) log_tail = small_log_nearer(row, place, x, upper);
  const double score = smaller(0.0, log_tail + 0x1.62e42fefa39efp-1) * log10_of_e;
  return upper ? 0.0 - score : score + 0.0;
}

// Functions that need no more of a distribution than the value's place and what lies on one side of
// it; another one is NaN.
TAILFIT_HD inline double spliced_function_at(const SplicedRow& row, SplicedFunction function,
                                             const PointPlace& place, double x) {
  switch (function) {
    case SplicedFunction::pdf:
      return spliced_density(row, place, x, false);
    case SplicedFunction::log_pdf:
      return spliced_density(row, place, x, true);
    case SplicedFunction::log_score:
      return -spliced_density(row, place, x, true);
    case SplicedFunction::cdf:
      return spliced_probability(row, place, x, true);
    case SplicedFunction::sf:
      return spliced_probability(row, place, x, false);
    case SplicedFunction::log_cdf:
      return spliced_log_probability(row, place, x, true);
    case SplicedFunction::log_sf:
      return spliced_log_probability(row, place, x, false);
    case SplicedFunction::mid_pit:
      return spliced_mid_pit(row, place, x);
    case SplicedFunction::anomaly_score:
      return spliced_anomaly_score(row, place, x);
    default:
      return canonical_nan();
  }
}

}  // namespace
}  // namespace tailfit::kernels
