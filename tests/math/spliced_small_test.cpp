// Rows of parameters with masses that are too small for a double: logarithms of probabilities and
// what is given a value beyond which there is no more.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "kernels/math/spliced.hpp"
#include "kernels/math/spliced_gradients.hpp"

namespace {

namespace k = tailfit::kernels;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr k::GivenTail no_tail{0.0, 0.0, 1.0};

// Bins of width 1 from 0 on.
class Row {
 public:
  Row(std::vector<double> weights, bool are_logits, k::GivenTail lower, k::GivenTail upper)
      : weights_(std::move(weights)), memory_(4 * (weights_.size() + 1)) {
    for (std::size_t b = 0; b <= weights_.size(); ++b) edges_.push_back(static_cast<double>(b));
    row_ = k::row_of_given({lower, upper, weights_.data(), edges_.data(), true, are_logits,
                            static_cast<std::int64_t>(weights_.size())},
                           memory_.data());
  }
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;
  const k::SplicedRow& get() const { return row_; }

  double log_sf(double x) const { return k::spliced_log_sf(row_, x); }
  double log_cdf(double x) const { return k::spliced_log_cdf(row_, x); }
  double log_pdf(double x) const { return k::spliced_log_pdf(row_, x); }
  double mean_excess(double x) const { return k::spliced_mean_excess(row_, x); }

 private:
  std::vector<double> weights_;
  std::vector<double> edges_;
  std::vector<double> memory_;
  k::SplicedRow row_;
};

void expect_log(double found, double expected) {
  EXPECT_NEAR(found / expected, 1.0, 1e-15) << found << " for " << expected;
}

TEST(SmallMasses, LogitsFarBelowTheGreatestHaveLogarithms) {
  const Row row({0.0, -800.0, -801.0, -900.0}, true, no_tail, no_tail);
  const double behind = std::log1p(std::exp(-1.0) + std::exp(-100.0));  // of the last three
  expect_log(row.log_sf(1.0), -800.0 + behind);
  expect_log(row.log_sf(1.5), -800.0 + std::log(0.5 + std::exp(-1.0)));
  expect_log(row.log_sf(3.75), -900.0 + std::log(0.25));
  EXPECT_EQ(row.log_sf(4.0), -infinity);
  EXPECT_EQ(row.log_cdf(2.0), 0.0);
  expect_log(row.log_pdf(1.0), -800.0);
  expect_log(row.log_pdf(4.0), -900.0);
  EXPECT_EQ(k::spliced_pdf(row.get(), 1.0), 0.0);

  const Row mirrored({-900.0, -801.0, -800.0, 0.0}, true, no_tail, no_tail);
  EXPECT_EQ(mirrored.log_cdf(3.0), row.log_sf(1.0));
  EXPECT_EQ(mirrored.log_cdf(0.25), row.log_sf(3.75));
  EXPECT_EQ(mirrored.log_cdf(0.0), -infinity);
}

TEST(SmallMasses, WeightsBelowTheDoublesBesideTheGreatestHaveLogarithms) {
  const Row row({1e300, 2e-300, 1e-300, 5e-324}, false, no_tail, no_tail);
  const double decade = std::log(10.0);
  expect_log(row.log_sf(1.0), std::log(3.0) - 600.0 * decade);
  expect_log(row.log_pdf(3.5), std::log(5e-324) - 300.0 * decade);
  const Row empty({1.0, 0.0, 0.0, 0.0}, false, no_tail, no_tail);
  EXPECT_EQ(empty.log_sf(2.0), -infinity);
  EXPECT_EQ(empty.log_pdf(2.0), -infinity);
  EXPECT_TRUE(std::isnan(empty.mean_excess(2.0)));
}

TEST(SmallMasses, ATailsCountsBesideThem) {
  const k::GivenTail tail{1e-315, 0.0, 3.0};
  const Row row({0.0, -720.0, -750.0}, true, no_tail, tail);
  const double of_tail = std::log(1e-315);
  const double of_first = std::exp(-720.0 - of_tail);  // beside the tail
  expect_log(row.log_sf(3.0), of_tail);
  expect_log(row.log_sf(2.0), of_tail + std::log1p(std::exp(-750.0 - of_tail)));
  expect_log(row.log_sf(1.0), of_tail + std::log1p(of_first + std::exp(-750.0 - of_tail)));
  EXPECT_NEAR(row.mean_excess(3.0), 3.0, 1e-14);
}

TEST(SmallMasses, MeanExcessIsThatOfWhatRemains) {
  const Row far({0.0, -800.0, -801.0, -900.0}, true, no_tail, no_tail);
  const Row near({-800.0, -801.0, -900.0}, true, no_tail, no_tail);  // without the first bin
  for (const double x : {0.0, 0.5, 1.0, 1.75, 2.25}) {
    EXPECT_NEAR(far.mean_excess(1.0 + x) / near.mean_excess(x), 1.0, 1e-14) << x;
  }
  EXPECT_NEAR(far.mean_excess(3.5), 0.25, 1e-15);
  EXPECT_TRUE(std::isnan(far.mean_excess(4.0)));
  const Row heavy({0.0, -800.0}, true, no_tail, {1e-310, 1.0, 1.0});
  EXPECT_EQ(heavy.mean_excess(1.5), infinity);
}

TEST(SmallMasses, BothWaysAgreeWhereBothHaveAllDigits) {
  const Row row({0.0, -600.0, -603.0, -601.0}, true, no_tail, {1e-262, 0.3, 1.0});
  for (int i = 0; i < 30; ++i) {
    const double x = 1.0 + 0.1 * i;
    const std::int64_t b = row.get().bin_of(x);
    const double share = static_cast<double>(b) + 1.0 - x;
    expect_log(k::small_log_probability(row.get(), b, share, false), row.log_sf(x));
    EXPECT_NEAR(k::small_mean_excess(row.get(), x) / row.mean_excess(x), 1.0, 1e-13) << x;
  }
}

TEST(SmallMasses, ScoresAndGradientsHaveThem) {
  std::vector<double> logits{-900.0, 0.0, -800.0, -900.0};
  const Row row(logits, true, no_tail, no_tail);
  std::vector<double> slopes(4);
  const k::RowGradient gradient = k::log_pdf_gradient(row.get(), 2.5, slopes.data());
  expect_log(gradient.value, -800.0);
  EXPECT_EQ(slopes, (std::vector<double>{0.0, -1.0, 1.0, 0.0}));
  // Half of the end's bin at least.
  const double log10_of_e = 0.4342944819032518;
  const auto score = [&](double x) {
    return k::spliced_anomaly_score(row.get(), k::place_of(row.get(), x), x);
  };
  expect_log(score(4.0), 900.0 * log10_of_e);
  expect_log(score(0.0), -900.0 * log10_of_e);
  expect_log(score(2.5), (800.0 - std::log(2.0) + std::log(2.0)) * log10_of_e);
}

TEST(SmallMasses, LogarithmsOfAnyLogitsFallAndAreNeverNaN) {
  std::mt19937_64 generator(17);
  std::uniform_real_distribution<double> logit(-3000.0, 3000.0);
  for (int i = 0; i < 500; ++i) {
    std::vector<double> logits(20);
    for (double& l : logits) l = i % 3 == 0 ? 0.3 * logit(generator) : logit(generator);
    const k::GivenTail tail{i % 2 == 0 ? 0.0 : 1e-310, -0.2, 1.0};
    const Row row(logits, true, tail, i % 4 < 2 ? tail : no_tail);
    double before = 0.0;
    double after = -infinity;
    for (int j = 0; j < 160; ++j) {
      const double x = j / 8.0;
      EXPECT_LE(row.log_sf(x), before + 1e-12 * std::fabs(before));
      EXPECT_GE(row.log_cdf(x), after - 1e-12 * std::fabs(after));
      before = row.log_sf(x);
      after = row.log_cdf(x);
      EXPECT_GT(before, -infinity);
      EXPECT_GT(row.log_pdf(x), -infinity);
      EXPECT_GT(row.mean_excess(x), 0.0);
    }
  }
}

// A difference of logits of some 500 alone is off by 2^-44, and so were the probabilities.
TEST(SmallMasses, OfLogitsFarApartKeepTheirDigits) {
  const Row row({4.23389246280982, -553.2161031365445}, true, {0.1, 0.1, 1.0}, no_tail);
  EXPECT_NEAR(k::spliced_sf(row.get(), 1.0) / 7.19093699575880704e-243, 1.0, 2e-15);
}

// Masses and scales whose products are too small for a double.
TEST(SmallMasses, MeanExcessesOfSmallScalesAreNumbers) {
  const std::vector<double> weights{1.0};
  const auto at_threshold = [&](double edge, double mass, double scale) {
    const std::vector<double> edges{0.0, edge};
    std::vector<double> memory(8);
    const k::SplicedRow row = k::row_of_given(
        {{0.1, 0.0, scale}, {mass, 0.5, scale}, weights.data(), edges.data(), true, false, 1},
        memory.data());
    return k::spliced_mean_excess(row, edge);
  };
  EXPECT_DOUBLE_EQ(at_threshold(1e-150, 1e-200, 1e-150), 2e-150);
  EXPECT_DOUBLE_EQ(at_threshold(1e-307, 1e-10, 1e-307), 2e-307);
  EXPECT_DOUBLE_EQ(at_threshold(1.0, 1e-10, 3.0), 6.0);
  // In the body: half of a bin's mass on either side, and nothing else above.
  const std::vector<double> edges{0.0, 1e-300};
  std::vector<double> memory(8);
  const k::SplicedRow row = k::row_of_given(
      {{1.0 - 0x1p-50, 0.0, 1.0}, no_tail, weights.data(), edges.data(), true, false, 1},
      memory.data());
  EXPECT_DOUBLE_EQ(k::spliced_mean_excess(row, 0.5e-300), 0.25e-300);
}

TEST(SmallMasses, TheLogarithmOfOneHasNoSign) {
  const Row row({1.0}, false, no_tail, no_tail);
  EXPECT_FALSE(std::signbit(row.log_sf(-1.0)));
  EXPECT_FALSE(std::signbit(row.log_cdf(2.0)));
}

}  // namespace
