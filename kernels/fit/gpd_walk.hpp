// Finds every local minimum of p(u) (see gpd_profile.hpp) with -1 < xi < 10, that is every place
// where p' goes from negative to positive, and proves that there is no other.
//
// A walk from either side of zero outwards covers the range with cells between points; what p' does
// in a cell is proved by gpd_cells.hpp from predictions whose error is bounded (gpd_point.hpp).
// Only where the predictions leave it open is another pass made over the excesses.
#pragma once

#include "kernels/fit/gpd_steps.hpp"

namespace tailfit::kernels {
namespace {

// Can no minimum follow in the direction away from zero? r: a bound on R.
TAILFIT_HD inline bool nothing_follows(const ProfilePoint& at, int sign, double r,
                                       const LeftEndOf<double>& end) {
  if (at.u > 0.0) {
    return sign > 0 && (s_is_above(at, shape_cap) || (r - 1.0) * (1.0 + shape_cap) < 1.0);
  }
  if (at.xi + at.xi_error <= end.least_shape) return true;
  if (sign > 0) return false;
  // xi is convex: its tangent bounds it from below.
  const double xi = at.xi - at.xi_error - (at.weight + at.weight_error) * (at.u - end.u);
  return s_is_below(at, end.least_shape) || ratio_is_above(at, 1.0 + xi);
}

struct WalkEnd {
  bool finished;  // false: not_converged
  bool at_cap;    // the walk reached xi = 10 (or the limit of u) and did not stop before
  double u;
  int sign;  // of p' there
};

// Hard samples take up to 221 steps and 72 passes; more means that p' is nearly flat in a long
// range, and what follows is settled as computed, by settle_flat_cell().
constexpr int long_walk_steps = 1024;
constexpr int long_walk_passes = 128;
// An endless loop's end. A long walk decides a cell once fifth*width^4/384 (gpd_cells.hpp) is below
// |p'| or all of it below flat_slope, 1e-12. That takes cells of width (3.8e-10/fifth)^(1/4):
// 230 * int fifth^(1/4) du of them. int fifth du, of xi'' and L', is at most 2 and the range of u
// below 710 long: by Hoelder's inequality 230 * 2^(1/4) * 710^(3/4) = 37,000. Halving and widening
// again, by 1.5, try each cell three times or so, and a root adds some 28 halvings.
constexpr int walk_steps = 1 << 18;
constexpr double narrowest_cell = 0x1p-28;
// Where |p'| stays below this a root may be taken or left (docs/accuracy.md): p changes by less
// than that times the width. A fold of p' or a triple root is such a place, and has a width of up
// to the cube root; to prove what p' does in it cells of the width of its rounding errors would be
// needed, thousands of them.
constexpr double flat_slope = 1e-12;
constexpr double flattest_slope = 1e-10;  // where the rounding errors of p' are larger than usual
// Between two roots of p' that count there is an extremum of at least flat_slope. So where the
// bounds leave a sign open, a change is believed once p' has gone beyond half of that: what is
// computed close to a pass is off by far less, and what is smaller may be noise.
constexpr double sure_slope = 5e-13;
constexpr double cap_tolerance = 1e-12;  // of xi = 10

// Where the walk stands and what it looks at next. A prediction costs as much as a pass over a
// dozen excesses, so each point is predicted once and kept until another pass changes it.
struct WalkState {
  ProfilePoint at;
  double r;        // a bound on R there; it decreases, so to the right of it, too
  double sure;     // the last u where p' surely had the sign
  int sign;        // of p' there
  double width;    // to try
  bool rightward;  // away from zero
};

struct WalkTarget {
  ProfilePoint point;
  bool last;   // xi = 10 or the limit of u is reached there
  bool retry;  // a pass was made or the width changed: choose anew
};

struct CellEnds {
  const ProfilePoint& left;
  const ProfilePoint& right;
};

TAILFIT_HD inline CellEnds ends_of_cell(const WalkState& state, const ProfilePoint& next) {
  return state.rightward ? CellEnds{state.at, next} : CellEnds{next, state.at};
}

// What p' does between where the walk stands and another point.
TAILFIT_HD inline CellVerdict look_ahead(const WalkState& state, const ProfilePoint& next,
                                         int next_sign, double trust) {
  if (next_sign == 0) return CellVerdict::open;
  return state.rightward ? look_at_cell(state.at, next, state.sign, next_sign, trust)
                         : look_at_cell(next, state.at, next_sign, state.sign, trust);
}

// The next point: `width` further, or where xi = 10 if that comes before.
template <class Search>
TAILFIT_HD inline WalkTarget choose_target(Search& search, WalkState& state) {
  const double u = state.at.u;
  if (!state.rightward) return {search.point(u - state.width), false, false};
  const bool at_limit = u + state.width >= profile_u_limit;
  if (state.sign > 0 && !at_limit && search.passes_are_cheap() &&
      search.reach(u + state.width) > farthest_prediction) {
    search.add(u + state.width);
    return {state.at, false, true};
  }
  WalkTarget target{search.point(at_limit ? profile_u_limit : u + state.width), at_limit, false};
  if (target.point.xi < shape_cap) return target;
  // If p' > 0 all the way beyond the cap, it need not be found.
  if (state.sign > 0 && look_ahead(state, target.point, slope_sign(target.point, 1.0), 1.0) ==
                            CellVerdict::same_sign) {
    target.last = true;
    return target;
  }
  // Most walks end before the cap, once R is small enough: see nothing_follows().
  if (state.sign > 0 && state.width > 0.5 && state.r < 2.0) {
    state.width *= 0.5;
    target.retry = true;
    return target;
  }
  const ProfilePoint there = search.point(where_shape_is(search, shape_cap, u, target.point.u));
  // Where the nearest node changes the predicted shape may jump over the cap.
  const bool jumps = there.xi + there.xi_error < shape_cap;
  if (!jumps && there.xi_error <= cap_tolerance) return {there, true, false};
  if ((jumps || there.xi_error > 0.25) && reach_of(there) > 0x1p-9) {
    search.add(there.u);
    target.retry = true;
    return target;
  }
  // Surely beyond the cap, but not by much; no farther than asked for, or an open cell would never
  // become narrower.
  const double surely = there.u + 2.0 * there.xi_error / there.weight;
  return surely < target.point.u ? WalkTarget{search.point(surely), true, false} : target;
}

struct CellOutcome {
  CellVerdict verdict;  // open: state.width or the nodes were changed, try again
  int next_sign;
};

// A fold as deep as the rounding errors, or a root on the point: the sign as computed, if p' is not
// too small for that. A root then lies anywhere since the last place where the sign was sure.
TAILFIT_HD inline CellOutcome take_as_computed(const WalkState& state, const ProfilePoint& next) {
  const bool is_small = next.slope < sure_slope && next.slope > -sure_slope;
  const int sign = is_small ? state.sign : slope_sign(next, 0.0);
  if (sign == state.sign) return {CellVerdict::same_sign, sign};
  return {(sign > 0) == state.rightward ? CellVerdict::minimum : CellVerdict::maximum, sign};
}

// Does p' surely have the walk's sign there?
TAILFIT_HD inline bool is_sure(const ProfilePoint& point, int sign) {
  return sign * point.slope >= sure_slope || slope_sign(point, 1.0) == sign;
}

// The cell is open: another pass if the errors of the predictions are to blame, else a narrower
// cell.
template <class Search>
TAILFIT_HD inline CellOutcome settle_open_cell(Search& search, WalkState& state,
                                               const ProfilePoint& next) {
  const ProfilePoint& at = state.at;
  const double width = distance_between(at.u, next.u);
  const int guess = slope_sign(next, 0.0);
  const double error = larger(at.slope_error, next.slope_error);
  const double limit = smaller(larger(flat_slope, 4.0 * error), flattest_slope);
  const CellEnds ends = ends_of_cell(state, next);
  if (is_flat(ends.left, ends.right, limit, 1.0)) {
    // Two roots that the computed p' shows inside are not passed by.
    const bool hides = guess == state.sign && width > 0x1p-22 &&
                       look_ahead(state, next, guess, 0.0) == CellVerdict::open;
    if (4.0 * error > flat_slope && reach_of(next) > 0x1p-10) {
      search.add(next.u);
      return {CellVerdict::open, 0};
    }
    if (!hides) return take_as_computed(state, next);
    state.width = 0.5 * width;
    return {CellVerdict::open, 0};
  }
  if (reach_of(next) > 0x1p-5) {
    const bool is_narrow = width <= 1.0;
    if (((is_narrow || search.passes_are_cheap()) &&
         order_would_do(ends.left, ends.right, state.sign > 0)) ||
        (is_narrow && look_ahead(state, next, guess, 0.0) != CellVerdict::open)) {
      search.add(next.u);
      return {CellVerdict::open, 0};
    }
  }
  if (width > narrowest_cell) {
    state.width = 0.5 * width;
    return {CellVerdict::open, 0};
  }
  if (reach_of(next) > 0x1p-12) {
    search.add(next.u);
    state.width = 0.25;
    return {CellVerdict::open, 0};
  }
  return take_as_computed(state, next);
}

// As above for a walk that has taken so long that p' must be flat all over: it is constant for a
// sample with xi = W(C*(e^u - 1)), W Lambert's function. What the predictions tell from a pass not
// farther than 1/16 (near zero: |u|/32) is taken for p' there, without the bounds of its rounding
// errors, which no number of passes would make narrow enough; the remainder of the cubic still
// counts.
template <class Search>
TAILFIT_HD_CALL inline CellOutcome settle_flat_cell(Search& search, WalkState& state,
                                                    const ProfilePoint& next) {
  const ProfilePoint& at = state.at;
  const double width = distance_between(at.u, next.u);
  const double from_zero = next.u < 0.0 ? -next.u : next.u;
  const double farthest = smaller(0x1p-4, 0x1p-5 * from_zero);
  if (reach_of(next) > farthest && width <= 0x1p-3) {
    search.add(next.u);
    return {CellVerdict::open, 0};
  }
  if (width <= 0x1p-3) {
    const int guess = slope_sign(next, 0.0);
    const CellEnds ends = ends_of_cell(state, next);
    const bool flat = is_flat(ends.left, ends.right, flat_slope, 0.0);
    if (flat || width <= narrowest_cell) return take_as_computed(state, next);
    const CellVerdict verdict = look_ahead(state, next, guess, 0.0);
    if (verdict != CellVerdict::open) return take_as_computed(state, next);
  }
  state.width = 0.5 * width;
  return {CellVerdict::open, 0};
}

template <class Search>
TAILFIT_HD inline CellOutcome prove_cell(Search& search, WalkState& state, const WalkTarget& target,
                                         bool is_long) {
  const ProfilePoint& next = target.point;
  CellOutcome outcome{CellVerdict::same_sign, state.sign};
  const CellEnds ends = ends_of_cell(state, next);
  const double r = state.rightward ? state.r : greatest_r(next);
  if (!excluded_by_order(ends.left, ends.right, state.sign, r)) {
    outcome.next_sign = slope_sign(next, 1.0);
    outcome.verdict = look_ahead(state, next, outcome.next_sign, 1.0);
  }
  // A root of p' may lie on either side of the cap where the shape is uncertain, and the last cell
  // must surely reach it.
  const bool may_reach_cap =
      target.last || (state.rightward && next.xi + next.xi_error >= shape_cap);
  if (may_reach_cap && next.xi_error > cap_tolerance && reach_of(next) > 0x1p-9 &&
      (outcome.verdict != CellVerdict::same_sign ||
       (target.last && next.xi - next.xi_error < shape_cap))) {
    search.add(next.u);
    return {CellVerdict::open, 0};
  }
  if (outcome.verdict != CellVerdict::open) return outcome;
  return is_long ? settle_flat_cell(search, state, next) : settle_open_cell(search, state, next);
}

// The sign of p' where xi = 10, between low and high: the last cell of a walk may reach beyond it,
// and a root of p' in that cell lie on either side. As at high if it cannot be told.
template <class Search>
TAILFIT_HD inline int slope_at_cap(Search& search, double low, double high, int sign_at_high) {
  double u = where_shape_is(search, shape_cap, low, high);
  if (search.reach(u) > 0.0) search.add(u);
  u = where_shape_is(search, shape_cap, low, high);
  const int sign = slope_sign(search.point(u), 0.0);
  return sign == 0 ? sign_at_high : sign;
}

// The width of the next cell: by order, or as it is.
TAILFIT_HD inline double choose_width(const WalkState& state, const LeftEndOf<double>& end) {
  if (state.rightward) {
    return state.sign > 0 ? step_rightward(state.at, state.r, state.width) : state.width;
  }
  return state.sign < 0 ? step_leftward(state.at, end, state.width) : state.width;
}

// After a pass: the point anew, if another node is the nearest one now. No cell becomes wider.
template <class Search>
TAILFIT_HD inline void predict_again(const Search& search, WalkState& state,
                                     const LeftEndOf<double>& end) {
  if (search.nearest_u(state.at.u) == state.at.node) return;
  state.at = search.point(state.at.u);
  state.r = smaller(state.r, greatest_r(state.at));
  state.width = smaller(state.width, choose_width(state, end));
}

// Walks from `start`, where p' has the sign given, away from zero.
template <class Search>
TAILFIT_HD_CALL inline WalkEnd walk(Search& search, const ProfilePoint& start, int sign) {
  const LeftEndOf<double> end = left_end(search.node[0].largest_share);
  WalkState state{start, greatest_r(start), start.u, sign, first_cell, start.u > 0.0};
  state.width = choose_width(state, end);
  int passes = search.passes;
  for (int step = 0; step < walk_steps; ++step) {
    if (search.passes != passes) predict_again(search, state, end);
    passes = search.passes;
    const ProfilePoint& at = state.at;
    if (state.rightward && at.xi - at.xi_error >= shape_cap) return {true, true, at.u, state.sign};
    if (nothing_follows(at, state.sign, state.r, end)) {
      return {true, false, at.u, state.sign};
    }
    const WalkTarget target = choose_target(search, state);
    if (target.retry) continue;
    const bool is_long = step > long_walk_steps || search.passes > long_walk_passes;
    const CellOutcome outcome = prove_cell(search, state, target, is_long);
    if (outcome.verdict == CellVerdict::open) continue;
    const double width = distance_between(at.u, target.point.u);
    double root_shape = 0.0;
    if (outcome.verdict == CellVerdict::minimum) {
      const ProfilePoint before = is_sure(at, state.sign) ? at : search.point(state.sure);
      root_shape = refine_minimum(search, state.rightward ? before : target.point,
                                  state.rightward ? target.point : before);
    }
    if (target.last && outcome.verdict != CellVerdict::same_sign) {
      const int sign_at_cap = root_shape >= shape_cap
                                  ? -1
                                  : slope_at_cap(search, at.u, target.point.u, outcome.next_sign);
      return {true, true, target.point.u, sign_at_cap};
    }
    const bool sure = is_sure(target.point, outcome.next_sign);
    const double r = greatest_r(target.point);
    state = {target.point,
             state.rightward ? smaller(state.r, r) : r,
             sure ? target.point.u : state.sure,
             outcome.next_sign,
             smaller(widest_cell, 1.5 * width),
             state.rightward};
    state.width = choose_width(state, end);
    if (target.last) return {true, true, state.at.u, state.sign};
  }
  return {false, false, state.at.u, state.sign};
}

}  // namespace
}  // namespace tailfit::kernels
