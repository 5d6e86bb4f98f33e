#include "tools/transform.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "support.hpp"

namespace tailfit::tools {
namespace {

using test::message_of;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <class T>
Panel one_series(std::vector<T> values) {
  Panel panel;
  panel.names = {"A"};
  panel.offsets = {0, static_cast<std::int64_t>(values.size())};
  panel.values = std::move(values);
  return panel;
}

template <class T>
std::vector<double> transformed(std::vector<T> values, Transform transform) {
  Panel panel = one_series(std::move(values));
  apply_transform(panel, transform, "x.csv");
  return std::get<std::vector<double>>(panel.values);
}

TEST(Transform, LeavesThePanelAlone) {
  Panel panel = one_series<float>({1, 2});
  apply_transform(panel, Transform::none, "x.csv");
  EXPECT_EQ(std::get<std::vector<float>>(panel.values), (std::vector<float>{1, 2}));
  EXPECT_EQ(panel.index.text(0, 0), "0");
}

TEST(Transform, TakesDifferencesOfEverySeries) {
  Panel panel;
  panel.names = {"A", "B", "C", "D"};
  panel.offsets = {0, 3, 3, 4, 6};
  panel.values = std::vector<double>{1, 4, 9, 100, 5, 3};
  apply_transform(panel, Transform::diff, "x.csv");
  EXPECT_EQ(std::get<std::vector<double>>(panel.values), (std::vector<double>{3, 5, -2}));
  EXPECT_EQ(panel.offsets, (std::vector<std::int64_t>{0, 2, 2, 2, 3}));
  EXPECT_EQ(panel.index.text(0, 0), "1");
}

// The bounds are those of kernels/math (< 1 ulp for log) and of one division.
TEST(Transform, TakesLogReturns) {
  const std::vector<double> returns =
      transformed<double>({100, 101, 100.5, 250}, Transform::log_return);
  const std::vector<double> expected{std::log(1.01), std::log(100.5 / 101), std::log(250 / 100.5)};
  ASSERT_EQ(returns.size(), expected.size());
  for (std::size_t t = 0; t < expected.size(); ++t) {
    EXPECT_NEAR(returns[t], expected[t], 4e-16 * (1.0 + std::abs(expected[t])));
  }
}

TEST(Transform, KeepsTiesOfEqualRatios) {
  const std::vector<double> returns =
      transformed<double>({10, 11, 10, 20, 22}, Transform::log_return);
  EXPECT_EQ(returns[0], returns[3]);
  EXPECT_EQ(transformed<double>({7, 7}, Transform::log_return), std::vector<double>{0.0});
}

TEST(Transform, SurvivesRatiosBeyondTheRange) {
  const std::vector<double> returns =
      transformed<double>({1e-300, 1e300, 1e-300}, Transform::log_return);
  EXPECT_NEAR(returns[0], 600 * std::log(10.0), 1e-12);
  EXPECT_NEAR(returns[1], -600 * std::log(10.0), 1e-12);
}

TEST(Transform, MakesBothNeighboursOfAMissingValueMissing) {
  for (const Transform transform : {Transform::diff, Transform::log_return}) {
    const std::vector<double> changes = transformed<double>({1, 2, nan, 4, 5}, transform);
    ASSERT_EQ(changes.size(), 4u);
    EXPECT_FALSE(std::isnan(changes[0]));
    EXPECT_TRUE(std::isnan(changes[1]));
    EXPECT_TRUE(std::isnan(changes[2]));
    EXPECT_FALSE(std::isnan(changes[3]));
  }
}

TEST(Transform, CarriesInfinityOn) {
  for (const Transform transform : {Transform::diff, Transform::log_return}) {
    const std::vector<double> changes = transformed<double>({1, infinity, infinity, 1}, transform);
    EXPECT_EQ(changes[0], infinity);
    EXPECT_TRUE(std::isnan(changes[1]));
    EXPECT_EQ(changes[2], -infinity);
  }
}

TEST(Transform, ComputesInDoublesFromFloats) {
  EXPECT_EQ(transformed<float>({1.0f, 1.1f}, Transform::diff),
            std::vector<double>{static_cast<double>(1.1f) - 1.0});
}

TEST(Transform, NamesTheValueThatHasNoLogReturn) {
  EXPECT_EQ(message_of([] {
              transformed<double>({1, 2, 0, 3}, Transform::log_return);
            }),
            "x.csv: series 'A', index '2': the value 0 has no log-return, expected a number > 0");
  EXPECT_EQ(
      message_of([] {
        transformed<float>({-0.5f, 1}, Transform::log_return);
      }),
      "x.csv: series 'A', index '0': the value -0.5 has no log-return, expected a number > 0");
  EXPECT_EQ(
      message_of([] {
        transformed<double>({1, -infinity}, Transform::log_return);
      }),
      "x.csv: series 'A', index '1': the value -inf has no log-return, expected a number > 0");
}

}  // namespace
}  // namespace tailfit::tools
