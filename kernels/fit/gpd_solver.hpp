// The maximum-likelihood GPD of one tail, by the rules of docs/model.md: the highest interior local
// maximum with -1 < xi < 10; where there is none, xi = 10 if the profile still rises there, else
// xi = -1.
#pragma once

#include "kernels/fit/fit_types.hpp"
#include "kernels/fit/gpd_near_zero.hpp"
#include "kernels/fit/gpd_scan.hpp"

namespace tailfit::kernels {
namespace {

struct TailFit {
  double shape;
  double scale;
  double loglik;
  uint32_t flags;  // status bits as the lower tail has them
  int passes;      // over the excesses
};

constexpr double shape_cap = 10.0;
// e^u must stay finite, e^-u normal. Only data spread over 300 decades reach it.
constexpr double profile_u_limit = 700.0;

// How far the next node may be: model and sampling stay meaningful at half that distance.
TAILFIT_HD inline double cell_width(const ProfileNode& node) {
  constexpr double tolerance = 2e-2;
  double width = 0.25;
  while (width < 0x1p20 && model_error(node, width) <= tolerance) width *= 2.0;
  return width;
}

// Minima with |theta| <= 1/16, and the slopes at both ends.
struct NearZeroEnds {
  double low_slope;
  double high_slope;
};

TAILFIT_HD inline void offer_near_zero(const NearZeroSeries& series, double low, double high,
                                       ProfileMinimum& best) {
  for (int step = 0; step < 60 && high - low > 1e-17; ++step) {
    double middle = 0.5 * (low + high);
    const NearZeroPoint at = evaluate_near_zero(series, middle);
    const double newton = middle - at.slope / at.curvature * (1.0 + middle);
    if (at.slope < 0.0) {
      low = middle;
    } else {
      high = middle;
    }
    if (newton > low && newton < high) {
      // One more evaluation narrows the bracket to Newton's neighbourhood.
      const double span = larger(1e-17, 1e-3 * (high - low));
      const double a = larger(low, newton - span);
      const double b = smaller(high, newton + span);
      if (evaluate_near_zero(series, a).slope < 0.0) low = a;
      if (evaluate_near_zero(series, b).slope >= 0.0) high = b;
    }
  }
  const NearZeroPoint root = evaluate_near_zero(series, 0.5 * (low + high));
  const double shape = root.theta * root.scale;
  offer_minimum(best, log(root.scale) + shape, shape, root.scale);
}

// s(theta) is analytic with radius >= 1, sixteen times this range, so p' is close to a parabola on
// it: samples at 1/64 show every sign change that a parabola can have but a pair within one step,
// which the extremum between them would show.
TAILFIT_HD inline NearZeroEnds search_near_zero(const NearZeroSeries& series,
                                                ProfileMinimum& best) {
  constexpr int steps = 8;
  NearZeroPoint previous = evaluate_near_zero(series, -near_zero_theta);
  NearZeroEnds ends{previous.slope, 0.0};
  for (int i = 1; i <= steps; ++i) {
    const double theta = near_zero_theta * (2.0 * i / steps - 1.0);
    const NearZeroPoint next = evaluate_near_zero(series, theta);
    if (previous.slope < 0.0 && next.slope >= 0.0) {
      offer_near_zero(series, previous.theta, next.theta, best);
    } else if (previous.slope >= 0.0 && next.slope >= 0.0 && previous.curvature < 0.0 &&
               next.curvature > 0.0) {
      const double share = previous.curvature / (previous.curvature - next.curvature);
      const double dip = previous.theta + share * (next.theta - previous.theta);
      if (evaluate_near_zero(series, dip).slope < 0.0) {
        offer_near_zero(series, dip, next.theta, best);
      }
    } else if (previous.slope < 0.0 && next.slope < 0.0 && previous.curvature > 0.0 &&
               next.curvature < 0.0) {
      const double share = previous.curvature / (previous.curvature - next.curvature);
      const double top = previous.theta + share * (next.theta - previous.theta);
      if (evaluate_near_zero(series, top).slope >= 0.0) {
        offer_near_zero(series, previous.theta, top, best);
      }
    }
    previous = next;
  }
  ends.high_slope = previous.slope;
  return ends;
}

// The node where xi(u) = 10, between one below and one at or above it. xi is convex in u, so Newton
// from the right end never steps past the root.
template <class Evaluate>
TAILFIT_HD inline ProfileNode find_shape_cap(Evaluate& evaluate, const ProfileNode& low,
                                             ProfileNode node) {
  for (int step = 0; step < 60; ++step) {
    const double change = (node.xi[0] - shape_cap) / node.xi[1];
    if (change <= 1e-14 * node.u) break;
    const double u = larger(low.u, node.u - change);
    node = evaluate(u);
  }
  return node;
}

struct CapPoint {
  bool rising;  // the profile still rises at shape 10
  double p;
  double scale;  // sigma/max x, the best for shape 10
};

// The best scale for shape 10 solves W1/h = 10/11, which increases with u; it lies to the right of
// xi(u) = 10 exactly when the profile rises there.
template <class Evaluate>
TAILFIT_HD inline CapPoint find_cap(Evaluate& evaluate, ProfileNode low) {
  constexpr double target = shape_cap / (1.0 + shape_cap);
  const auto excess_of = [](const ProfileNode& node) {
    return node.xi[1] - target * profile_h(node.u);
  };
  ProfileNode high = low;
  for (double step = 1.0; excess_of(high) < 0.0 && high.u < profile_u_limit; step *= 2.0) {
    low = high;
    high = evaluate(smaller(profile_u_limit, high.u + step));
  }
  ProfileNode node = high;
  for (int step = 0; step < 100; ++step) {
    const double value = excess_of(node);
    if (value < 0.0) {
      low = node;
    } else {
      high = node;
    }
    const double h = profile_h(node.u);
    double u = node.u - value / (node.xi[2] - target * h * (1.0 - h));
    const double change = u < node.u ? node.u - u : u - node.u;
    if (change <= 1e-14 * node.u || high.u - low.u <= 1e-15 * high.u) break;
    if (!(u > low.u && u < high.u)) u = 0.5 * (low.u + high.u);
    node = evaluate(u);
  }
  const double scale = shape_cap / expm1(node.u);
  return {true, log(scale) + (1.0 + 1.0 / shape_cap) * node.xi[0] - 1.0, scale};
}

// The xi that u's scale equation would want: p' < 0 exactly where it is below xi(u). While xi stays
// below it no root of p' can follow, because xi' and -h only grow (see excludes_root); and xi grows
// by less than u does.
TAILFIT_HD inline double scale_equation_shape(const ProfileNode& node) {
  const double h = profile_h(node.u);
  return node.xi[1] < h ? node.xi[1] / (h - node.xi[1]) : infinity();
}

// Walks right from theta = 1/16 to xi = 10; tells whether the profile rises there.
template <class Evaluate>
TAILFIT_HD inline CapPoint walk_right(Evaluate& evaluate, double start_slope,
                                      ProfileMinimum& best) {
  constexpr CapPoint falling{false, 0.0, 0.0};
  ProfileNode low = evaluate(log1p(near_zero_theta));
  low.slope = start_slope;  // one value for the common end of two ranges: no root is lost there
  for (;;) {
    double width = cell_width(low);
    if (low.slope > 0.0) {
      const double free_until = scale_equation_shape(low);
      if (free_until > shape_cap + 1e-9) return falling;  // p' > 0 all the way to xi = 10
      width = larger(width, (free_until - low.xi[0]) * (1.0 - 1e-9));
    }
    ProfileNode high = evaluate(smaller(profile_u_limit, low.u + width));
    const bool last = high.xi[0] >= shape_cap || high.u >= profile_u_limit;
    if (high.xi[0] > shape_cap && !(high.slope > 0.0 && excludes_root(low, high))) {
      high = find_shape_cap(evaluate, low, high);
    }
    if (high.u > low.u) search_cell(evaluate, low, high, best);
    if (last) return high.slope < 0.0 ? find_cap(evaluate, high) : falling;
    low = high;
  }
}

// Walks left from theta = -1/16 to xi = -1.
template <class Evaluate>
TAILFIT_HD inline void walk_left(Evaluate& evaluate, double start_slope, ProfileMinimum& best) {
  ProfileNode high = evaluate(log1p(-near_zero_theta));
  high.slope = start_slope;
  while (high.xi[0] > -1.0) {
    const ProfileNode low = evaluate(high.u - cell_width(high));
    search_cell(evaluate, low, high, best);
    high = low;
  }
}

// p at xi = -1, sigma = max x.
constexpr double uniform_p = -1.0;

TAILFIT_HD inline TailFit finish_tail(const TailSample& sample, double p, double shape,
                                      double scale, uint32_t flags, int passes) {
  const double k = static_cast<double>(sample.k);
  const double loglik = 0.0 - k * (p + log(sample.largest) + 1.0);  // never -0
  if (shape <= -0.5) flags |= status_bits::irregular;
  return {shape, scale * sample.largest, loglik, flags, passes};
}

// Fits the k >= 1 positive finite excesses; scales them in place. scratch:
// canonical_scratch_bytes(k) of shared memory. Collective over `group` when k >
// canonical_serial_terms, else any one lane may call it as a SerialGroup.
template <class Group>
TAILFIT_HD inline TailFit fit_gpd(const Group& group, double* excess, int64_t k, void* scratch,
                                  bool take_higher_boundary) {
  const TailSample sample = scale_tail(group, excess, k);
  if (sample.n_largest == k) {
    return finish_tail(sample, uniform_p, -1.0, 1.0, status_bits::no_interior_maximum, 0);
  }
  ProfileEvaluator<Group> evaluate{group, sample, scratch};
  ProfileMinimum best{false, 0.0, 0.0, 0.0};
  const NearZeroSeries series = near_zero_series(group, sample, scratch);
  const NearZeroEnds ends = search_near_zero(series, best);
  walk_left(evaluate, ends.low_slope, best);
  const CapPoint cap = walk_right(evaluate, ends.high_slope, best);
  const int passes = evaluate.passes + 2;
  const bool uniform_higher = best.found && uniform_p < best.p;
  const bool cap_higher = best.found && cap.rising && cap.p < best.p;
  uint32_t flags = uniform_higher || cap_higher ? status_bits::boundary_higher : 0;
  if (best.found && !(take_higher_boundary && flags != 0)) {
    return finish_tail(sample, best.p, best.shape, best.scale, flags, passes);
  }
  const bool take_cap =
      best.found ? cap_higher && !(uniform_higher && uniform_p < cap.p) : cap.rising;
  if (take_cap) {
    flags |= status_bits::shape_capped;
    return finish_tail(sample, cap.p, shape_cap, cap.scale, flags, passes);
  }
  if (!best.found) flags |= status_bits::no_interior_maximum;
  return finish_tail(sample, uniform_p, -1.0, 1.0, flags, passes);
}

}  // namespace
}  // namespace tailfit::kernels
