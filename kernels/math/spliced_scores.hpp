// Proper scores of an observation under one spliced binned-Pareto distribution, in closed form.
#pragma once

#include "kernels/math/spliced_density.hpp"
#include "kernels/math/spliced_quantile.hpp"

namespace tailfit::kernels {
namespace {

// Distances from a tail's threshold to two values, in `unit`s: 1, or where the farther one is too
// large for a double 4.
struct TailStretch {
  GpdParameters gpd;
  GpdExcess near;
  GpdExcess far;
  double unit;
};

TAILFIT_HD inline GpdExcess excess_at(const RowTail& tail, const TailPlace& place,
                                      bool is_quarter) {
  const double y = is_quarter && place.exponent == 0 ? 0.25 * place.y.high : place.y.high;
  return {y, hazard_at(tail, place)};
}

TAILFIT_HD inline TailStretch stretch_of_tail(const RowTail& tail, double near, double far,
                                              bool upper) {
  const TailPlace place = place_in_tail(tail, far, upper);
  const bool is_quarter = place.exponent != 0 && is_finite(far);
  return {is_quarter ? place.gpd : tail.gpd,
          excess_at(tail, place_in_tail(tail, near, upper), is_quarter),
          excess_at(tail, place, is_quarter), is_quarter ? 4.0 : 1.0};
}

// int F^2 (or with of_cdf = false (1-F)^2) over the part of [from, to] in a tail, from < to.
TAILFIT_HD_CALL inline double tail_squares(const SplicedRow& row, double from, double to,
                                           bool upper, bool of_cdf) {
  const RowTail& tail = upper ? row.upper : row.lower;
  const double begin = upper ? larger(from, tail.threshold) : from;
  const double end = upper ? to : smaller(to, tail.threshold);
  if (!(begin < end)) return 0.0;
  const bool outwards = upper != of_cdf;
  if (has_no_tail(tail)) return outwards ? 0.0 : end - begin;
  if (!tail.is_fitted()) return canonical_nan();
  const TailStretch at = stretch_of_tail(tail, upper ? begin : end, upper ? end : begin, upper);
  const double share = tail.mass / row.n;
  const double square = gpd_power_integral(at.gpd, 2.0, at.near, at.far, share * share);
  if (outwards) return at.unit * square;
  const double length = at.unit == 1.0 ? end - begin : 0.25 * end - 0.25 * begin;
  if (length == infinity()) return infinity();  // whether or not int s is infinite too
  // (1 - share*s)^2
  const double single = gpd_power_integral(at.gpd, 1.0, at.near, at.far, 2.0 * share);
  return at.unit * ((length - single) + square);
}

// int of the square of a function that is linear between two values. Halves, because a bin may be
// wider than the largest double; times the width first, because a square alone may underflow.
TAILFIT_HD inline double linear_square(double left, double right, double at_left, double at_right) {
  const double sixth = (0.5 * right - 0.5 * left) * 0x1.5555555555555p-2;
  const double of_left = sixth * at_left;
  const double of_right = sixth * at_right;
  return 2.0 * (of_left * at_left + of_left * at_right + of_right * at_right);
}

// take(b, square) for each of the bins from `first` to before `last`: int F^2 over it, from the
// left on, or with below = false int (1-F)^2, from the right on.
template <class Take>
TAILFIT_HD inline void each_square(const SplicedRow& row, int64_t first, int64_t last, bool below,
                                   const Take& take) {
  int64_t here = below ? first : last;
  double x = row.edge_at(here);
  double at_x = (below ? row.mass_below(here) : row.mass_above(here)) / row.n;
  for (int64_t i = first; i < last; ++i) {
    const int64_t there = below ? here + 1 : here - 1;
    const double y = row.edge_at(there);
    const double at_y = (below ? row.mass_below(there) : row.mass_above(there)) / row.n;
    take(below ? here : there,
         below ? linear_square(x, y, at_x, at_y) : linear_square(y, x, at_y, at_x));
    here = there;
    x = y;
    at_x = at_y;
  }
}

// int F^2, or (1-F)^2, over the part of bin b between two values.
TAILFIT_HD inline double part_square(const SplicedRow& row, int64_t b, double from, double to,
                                     bool below) {
  const double left = row.edge_at(b);
  const double right = row.edge_at(b + 1);
  const SplicedRow::EdgeMasses at = below ? row.masses_below(b) : row.masses_above(b);
  const double at_from = from > left ? mass_in_bin(row, b, from, below) : at.left;
  const double at_to = to < right ? mass_in_bin(row, b, to, below) : at.right;
  return linear_square(from, to, at_from / row.n, at_to / row.n);
}

// int F^2 over the part of [from, to] in the body: whole bins from the left, then the last one's
// part. From the body's begin on they are summed once for all points of a row that has squares.
TAILFIT_HD_FLAT inline double body_squares_below(const SplicedRow& row, double from, double to) {
  const double begin = larger(from, row.lower.threshold);
  const double end = smaller(to, row.upper.threshold);
  if (!(begin < end)) return 0.0;
  if (!row.has_bins) return canonical_nan();
  const bool is_all = begin == row.lower.threshold;
  const int64_t first = is_all ? 0 : row.bin_of(begin);
  const int64_t last = end < row.upper.threshold ? row.bin_of(end) : row.bins - 1;
  if (first == last) return part_square(row, last, begin, end, true);
  double sum = 0.0;
  if (is_all && row.sums_below != nullptr) {
    sum = row.sums_below[last];
  } else {
    if (!is_all) sum = part_square(row, first, begin, row.edge_at(first + 1), true);
    each_square(row, is_all ? 0 : first + 1, last, true,
                [&](int64_t, double square) { sum += square; });
  }
  return sum + part_square(row, last, row.edge_at(last), end, true);
}

// int (1-F)^2 over the body from a value on: whole bins from the right, then the first one's part.
TAILFIT_HD_FLAT inline double body_squares_above(const SplicedRow& row, double from) {
  const double begin = larger(from, row.lower.threshold);
  if (!(begin < row.upper.threshold)) return 0.0;
  if (!row.has_bins) return canonical_nan();
  const int64_t first = begin == row.lower.threshold ? 0 : row.bin_of(begin);
  double sum = 0.0;
  if (row.sums_above != nullptr) {
    sum = row.sums_above[first + 1];
  } else {
    each_square(row, first + 1, row.bins, false, [&](int64_t, double square) { sum += square; });
  }
  return sum + part_square(row, first, begin, row.edge_at(first + 1), false);
}

// The squares of some bins.
TAILFIT_HD inline void write_squares(const SplicedRow& row, int64_t first, int64_t last, bool below,
                                     double* squares) {
  each_square(row, first, last, below, [&](int64_t b, double square) { squares[b] = square; });
}

// int F^2 from one value to another.
TAILFIT_HD inline double squares_below(const SplicedRow& row, double from, double to) {
  if (!(from < to)) return 0.0;
  return tail_squares(row, from, to, false, true) + body_squares_below(row, from, to) +
         tail_squares(row, from, to, true, true);
}

// int (1-F)^2 from a value on.
TAILFIT_HD inline double squares_above(const SplicedRow& row, double from) {
  if (!(from < infinity())) return 0.0;
  return tail_squares(row, from, infinity(), false, false) + body_squares_above(row, from) +
         tail_squares(row, from, infinity(), true, false);
}

// int (F - 1{x <= z})^2 dz from `weight_from` on: the threshold-weighted continuous ranked
// probability score of Gneiting & Ranjan (2011); of -inf the score itself (Matheson & Winkler
// 1976). +inf where the integral diverges: a tail's shape is 2 or more. row: with sums of its
// counts, and where there are several points of its squares; between a weight_from that lies in the
// body and x the bins are looked at one by one, because a difference of sums has not their digits.
TAILFIT_HD inline double spliced_twcrps(const SplicedRow& row, double x, double weight_from) {
  if (!row.exists || is_nan(x) || is_nan(weight_from)) return canonical_nan();
  const double below = squares_below(row, weight_from, x);
  const double above = squares_above(row, larger(x, weight_from));
  const double sum = below + above;
  return is_nan(sum) ? canonical_nan() : sum;
}

TAILFIT_HD inline double spliced_crps(const SplicedRow& row, double x) {
  return spliced_twcrps(row, x, -infinity());
}

// 2*(1{x <= Q(p)} - p)*(Q(p) - x), the pinball loss twice: its mean over p is the CRPS.
TAILFIT_HD inline double spliced_quantile_score(const SplicedRow& row, double x, double p) {
  const double quantile = spliced_quantile(row, p);
  if (is_nan(x) || is_nan(quantile)) return canonical_nan();
  const double weight = x <= quantile ? 2.0 * (1.0 - p) : 2.0 * p;
  const double low = smaller(x, quantile);
  const double high = larger(x, quantile);
  const double distance = high - low;
  return is_finite(distance) ? weight * distance : 2.0 * (weight * (0.5 * high - 0.5 * low));
}

}  // namespace
}  // namespace tailfit::kernels
