#include "kernels/fit/gpd_point.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "kernels/fit/gpd_near_zero.hpp"
#include "kernels/group/serial_group.hpp"
#include "tests/kernels/gpd_samples.hpp"

namespace {

namespace k = tailfit::kernels;
using tailfit::tests::gpd_sample;

struct ExactPoint {
  long double xi = 0.0L;
  long double weight = 0.0L;
  long double spread = 0.0L;
  long double slope = 0.0L;
  long double curvature = 0.0L;
};

// Straight from the definitions, for the y that the solver sees.
ExactPoint exact_point(const k::TailSample& sample, double u) {
  ExactPoint exact;
  const long double e = std::exp(static_cast<long double>(u));
  for (std::int64_t i = 0; i < sample.k; ++i) {
    const long double y = sample.y[i];
    const long double t = (1.0L - y) + y * e;
    // Near u = 0 the logarithms are small: t has lost their digits.
    exact.xi +=
        std::abs(u) < 0.5 ? std::log1p(y * std::expm1(static_cast<long double>(u))) : std::log(t);
    exact.weight += y * e / t;
    exact.spread += y * e * (1.0L - y) / (t * t);
  }
  const auto n = static_cast<long double>(sample.k);
  const auto n_largest = static_cast<long double>(sample.n_largest);
  exact.xi = (exact.xi + n_largest * static_cast<long double>(u)) / n;
  exact.weight = (exact.weight + n_largest) / n;
  exact.spread /= n;
  const long double h = -1.0L / std::expm1(-static_cast<long double>(u));
  const long double x = exact.weight / exact.xi;
  exact.slope = x - h + exact.weight;
  exact.curvature = exact.spread / exact.xi - x * x + h * (h - 1.0L) + exact.spread;
  return exact;
}

void expect_within_bounds(const k::TailSample& sample, double node, const k::ProfilePoint& point) {
  const ExactPoint exact = exact_point(sample, point.u);
  const auto distance = [](long double a, double b) {
    return std::abs(static_cast<double>(a - static_cast<long double>(b)));
  };
  SCOPED_TRACE(testing::Message() << "k " << sample.k << " from u " << node << " to " << point.u);
  EXPECT_LE(distance(exact.xi, point.xi), point.xi_error);
  EXPECT_LE(distance(exact.weight, point.weight), point.weight_error);
  EXPECT_LE(distance(exact.spread, point.spread), point.spread_error);
  EXPECT_LE(distance(exact.slope, point.slope), point.slope_error);
  EXPECT_LE(distance(exact.curvature, point.curvature), point.curvature_error);
}

std::vector<double> random_tail(std::mt19937_64& random) {
  static const double shapes[] = {-0.9, -0.4, 0.0, 0.3, 1.0, 5.0, 12.0};
  const auto size = static_cast<std::int64_t>(2 + random() % 60);
  std::vector<double> excess = gpd_sample(random, size, shapes[random() % 7], 1.0);
  switch (random() % 5) {
    case 0:  // a lattice
      for (double& y : excess) y = std::ceil(4.0 * y) / 4.0;
      break;
    case 1:  // nearly identical: as few atoms as make the moments degenerate
      for (double& y : excess) y = 1.0 + 1e-9 * std::min(y, 1e6);
      break;
    case 2:  // a tiny smallest excess
      excess[0] *= 1e-12;
      break;
    default:
      break;
  }
  return excess;
}

TEST(GpdPoint, PredictionsKeepToTheirErrorBounds) {
  constexpr std::uint64_t seed = 31;
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> where(-6.0, 14.0);
  int n_checked = 0;
  for (int i = 0; i < 400; ++i) {
    std::vector<double> excess = random_tail(random);
    const auto size = static_cast<std::int64_t>(excess.size());
    const k::TailSample sample = k::scale_tail(k::SerialGroup{}, excess.data(), size);
    if (sample.n_largest == size) continue;
    const double u = where(random);
    const k::ProfileNode node = k::evaluate_profile(k::SerialGroup{}, sample, u, nullptr);
    const k::ProfileNode zero = k::evaluate_zero(k::SerialGroup{}, sample, nullptr).node;
    for (const double delta : {0.02, 0.1, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0}) {
      for (const double to : {u - delta, u + delta}) {
        if (std::abs(to) < 0.05) continue;  // predictions are for |theta| > 1/128
        expect_within_bounds(sample, u, k::predict(node, to));
        ++n_checked;
      }
      expect_within_bounds(sample, 0.0, k::predict(zero, delta));
      expect_within_bounds(sample, 0.0, k::predict(zero, -delta));
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(n_checked, 5000);
}

TEST(GpdPoint, TheSeriesNearZeroKeepsToItsErrorBounds) {
  std::mt19937_64 random(33);
  int n_checked = 0;
  for (int i = 0; i < 400; ++i) {
    std::vector<double> excess = random_tail(random);
    const auto size = static_cast<std::int64_t>(excess.size());
    const k::TailSample sample = k::scale_tail(k::SerialGroup{}, excess.data(), size);
    if (sample.n_largest == size) continue;
    const k::NearZeroSeries series = k::evaluate_zero(k::SerialGroup{}, sample, nullptr).series;
    for (const double theta : {-0x1p-7, -0x1p-8, 0x1.8p-8, 0x1p-7}) {
      const k::ProfilePoint point = k::near_zero_point(series, theta);
      const ExactPoint exact = exact_point(sample, point.u);
      // The definition's own rounding: xi'/xi and h are near 128, and cancel.
      EXPECT_NEAR(static_cast<double>(exact.slope), point.slope, point.slope_error + 1e-15);
      EXPECT_NEAR(static_cast<double>(exact.curvature), point.curvature,
                  point.curvature_error + 1e-12);
      EXPECT_NEAR(static_cast<double>(exact.weight), point.weight, 0x1p-46);
      EXPECT_LE(static_cast<double>(exact.spread), point.spread);
      ++n_checked;
    }
  }
  EXPECT_GT(n_checked, 1000);
}

// The bounds must be worth something too: else every certificate would need a pass.
TEST(GpdPoint, BoundsAreNarrowWithinAUnit) {
  std::mt19937_64 random(32);
  std::vector<double> excess = gpd_sample(random, 50, 0.3, 1.0);
  const k::TailSample sample = k::scale_tail(k::SerialGroup{}, excess.data(), 50);
  const k::ProfileNode node = k::evaluate_profile(k::SerialGroup{}, sample, 1.0, nullptr);
  EXPECT_LT(k::predict(node, 1.1).slope_error, 1e-11);
  EXPECT_LT(k::predict(node, 1.5).slope_error, 1e-6);
  EXPECT_LT(k::predict(node, 2.0).slope_error, 1e-4);
}

}  // namespace
