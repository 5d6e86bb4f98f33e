// What the passes over the excesses made so far tell about the profile, and how one of its minima
// or one of its values is found from them, with more passes where they are needed.
#pragma once

#include "kernels/fit/gpd_cells.hpp"
#include "kernels/fit/gpd_near_zero.hpp"

namespace tailfit::kernels {
namespace {

constexpr double shape_cap = 10.0;
// e^u must stay finite, e^-u normal. Only data spread over 300 decades reach it.
constexpr double profile_u_limit = 708.0;
// Three around the minimum and the one at zero. With eight, samples over forty decades take 0.02
// passes fewer; a GPU lane keeps them in local memory.
constexpr int profile_nodes = 4;

// The best local minimum found so far.
struct ProfileMinimum {
  bool found;
  double p;
  double shape;
  double scale;  // sigma/max x
};

TAILFIT_HD inline void offer_minimum(ProfileMinimum& best, double p, double shape, double scale) {
  if (!(shape > -1.0 && shape < shape_cap)) return;
  if (best.found && !(p < best.p)) return;
  best = {true, p, shape, scale};
}

TAILFIT_HD inline double distance_between(double a, double b) { return a < b ? b - a : a - b; }

// What the passes made so far tell.
template <class Group>
struct ProfileSearch {
  const Group& group;
  const TailSample& sample;
  void* scratch;
  int passes = 0;
  int n_nodes = 0;

  ProfileNode node[profile_nodes];
  ProfileMinimum best = {false, 0.0, 0.0, 0.0};

  TAILFIT_HD ProfileSearch(const Group& lanes, const TailSample& tail, void* shared)
      : group(lanes), sample(tail), scratch(shared) {}

  // Does a pass cost no more than a few predictions?
  TAILFIT_HD bool passes_are_cheap() const { return sample.k <= canonical_serial_terms; }

  // The nearest node to u.
  TAILFIT_HD int nearest(double u) const {
    int at = 0;
    double least = distance_between(u, node[0].u);
    for (int i = 1; i < n_nodes; ++i) {
      const double distance = distance_between(u, node[i].u);
      if (!(distance < least)) continue;
      at = i;
      least = distance;
    }
    return at;
  }
  TAILFIT_HD double nearest_u(double u) const { return node[nearest(u)].u; }
  TAILFIT_HD double reach(double u) const { return distance_between(u, nearest_u(u)); }
  TAILFIT_HD ProfilePoint point(double u) const { return predict(node[nearest(u)], u); }

  // One more pass; the node farthest from it gives way if there is no room, but never the one at
  // zero, where the walk to the right begins after the one to the left.
  TAILFIT_HD void add(double u) {
    int at = n_nodes;
    if (n_nodes == profile_nodes) {
      at = 1;
      for (int i = 2; i < n_nodes; ++i) {
        if (distance_between(u, node[i].u) > distance_between(u, node[at].u)) at = i;
      }
    } else {
      ++n_nodes;
    }
    ++passes;
    node[at] = evaluate_profile(group, sample, u, scratch);
  }
};

// A predicted root is taken when the error bound on its shape, slope_error*xi'/p'', is below the
// first; where p'' is tiny, when slope_error*xi' is below the second.
constexpr double shape_tolerance = 1e-11;
constexpr double slope_tolerance = 1e-14;
constexpr double profile_tolerance = 2e-12;  // of p
constexpr int steps_by_prediction = 8;
constexpr double flat_curvature = 1e-5;  // p'' below which a root is found by passes at it

// How far the pass is that tells a point.
template <class Real>
TAILFIT_HD inline Real reach_of(const ProfilePointOf<Real>& point) {
  return distance_between(point.u, point.node);
}

// Does the prediction leave open where the root is, and would a pass there tell more?
template <class Real>
TAILFIT_HD inline auto needs_pass(const ProfilePointOf<Real>& at) {
  const Real floor = 0x1p-49 * (size_of(at.h) + 1.0);
  const Real error = at.slope_error * at.weight;
  const Real size = size_of(at.xi);
  const auto shape_known =
      error <= slope_tolerance + floor || error <= shape_tolerance * at.curvature;
  const auto profile_known = at.xi_error * (1.0 + size) <= profile_tolerance * size;
  // Where p'' is tiny the root moves far with p': only a pass at the root itself tells p' there.
  const auto flat = at.curvature < flat_curvature;
  const Real near = select(flat, 0x1p-30, smaller(Real(0x1p-7), 0x1p-5 * size_of(at.u)));
  return (flat || !shape_known || !profile_known) && reach_of(at) >= near;
}

// The root, or one of the roots, of the cubic through p' and p'' at two points, of which the left
// one has p' < 0, the right one p' > 0.
template <class Real>
TAILFIT_HD inline Real root_of_cubic(const ProfilePointOf<Real>& left,
                                     const ProfilePointOf<Real>& right) {
  const Real width = right.u - left.u;
  const Real rise = right.slope - left.slope;
  const Real first = width * left.curvature;
  const Real second = 3.0 * rise - 2.0 * first - width * right.curvature;
  const Real third = rise - first - second;
  Real x = -left.slope / rise;
  x = select(x > 0.0 && x < 1.0, x, 0.5);
  for (int step = 0; step < 3; ++step) {
    const Real value = left.slope + x * (first + x * (second + x * third));
    const Real slope = first + x * (2.0 * second + x * (3.0 * third));
    const Real next = x - value / slope;
    x = select(next > 0.0 && next < 1.0, next, x);
  }
  return left.u + width * x;
}

// Newton's step, and what it becomes with p''', which the point before tells: what is left of its
// error is p'''' times their distance times the step squared, over 2p''.
template <class Real>
struct SlopeStep {
  Real newton;
  Real change;
};

template <class Real>
TAILFIT_HD inline SlopeStep<Real> slope_step(const ProfilePointOf<Real>& at, Real third) {
  const Real inverse = 1.0 / at.curvature;
  const Real newton = -at.slope * inverse;
  return {newton, newton * (1.0 - 0.5 * third * newton * inverse)};
}

// Is that error so small that no further prediction is needed? |p''''| is below 2, as p^(5) is;
// steps that do not shrink say nothing.
template <class Real>
TAILFIT_HD inline auto is_last_step(const ProfilePointOf<Real>& at, Real newton, Real apart) {
  return size_of(newton) <= apart && newton * newton * apart <= 0x1p-50 * at.curvature;
}

// The point so close by that two terms of xi's series are enough.
template <class Real>
TAILFIT_HD inline void shift_point(ProfilePointOf<Real>& point, Real change) {
  point.u = point.u + change;
  point.xi = point.xi + change * (point.weight + 0.5 * change * point.spread);
}

// The root of the predicted p' between low and high, p' < 0 at low, from a first point. Newton's
// error is p'''/(2p'') times the square of its last step, so a step below 2^-29*p'' is the last;
// one below 2^-5 is where a pass is needed anyway.
template <class Search>
TAILFIT_HD inline ProfilePoint newton_root(const Search& search, double low, double high,
                                           ProfilePoint at) {
  double third = 0.0;  // p'''
  double apart = infinity();
  for (int step = 0; step < 60; ++step) {
    if (at.slope < 0.0) {
      low = at.u;
    } else {
      high = at.u;
    }
    const SlopeStep<double> by = slope_step(at, third);
    double next = at.u + by.change;
    const bool by_newton = next > low && next < high;
    if (!by_newton) next = 0.5 * (low + high);
    if (by_newton && is_last_step(at, by.newton, apart)) {
      shift_point(at, by.change);
      break;
    }
    const double change = distance_between(next, at.u);
    const double before = at.curvature;
    const double from = at.u;
    at = search.point(next);
    third = (at.curvature - before) / (at.u - from);
    apart = change;
    if (by_newton && change <= 0x1p-29 * at.curvature) break;
    if (change <= 4e-16 * size_of(next)) break;
    if (by_newton && change <= 0x1p-5 && needs_pass(at)) break;
  }
  return at;
}

// Finds the minimum between two points, p' < 0 at the left one, offers it, and tells its shape.
template <class Search>
TAILFIT_HD_CALL inline double refine_minimum(Search& search, const ProfilePoint& left,
                                             const ProfilePoint& right) {
  double low = left.u;
  double high = right.u;
  ProfilePoint at = newton_root(search, low, high, search.point(root_of_cubic(left, right)));
  for (int step = 0; step < 32; ++step) {
    if (!needs_pass(at)) break;
    search.add(at.u);
    // What a pass tells of p' at its own place is better than any prediction: where p' is nearly
    // flat these lead nowhere, and halving between passes does.
    at = search.point(at.u);
    if (at.slope < 0.0) {
      low = at.u;
    } else {
      high = at.u;
    }
    at = step < steps_by_prediction ? newton_root(search, low, high, at)
                                    : search.point(0.5 * (low + high));
  }
  const double scale = at.xi / expm1(at.u);
  offer_minimum(search.best, log(scale) + at.xi, at.xi, scale);
  return at.xi;
}

// The u between low and high where xi is `target`; xi increases.
template <class Search>
TAILFIT_HD inline double where_shape_is(const Search& search, double target, double low,
                                        double high) {
  double u = high;
  for (int step = 0; step < 80; ++step) {
    const ProfilePoint at = search.point(u);
    // Usual after a pass there; halving would go on to the last bit.
    if (at.xi == target) break;
    if (at.xi < target) {
      low = u;
    } else {
      high = u;
    }
    double next = u - (at.xi - target) / at.weight;
    const bool by_newton = next > low && next < high;
    if (!by_newton) next = 0.5 * (low + high);
    const double change = next < u ? u - next : next - u;
    u = next;
    // xi'' <= xi', so the error left by Newton's step is below its square.
    if ((by_newton && change <= 0x1p-26) || change <= 4e-16 * u) break;
  }
  return u;
}

}  // namespace
}  // namespace tailfit::kernels
