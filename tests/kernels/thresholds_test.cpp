#include "kernels/fit/thresholds.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "kernels/fit/fit_series.hpp"
#include "kernels/group/fibre_block.hpp"

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

// What a rule finds in a series of doubles, for any number of lanes.
k::Thresholds found(const std::vector<double>& values, const k::Threshold& lower,
                    const k::Threshold& upper, std::int64_t bins, int lanes = 1) {
  const auto length = static_cast<std::int64_t>(values.size());
  const k::TileOptions options{lower, upper, bins, 10, k::CountsKind::u32, false, 0.0};
  std::vector<k::KeyWord<std::uint64_t>> keys(
      static_cast<std::size_t>(k::key_bytes<double>(length, lanes)) / 16);
  std::vector<k::KeyWord<std::uint64_t>> counters(
      static_cast<std::size_t>(k::counter_bytes<std::uint64_t>(bins, lanes)) / 16);
  k::Thresholds thresholds{};
  k::run_fibre_block(lanes, 5, [&](const k::FibreBlock& group) {
    const k::SeriesInput<double> input{values.data(), length, 1};
    auto staged = k::stage_series(group, input, keys[0].key);
    const auto mine = k::find_thresholds(group, options, input, staged,
                                         reinterpret_cast<std::uint64_t*>(counters.data()));
    if (group.rank() == 0) thresholds = mine;
  });
  return thresholds;
}

// 0 1 1 2 3 3 3 4 5 9 in bins 0-2-4-6: counts 3, 4 (3 and 2s in), ... by hand below.
TEST(Thresholds, AHistogramOverARangeHasTheQuantilesOneCanComputeByHand) {
  const std::vector<double> values = {3, 0, 1, 9, 1, 2, 3, 5, 3, 4};
  // [0,2): 0 1 1; [2,4): 2 3 3 3; [4,6]: 4 5 and 9, which lies outside. F(2) = .3, F(4) = .7.
  const auto rule = [](double tau) {
    return k::Threshold{k::ThresholdKind::histogram_range, tau, 0, 0.0, 6.0};
  };
  for (const int lanes : {1, 2, 7}) {
    EXPECT_EQ(found(values, rule(0.3), rule(0.3), 3, lanes).lower, 2.0);  // F reaches .3 at 2
    EXPECT_EQ(found(values, rule(0.3), rule(0.3), 3, lanes).upper, 4.0);
    EXPECT_DOUBLE_EQ(found(values, rule(0.15), rule(0.1), 3, lanes).lower, 1.0);
    EXPECT_DOUBLE_EQ(found(values, rule(0.15), rule(0.1), 3, lanes).upper, 4.0 + 2.0 * 2.0 / 3.0);
    EXPECT_DOUBLE_EQ(found(values, rule(0.5), rule(0.5), 3, lanes).lower, 3.0);
  }
}

TEST(Thresholds, ACountLeavesSoManyValuesBeyondUnlessTheyTie) {
  const std::vector<double> values = {3, 0, 1, 9, 1, 2, 3, 5, 3, 4};  // 0 1 1 2 3 3 3 4 5 9
  const auto rule = [](std::int64_t n) { return k::Threshold{k::ThresholdKind::count, 0.0, n}; };
  for (const int lanes : {1, 3, 8}) {
    EXPECT_EQ(found(values, rule(1), rule(1), 3, lanes).lower, 1.0);
    EXPECT_EQ(found(values, rule(3), rule(3), 3, lanes).lower, 2.0);
    EXPECT_EQ(found(values, rule(1), rule(1), 3, lanes).upper, 5.0);
    EXPECT_EQ(found(values, rule(1), rule(4), 3, lanes).upper, 3.0);
    EXPECT_EQ(found(values, rule(50), rule(50), 3, lanes).lower, 9.0);
    EXPECT_EQ(found(values, rule(50), rule(50), 3, lanes).upper, 0.0);
  }
}

}  // namespace
