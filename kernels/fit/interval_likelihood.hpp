// The likelihood of rounded data: values known to multiples of a resolution delta only, so that
// each excess y stands for the interval [max(0, y-delta/2), y+delta/2] and contributes log[S(a) -
// S(b)], S the GPD's survival function (Heitjan 1989, grouped data).
//
// Everything is written in A = -log S = log1p(xi*z)/xi, z = y/sigma, and in differences between the
// interval's ends that do not cancel when the interval is narrow.
#pragma once

#include "kernels/fit/canonical_sum.hpp"
#include "kernels/math/elementary.hpp"

namespace tailfit::kernels {
namespace {

// Excesses scaled by the largest interval end.
struct IntervalSample {
  const double* y;
  int64_t k;
  double half_width;     // delta/2, scaled
  double largest_start;  // the largest a
  double unit;           // what everything was divided by
  double loglik_shift;   // what half_width's floor adds to the log-likelihood
};

// Cells narrower than this beside the largest excess count as this wide, so that their probability
// does not underflow. It is then the density times the width, to more digits than there are: only
// the log-likelihood has to be shifted by the logarithm of the widths' ratio.
constexpr double least_half_width = 0x1p-900;

// d/dt of log1p(t)/t: the quotient cancels near 0, the series -1/2 + 2t/3 - 3t^2/4 ... does not.
TAILFIT_HD inline double log1p_ratio_slope(double t) {
  if (t > -0.03 && t < 0.03) {
    double sum = 0.0;
    for (int j = 12; j >= 1; --j) sum = static_cast<double>(j) / (j + 1) - t * sum;
    return -sum;
  }
  return (1.0 / (1.0 + t) - log1p_ratio(t)) / t;
}

// Near xi = -1 the best end of the support, -sigma/xi, may lie hard behind an interval. There the
// derivative in xi at a fixed sigma is the difference of numbers so large that it is noise; the one
// at a fixed end is not.
TAILFIT_HD inline bool is_along_end(double shape) { return shape < -0.25; }

// Log-likelihood and derivatives in tau = log sigma and in xi: along a fixed sigma, or a fixed end
// of the support.
struct IntervalSums {
  double loglik = 0.0;
  double d_tau = 0.0;
  double d_tau_tau = 0.0;
  double d_xi = 0.0;
  double d_xi_tau = 0.0;

  TAILFIT_HD void merge(const IntervalSums& other) {
    loglik += other.loglik;
    d_tau += other.d_tau;
    d_tau_tau += other.d_tau_tau;
    d_xi += other.d_xi;
    d_xi_tau += other.d_xi_tau;
  }
};

// The interval of one excess. Its width is not taken from its ends: far out they agree in most of
// their digits.
struct Interval {
  double start;
  double width;
};

// A start within 1e-6 of a cell from the threshold is the threshold: x - u is rounded, and where
// the cell is wide beside sigma the likelihood would see that.
TAILFIT_HD inline Interval interval_of(double y, double half_width) {
  if (y > half_width * (1.0 + 2e-6)) return {y - half_width, 2.0 * half_width};
  return {0.0, y + half_width};
}

// One interval; start below the end of the support.
TAILFIT_HD inline IntervalSums interval_term(const Interval& interval, double shape, double sigma) {
  const double z = interval.start / sigma;
  const double q = 1.0 / (1.0 + shape * z);
  const double r = z * q;  // -dA/dtau
  const double a = z * log1p_ratio(shape * z);
  const double a_xi = z * z * log1p_ratio_slope(shape * z);
  const double width = interval.width / sigma;
  const double z_end = z + width;
  const double step = width * q;  // 1 + xi*z_end = (1 + xi*z)*(1 + xi*step)
  const bool along_end = is_along_end(shape);
  IntervalSums term;
  // The interval reaches over the support's end: S(end) = 0. Rounded, the two say so apart.
  if (!(1.0 + shape * z_end > 0.0) || !(1.0 + shape * step > 0.0)) {
    term.loglik = -a;
    term.d_tau = r;
    term.d_tau_tau = ((1.0 + shape) * r - 1.0) * r - r * r;
    term.d_xi = along_end ? a / shape : -a_xi;
    term.d_xi_tau = along_end ? -r / shape : -r * r;
    return term;
  }
  const double q_end = 1.0 / (1.0 + shape * z_end);
  const double r_end = z_end * q_end;
  const double a_difference = step * log1p_ratio(shape * step);  // A(end) - A(start)
  const double r_difference = step * q_end;                      // r(end) - r(start)
  const double share = -expm1(-a_difference);                    // 1 - S(end)/S(start)
  const double a_end_xi = z_end * z_end * log1p_ratio_slope(shape * z_end);
  double a_xi_difference = a_end_xi - a_xi;
  double rest = 1.0 - share;
  term.loglik = -a + log(share);
  if (share > 0.5) {  // towards the support's end the derivatives of A(end) grow, S(end) vanishes
    rest = exp(-a_difference);
    const double curvature = ((1.0 + shape) * r - 1.0) * r;
    const double curvature_end = ((1.0 + shape) * r_end - 1.0) * r_end;
    term.d_tau = (r - r_end * rest) / share;
    term.d_tau_tau = (curvature - curvature_end * rest) / share - term.d_tau * term.d_tau;
    term.d_xi = (a_end_xi * rest - a_xi) / share;
  } else {
    term.d_tau = r_end - r_difference / share;
    term.d_tau_tau = ((1.0 + shape) * r_end - 1.0) * r_end -
                     r_difference * ((1.0 + shape) * (r + r_end) - 1.0) / share -
                     term.d_tau * term.d_tau;
    a_xi_difference = step * (step * log1p_ratio_slope(shape * step) - r / (1.0 + shape * step));
    term.d_xi = a_xi_difference / share - a_end_xi;
  }
  const double odds = rest / share;
  if (along_end) {  // xi*A is the same for all xi
    term.d_xi = (a - odds * a_difference) / shape;
    term.d_xi_tau = (odds * r_difference * (1.0 - a_difference / share) - r) / shape;
  } else {
    term.d_xi_tau = odds * r_difference * ((r + r_end) + a_xi_difference / share) - r * r;
  }
  return term;
}

// One pass. sigma (scaled) must keep every interval's start inside the support. Collective over
// `group` when k > canonical_serial_terms.
template <class Group>
TAILFIT_HD inline IntervalSums evaluate_intervals(const Group& group, const IntervalSample& sample,
                                                  double shape, double sigma, void* scratch) {
  return canonical_sum<IntervalSums>(
      group, sample.k, scratch, [&](IntervalSums& part, int64_t four) {
        IntervalSums terms[4];
        for (int i = 0; i < 4 && 4 * four + i < sample.k; ++i) {
          const double y = sample.y[4 * four + i];
          terms[i] = interval_term(interval_of(y, sample.half_width), shape, sigma);
        }
        terms[0].merge(terms[1]);
        terms[2].merge(terms[3]);
        terms[0].merge(terms[2]);
        part.merge(terms[0]);
      });
}

struct WidthSum {
  double log_widths = 0.0;
  TAILFIT_HD void merge(const WidthSum& other) { log_widths += other.log_widths; }
};

// The log-likelihood at xi = -1 with the support's end on the largest interval's: sigma = 1, and
// every interval has its width for a probability. Collective as evaluate_intervals().
template <class Group>
TAILFIT_HD inline double uniform_loglik(const Group& group, const IntervalSample& sample,
                                        void* scratch) {
  const auto log_width = [&](int64_t i) {
    return i < sample.k ? log(interval_of(sample.y[i], sample.half_width).width) : 0.0;
  };
  return canonical_sum<WidthSum>(group, sample.k, scratch,
                                 [&](WidthSum& part, int64_t four) {
                                   const int64_t i = 4 * four;
                                   part.log_widths += (log_width(i) + log_width(i + 1)) +
                                                      (log_width(i + 2) + log_width(i + 3));
                                 })
      .log_widths;
}

}  // namespace
}  // namespace tailfit::kernels
