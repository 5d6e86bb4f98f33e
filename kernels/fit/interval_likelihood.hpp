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
};

// d/dt of log1p(t)/t: the quotient cancels near 0, the series -1/2 + 2t/3 - 3t^2/4 ... does not.
TAILFIT_HD inline double log1p_ratio_slope(double t) {
  if (t > -0.03 && t < 0.03) {
    double sum = 0.0;
    for (int j = 12; j >= 1; --j) sum = static_cast<double>(j) / (j + 1) - t * sum;
    return -sum;
  }
  return (1.0 / (1.0 + t) - log1p_ratio(t)) / t;
}

// Log-likelihood and derivatives in tau = log sigma and in xi.
struct IntervalSums {
  double loglik = 0.0;
  double d_tau = 0.0;
  double d_tau_tau = 0.0;
  double d_xi = 0.0;

  TAILFIT_HD void merge(const IntervalSums& other) {
    loglik += other.loglik;
    d_tau += other.d_tau;
    d_tau_tau += other.d_tau_tau;
    d_xi += other.d_xi;
  }
};

// One interval; start below the end of the support.
TAILFIT_HD inline IntervalSums interval_term(double start, double end, double shape, double sigma) {
  const double z = start / sigma;
  const double q = 1.0 / (1.0 + shape * z);
  const double r = z * q;  // -dA/dtau
  const double a = z * log1p_ratio(shape * z);
  const double a_xi = z * z * log1p_ratio_slope(shape * z);
  const double z_end = end / sigma;
  IntervalSums term;
  if (!(1.0 + shape * z_end > 0.0)) {  // the interval reaches over the support's end: S(end) = 0
    term.loglik = -a;
    term.d_tau = r;
    term.d_tau_tau = ((1.0 + shape) * r - 1.0) * r - r * r;
    term.d_xi = -a_xi;
    return term;
  }
  const double width = (end - start) / sigma;
  const double q_end = 1.0 / (1.0 + shape * z_end);
  const double r_end = z_end * q_end;
  const double a_difference = width * q * log1p_ratio(shape * width * q);  // A(end) - A(start)
  const double r_difference = width * q * q_end;                           // r(end) - r(start)
  const double share = -expm1(-a_difference);                              // 1 - S(end)/S(start)
  const double a_end_xi = z_end * z_end * log1p_ratio_slope(shape * z_end);
  term.loglik = -a + log(share);
  term.d_tau = r_end - r_difference / share;
  term.d_tau_tau = ((1.0 + shape) * r_end - 1.0) * r_end -
                   r_difference * ((1.0 + shape) * (r + r_end) - 1.0) / share -
                   term.d_tau * term.d_tau;
  term.d_xi = (a_end_xi - a_xi) / share - a_end_xi;
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
          terms[i] = interval_term(larger(0.0, y - sample.half_width), y + sample.half_width, shape,
                                   sigma);
        }
        terms[0].merge(terms[1]);
        terms[2].merge(terms[3]);
        terms[0].merge(terms[2]);
        part.merge(terms[0]);
      });
}

}  // namespace
}  // namespace tailfit::kernels
