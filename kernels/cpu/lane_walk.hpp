// walk() of gpd_walk.hpp and what follows from it for several tails at a time. Each lane stands
// somewhere on its own way; in every round all of them predict the profile at the place that each
// needs next; a pass over the excesses is made once enough of them wait for one.
//
// Only the usual course is here. A lane that comes to anything else is given up, and its tail
// fitted by fit_gpd(), which decides everything in the same order: so the bits are equal.
#pragma once

#include "kernels/cpu/lane_refine.hpp"
#include "kernels/fit/gpd_solver.hpp"

namespace tailfit::kernels {
namespace {

// No lane takes that many predictions unless it is an unusual one.
constexpr double most_lane_steps = 512.0;
constexpr int lanes_for_pass = solver_lanes * 5 / 8;

template <class Search>
class LaneWalk {
 public:
  explicit LaneWalk(Search& search) : search_(search) {}

  // Begins in these lanes, of which the search knows the passes at zero and another. The signs are
  // those of p' at both ends of |theta| <= 1/128; low_sign 0: no minimum is to the left of them.
  void begin(LaneMask lanes, Lanes low_sign, Lanes high_sign, const LeftEndOf<Lanes>& end) {
    active_ = active_ || lanes;
    high_sign_ = select(lanes, high_sign, high_sign_);
    end_ = {select(lanes, end.largest_share, end_.largest_share),
            select(lanes, end.least_shape, end_.least_shape), select(lanes, end.u, end_.u)};
    rightward_ = rightward_ && !lanes;
    steps_ = select(lanes, 0.0, steps_);
    const LaneMask clear = lanes && low_sign == 0.0;
    start_walk(lanes && !clear, log1p(-near_zero_theta), low_sign);
    turns_right_ = (turns_right_ && !lanes) || clear;
  }

  LaneMask active() const { return active_; }

  // All active lanes go on. Returns those that are done: the best minimum is known, or, if they are
  // not among `usual`, the tail is for fit_gpd().
  LaneMask advance(LaneMask& usual) {
    const LaneMask before = active_;
    const LaneMask ready = active_ && !needs_pass_;
    if (enough_for_pass(lane_bits(needs_pass_), lane_bits(ready))) {
      make_passes();
    } else {
      predict_and_move(ready);
    }
    usual = finished_;
    finished_ = lane_mask(0);
    return before && !active_;
  }

 private:
  // A pass takes as long as a few predictions: it waits until that many lanes need one.
  static bool enough_for_pass(uint32_t waiting, uint32_t ready) {
    return ready == 0 || __builtin_popcount(waiting) >= lanes_for_pass;
  }

  void give_up(LaneMask lanes) {
    if (!any(lanes)) return;
    active_ = active_ && !lanes;
    refine_.active = refine_.active && !lanes;
    stale_ = stale_ && !lanes;
    fresh_ = fresh_ && !lanes;
    turns_right_ = turns_right_ && !lanes;
    probing_ = probing_ && !lanes;
    needs_pass_ = needs_pass_ && !lanes;
  }

  void start_walk(LaneMask lanes, Lanes start, Lanes sign) {
    at_.u = select(lanes, start, at_.u);
    sure_ = select(lanes, start, sure_);
    sign_ = select(lanes, sign, sign_);
    width_ = select(lanes, first_cell, width_);
    r_ = select(lanes, infinity(), r_);
    stale_ = stale_ || lanes;
    fresh_ = fresh_ || lanes;
  }

  void want_pass(LaneMask lanes, Lanes u) {
    if (!any(lanes)) return;
    needs_pass_ = needs_pass_ || lanes;
    pass_u_ = select(lanes, u, pass_u_);
  }

  void make_passes() {
    const LaneMask asked = needs_pass_;
    needs_pass_ = lane_mask(0);
    const LaneMask made = search_.add(pass_u_, asked);
    // predict_again().
    const LaneMask same = search_.nearest_u(at_.u) == at_.node;
    stale_ = (stale_ && !made) || (made && (fresh_ || !same));
    give_up(asked && !made);
  }

  // A point to the right of zero that is too far from all passes to be predicted: one is made
  // there.
  LaneMask is_far(LaneMask walking, Lanes ahead) {
    const LaneMask rises = walking && rightward_ && sign_ > 0.0;
    if (!Search::passes_are_cheap() || !any(rises)) return lane_mask(0);
    const LaneMask far = rises && search_.reach(ahead) > farthest_prediction;
    want_pass(far, ahead);
    return far;
  }

  void predict_and_move(LaneMask ready) {
    if (any(turns_right_)) begin_right(turns_right_);
    const LaneMask refining = ready && refine_.active;
    const LaneMask probing = ready && probing_ && !refining;
    LaneMask arriving = ready && stale_ && !refining && !probing;
    LaneMask walking = ready && !refining && !probing && !arriving;
    const Lanes ahead = at_.u + select(rightward_, width_, -width_);
    Lanes u = select(stale_, at_.u, ahead);
    u = select(probing_, probe_u_ + probe_step_, u);
    u = select(refine_.active, refine_.u, u);
    const LaneMask too_far = walking && u >= profile_u_limit;
    give_up(too_far);
    walking = walking && !too_far;
    walking = walking && !is_far(walking, ahead);
    if (!any(refining || probing || arriving || walking)) return;
    const LanePoint point = search_.point(u);
    if (any(probing)) arriving = arriving || probe(point, probing);
    LaneMask arrived = arriving;
    if (any(refining)) arrived = arrived || refine(point, refining);
    if (any(arriving)) arrive(point, arriving);
    LaneMask moved = lane_mask(0);
    if (any(walking)) moved = look_ahead(point, walking);
    at_ = select(arriving || moved, point, at_);
    arrived = arrived || (moved && active_);
    if (any(arrived)) end_walks(arrived);
    steps_ = steps_ + 1.0;
    give_up(active_ && steps_ > most_lane_steps);
  }

  // Returns the lanes that are done with it and go on from where they stood.
  LaneMask refine(const LanePoint& point, LaneMask lanes) {
    const RefinementOutcome outcome = refine_step(refine_, search_, point, lanes);
    give_up(outcome.given_up);
    want_pass(outcome.wants_pass, refine_.u);
    return outcome.finished && !stale_;
  }

  // The point where a walk stands has been predicted, for the first time or again after a pass.
  void arrive(const LanePoint& point, LaneMask lanes) {
    r_ = select(lanes, smaller(r_, greatest_r(point)), r_);
    const Lanes width = choose_width(lanes, point, rightward_, sign_, r_, end_, width_);
    width_ = select(lanes, select(fresh_, width, smaller(width_, width)), width_);
    stale_ = stale_ && !lanes;
    fresh_ = fresh_ && !lanes;
  }

  // ---- one cell of the walk ----

  // Returns the lanes that moved to the point.
  LaneMask look_ahead(const LanePoint& next, LaneMask lanes) {
    const LanePoint left = select(rightward_, at_, next);
    const LanePoint right = select(rightward_, next, at_);
    const Lanes next_sign = slope_sign(next, 1.0);
    const Lanes next_r = greatest_r(next);
    const LaneMask excluded = excluded_by_order(left, right, sign_, select(rightward_, r_, next_r));
    const LaneMask beyond = lanes && rightward_ && next.xi >= shape_cap;
    LaneVerdict verdict{lane_mask(0), lane_mask(0), lane_mask(0)};
    if (any(beyond || (lanes && !excluded))) {
      verdict = look_at_cell(left, right, select(rightward_, sign_, next_sign),
                             select(rightward_, next_sign, sign_), 1.0);
    }
    // choose_target(): the cap lies before the point.
    const LaneMask rises = sign_ > 0.0;
    const LaneMask last = beyond && rises && verdict.same_sign;
    const LaneMask narrower = beyond && !last && rises && width_ > 0.5 && r_ < 2.0;
    width_ = select(narrower, 0.5 * width_, width_);
    give_up(beyond && !last && !narrower);
    lanes = lanes && (last || !beyond);
    // prove_cell().
    verdict = {verdict.same_sign || excluded, verdict.minimum && !excluded,
               verdict.maximum && !excluded};
    const LaneMask may_reach_cap = last || (rightward_ && next.xi + next.xi_error >= shape_cap);
    const LaneMask unclear = !verdict.same_sign || (last && next.xi - next.xi_error < shape_cap);
    const LaneMask at_cap = lanes && may_reach_cap && next.xi_error > cap_tolerance &&
                            reach_of(next) > 0x1p-9 && unclear;
    want_pass(at_cap, next.u);
    lanes = lanes && !at_cap;
    const LaneMask open = lanes && is_open(verdict);
    if (any(open)) settle_open_cells(next, left, right, open);
    const LaneMask moving = lanes && !open;
    give_up(moving && last && !verdict.same_sign);
    r_ = select(moving, select(rightward_, smaller(r_, next_r), next_r), r_);
    return move(next, left, right, verdict, select(excluded, sign_, next_sign), last,
                moving && active_);
  }

  // settle_open_cell().
  void settle_open_cells(const LanePoint& next, const LanePoint& left, const LanePoint& right,
                         LaneMask open) {
    const Lanes width = distance_between(at_.u, next.u);
    const Lanes error = larger(at_.slope_error, next.slope_error);
    const Lanes limit = smaller(larger(flat_slope, 4.0 * error), flattest_slope);
    const LaneMask flat = open && is_flat(left, right, limit, 1.0);
    give_up(flat);
    LaneMask wants_pass = open && !flat && reach_of(next) > 0x1p-5;
    if (any(wants_pass)) {
      const LaneMask narrow = wants_pass && width <= 1.0;
      const LaneMask by_order = (Search::passes_are_cheap() ? wants_pass : narrow) &&
                                order_would_do(left, right, sign_ > 0.0);
      LaneMask by_cubic = narrow && !by_order;
      if (any(by_cubic)) {
        const Lanes guess = slope_sign(next, 0.0);
        by_cubic = by_cubic && !is_open(look_at_cell(left, right, select(rightward_, sign_, guess),
                                                     select(rightward_, guess, sign_), 0.0));
      }
      wants_pass = by_order || by_cubic;
      want_pass(wants_pass, next.u);
    }
    const LaneMask halves = open && !flat && !wants_pass;
    give_up(halves && width <= narrowest_cell);
    width_ = select(halves, 0.5 * width, width_);
  }

  LaneMask move(const LanePoint& next, const LanePoint& left, const LanePoint& right,
                const LaneVerdict& verdict, Lanes next_sign, LaneMask last, LaneMask lanes) {
    const LaneMask unsure = lanes && verdict.minimum && !is_sure(at_, sign_);
    give_up(unsure);
    lanes = lanes && !unsure;
    const LaneMask minimum = lanes && verdict.minimum;
    if (any(minimum)) refine_.begin(minimum, left, right);
    const Lanes usual = smaller(widest_cell, 1.5 * distance_between(at_.u, next.u));
    const Lanes width = choose_width(lanes, next, rightward_, next_sign, r_, end_, usual);
    width_ = select(lanes, width, width_);
    sure_ = select(lanes && is_sure(next, next_sign), next.u, sure_);
    sign_ = select(lanes, next_sign, sign_);
    end_right(lanes && last, next.u);
    return lanes;
  }

  // ---- the ends of walks ----

  void end_walks(LaneMask lanes) {
    const LaneMask at_cap = lanes && rightward_ && at_.xi - at_.xi_error >= shape_cap;
    const LaneMask falls_at_cap = at_cap && sign_ < 0.0;  // find_cap()
    give_up(falls_at_cap);
    // A minimum that was found is refined first, and that may change what is known here.
    const LaneMask free = lanes && active_ && !refine_.active;
    const LaneMask ends = free && (at_cap || nothing_follows(at_, sign_, r_, end_));
    end_right(ends && rightward_, at_.u);
    turns_right_ = turns_right_ || (ends && !rightward_);
  }

  void end_right(LaneMask lanes, Lanes u) {
    if (!any(lanes)) return;
    give_up(lanes && u > floored_u_limit);
    const LaneMask ended = lanes && active_;
    finished_ = finished_ || ended;
    active_ = active_ && !ended;
  }

  // right_start(): only the pass before the walks, node 1, may be to the right of zero.
  void begin_right(LaneMask lanes) {
    turns_right_ = lane_mask(0);
    rightward_ = rightward_ || lanes;
    const Lanes edge = log1p(near_zero_theta);
    const Lanes top = search_.node[1].u;
    const Lanes r_zero = ratio_at(search_.node[0]);
    const Lanes r_top = ratio_at(search_.node[1]);
    const LaneMask right = lanes && top > edge && top < infinity();
    const LaneMask at_top = right && r_top > 2.0;
    const LaneMask between = right && !(r_top >= 2.0) && r_zero > 2.0;
    const LaneMask probes = at_top || between;
    const LaneMask in_steps = between && !(top < widest_bracket);
    const Lanes guess = larger(edge, where_ratio_is_two(Lanes(0.0), r_zero, top, r_top));
    probe_u_ = select(probes, select(in_steps, top - 8.0, select(at_top, top, guess)), probe_u_);
    probe_step_ = select(probes, select(in_steps, 4.0, 0.0), probe_step_);
    probe_found_ = probe_found_ && !probes;
    probing_ = probing_ || probes;
    start_walk(lanes && !probes, edge, high_sign_);
  }

  // A guess, or rightmost_above_two(). Returns the lanes whose walk begins at the point.
  LaneMask probe(const LanePoint& point, LaneMask lanes) {
    const LaneMask found = lanes && least_r(point) >= 2.0;
    const LaneMask in_steps = lanes && probe_step_ > 0.0;
    probe_u_ = select(found, point.u, probe_u_);
    probe_found_ = probe_found_ || found;
    probe_step_ = select(lanes, 0.5 * probe_step_, probe_step_);
    const LaneMask ended = lanes && probe_step_ < 2.0;
    const Lanes edge = log1p(near_zero_theta);
    const LaneMask falls = ended && probe_found_ && probe_u_ > edge;
    give_up(ended && in_steps && !falls);
    probing_ = probing_ && !ended;
    start_walk(ended && active_, select(falls, probe_u_, edge), select(falls, -1.0, high_sign_));
    return ended && active_ && falls && point.u == probe_u_;
  }

  Search& search_;
  LaneMask active_ = lane_mask(0);
  LaneMask finished_ = lane_mask(0);
  Lanes high_sign_;
  LeftEndOf<Lanes> end_;

  LanePoint at_{};  // where each walk stands
  LaneMask rightward_ = lane_mask(0);
  LaneMask stale_ = lane_mask(0);        // at_ must be predicted
  LaneMask fresh_ = lane_mask(0);        // for the first time
  LaneMask turns_right_ = lane_mask(0);  // done with the left
  Lanes r_;
  Lanes sure_;
  Lanes sign_;
  Lanes width_;
  Lanes steps_;

  LaneMask needs_pass_ = lane_mask(0);
  Lanes pass_u_;
  LaneRefinement refine_;

  LaneMask probing_ = lane_mask(0);
  LaneMask probe_found_ = lane_mask(0);
  Lanes probe_u_;
  Lanes probe_step_;  // 0: probe_u_ itself
};

}  // namespace
}  // namespace tailfit::kernels
