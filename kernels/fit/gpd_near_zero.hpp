// The profile near u = 0, where xi/(e^u-1) is 0/0: a series in theta = e^u - 1 whose coefficients
// are the moments of y, so that everything is smooth through the exponential distribution.
//
//   s(theta) = xi/theta = sigma/max x = sum_j (-theta)^j m_(j+1)/(j+1), m_j = mean y^j <= 1
//   p = log s + theta*s
// For |theta| <= 1/16 the first omitted term is below (1/16)^16/17 * m_1 = 2^-68 m_1.
#pragma once

#include "kernels/fit/gpd_profile.hpp"

namespace tailfit::kernels {
namespace {

constexpr int near_zero_terms = 16;
constexpr double near_zero_theta = 0.0625;

struct NearZeroSeries {
  double coefficient[near_zero_terms];  // of s(theta)
};

// Sums of y^first ... y^(first+7).
template <int first>
struct MomentSums {
  double sum[8] = {0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0};

  TAILFIT_HD void merge(const MomentSums& other) {
    for (int j = 0; j < 8; ++j) sum[j] += other.sum[j];
  }
  TAILFIT_HD void add(const FourTerms& terms) {
    double power[4];
    for (int i = 0; i < 4; ++i) {
      power[i] = terms.y[i];
      for (int j = 1; j < first; ++j) power[i] *= terms.y[i];
    }
    for (int j = 0; j < 8; ++j) {
      sum[j] += (power[0] + power[1]) + (power[2] + power[3]);
      for (int i = 0; i < 4; ++i) power[i] *= terms.y[i];
    }
  }
};

template <int first, class Group>
TAILFIT_HD inline void add_moments(const Group& group, const TailSample& sample, void* scratch,
                                   NearZeroSeries& series) {
  const auto sums = canonical_sum<MomentSums<first>>(
      group, sample.k, scratch,
      [&](MomentSums<first>& part, int64_t four) { part.add(four_terms(sample, four)); });
  for (int j = 0; j < 8; ++j) {
    const int power = first + j;
    const double moment =
        (sums.sum[j] + static_cast<double>(sample.n_largest)) / static_cast<double>(sample.k);
    const double term = moment / static_cast<double>(power);
    series.coefficient[power - 1] = power % 2 == 1 ? term : -term;
  }
}

template <class Group>
TAILFIT_HD inline NearZeroSeries near_zero_series(const Group& group, const TailSample& sample,
                                                  void* scratch) {
  NearZeroSeries series;
  add_moments<1>(group, sample, scratch, series);
  add_moments<9>(group, sample, scratch, series);
  return series;
}

struct NearZeroPoint {
  double theta;
  double scale;      // s
  double slope;      // p' with respect to u
  double curvature;  // p'' with respect to u
};

TAILFIT_HD inline NearZeroPoint evaluate_near_zero(const NearZeroSeries& series, double theta) {
  double s = 0.0;
  double first = 0.0;   // s'
  double second = 0.0;  // s''/2
  for (int j = near_zero_terms - 1; j >= 0; --j) {
    second = second * theta + first;
    first = first * theta + s;
    s = s * theta + series.coefficient[j];
  }
  second *= 2.0;
  const double ratio = first / s;
  const double slope = ratio + s + theta * first;
  const double curvature = second / s - ratio * ratio + 2.0 * first + theta * second;
  const double exp_u = 1.0 + theta;  // dtheta/du
  return {theta, s, exp_u * slope, exp_u * slope + exp_u * exp_u * curvature};
}

}  // namespace
}  // namespace tailfit::kernels
