#include "kernels/fit/gpd_point.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "kernels/fit/gpd_near_zero.hpp"
#include "kernels/group/serial_group.hpp"
#include "tests/kernels/exact_profile.hpp"

namespace {

namespace k = tailfit::kernels;
using tailfit::tests::exact_point;
using tailfit::tests::ExactPoint;
using tailfit::tests::gpd_sample;
using tailfit::tests::random_tail;

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
