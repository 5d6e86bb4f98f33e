// How far the walk may go where the order of s and xi alone keeps p' from zero (gpd_cells.hpp, a
// and d): often many units of u, where a bound on derivatives serves for one. Nothing rests on
// these widths but the number of predictions; whether a cell has no root is decided once its end is
// known.
#pragma once

#include "kernels/fit/gpd_search.hpp"

namespace tailfit::kernels {
namespace {

// The first width, and where order serves for no more than the second what is tried instead grows
// up to the third.
constexpr double first_cell = 1.0;
constexpr double least_order_step = 0.4;
constexpr double widest_cell = 4.0;
// What of the way that order seems to leave is taken, because xi is less well known where it ends.
constexpr double share_leftward = 0.9;
constexpr double share_rightward = 0.8;
constexpr double farthest_shape = 9.8;
// Farther from the passes to the right of zero predictions say next to nothing: a cheap pass is
// made at once.
constexpr double farthest_prediction = 3.5;

// What bounds the walk to the left.
template <class Real>
struct LeftEndOf {
  Real largest_share;
  Real least_shape;  // of a minimum
  Real u;            // none of xi > -1 is to the left of it
};

// With q the share of the excesses that are the largest, R <= 1/q, so that by (d) a minimum has
// xi >= q/(1-q) - 1; as xi' >= q, s is less than that from some u on, and a root would be s = xi.
template <class Real>
TAILFIT_HD inline LeftEndOf<Real> left_end(Real largest_share) {
  const Real rest = larger(Real(0.0), 1.0 - 2.0 * largest_share);
  return {largest_share, -1.0 + largest_share / (1.0 - largest_share),
          -0x1.000001p0 * log1p(rest / (largest_share * largest_share))};
}

// By (d) no minimum is to the left of here where xi > 1/(R-1) - 1. How xi gets there is guessed:
// over a step d it falls by q*d + (xi'-q)*d/(1+d). `usual` if that is no farther.
template <class Real>
TAILFIT_HD inline Real step_leftward(const ProfilePointOf<Real>& at, const LeftEndOf<Real>& end,
                                     Real usual) {
  const Real square = at.weight * at.weight;
  const Real excess = at.weight - at.spread - square;  // (R-1)*square
  const Real fall = share_leftward * (at.xi + 1.0 - square / excess);
  const Real b = at.weight - fall;
  const Real root = square_root(b * b + 4.0 * end.largest_share * fall);
  const Real step = smaller(2.0 * fall / (b + root), at.u - end.u);
  return select(excess > 0.0 && fall > 0.0 && step > usual, step, usual);
}

// No maximum, and so no minimum, is to the right of here where xi is below s, or below 1/(R-1) - 1
// by (d); r: a bound on R. How xi gets there is guessed: xi' approaches 1 all the way as fast as
// here.
template <class Real>
TAILFIT_HD inline Real step_rightward(const ProfilePointOf<Real>& at, Real r, Real usual) {
  // 1 + s = h/(h-xi') and 1/(R-1), whichever is greater.
  const Real rest = at.h - least_weight(at);
  const auto by_s = at.h * (r - 1.0) > rest;
  const Real above = select(by_s, at.h, 1.0);
  const Real below = select(by_s, rest, r - 1.0);
  const Real limit = select(below > 0.0, above / below - 1.0, farthest_shape);
  const Real rise = share_rightward * (smaller(limit, Real(farthest_shape)) - at.xi);
  const Real decays = 1.0 - at.weight;
  const Real b = at.weight * decays - 0.5 * at.spread * rise;
  const Real rises = rise * decays;
  const Real step = 2.0 * rises / (b + square_root(b * b + 2.0 * at.spread * rises));
  return select(rise > 0.0 && step > least_order_step, step, usual);
}

// R as a node knows it, without its error.
template <class Real>
TAILFIT_HD inline Real ratio_at(const ProfileNodeOf<Real>& node) {
  const Real others = 1.0 - node.largest_share;
  const Real mean = node.greatest_weight * node.weights.a[0];
  const Real next = node.greatest_weight * node.weights.a[1];
  const Real weight = node.largest_share + others * mean;
  return (node.largest_share + others * (mean * (mean + next))) / (weight * weight);
}

// Between passes farther apart than this it is not told well enough where that is.
constexpr double widest_bracket = 6.0;

// Where R comes down to a little more than 2 between two nodes that have it above and below: as if
// R-1 decayed all the way at one rate.
template <class Real>
TAILFIT_HD inline Real where_ratio_is_two(Real low, Real r_low, Real high, Real r_high) {
  const Real aim = 1.0 + 0.15 * (r_low - 2.0);
  const Real whole = log((r_low - 1.0) / larger(r_high - 1.0, Real(0x1p-20)));
  return low + (high - low) * (log((r_low - 1.0) / aim) / whole);
}

}  // namespace
}  // namespace tailfit::kernels
