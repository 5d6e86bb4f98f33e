// Finds every local minimum of p(u) (see gpd_profile.hpp) with -1 < xi < 10, that is every place
// where p' goes from negative to positive, and proves that there is no other.
//
// A walk from either side of zero outwards covers the range with cells between points; what p' does
// in a cell is proved by gpd_cells.hpp from predictions whose error is bounded (gpd_point.hpp).
// Only where the predictions leave it open is another pass made over the excesses.
#pragma once

#include "kernels/fit/gpd_search.hpp"

namespace tailfit::kernels {
namespace {

// Can no minimum follow in the direction away from zero?
TAILFIT_HD inline bool nothing_follows(const ProfilePoint& at, int sign, double largest_share) {
  if (at.u > 0.0) {
    if (sign < 0) return false;
    const double r = greatest_r(at);
    return least_s(at) > shape_cap || (r < 2.0 && (r - 1.0) * shape_cap < 2.0 - r);
  }
  // R <= 1/largest_share everywhere, and at a minimum with xi < 0 it is at least 1 + 1/(xi+1).
  const double least_shape = -1.0 + largest_share / (1.0 - largest_share);
  if (at.xi + at.xi_error <= least_shape) return true;
  if (sign < 0) return greatest_s(at) <= least_shape;
  return 1.0 / largest_share + (at.weight - at.weight_error) / at.h <= 2.0;
}

struct WalkEnd {
  bool finished;  // false: not_converged
  bool at_cap;    // the walk reached xi = 10 (or the limit of u) and did not stop before
  double u;
  int sign;  // of p' there
};

constexpr int walk_steps = 4000;
constexpr double first_cell = 1.0;
constexpr double narrowest_cell = 0x1p-28;
constexpr double widest_cell = 4.0;
constexpr double cap_tolerance = 1e-12;  // of xi = 10

// Where the walk stands and what it looks at next.
struct WalkState {
  double u;
  int sign;        // of p' at u
  double width;    // to try
  bool rightward;  // away from zero
};

struct WalkTarget {
  double u;
  bool last;   // xi = 10 or the limit of u is reached there
  bool retry;  // a pass was made: choose anew
};

// The next point: `width` further, or where xi = 10 if that comes before.
template <class Search>
TAILFIT_HD inline WalkTarget choose_target(Search& search, const WalkState& state) {
  if (!state.rightward) return {state.u - state.width, false, false};
  WalkTarget target{state.u + state.width, false, false};
  if (target.u >= profile_u_limit) {
    target.u = profile_u_limit;
    target.last = true;
  }
  if (search.point(target.u).xi < shape_cap) return target;
  const double at_cap = where_shape_is(search, shape_cap, state.u, target.u);
  const ProfilePoint there = search.point(at_cap);
  // Where the nearest node changes the predicted shape may jump over the cap.
  const bool jumps = there.xi + there.xi_error < shape_cap;
  if (!jumps && there.xi_error <= cap_tolerance) return {at_cap, true, false};
  if ((jumps || there.xi_error > 0.25) && search.reach(at_cap) > 0x1p-9) {
    search.add(at_cap);
    target.retry = true;
    return target;
  }
  // Surely beyond the cap, but not by much; no farther than asked for, or an open cell would never
  // become narrower.
  const double surely = at_cap + 2.0 * there.xi_error / there.weight;
  return surely < target.u ? WalkTarget{surely, true, false} : target;
}

TAILFIT_HD inline CellVerdict look_ahead(const WalkState& state, const ProfilePoint& at,
                                         const ProfilePoint& next, int next_sign, double trust) {
  if (next_sign == 0) return CellVerdict::open;
  return state.rightward ? look_at_cell(at, next, state.sign, next_sign, trust)
                         : look_at_cell(next, at, next_sign, state.sign, trust);
}

struct CellOutcome {
  CellVerdict verdict;  // open: state.width or the nodes were changed, try again
  int next_sign;
};

// The cell is open: another pass if the errors of the predictions are to blame, else a narrower
// cell.
template <class Search>
TAILFIT_HD inline CellOutcome settle_open_cell(Search& search, WalkState& state,
                                               const ProfilePoint& at, const ProfilePoint& next) {
  const double width = distance_between(at.u, next.u);
  const int guess = slope_sign(next, 0.0);
  const bool would_do = look_ahead(state, at, next, guess, 0.0) != CellVerdict::open;
  if (would_do && width <= 1.0 && search.reach(next.u) > 0x1p-5) {
    search.add(next.u);
    return {CellVerdict::open, 0};
  }
  if (width > narrowest_cell) {
    state.width = 0.5 * width;
    return {CellVerdict::open, 0};
  }
  if (search.reach(next.u) > 0x1p-12) {
    search.add(next.u);
    state.width = 0.25;
    return {CellVerdict::open, 0};
  }
  // A fold as deep as the rounding errors, or a root on the point: the sign as computed.
  const int sign = guess == 0 ? state.sign : guess;
  if (sign == state.sign) return {CellVerdict::same_sign, sign};
  return {(sign > 0) == state.rightward ? CellVerdict::minimum : CellVerdict::maximum, sign};
}

template <class Search>
TAILFIT_HD inline CellOutcome prove_cell(Search& search, WalkState& state,
                                         const WalkTarget& target) {
  const ProfilePoint at = search.point(state.u);
  const ProfilePoint next = search.point(target.u);
  CellOutcome outcome{CellVerdict::same_sign, state.sign};
  if (!excluded_by_order(state.rightward ? at : next, state.rightward ? next : at, state.sign)) {
    outcome.next_sign = slope_sign(next, 1.0);
    outcome.verdict = look_ahead(state, at, next, outcome.next_sign, 1.0);
  }
  // A root of p' may lie on either side of the cap where the shape is uncertain, and the last cell
  // must surely reach it.
  const bool may_reach_cap =
      target.last || (state.rightward && next.xi + next.xi_error >= shape_cap);
  if (may_reach_cap && next.xi_error > cap_tolerance && search.reach(target.u) > 0x1p-9 &&
      (outcome.verdict != CellVerdict::same_sign ||
       (target.last && next.xi - next.xi_error < shape_cap))) {
    search.add(target.u);
    return {CellVerdict::open, 0};
  }
  if (outcome.verdict == CellVerdict::open) return settle_open_cell(search, state, at, next);
  return outcome;
}

// Walks from `start`, where p' has the sign given, away from zero.
template <class Search>
TAILFIT_HD inline WalkEnd walk(Search& search, double start, int sign) {
  const double largest_share = search.node[0].largest_share;
  WalkState state{start, sign, first_cell, start > 0.0};
  for (int step = 0; step < walk_steps; ++step) {
    const ProfilePoint at = search.point(state.u);
    if (state.rightward && at.xi - at.xi_error >= shape_cap) {
      return {true, true, state.u, state.sign};
    }
    if (nothing_follows(at, state.sign, largest_share)) return {true, false, state.u, state.sign};
    const WalkTarget target = choose_target(search, state);
    if (target.retry) continue;
    const CellOutcome outcome = prove_cell(search, state, target);
    if (outcome.verdict == CellVerdict::open) continue;
    if (outcome.verdict == CellVerdict::minimum) {
      refine_minimum(search, smaller(state.u, target.u), larger(state.u, target.u));
    }
    const double width = distance_between(state.u, target.u);
    state = {target.u, outcome.next_sign, smaller(widest_cell, 1.5 * width), state.rightward};
    if (target.last) return {true, true, state.u, state.sign};
  }
  return {false, false, state.u, state.sign};
}

}  // namespace
}  // namespace tailfit::kernels
