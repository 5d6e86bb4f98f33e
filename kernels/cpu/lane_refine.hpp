// newton_root() and refine_minimum() of gpd_search.hpp for several tails at a time, each at a step
// of its own: between two predictions of the profile, or two passes, what is to be asked for next.
#pragma once

#include "kernels/cpu/lane_cells.hpp"

namespace tailfit::kernels {
namespace {

struct LaneRefinement {
  LaneMask active = lane_mask(0);
  LaneMask first = lane_mask(0);       // of Newton's steps: u is a guess
  LaneMask after_pass = lane_mask(0);  // u has just been passed
  LaneMask by_newton = lane_mask(0);   // how u was found
  Lanes low;                           // where the minimum is
  Lanes high;
  Lanes newton_low;  // what Newton's steps made of that
  Lanes newton_high;
  Lanes u;       // to be predicted
  Lanes change;  // from the point before
  Lanes before_u;
  Lanes before_curvature;
  Lanes newton_steps;
  Lanes passes;

  void begin(LaneMask lanes, const LanePoint& left, const LanePoint& right) {
    active = active || lanes;
    low = select(lanes, left.u, low);
    high = select(lanes, right.u, high);
    newton_low = select(lanes, left.u, newton_low);
    newton_high = select(lanes, right.u, newton_high);
    u = select(lanes, root_of_cubic(left, right), u);
    first = first || lanes;
    // A tail that was given up in this lane may have left it.
    after_pass = after_pass && !lanes;
    newton_steps = select(lanes, 0.0, newton_steps);
    passes = select(lanes, 0.0, passes);
  }
};

struct RefinementOutcome {
  LaneMask wants_pass;  // at refinement.u, which may be a little beside the point
  LaneMask finished;
  LaneMask given_up;
};

// `at`: the prediction of refinement.u in these lanes.
template <class Search>
inline RefinementOutcome refine_step(LaneRefinement& refine, Search& search, const LanePoint& at,
                                     LaneMask lanes) {
  LanePoint root = at;
  const LaneMask passed = lanes && refine.after_pass;
  if (any(passed)) {
    const LaneMask falls = at.slope < 0.0;
    refine.low = select(passed && falls, at.u, refine.low);
    refine.high = select(passed && !falls, at.u, refine.high);
    refine.newton_low = select(passed, refine.low, refine.newton_low);
    refine.newton_high = select(passed, refine.high, refine.newton_high);
    refine.newton_steps = select(passed, 0.0, refine.newton_steps);
    refine.after_pass = refine.after_pass && !passed;
    refine.first = refine.first || passed;
  }
  LaneMask wanting = needs_pass(at);
  const Lanes enough =
      select(wanting, larger(0x1p-5, 0x1p-29 * at.curvature), 0x1p-29 * at.curvature);
  const LaneMask ended =
      (refine.by_newton && refine.change <= enough) || refine.change <= 4e-16 * size_of(at.u);
  LaneMask there = lanes && !refine.first && ended;
  LaneMask steps = lanes && !there;
  const LaneMask falls = at.slope < 0.0;
  refine.newton_low = select(steps && falls, at.u, refine.newton_low);
  refine.newton_high = select(steps && !falls, at.u, refine.newton_high);
  const Lanes third = select(refine.first, 0.0,
                             (at.curvature - refine.before_curvature) / (at.u - refine.before_u));
  const Lanes apart = select(refine.first, infinity(), refine.change);
  refine.first = refine.first && !lanes;
  const SlopeStep<Lanes> by = slope_step(at, third);
  Lanes next = at.u + by.change;
  const LaneMask by_newton = next > refine.newton_low && next < refine.newton_high;
  const LaneMask shifts = steps && by_newton && is_last_step(at, by.newton, apart);
  if (any(shifts)) {
    shift_point(root, by.change);
    root = select(shifts, root, at);
    refine.u = select(shifts, root.u, refine.u);
    wanting = needs_pass(root);
    there = there || shifts;
    steps = steps && !shifts;
  }
  RefinementOutcome outcome{lane_mask(0), lane_mask(0), steps && refine.newton_steps >= 60.0};
  if (any(there)) {
    outcome.finished = there && !wanting;
    const LaneMask more = there && wanting;
    const LaneMask too_many = refine.passes >= static_cast<double>(steps_by_prediction);
    outcome.given_up = outcome.given_up || (more && too_many);
    outcome.wants_pass = more && !too_many;
    refine.passes = refine.passes + select(outcome.wants_pass, 1.0, 0.0);
    refine.after_pass = refine.after_pass || outcome.wants_pass;
    if (any(outcome.finished)) {
      const Lanes scale = root.xi / expm1(root.u);
      search.offer(outcome.finished, log(scale) + root.xi, root.xi, scale);
      refine.active = refine.active && !outcome.finished;
    }
  }
  next = select(by_newton, next, 0.5 * (refine.newton_low + refine.newton_high));
  refine.by_newton = (refine.by_newton && !steps) || (by_newton && steps);
  refine.change = select(steps, distance_between(next, at.u), refine.change);
  refine.before_u = select(steps, at.u, refine.before_u);
  refine.before_curvature = select(steps, at.curvature, refine.before_curvature);
  refine.u = select(steps, next, refine.u);
  refine.newton_steps = refine.newton_steps + select(steps, 1.0, 0.0);
  return outcome;
}

}  // namespace
}  // namespace tailfit::kernels
