#pragma once

#include "kernels/fit/fit_types.hpp"
#include "kernels/fit/gpd_start.hpp"
#include "kernels/fit/gpd_walk.hpp"

namespace tailfit::kernels {
namespace {

struct TailFit {
  double shape;
  double scale;
  double loglik;
  uint32_t flags;  // status bits as the lower tail has them; range_overflow: no fit in fp64's range
  int passes;      // over the excesses
};

// Minima with |theta| <= 1/128, and the slopes at both ends.
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

// Two roots of p' in a cell narrower than this make a fold of p' that is at most width^2/8*|p'''| =
// 2^-44 deep (|p'''| <= xi'' + L' < 2), as deep as the rounding errors.
constexpr double near_zero_narrowest = 0x1p-21;

// What p' does for |theta| <= 1/128, proved cell by cell as the walks do (gpd_cells.hpp, c); the
// series gives any point without another pass.
TAILFIT_HD inline NearZeroEnds search_near_zero(const NearZeroSeries& series,
                                                ProfileMinimum& best) {
  double theta = -near_zero_theta;
  double width = 2.0 * near_zero_theta;
  ProfilePoint at = near_zero_point(series, theta);
  NearZeroEnds ends{at.slope, 0.0};
  while (theta < near_zero_theta) {
    const double next_theta = smaller(near_zero_theta, theta + width);
    const ProfilePoint next = near_zero_point(series, next_theta);
    const int sign = at.slope < 0.0 ? -1 : 1;
    const int next_sign = next.slope < 0.0 ? -1 : 1;
    const CellVerdict verdict = look_at_cell(at, next, sign, next_sign, 1.0);
    if (verdict == CellVerdict::open && width > near_zero_narrowest) {
      // As in settle_open_cell(): what p' does below flat_slope is taken as computed.
      const bool hides =
          sign == next_sign && look_at_cell(at, next, sign, sign, 0.0) == CellVerdict::open;
      if (hides || !is_flat(at, next, flat_slope, 1.0)) {
        width *= 0.5;
        continue;
      }
    }
    if (sign < 0 && next_sign > 0) offer_near_zero(series, theta, next_theta, best);
    at = next;
    theta = next_theta;
    width = 2.0 * width;
  }
  ends.high_slope = at.slope;
  return ends;
}

struct CapPoint {
  bool rising;  // the profile still rises at shape 10
  double p;
  double scale;  // sigma/max x, the best for shape 10
  double u;
};

// The best scale for shape 10 solves xi'/h = 10/11, which increases with u; it lies to the right of
// xi(u) = 10 exactly when the profile rises there.
constexpr double cap_target = shape_cap / (1.0 + shape_cap);

// Where the predictions have xi'/h = 10/11, between a and b.
template <class Search>
TAILFIT_HD inline double predicted_cap(const Search& search, double a, double b) {
  double u = 0.5 * (a + b);
  for (int step = 0; step < 80; ++step) {
    const ProfilePoint at = search.point(u);
    const double value = at.weight - cap_target * at.h;
    if (value < 0.0) {
      a = u;
    } else {
      b = u;
    }
    double next = u - value / (at.spread - cap_target * at.h * (1.0 - at.h));
    if (!(next > a && next < b)) next = 0.5 * (a + b);
    const double change = distance_between(next, u);
    u = next;
    if (change <= 4e-16 * u) break;
  }
  return u;
}

// The walk may have ended well beyond xi = 10, and beyond the best scale for it: a u where xi is
// surely less.
template <class Search>
TAILFIT_HD inline double before_cap(const Search& search, double u) {
  const double edge = log1p(near_zero_theta);
  for (double step = 0.125; u > edge; step *= 2.0) {
    const ProfilePoint at = search.point(u);
    if (at.xi + at.xi_error < shape_cap) break;
    u = larger(edge, u - step);
  }
  return u;
}

// beyond: where a walk ended that found p' < 0 at xi = 10, so that the root lies to the right of
// that.
template <class Search>
TAILFIT_HD inline CapPoint find_cap(Search& search, double beyond) {
  double low = before_cap(search, beyond);
  double high = profile_u_limit;
  double farthest = 4.0;  // how far the next pass may be: it doubles until the root is bracketed
  double u = low;
  for (int pass = 0; pass < 60; ++pass) {
    u = predicted_cap(search, low, smaller(high, low + farthest));
    ProfilePoint at = search.point(u);
    const bool near = search.reach(u) < 0.02;
    const double missing = (at.weight - cap_target * at.h) / at.spread;
    if (near && missing < 1e-9 && missing > -1e-9) break;
    if (high - low <= 1e-15 * high) break;
    if (!near) {
      if (pass % 4 == 3 && high < profile_u_limit) u = 0.5 * (low + high);
      search.add(u);
      at = search.point(u);
    }
    if (at.weight < cap_target * at.h) {
      low = u;
      farthest *= 2.0;
    } else {
      high = u;
    }
  }
  const double scale = shape_cap / expm1(u);
  return {true, log(scale) + (1.0 + 1.0 / shape_cap) * search.point(u).xi - 1.0, scale, u};
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

// The best minimum of p inside, or what the options prefer to it, or a boundary.
TAILFIT_HD inline TailFit choose_maximum(const TailSample& sample, const ProfileMinimum& best,
                                         const CapPoint& cap, bool take_higher_boundary,
                                         int passes) {
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

// Where the minimum is likely to be, for the first pass beside the one at u = 0. Nothing rests on
// the choice but the number of passes.
template <class Real>
TAILFIT_HD inline Real first_node(const ZeroPassOf<Real>& zero, Real k) {
  const Real* moment = zero.series.coefficient;
  Real guess = gpd_start(log(moment[0]), log(-2.0 * moment[1]), log(k), zero.mean_log);
  // theta has the sign that p' has to the other side of zero.
  const Real slope = evaluate_near_zero<Real>(zero.series, 0.0).slope;
  guess = select(slope < 0.0, larger(guess, Real(0x1p-4)), smaller(guess, Real(-0x1p-4)));
  // xi(u) > u + mean log y: beyond this xi is above its cap.
  guess = smaller(guess, shape_cap - zero.mean_log);
  return smaller(larger(guess, Real(-20.0)), Real(0.5 * profile_u_limit));
}

// Does the pass at zero exclude every minimum to the left of it, if p' < 0 there? R is greater
// there, and xi above its tangent at zero.
template <class Real>
TAILFIT_HD inline auto is_clear_left_of_zero(const NearZeroSeriesOf<Real>& series,
                                             const LeftEndOf<Real>& end) {
  const Real mean = series.coefficient[0];
  const Real square = mean * mean;
  const Real excess = (1.0 - 0x1p-20) * (-2.0 * series.coefficient[1]) - square;
  const Real x = 1.0 + mean * end.u;
  return x > 0.0 && excess * x > square;
}

// The passes to either side of where R is 2, to the right of zero; high 0: none.
struct RatioBracket {
  int low;
  int high;
};

template <class Search>
TAILFIT_HD inline RatioBracket bracket_two(const Search& search, double edge) {
  RatioBracket found{0, 0};
  for (int i = 1; i < search.n_nodes; ++i) {
    const double u = search.node[i].u;
    if (u <= edge) continue;
    if (ratio_at(search.node[i]) >= 2.0) {
      if (u > search.node[found.low].u) found.low = i;
    } else if (found.high == 0 || u < search.node[found.high].u) {
      found.high = i;
    }
  }
  return found;
}

// A u with R(u) >= 2 within 8 to the left of top, near the rightmost (R decreases); 0 if none is
// found.
template <class Search>
TAILFIT_HD inline double rightmost_above_two(const Search& search, double top) {
  double u = top - 8.0;
  bool found = false;
  for (double step = 4.0; step >= 2.0; step *= 0.5) {
    if (least_r(search.point(u + step)) < 2.0) continue;
    u += step;
    found = true;
  }
  return found ? u : 0.0;
}

// Where the walk to the right starts: p' < 0 between zero and any u > 0 with R(u) >= 2, because
// there s-xi has been falling from 0 (gpd_cells.hpp, b). `edge` if no such u is found.
template <class Search>
TAILFIT_HD inline ProfilePoint right_start(Search& search, double edge) {
  for (int pass = 0; pass < 6; ++pass) {
    const RatioBracket bracket = bracket_two(search, edge);
    const double low = search.node[bracket.low].u;
    const double high = search.node[bracket.high].u;
    const double r_low = ratio_at(search.node[bracket.low]);
    if (!(r_low > 2.0) || high == low) break;
    double start = low;
    if (bracket.high != 0 && high - low < widest_bracket) {
      const double r_high = ratio_at(search.node[bracket.high]);
      const ProfilePoint at =
          search.point(larger(edge, where_ratio_is_two(low, r_low, high, r_high)));
      if (least_r(at) >= 2.0) return at;
    } else if (bracket.high != 0) {
      start = larger(low, rightmost_above_two(search, high));
    }
    if (start > edge) return search.point(start);
    if (high < widest_bracket) break;
    // From zero two or three passes at this distance would be needed to get there.
    double u = high - 2.0;
    while (u > 3.0 && u > high - 7.0 && search.point(u).weight > 0.3) u -= 0.5;
    search.add(u);
  }
  return search.point(edge);
}

// Fits a scaled tail. scratch: canonical_scratch_bytes(k) of shared memory. Collective over `group`
// when k > canonical_serial_terms, else any one lane may call it as a SerialGroup.
template <class Group>
TAILFIT_HD inline TailFit fit_scaled(const Group& group, TailSample sample, void* scratch,
                                     bool take_higher_boundary) {
  const int64_t k = sample.k;
  if (sample.n_largest == k) {
    return finish_tail(sample, uniform_p, -1.0, 1.0, status_bits::no_interior_maximum, 0);
  }
  ProfileSearch<Group> search(group, sample, scratch);
  const ZeroPass zero = evaluate_zero(group, sample, scratch);
  sample.mean = zero.series.coefficient[0];
  search.node[0] = zero.node;
  search.n_nodes = 1;
  search.passes = 1;
  const NearZeroEnds ends = search_near_zero(zero.series, search.best);
  search.add(first_node(zero, static_cast<double>(k)));
  const LeftEndOf<double> end = left_end(zero.node.largest_share);
  const int left_sign = ends.low_slope < 0.0 ? -1 : 1;
  const bool left_is_finished =
      (left_sign < 0 && is_clear_left_of_zero(zero.series, end)) ||
      walk(search, search.point(log1p(-near_zero_theta)), left_sign).finished;
  const double edge = log1p(near_zero_theta);
  ProfilePoint start = right_start(search, edge);
  const bool falls = start.u > edge && least_r(start) >= 2.0;
  if (!falls && start.u > edge) start = search.point(edge);
  const WalkEnd right = walk(search, start, falls || ends.high_slope < 0.0 ? -1 : 1);
  if (!left_is_finished || (!right.finished && right.u <= floored_u_limit)) {
    return {canonical_nan(), canonical_nan(), canonical_nan(), 0, search.passes};
  }
  CapPoint cap{false, 0.0, 0.0, 0.0};
  if (right.finished && right.at_cap && right.sign < 0) cap = find_cap(search, right.u);
  if (larger(right.u, cap.u) > floored_u_limit && (sample.floored || !right.finished)) {
    // Where the excesses that were raised would matter: 301 decades are not enough for these.
    return {canonical_nan(), canonical_nan(), canonical_nan(), status_bits::range_overflow,
            search.passes};
  }
  return choose_maximum(sample, search.best, cap, take_higher_boundary, search.passes);
}

// Fits the k >= 1 positive finite excesses; scales them in place. Otherwise as fit_scaled().
template <class Group>
TAILFIT_HD inline TailFit fit_gpd(const Group& group, double* excess, int64_t k, void* scratch,
                                  bool take_higher_boundary) {
  return fit_scaled(group, scale_tail(group, excess, k), scratch, take_higher_boundary);
}

}  // namespace
}  // namespace tailfit::kernels
