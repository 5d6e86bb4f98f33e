// Rows of parameters whose outer bins are empty, and other corners that rounding could miss.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "kernels/math/spliced.hpp"

namespace {

namespace k = tailfit::kernels;

constexpr double infinity = std::numeric_limits<double>::infinity();

class Row {
 public:
  Row(std::vector<double> weights, std::vector<double> edges, k::GivenTail lower,
      k::GivenTail upper)
      : weights_(std::move(weights)),
        edges_(std::move(edges)),
        memory_(4 * edges_.size()),
        row_(k::row_of_given({lower, upper, weights_.data(), edges_.data(), true, false,
                              static_cast<std::int64_t>(weights_.size())},
                             memory_.data())) {}
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;
  const k::SplicedRow& get() const { return row_; }

 private:
  std::vector<double> weights_;
  std::vector<double> edges_;
  std::vector<double> memory_;
  k::SplicedRow row_;
};

// Edges 0, 1, ...
std::vector<double> whole_edges(std::size_t bins) {
  std::vector<double> edges;
  for (std::size_t b = 0; b <= bins; ++b) edges.push_back(static_cast<double>(b));
  return edges;
}

TEST(GivenRows, LevelsAtTheBodysEndsLieWhereMassEnds) {
  const k::GivenTail tail{0.05, 0.1, 1.0};
  const k::GivenTail none{0.0, 0.0, 1.0};
  const Row right({1, 1, 1, 0, 0, 0, 0, 0}, whole_edges(8), tail, tail);
  EXPECT_EQ(k::spliced_quantile(right.get(), 0.95), 3.0);
  const Row last({1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0}, whole_edges(11), none, none);
  EXPECT_EQ(k::spliced_quantile(last.get(), 1.0), 6.0);
  EXPECT_EQ(k::spliced_isf(last.get(), 0.0), 6.0);
  const Row first({0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}, whole_edges(11), none, none);
  EXPECT_EQ(k::spliced_quantile(first.get(), 0.0), 5.0);
  EXPECT_EQ(k::spliced_isf(first.get(), 1.0), 5.0);
  EXPECT_EQ(k::spliced_return_level(first.get(), 1.0), 5.0);
}

TEST(GivenRows, ProbabilitiesAreAtMostOneAndHaveQuantiles) {
  std::mt19937_64 generator(31);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  for (int i = 0; i < 2000; ++i) {
    std::vector<double> weights(40);
    for (std::size_t b = 5; b < 33; ++b) weights[b] = unit(generator) < 0.2 ? 0.0 : unit(generator);
    weights[20] = 1.0;
    const k::GivenTail tail{i % 2 == 0 ? 0.0 : 0.05, 0.2, 1.0};
    const Row row(weights, whole_edges(40), tail, tail);
    double before = 0.0;
    for (int b = 0; b <= 40; ++b) {
      const double p = k::spliced_cdf(row.get(), b);
      const double q = k::spliced_sf(row.get(), b);
      EXPECT_LE(p, 1.0);
      EXPECT_LE(q, 1.0);
      EXPECT_GE(p, before);
      before = p;
      EXPECT_FALSE(std::isnan(k::spliced_quantile(row.get(), p)));
      EXPECT_FALSE(std::isnan(k::spliced_isf(row.get(), q)));
    }
    // Where the mass begins and ends.
    if (i % 2 == 0) {
      EXPECT_LE(k::spliced_quantile(row.get(), 1.0), 33.0);
      EXPECT_GE(k::spliced_isf(row.get(), 1.0), 5.0);
    }
  }
}

TEST(GivenRows, EmptyBinsWeighNothing) {
  const k::GivenTail none{0.0, 0.0, 1.0};
  const Row row({1, 0}, {0.0, 1.0, 1e160}, none, none);
  EXPECT_DOUBLE_EQ(k::spliced_variance(row.get()), 1.0 / 12.0);
  EXPECT_DOUBLE_EQ(k::spliced_crps(row.get(), 0.5), 1.0 / 12.0);
}

TEST(GivenRows, BinsWiderThanTheLargestDoubleHaveScores) {
  const k::GivenTail none{0.0, 0.0, 1.0};
  const Row row({1}, {-1.2e308, 1.2e308}, none, none);
  EXPECT_NEAR(k::spliced_crps(row.get(), 0.0) / 2e307, 1.0, 1e-14);  // width/12
  EXPECT_NEAR(k::spliced_mean_excess(row.get(), 0.0) / 6e307, 1.0, 1e-14);
}

TEST(GivenRows, NothingLiesFarBeyondTheSupport) {
  const k::GivenTail none{0.0, 0.0, 1.0};
  const Row row({1}, {-1.0, 0.0}, none, {0.5, -1.5, 1.0});
  EXPECT_EQ(k::spliced_pdf(row.get(), 1.7e308), 0.0);
  EXPECT_EQ(k::spliced_log_pdf(row.get(), 1.7e308), -infinity);
}

// A threshold below all values: the support begins there, not a bin before.
TEST(GivenRows, AFitWithAllItsValuesInTheUpperTailBeginsAtItsThreshold) {
  const std::vector<std::uint32_t> counts(10);
  const k::SplicedParameters fit{50,
                                 0,
                                 {-1.0, std::nan(""), std::nan(""), 0},
                                 {1.0, 0.1, 2.0, 50},
                                 counts.data(),
                                 k::CountsKind::u32,
                                 10,
                                 0.0};
  const k::SplicedRow row = k::row_of_fit(fit, nullptr);
  EXPECT_EQ(k::spliced_quantile(row, 0.0), 1.0);
  EXPECT_EQ(k::spliced_isf(row, 1.0), 1.0);
}

TEST(GivenRows, MeanExcessesSurviveDistancesThatOverflow) {
  const k::GivenTail none{0.0, 0.0, 1.0};
  const Row row({1}, {-1.6e308, -1.5e308}, none, {0.5, 0.25, 1e307});
  // (sigma + xi*(x - u))/(1 - xi), x - u = 3e308.
  EXPECT_NEAR(k::spliced_mean_excess(row.get(), 1.5e308) / (8.5e307 / 0.75), 1.0, 1e-14);
}

// However many bins there are: sums that lose a rounding at each were 30 units off here.
TEST(GivenRows, ProbabilitiesOfManyBinsAreRightToTheLastDigits) {
  constexpr std::size_t bins = 20'000;
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> uniform;
  std::vector<double> weights(bins);
  for (double& weight : weights) weight = uniform(random);
  const Row row(weights, whole_edges(bins), {0.05, 0.1, 1.0}, {0.05, 0.0, 1.0});
  long double all = 0.0L;
  for (const double weight : weights) all += weight;
  const auto unit = static_cast<long double>(std::numeric_limits<double>::epsilon());
  long double below = 0.0L;
  for (std::size_t b = 1; b < bins; ++b) {
    below += weights[b - 1];
    const long double cdf = 0.05L + below / all * 0.9L;
    const auto x = static_cast<double>(b);
    ASSERT_LE(std::abs(k::spliced_cdf(row.get(), x) - cdf), 3.0L * unit * cdf) << b;
    ASSERT_LE(std::abs(k::spliced_sf(row.get(), x) - (1.0L - cdf)), 3.0L * unit * (1.0L - cdf))
        << b;
    ASSERT_GE(k::spliced_cdf(row.get(), x), k::spliced_cdf(row.get(), x - 0.5)) << b;
  }
}

}  // namespace
