// Maximises the interval likelihood over -1 <= xi <= 10 and sigma > 0.
//
// For a fixed xi the log-likelihood is concave in log sigma (log-excesses have a log-concave
// density for xi >= -1, and integrals of such are log-concave: Prekopa 1973), so a bracketed Newton
// search finds its one maximum. Along xi the profile is followed in steps of log(1 + xi), and every
// change of its derivative from rising to falling is refined. A step in which the derivative may
// change its sign twice, by the cubic through the ends' values and derivatives, is halved: see
// may_hide_a_maximum().
#pragma once

#include "kernels/fit/gpd_solver.hpp"
#include "kernels/fit/interval_likelihood.hpp"

namespace tailfit::kernels {
namespace {

// The profile at one shape.
struct IntervalPoint {
  double shape;
  double log_sigma;
  double loglik;
  double slope;  // the derivative along xi
  double ridge;  // that of the best log sigma
};

// Where the best log sigma for one shape < 10 lies.
//
// Behind the largest interval's end, t in log sigma, that interval's S(end) is t^(-1/xi): for xi
// near -1 the derivative falls from its value at that end like t^power with power near 0, which is
// almost a jump. Newton's steps are taken in t^power there.
struct ScaleBracket {
  double low;   // the support's bound, or the derivative is positive
  double high;  // the derivative is negative
  double support;
  double jump;  // log sigma of the end, or -infinity where nothing like that is met
  double power;
  double cell;     // the largest interval's width
  double at_jump;  // the derivative at the end; NaN: not known
  double at_high;

  TAILFIT_HD ScaleBracket(double shape, const IntervalSample& sample)
      : low(shape < 0.0 ? log(-shape * sample.largest_start) : -infinity()),
        high(infinity()),
        support(low),
        jump(-infinity()),
        power(1.0),
        cell(2.0 * sample.half_width),
        at_jump(canonical_nan()),
        at_high(0.0) {
    if (!(shape < -0.5) || cell < 1e-12) return;
    jump = log(-shape);
    power = (1.0 + shape) / -shape;
  }

  // The next place to look at, after d_tau at log_sigma and Newton's step from there.
  TAILFIT_HD double next(double log_sigma, double d_tau, double change) {
    if (d_tau > 0.0) {
      low = log_sigma;
    } else {
      high = log_sigma;
      at_high = d_tau;
    }
    const double bounded = log_sigma + larger(-2.0, smaller(2.0, change));
    if (log_sigma == jump - jump_side) at_jump = d_tau;
    const bool beyond = log_sigma > jump;
    // Before a step over the end: on which side of it does the derivative change its sign?
    if (low < jump - jump_side && high > jump - jump_side && beyond != (bounded > jump)) {
      return jump - jump_side;
    }
    // Behind it, and t^power is good for the first cell's widths.
    if (at_jump > 0.0 && low < high && high > jump + jump_side && low < jump + cell) {
      if (!beyond && high < jump + 2.0 * cell) {
        return beyond_jump(high - jump, at_jump / (at_jump - at_high));
      }
      if (!beyond) return jump + (is_finite(high) ? 0.0625 * (high - jump) : cell);
      if (log_sigma < jump + 2.0 * cell) {
        const double ratio = 1.0 + power * (change / (log_sigma - jump));
        const double there =
            beyond_jump(log_sigma - jump, ratio > 0.0 ? ratio : at_jump / (at_jump - d_tau));
        if (there > low && there < high) return there;
      }
    }
    if (bounded > low && bounded < high) return bounded;
    // Towards the support's end the likelihood may fall only next to it, like a logarithm.
    const bool far = (low == support || low == jump - jump_side) && change < 0.0;
    return low + (far ? 0.0625 : 0.5) * (high - low);
  }

 private:
  static constexpr double jump_side = 1e-15;

  // From t behind the end to where t^power is `ratio` times as large.
  TAILFIT_HD double beyond_jump(double t, double ratio) const {
    return jump + larger(jump_side, t * exp(log(ratio) / power));
  }
};

template <class Group>
struct IntervalProfile {
  const Group& group;
  const IntervalSample& sample;
  void* scratch;
  int passes = 0;

  TAILFIT_HD IntervalSums at(double shape, double log_sigma) {
    ++passes;
    return evaluate_intervals(group, sample, shape, exp(log_sigma), scratch);
  }

  // change: by how much the best log sigma is off. at_jump: the best end of the support lies where
  // an interval closes; there d_tau jumps within one ulp of sigma, and the end moves with it.
  TAILFIT_HD static IntervalPoint point(double shape, double log_sigma, double change,
                                        const IntervalSums& sums, bool at_jump) {
    const double turn = at_jump ? 0.0 : -sums.d_xi_tau / sums.d_tau_tau;
    return {shape, log_sigma + change, sums.loglik + 0.5 * change * sums.d_tau,
            sums.d_xi + turn * sums.d_tau, is_along_end(shape) ? 1.0 / shape + turn : turn};
  }

  TAILFIT_HD static bool is_small(double x, double bound) { return x <= bound && x >= -bound; }

  // The best sigma for this shape, searched from log_sigma until a step of Newton's is below
  // `close`; then that step is taken, to second order, in the log-likelihood and the slope.
  TAILFIT_HD IntervalPoint best_scale(double shape, double log_sigma, double close) {
    ScaleBracket bracket(shape, sample);
    if (!(log_sigma > bracket.low)) log_sigma = bracket.low + 1e-3;
    const double size = static_cast<double>(sample.k);
    for (int step = 0;; ++step) {
      const IntervalSums sums = at(shape, log_sigma);
      double change = -sums.d_tau / sums.d_tau_tau;
      if (!(sums.d_tau_tau < 0.0)) change = sums.d_tau > 0.0 ? 1.0 : -1.0;
      if (is_small(change, 1e-14) ||
          (is_small(change, close) && is_small(sums.d_tau, close * size))) {
        const bool at_jump = !is_small(sums.d_tau, 1e-6 * size);
        return point(shape, log_sigma, is_small(change, 1e-14) ? 0.0 : change, sums, at_jump);
      }
      const double next = bracket.next(log_sigma, sums.d_tau, change);
      if (step == 200 || !(bracket.high - bracket.low > 4e-15) || !is_finite(next)) {
        return point(shape, log_sigma, 0.0, sums, true);
      }
      log_sigma = next;
    }
  }

  // The same from a point nearby. What is compared with other points only needs no more digits.
  TAILFIT_HD IntervalPoint from(const IntervalPoint& point, double shape) {
    const double change = point.ridge * (shape - point.shape);
    return best_scale(shape, point.log_sigma + larger(-1.0, smaller(1.0, change)), 1e-6);
  }

  // The best point at xi = -1, where S is 1 - y/sigma. Up to the largest interval's end the last c
  // intervals give d/dsigma a term of c/(sigma - start) - k/sigma: with c >= 1, and cells narrower
  // than 1/k of that end, the likelihood rises all the way to it. That is no place to search for:
  // log sigma may not resolve the last cell.
  TAILFIT_HD IntervalPoint uniform(double log_sigma) {
    if (2.0 * sample.half_width * static_cast<double>(sample.k) > 1.0) {
      return best_scale(-1.0, log_sigma, 1e-14);
    }
    ++passes;
    return {-1.0, 0.0, uniform_loglik(group, sample, scratch), 0.0, 0.0};
  }

  // The maximum of the profile between a rising and a falling point (Illinois rule). It may be one
  // of the two: on such an end the slope is noise, and every chord ends there.
  TAILFIT_HD IntervalPoint refine(IntervalPoint low, IntervalPoint high) {
    const double enough = 1e-13 * static_cast<double>(sample.k);
    double slope_low = low.slope;
    double slope_high = high.slope;
    int side = 0;
    for (int step = 0; step < 100 && high.shape - low.shape > 1e-13; ++step) {
      if (low.slope <= enough) return low;
      if (-high.slope <= enough) return high;
      double shape = low.shape + (high.shape - low.shape) * (slope_low / (slope_low - slope_high));
      if (!(shape > low.shape && shape < high.shape) || step % 8 == 7) {
        shape = 0.5 * (low.shape + high.shape);
      }
      const IntervalPoint point = from(shape - low.shape < high.shape - shape ? low : high, shape);
      if (point.slope > 0.0) {
        low = point;
        slope_low = point.slope;
        if (side > 0) slope_high *= 0.5;
        side = 1;
      } else {
        high = point;
        slope_high = point.slope;
        if (side < 0) slope_low *= 0.5;
        side = -1;
      }
    }
    return low.slope < -high.slope ? low : high;
  }
};

// May the profile have two stationary points more between a and b than the signs of its slopes at
// them say? In t = log(1 + xi) its slope is taken for the parabola with the right ends and the
// right integral. `bulge` is the parabola's distance from the chord in the middle. No is the answer
// where a slope that bends some times as far would have the same sign, or be as monotone,
// everywhere; it is a guess, not a bound.
TAILFIT_HD inline bool may_hide_a_maximum(const IntervalPoint& a, const IntervalPoint& b,
                                          double k) {
  const double left = a.slope * (1.0 + a.shape);
  const double right = b.slope * (1.0 + b.shape);
  const double step = log((1.0 + b.shape) / (1.0 + a.shape));
  double bulge = 1.5 * ((b.loglik - a.loglik) / step - 0.5 * (left + right));
  bulge = larger(bulge, -bulge);
  if (bulge * step <= 1e-10 * k) return false;  // a maximum no higher than that
  if (left * right > 0.0) return 3.0 * bulge > smaller(larger(left, -left), larger(right, -right));
  const double change = right - left;
  return 6.0 * bulge > larger(change, -change);
}

// The steps: from the first shape, which stands for -1 (there the derivative itself may be
// infinite), to a room 1 + xi of 1/(2k), and by factors from there on. As exact excesses have no
// maximum with a room below 1/k, no step is split within the first.
constexpr double interval_first_room = 0x1p-30;
constexpr double interval_factor = 1.6;
constexpr int interval_splits = 6;  // of one step, halves of halves

struct IntervalSearch {
  bool found;
  IntervalPoint best;
  IntervalPoint cap;      // at shape 10
  IntervalPoint uniform;  // at shape -1
};

// Follows the profile from a to b and refines what is found. Halves are counted: where the values
// are noise, every one of them would be halved again, without end.
template <class Group>
TAILFIT_HD inline void follow(IntervalProfile<Group>& profile, IntervalPoint a,
                              const IntervalPoint& b, int splits, IntervalSearch& search) {
  IntervalPoint ahead[interval_splits + 1];
  int halved[interval_splits + 1];  // how often, of the step that ends there
  int n = 0;
  ahead[0] = b;
  halved[0] = 0;
  while (n >= 0) {
    const IntervalPoint& next = ahead[n];
    if (halved[n] < splits && may_hide_a_maximum(a, next, static_cast<double>(profile.sample.k))) {
      const double room = sqrt((1.0 + a.shape) * (1.0 + next.shape));
      ahead[n + 1] = profile.from(a, room - 1.0);
      halved[n + 1] = ++halved[n];
      ++n;
      continue;
    }
    if (a.slope > 0.0 && next.slope <= 0.0) {
      const IntervalPoint point = profile.refine(a, next);
      if (!search.found || point.loglik > search.best.loglik) search.best = point;
      search.found = true;
    }
    a = next;
    --n;
  }
}

template <class Group>
TAILFIT_HD inline IntervalSearch search_intervals(IntervalProfile<Group>& profile) {
  IntervalSearch search{};
  IntervalPoint previous = profile.best_scale(interval_first_room - 1.0, -0.5, 1e-6);
  // Noise here is no rise: the highest likelihood may be reached at -1 alone.
  if (previous.slope <= 1e-13 * static_cast<double>(profile.sample.k)) {
    previous.slope = smaller(previous.slope, 0.0);
  }
  search.uniform = profile.uniform(previous.log_sigma);
  double room = smaller(0.05, 0.5 / static_cast<double>(profile.sample.k));
  int splits = 0;
  while (previous.shape < shape_cap) {
    const IntervalPoint next = profile.from(previous, room < 10.9 ? room - 1.0 : shape_cap);
    follow(profile, previous, next, splits, search);
    previous = next;
    splits = interval_splits;
    room *= room < 0.1 ? 2.0 : interval_factor;
  }
  search.cap = profile.best_scale(shape_cap, previous.log_sigma, 1e-14);
  if (search.found)
    search.best = profile.best_scale(search.best.shape, search.best.log_sigma, 1e-14);
  return search;
}

TAILFIT_HD inline TailFit finish_interval(const IntervalSample& sample, const IntervalPoint& point,
                                          double shape, uint32_t flags, int passes) {
  if (shape <= -0.5) flags |= status_bits::irregular;
  return {shape, exp(point.log_sigma) * sample.unit, point.loglik + sample.loglik_shift, flags,
          passes};
}

// Fits the k >= 1 excesses, each an interval of width `resolution`; scales them in place. As
// fit_gpd() otherwise.
template <class Group>
TAILFIT_HD inline TailFit fit_intervals(const Group& group, double* excess, int64_t k,
                                        double resolution, void* scratch,
                                        bool take_higher_boundary) {
  uint64_t bits = 0;
  for (int64_t i = group.rank(); i < k; i += group.size()) bits = larger(bits, bits_of(excess[i]));
  const double half_width = 0.5 * resolution;
  const double largest = double_of(group.reduce_max(bits));
  const double unit = largest + half_width;
  if (!(largest - half_width > 1e-6 * resolution)) {
    // All in the first cell: the likelihood reaches its bound 1 where the cell is the whole
    // support.
    return {-1.0, unit, 0.0, status_bits::no_interior_maximum | status_bits::irregular, 0};
  }
  for (int64_t i = group.rank(); i < k; i += group.size()) excess[i] /= unit;
  group.sync();
  IntervalSample sample{excess, k, half_width / unit, (largest - half_width) / unit, unit, 0.0};
  if (sample.half_width < least_half_width) {
    sample.half_width = least_half_width;
    sample.loglik_shift =
        static_cast<double>(k) * ((log(resolution) - log(unit)) - log(2.0 * least_half_width));
  }
  IntervalProfile<Group> profile{group, sample, scratch};
  const IntervalSearch search = search_intervals(profile);
  const bool rising = search.cap.slope > 0.0;
  const double at_best = search.best.loglik;
  const bool uniform_higher = search.found && search.uniform.loglik > at_best;
  const bool cap_higher = search.found && rising && search.cap.loglik > at_best;
  uint32_t flags = uniform_higher || cap_higher ? status_bits::boundary_higher : 0;
  if (search.found && !(take_higher_boundary && flags != 0)) {
    return finish_interval(sample, search.best, search.best.shape, flags, profile.passes);
  }
  const bool cap_over_uniform = search.cap.loglik > search.uniform.loglik;
  if (search.found ? cap_higher && (!uniform_higher || cap_over_uniform) : rising) {
    flags |= status_bits::shape_capped;
    return finish_interval(sample, search.cap, shape_cap, flags, profile.passes);
  }
  if (!search.found) flags |= status_bits::no_interior_maximum;
  return finish_interval(sample, search.uniform, -1.0, flags, profile.passes);
}

}  // namespace
}  // namespace tailfit::kernels
