// The profile near u = 0, where xi/(e^u-1) is 0/0: a series in theta = e^u - 1 whose coefficients
// are the moments of y, so that everything is smooth through the exponential distribution.
//
//   s(theta) = xi/theta = sigma/max x = sum_j (-theta)^j m_(j+1)/(j+1), m_j = mean y^j <= 1
//   p = log s + theta*s
// For |theta| <= 1/128 the first omitted terms are below 2^-59 m_1 of s and 2^-49 m_1 of s'.
#pragma once

#include "kernels/fit/gpd_point.hpp"

namespace tailfit::kernels {
namespace {

constexpr int near_zero_terms = 8;
constexpr double near_zero_theta = 0x1p-7;

template <class Real>
struct NearZeroSeriesOf {
  Real coefficient[near_zero_terms];  // of s(theta)
  Real slope_error;                   // of p', see near_zero_point()
};
using NearZeroSeries = NearZeroSeriesOf<double>;

// Sums of y^1 ... y^8 over the excesses that are not the largest, and their product.
struct MomentSums {
  double sum[near_zero_terms] = {0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0};
  double mantissa = 1.0;  // product = mantissa * 2^exponent
  int64_t exponent = 0;

  TAILFIT_HD void multiply(double factor) {
    const SplitDouble product = split(mantissa * factor);
    mantissa = product.mantissa;
    exponent += product.exponent;
  }
  TAILFIT_HD void merge(const MomentSums& other) {
    for (int j = 0; j < near_zero_terms; ++j) sum[j] += other.sum[j];
    multiply(other.mantissa);
    exponent += other.exponent;
  }
  // Four factors multiply without underflow; smaller ones count as 2^-250, zeros do not.
  TAILFIT_HD static double factor(double y) { return y > 0.0 ? larger(y, 0x1p-250) : 1.0; }
  TAILFIT_HD void add(const FourTerms& terms) {
    add_powers(sum, terms.y);
    multiply((factor(terms.y[0]) * factor(terms.y[1])) * (factor(terms.y[2]) * factor(terms.y[3])));
  }
};

template <class Group>
TAILFIT_HD inline MomentSums moment_sums(const Group& group, const TailSample& sample,
                                         void* scratch) {
  return canonical_sum<MomentSums>(group, sample.k, scratch, [&](MomentSums& part, int64_t four) {
    part.add(four_terms(sample, four));
  });
}

template <class Real>
struct ZeroPassOf {
  ProfileNodeOf<Real> node;  // u = 0
  NearZeroSeriesOf<Real> series;
  Real mean_log;  // mean log y
};
using ZeroPass = ZeroPassOf<double>;

// sum[j]: of y^(j+1) over the excesses that are not the largest; log_sum: of their logarithms.
template <class Real>
TAILFIT_HD inline ZeroPassOf<Real> make_zero_pass(const SampleSummary<Real>& sample,
                                                  const Real (&sum)[near_zero_terms],
                                                  Real log_sum) {
  ZeroPassOf<Real> zero;
  zero.node = make_node<Real>(sample, 0.0, 0.0, 0.0, sum);
  for (int j = 0; j < near_zero_terms; ++j) {
    const Real moment = (sum[j] + sample.n_largest) / sample.k;
    const Real term = moment / static_cast<double>(j + 1);
    zero.series.coefficient[j] = j % 2 == 0 ? term : -term;
  }
  zero.series.slope_error = larger(Real(0x1p-46), 4.0 * sum_noise(sample.k));
  zero.mean_log = log_sum / sample.k;
  return zero;
}

// One pass at u = 0, where w = y. Collective over `group` when k > canonical_serial_terms.
template <class Group>
TAILFIT_HD inline ZeroPass evaluate_zero(const Group& group, const TailSample& sample,
                                         void* scratch) {
  const MomentSums sums = moment_sums(group, sample, scratch);
  return make_zero_pass(summary_of(sample), sums.sum,
                        log_of_product<double>(sums.mantissa, static_cast<double>(sums.exponent)));
}

template <class Real>
struct NearZeroPointOf {
  Real theta;
  Real scale;      // s
  Real weight;     // xi' with respect to u
  Real slope;      // p' with respect to u
  Real curvature;  // p'' with respect to u
};
using NearZeroPoint = NearZeroPointOf<double>;

template <class Real>
TAILFIT_HD inline NearZeroPointOf<Real> evaluate_near_zero(const NearZeroSeriesOf<Real>& series,
                                                           Real theta) {
  Real s = 0.0;
  Real first = 0.0;   // s'
  Real second = 0.0;  // s''/2
  for (int j = near_zero_terms - 1; j >= 0; --j) {
    second = second * theta + first;
    first = first * theta + s;
    s = s * theta + series.coefficient[j];
  }
  second = second * 2.0;
  const Real ratio = first / s;
  const Real slope = ratio + s + theta * first;
  const Real curvature = second / s - ratio * ratio + 2.0 * first + theta * second;
  const Real exp_u = 1.0 + theta;  // dtheta/du
  return {theta, s, exp_u * (s + theta * first), exp_u * slope,
          exp_u * slope + exp_u * exp_u * curvature};
}

// The point as gpd_cells.hpp wants it. The omitted terms and the rounding of the moments leave
// errors below 2^-46 in p' and 2^-38 in p'' (s'/s and s''/s are at most 1 and 2), or, of very many
// excesses, four times that of a moment in p'.
template <class Real>
TAILFIT_HD inline ProfilePointOf<Real> near_zero_point(const NearZeroSeriesOf<Real>& series,
                                                       Real theta) {
  const NearZeroPointOf<Real> at = evaluate_near_zero(series, theta);
  ProfilePointOf<Real> point{};
  point.u = log1p(at.theta);
  point.xi = at.theta * at.scale;
  point.slope = at.slope;
  point.curvature = at.curvature;
  point.weight = at.weight;
  point.spread = 0.25;  // a bound is all that the cells ask for
  point.slope_error = series.slope_error;
  point.curvature_error = 0x1p8 * series.slope_error;
  return point;
}

}  // namespace
}  // namespace tailfit::kernels
