// The composite score: what it is, and why it is no score to compare models by.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/math/spliced.hpp"

namespace {

namespace k = tailfit::kernels;

// A histogram of the range with tails.
struct Histogram {
  std::vector<double> logits;
  std::vector<double> edges;
  k::GivenTail tail;  // on both sides

  std::vector<double> scores(const std::vector<double>& x) const {
    const auto bins = static_cast<std::int64_t>(logits.size());
    std::vector<double> memory(4 * edges.size());
    std::vector<double> out(x.size());
    k::SplicedRequest request{};
    request.function = k::SplicedFunction::composite_log_score;
    request.points = x.data();
    request.is_double = true;
    request.n_points = static_cast<std::int64_t>(x.size());
    k::evaluate_given({tail, tail, logits.data(), edges.data(), true, true, bins}, request,
                      memory.data(), out.data());
    return out;
  }
};

Histogram equal_bins(std::vector<double> logits, double low, double high, k::GivenTail tail) {
  Histogram found{std::move(logits), {}, tail};
  const auto bins = static_cast<double>(found.logits.size());
  for (double b = 0.0; b <= bins; b += 1.0) found.edges.push_back(low + (high - low) * b / bins);
  return found;
}

// Of exp(-score), by the middles of small steps, far into the tails.
double integral(const Histogram& of, double from, double to, std::size_t steps) {
  std::vector<double> x;
  const double width = (to - from) / static_cast<double>(steps);
  for (std::size_t i = 0; i < steps; ++i) {
    x.push_back(from + width * (static_cast<double>(i) + 0.5));
  }
  double sum = 0.0;
  for (const double score : of.scores(x)) sum += width * std::exp(-score);
  return sum;
}

// Bins of equal mass: thresholds and every number by hand.
TEST(CompositeScore, IsTheBinsLogarithmAndTheTailsBesideIt) {
  const k::GivenTail tail{0.1, 0.5, 2.0};
  const Histogram four = equal_bins({0.0, 0.0, 0.0, 0.0}, 0.0, 8.0, tail);
  // The thresholds are 0.8 and 7.2.
  const auto in_tail = [](double y) {
    return -(std::log(0.1) - std::log(2.0) - 3.0 * std::log1p(0.25 * y));
  };
  const std::vector<double> found = four.scores({4.0, 0.8, 7.2, 7.7, 0.3, 100.0, -100.0});
  const std::vector<double> expected = {
      std::log(4.0),
      std::log(4.0),
      std::log(4.0),
      std::log(4.0) + in_tail(7.7 - 7.2),
      std::log(4.0) + in_tail(0.8 - 0.3),
      std::log(4.0) + in_tail(100.0 - 7.2),
      std::log(4.0) + in_tail(0.8 + 100.0),
  };
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-13) << i;
}

TEST(CompositeScore, DoesNotIntegrateToOne) {
  // Eleven bins over [-25, 25]: wide bins make it greater than 1.
  const Histogram wide = equal_bins({0.0, 2.0, 2.0, 2.0, 0.0, 0.0, 1.0, 0.0, 1.0, 3.0, 0.0}, -25.0,
                                    25.0, {0.05, 0.1, 1.0});
  EXPECT_GT(integral(wide, -60.0, 60.0, 30'000), 4.0);
  // Of unit width: the body is right, but the tails count their bins' masses too.
  const Histogram unit = equal_bins(std::vector<double>(20, 0.0), 0.0, 20.0, {0.1, 0.1, 1.0});
  EXPECT_NEAR(integral(unit, -80.0, 100.0, 45'000), 0.8 + 2.0 * 0.1 / 20.0, 1e-5);
  // The density of the same bins and tails does.
  std::vector<double> memory(4 * 21);
  const k::SplicedRow row = k::row_of_given(
      {unit.tail, unit.tail, unit.logits.data(), unit.edges.data(), true, true, 20}, memory.data());
  double sum = 0.0;
  for (double x = -79.998; x < 100.0; x += 0.004) sum += 0.004 * k::spliced_pdf(row, x);
  EXPECT_NEAR(sum, 1.0, 1e-5);
}

// One uniform distribution, written with one bin and with fifty.
TEST(CompositeScore, PrefersFewerBinsOfTheSameDistribution) {
  const k::GivenTail none{0.0, 0.1, 1.0};
  const Histogram one = equal_bins({0.0}, 0.0, 50.0, none);
  const Histogram fifty = equal_bins(std::vector<double>(50, 0.0), 0.0, 50.0, none);
  EXPECT_NEAR(one.scores({20.5})[0], 0.0, 1e-15);
  EXPECT_NEAR(fifty.scores({20.5})[0], std::log(50.0), 1e-14);
}

TEST(CompositeScore, IsInfiniteBeyondTheSupportAndNaNOfNoRow) {
  const Histogram bounded = equal_bins({0.0, 0.0}, 0.0, 2.0, {0.1, -0.5, 1.0});
  EXPECT_EQ(bounded.scores({20.0})[0], INFINITY);
  EXPECT_EQ(bounded.scores({-20.0})[0], INFINITY);
  EXPECT_TRUE(std::isnan(bounded.scores({NAN})[0]));
  const Histogram falling{{0.0, 0.0}, {0.0, 2.0, 1.0}, {0.1, 0.1, 1.0}};
  EXPECT_TRUE(std::isnan(falling.scores({0.5})[0]));
  const Histogram too_much = equal_bins({0.0, 0.0}, 0.0, 2.0, {0.6, 0.1, 1.0});
  EXPECT_TRUE(std::isnan(too_much.scores({0.5})[0]));
}

}  // namespace
