#include "kernels/math/gpd.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

namespace k = tailfit::kernels;

TEST(Gpd, QuantileOfTheUniformAndTheExponentialIsTheTextbooks) {
  EXPECT_DOUBLE_EQ(k::gpd_isf({-1.0, 2.0}, 0.25), 1.5);                 // uniform on (0, 2)
  EXPECT_DOUBLE_EQ(k::gpd_isf({0.0, 2.0}, 0.25), 2.0 * std::log(4.0));  // exponential
  EXPECT_DOUBLE_EQ(k::gpd_isf({1.0, 2.0}, 0.25), 6.0);                  // 2*(4 - 1)
  EXPECT_EQ(k::gpd_isf({0.3, 2.0}, 1.0), 0.0);
}

TEST(Gpd, QuantileIsSmoothThroughShapeZero) {
  const double at_zero = k::gpd_isf({0.0, 1.0}, 1e-9);
  for (double shape = 1e-1; shape > 1e-320; shape /= 7.0) {
    const double l = -std::log(1e-9);
    const double slope = 0.5 * l * l;  // d/dxi at 0
    EXPECT_NEAR(k::gpd_isf({shape, 1.0}, 1e-9), at_zero + slope * shape,
                at_zero * (1e-14 + l * l * shape * shape * std::exp(l * shape)));
    EXPECT_NEAR(k::gpd_isf({-shape, 1.0}, 1e-9), at_zero - slope * shape,
                at_zero * (1e-14 + l * l * shape * shape));
  }
}

TEST(Gpd, SupportEndsWhereTheShapeSays) {
  EXPECT_EQ(k::gpd_end({-0.5, 2.0}), 4.0);
  EXPECT_EQ(k::gpd_end({0.0, 2.0}), k::infinity());
  EXPECT_EQ(k::gpd_end({0.5, 2.0}), k::infinity());
}

TEST(Gpd, MeanBeyondIsTheMeanExcessFormula) {
  EXPECT_DOUBLE_EQ(k::gpd_mean_beyond({0.5, 1.0}, 2.0), 2.0 + 2.0 / 0.5);
  EXPECT_DOUBLE_EQ(k::gpd_mean_beyond({-1.0, 2.0}, 1.0), 1.5);  // uniform on (1, 2)
  EXPECT_EQ(k::gpd_mean_beyond({1.0, 1.0}, 0.0), k::infinity());
}

TEST(Gpd, IntegralWithinAgreesWithSummingTheQuantileFunction) {
  for (const double shape : {-1.0, -0.4, -1e-5, 0.0, 1e-7, 1e-4, 0.2, 1.0, 1.7}) {
    const k::GpdParameters gpd{shape, 3.0};
    constexpr double s = 0.02;
    constexpr int n = 200'000;
    double sum = 0.0;  // midpoint rule over the survival probability
    for (int i = 0; i < n; ++i) {
      sum += k::gpd_isf(gpd, s + (1.0 - s) * (i + 0.5) / n);
    }
    sum *= (1.0 - s) / n;
    EXPECT_NEAR(k::gpd_integral_within(gpd, s), sum, 1e-6 * sum) << "shape " << shape;
  }
}

TEST(Gpd, IntegralWithinHasNoStepWhereTheSeriesTakesOver) {
  constexpr double s = 0.02;
  const double limit = 1e-3 / -std::log(s);
  const double below = k::gpd_integral_within({limit * (1.0 - 1e-9), 1.0}, s);
  const double above = k::gpd_integral_within({limit * (1.0 + 1e-9), 1.0}, s);
  EXPECT_NEAR(below, above, 1e-11 * below);
}

}  // namespace
