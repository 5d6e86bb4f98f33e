#include "kernels/fit/thresholds.hpp"

#include <gtest/gtest.h>

namespace {

namespace k = tailfit::kernels;

TEST(Thresholds, QuantilePositionIsTypeSeven) {
  const k::QuantilePosition middle = k::quantile_position(5, 0.5);
  EXPECT_EQ(middle.rank, 2);
  EXPECT_EQ(middle.weight, 0.0);
  const k::QuantilePosition low = k::quantile_position(11, 0.05);
  EXPECT_EQ(low.rank, 0);
  EXPECT_EQ(low.weight, 0.5);
  EXPECT_EQ(k::quantile_position(7, 1.0).rank, 6);
  EXPECT_EQ(k::quantile_position(7, 1.0).weight, 0.0);
  EXPECT_EQ(k::quantile_position(1, 0.3).rank, 0);
}

// The two branches differ in the last bit: 0.1 + (0.7-0.1)*0.5 against 0.7 - (0.7-0.1)*0.5.
TEST(Thresholds, InterpolationTakesTheOtherBranchFromOneHalfOn) {
  const double a = 0.1;
  const double b = 0.7;
  EXPECT_EQ(k::numpy_lerp(a, b, 0.5), b - (b - a) * 0.5);
  EXPECT_EQ(k::numpy_lerp(a, b, 0.25), a + (b - a) * 0.25);
  EXPECT_EQ(k::numpy_lerp(a, b, 0.0), a);
}

TEST(Thresholds, CellBoundariesLieAwayFromTheBody) {
  EXPECT_EQ(k::upper_cell_boundary(3.0, 1.0), 3.5);
  EXPECT_EQ(k::upper_cell_boundary(3.5, 1.0), 3.5);
  EXPECT_EQ(k::upper_cell_boundary(3.6, 1.0), 4.5);
  EXPECT_EQ(k::lower_cell_boundary(3.0, 1.0), 2.5);
  EXPECT_EQ(k::lower_cell_boundary(-3.6, 1.0), -4.5);
  EXPECT_EQ(k::upper_cell_boundary(0.025, 0.01), 0.025);  // 2.5 - 0.5 is a hair over 2 in fp64
}

}  // namespace
