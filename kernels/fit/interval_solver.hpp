// Maximises the interval likelihood over -1 <= xi <= 10 and sigma > 0.
//
// For a fixed xi the log-likelihood is concave in log sigma (log-excesses have a log-concave
// density for xi >= -1, and integrals of such are log-concave: Prekopa 1973), so a bracketed Newton
// search finds its one maximum. Along xi, the sign of the profile's derivative is taken on a grid
// and every change from rising to falling is refined. Two maxima within one step of the grid (0.1
// for xi <= 1) would be seen as one or none.
#pragma once

#include "kernels/fit/gpd_solver.hpp"
#include "kernels/fit/interval_likelihood.hpp"

namespace tailfit::kernels {
namespace {

struct IntervalPoint {
  double shape;
  double log_sigma;
  IntervalSums sums;

  // The profile's derivative along xi. At the best sigma d_tau is 0, so any multiple of it may be
  // added; this one makes it the derivative along a fixed end of the support, -sigma/xi. Near xi =
  // -1 the best end lies where an interval closes: there d_tau jumps within one ulp of sigma, and
  // only in this direction is the likelihood smooth.
  TAILFIT_HD double slope() const {
    return shape < -0.25 ? sums.d_xi + sums.d_tau / shape : sums.d_xi;
  }
};

template <class Group>
struct IntervalProfile {
  const Group& group;
  const IntervalSample& sample;
  void* scratch;
  int passes = 0;

  TAILFIT_HD IntervalPoint at(double shape, double log_sigma) {
    ++passes;
    return {shape, log_sigma, evaluate_intervals(group, sample, shape, exp(log_sigma), scratch)};
  }

  // The best sigma for this shape, searched from log_sigma.
  TAILFIT_HD IntervalPoint best_scale(double shape, double log_sigma) {
    // Below `low` the largest start lies beyond the support, or the derivative is positive.
    double low = shape < 0.0 ? log(-shape * sample.largest_start) : -infinity();
    double high = infinity();
    if (!(log_sigma > low)) log_sigma = low + 1e-3;
    IntervalPoint point = at(shape, log_sigma);
    for (int step = 0; step < 200; ++step) {
      if (point.sums.d_tau > 0.0) {
        low = point.log_sigma;
      } else {
        high = point.log_sigma;
      }
      double change = -point.sums.d_tau / point.sums.d_tau_tau;
      if (!(point.sums.d_tau_tau < 0.0)) change = point.sums.d_tau > 0.0 ? 1.0 : -1.0;
      change = larger(-2.0, smaller(2.0, change));
      if (change <= 1e-14 && change >= -1e-14) break;
      double next = point.log_sigma + change;
      if (!(next > low && next < high)) {
        if (!is_finite(low) || !is_finite(high) || high - low <= 4e-15) break;
        next = 0.5 * (low + high);
      }
      point = at(shape, next);
    }
    return point;
  }

  // The best point at xi = -1, where S is 1 - y/sigma. Up to the largest interval's end the last c
  // intervals give d/dsigma a term of c/(sigma - start) - k/sigma: with c >= 1, and cells narrower
  // than 1/k of that end, the likelihood rises all the way to it. That is no place to search for:
  // log sigma may not resolve the last cell.
  TAILFIT_HD IntervalPoint uniform(double log_sigma) {
    if (2.0 * sample.half_width * static_cast<double>(sample.k) > 1.0) {
      return best_scale(-1.0, log_sigma);
    }
    ++passes;
    IntervalSums sums;
    sums.loglik = uniform_loglik(group, sample, scratch);
    return {-1.0, 0.0, sums};
  }

  // The maximum of the profile between a rising and a falling point (Illinois rule). It may be one
  // of the two: on such an end the slope is noise, and every chord ends there.
  TAILFIT_HD IntervalPoint refine(IntervalPoint low, IntervalPoint high) {
    const double enough = 1e-13 * static_cast<double>(sample.k);
    double slope_low = low.slope();
    double slope_high = high.slope();
    int side = 0;
    for (int step = 0; step < 100 && high.shape - low.shape > 1e-13; ++step) {
      if (low.slope() <= enough) return low;
      if (-high.slope() <= enough) return high;
      double shape = low.shape + (high.shape - low.shape) * (slope_low / (slope_low - slope_high));
      if (!(shape > low.shape && shape < high.shape) || step % 8 == 7) {
        shape = 0.5 * (low.shape + high.shape);
      }
      const IntervalPoint point = best_scale(shape, 0.5 * (low.log_sigma + high.log_sigma));
      if (point.slope() > 0.0) {
        low = point;
        slope_low = point.slope();
        if (side > 0) slope_high *= 0.5;
        side = 1;
      } else {
        high = point;
        slope_high = point.slope();
        if (side < 0) slope_low *= 0.5;
        side = -1;
      }
    }
    return low.slope() < -high.slope() ? low : high;
  }
};

// xi of grid point i; the first stands for -1, where the derivative itself may be infinite.
constexpr int interval_grid_points = 33;
TAILFIT_HD inline double interval_grid(int i) {
  if (i == 0) return -1.0 + 0x1p-30;
  if (i <= 20) return -1.0 + 0.1 * i;
  if (i <= 28) return 1.0 + 0.25 * (i - 20);
  constexpr double last[4] = {4.0, 5.5, 7.5, 10.0};
  return last[i - 29];
}

struct IntervalSearch {
  bool found;
  IntervalPoint best;
  IntervalPoint cap;      // at shape 10
  IntervalPoint uniform;  // at shape -1
};

template <class Group>
TAILFIT_HD inline IntervalSearch search_intervals(IntervalProfile<Group>& profile) {
  IntervalSearch search{};
  IntervalPoint previous = profile.best_scale(interval_grid(0), -0.5);
  search.uniform = profile.uniform(previous.log_sigma);
  for (int i = 1; i < interval_grid_points; ++i) {
    const IntervalPoint next = profile.best_scale(interval_grid(i), previous.log_sigma);
    if (previous.slope() > 0.0 && next.slope() <= 0.0) {
      const IntervalPoint point = profile.refine(previous, next);
      if (!search.found || point.sums.loglik > search.best.sums.loglik) search.best = point;
      search.found = true;
    }
    previous = next;
  }
  search.cap = previous;
  return search;
}

TAILFIT_HD inline TailFit finish_interval(const IntervalSample& sample, const IntervalPoint& point,
                                          double shape, uint32_t flags, int passes) {
  if (shape <= -0.5) flags |= status_bits::irregular;
  return {shape, exp(point.log_sigma) * sample.unit, point.sums.loglik + sample.loglik_shift, flags,
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
  const bool rising = search.cap.slope() > 0.0;
  const double at_best = search.best.sums.loglik;
  const bool uniform_higher = search.found && search.uniform.sums.loglik > at_best;
  const bool cap_higher = search.found && rising && search.cap.sums.loglik > at_best;
  uint32_t flags = uniform_higher || cap_higher ? status_bits::boundary_higher : 0;
  if (search.found && !(take_higher_boundary && flags != 0)) {
    return finish_interval(sample, search.best, search.best.shape, flags, profile.passes);
  }
  const bool cap_over_uniform = search.cap.sums.loglik > search.uniform.sums.loglik;
  if (search.found ? cap_higher && (!uniform_higher || cap_over_uniform) : rising) {
    flags |= status_bits::shape_capped;
    return finish_interval(sample, search.cap, shape_cap, flags, profile.passes);
  }
  if (!search.found) flags |= status_bits::no_interior_maximum;
  return finish_interval(sample, search.uniform, -1.0, flags, profile.passes);
}

}  // namespace
}  // namespace tailfit::kernels
