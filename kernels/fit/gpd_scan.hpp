// Finds every local minimum of p(u) (see gpd_profile.hpp) with -1 < xi < 10: every place where p'
// goes from negative to positive.
//
// The range is walked from zero outwards in cells between evaluated nodes. A cell is
//  - discarded when bounds on p' over it exclude a root: xi and xi' increase with u and h decreases
//    on either side of zero, so p' = xi'(1 + 1/xi) - h lies between its mixed values at the ends;
//  - else sampled through the Taylor models of its two nodes, whose error is bounded; if the
//  samples
//    leave open how many roots there are, the cell is split at a new node and looked at again.
// Signs at nodes are of evaluated values, never of a model.
#pragma once

#include "kernels/fit/gpd_profile.hpp"

namespace tailfit::kernels {
namespace {

// The best local minimum found so far.
struct ProfileMinimum {
  bool found;
  double p;
  double shape;
  double scale;  // sigma/max x
};

TAILFIT_HD inline void offer_minimum(ProfileMinimum& best, double p, double shape, double scale) {
  if (!(shape > -1.0 && shape < 10.0)) return;
  if (best.found && !(p < best.p)) return;
  best = {true, p, shape, scale};
}

// Evaluates nodes and counts the passes over the data.
template <class Group>
struct ProfileEvaluator {
  const Group& group;
  const TailSample& sample;
  void* scratch;
  int passes = 0;

  TAILFIT_HD ProfileNode operator()(double u) {
    ++passes;
    return evaluate_profile(group, sample, u, scratch);
  }
};

// A model is trusted for xi, xi' and p' to rounding within this distance: the truncation error is
// below distance^5/480 = 2e-16.
constexpr double exact_model_distance = 0x1p-9;

// delta where the model of `node` has p' = 0, between low and high (p' < 0 at low, > 0 at high).
TAILFIT_HD inline double model_root(const ProfileNode& node, double low, double high) {
  double delta = smaller(larger(0.0, low), high);
  for (int step = 0; step < 60; ++step) {
    const ProfileNode at = extrapolate(node, delta);
    if (at.slope < 0.0) {
      low = delta;
    } else {
      high = delta;
    }
    double next = delta - at.slope / at.curvature;
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    const double change = next < delta ? delta - next : next - delta;
    delta = next;
    if (change <= 1e-17 + 1e-16 * (at.u < 0.0 ? -at.u : at.u)) break;
  }
  return delta;
}

// The one root of p' between two nodes with slopes < 0 (low) and > 0 (high).
template <class Evaluate>
TAILFIT_HD inline void refine_minimum(Evaluate& evaluate, ProfileNode low, ProfileNode high,
                                      ProfileMinimum& best) {
  ProfileNode node = -low.slope < high.slope ? low : high;
  for (int step = 0; step < 100; ++step) {
    const double delta = model_root(node, low.u - node.u, high.u - node.u);
    const double distance = delta < 0.0 ? -delta : delta;
    const double size = node.u < 0.0 ? -node.u : node.u;
    if (distance <= exact_model_distance || high.u - low.u <= 4e-16 * size) {
      const ProfileNode root = extrapolate(node, delta);
      const double scale = root.xi[0] / expm1(root.u);
      offer_minimum(best, log(scale) + root.xi[0], root.xi[0], scale);
      return;
    }
    double u = node.u + delta;
    // The model's root can stick to one end far away: then halve.
    if (step % 4 == 3) u = 0.5 * (low.u + high.u);
    node = evaluate(u);
    if (node.slope < 0.0) {
      low = node;
    } else {
      high = node;
    }
  }
  offer_minimum(best, log(node.xi[0] / expm1(node.u)) + node.xi[0], node.xi[0],
                node.xi[0] / expm1(node.u));
}

// Can p' have no root between the nodes? Both on one side of zero, low.u < high.u.
TAILFIT_HD inline bool excludes_root(const ProfileNode& low, const ProfileNode& high) {
  const double h_low = profile_h(low.u);
  const double h_high = profile_h(high.u);
  if (low.u > 0.0) {
    const double least = low.xi[1] * (1.0 + 1.0 / high.xi[0]) - h_low;
    const double greatest = high.xi[1] * (1.0 + 1.0 / low.xi[0]) - h_high;
    return least > 0.0 || greatest < 0.0;
  }
  if (!(low.xi[0] > -1.0)) return false;  // 1 + 1/xi has changed sign
  const double least = high.xi[1] * (1.0 + 1.0 / high.xi[0]) - h_low;
  const double greatest = low.xi[1] * (1.0 + 1.0 / low.xi[0]) - h_high;
  return least > 0.0 || greatest < 0.0;
}

constexpr int cell_samples = 9;  // both nodes and seven points between them

struct CellView {
  int sign_changes;
  bool open;        // there may be roots that the samples do not show
  double split_at;  // where to look again if open
};

// Samples the cell through the models of its nodes, each on its own half.
TAILFIT_HD inline CellView look_at_cell(const ProfileNode& low, const ProfileNode& high) {
  const double width = high.u - low.u;
  const double doubt =
      4.0 * larger(model_error(low, 0.5 * width), model_error(high, 0.5 * width)) + 1e-13;
  CellView view{0, false, low.u + 0.5 * width};
  double least_doubtful = infinity();
  ProfileNode previous = low;
  for (int i = 1; i < cell_samples; ++i) {
    const double part = static_cast<double>(i) / (cell_samples - 1);
    ProfileNode next = high;
    if (i <= cell_samples / 2) {
      next = extrapolate(low, part * width);
    } else if (i + 1 < cell_samples) {
      next = extrapolate(high, (part - 1.0) * width);
    }
    if ((previous.slope < 0.0) != (next.slope < 0.0)) {
      ++view.sign_changes;
    } else {
      // An extremum of p' towards zero between the two?
      const bool dips = next.slope < 0.0 ? previous.curvature > 0.0 && next.curvature < 0.0
                                         : previous.curvature < 0.0 && next.curvature > 0.0;
      if (dips) {
        const double share = previous.curvature / (previous.curvature - next.curvature);
        const double u = previous.u + share * (next.u - previous.u);
        const ProfileNode& base = i <= cell_samples / 2 ? low : high;
        const double slope = extrapolate(base, u - base.u).slope;
        const double room = next.slope < 0.0 ? -slope : slope;
        if (room < doubt && room < least_doubtful) {
          least_doubtful = room;
          view.open = true;
          view.split_at = u;
        }
      }
    }
    previous = next;
  }
  return view;
}

// Looks for minima between two nodes on one side of zero, low.u < high.u.
template <class Evaluate>
TAILFIT_HD inline void search_cell(Evaluate& evaluate, const ProfileNode& low,
                                   const ProfileNode& high, ProfileMinimum& best) {
  constexpr int depth_limit = 32;
  ProfileNode end[depth_limit];  // right ends of the cells still to be looked at
  int n_open = 1;
  end[0] = high;
  ProfileNode left = low;
  while (n_open > 0) {
    const ProfileNode right = end[n_open - 1];
    if (!excludes_root(left, right)) {
      const CellView view = look_at_cell(left, right);
      const bool ends_differ = (left.slope < 0.0) != (right.slope < 0.0);
      const bool clear = !view.open && view.sign_changes == (ends_differ ? 1 : 0);
      const double width = right.u - left.u;
      if (!clear && n_open < depth_limit && width > 1e-7) {
        // Away from the ends, so that the cells shrink.
        const double margin = 0.02 * width;
        const double u = smaller(larger(view.split_at, left.u + margin), right.u - margin);
        end[n_open++] = evaluate(u);
        continue;
      }
      if (left.slope < 0.0 && right.slope >= 0.0) refine_minimum(evaluate, left, right, best);
    }
    left = right;
    --n_open;
  }
}

}  // namespace
}  // namespace tailfit::kernels
