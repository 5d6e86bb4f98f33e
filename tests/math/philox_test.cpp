// The generator against the published vectors, and draws against the distribution they are of.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "kernels/math/spliced.hpp"
#include "tests/math/random_rows.hpp"

namespace {

namespace k = tailfit::kernels;
using tailfit::tests::RandomFit;

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<std::uint32_t> words(const k::PhiloxBlock& block) {
  return {block.word, block.word + 4};
}

// kat_vectors of Random123: philox4x32 10.
TEST(Philox, GivesThePublishedVectors) {
  EXPECT_EQ(words(k::philox({{0, 0, 0, 0}}, 0, 0)),
            (std::vector<std::uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffffu;
  EXPECT_EQ(words(k::philox({{ones, ones, ones, ones}}, ones, ones)),
            (std::vector<std::uint32_t>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(
      words(k::philox({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0)),
      (std::vector<std::uint32_t>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, UnitNumbersLieBetweenZeroAndOneFromBothSides) {
  for (const std::uint64_t bits : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 63,
                                   ~std::uint64_t{0}, ~std::uint64_t{0} >> 1}) {
    const k::UnitNumber u = k::unit_number(bits);
    EXPECT_GT(u.below, 0.0);
    EXPECT_GT(u.above, 0.0);
    EXPECT_LE(u.below, 1.0);
    EXPECT_LE(u.above, 1.0);
    EXPECT_NEAR(u.below + u.above, 1.0, 1e-15);
    EXPECT_EQ(u.above, k::unit_number(~bits).below);
  }
}

k::SplicedRequest draws(std::int64_t n, std::uint64_t seed) {
  k::SplicedRequest request{};
  request.function = k::SplicedFunction::sample;
  request.n_points = n;
  request.seed = seed;
  request.above = -infinity;
  request.at_most = infinity;
  return request;
}

std::vector<double> sample(const k::SplicedRow& row, const k::SplicedRequest& request) {
  std::vector<double> x(static_cast<std::size_t>(request.n_points));
  k::sample_row(k::SerialGroup{}, row, request, x.data());
  return x;
}

// Uniform if the draws are of the distribution; in order.
std::vector<double> transformed(const k::SplicedRow& row, const std::vector<double>& x,
                                double above, double at_most) {
  const double first = above > -infinity ? k::spliced_cdf(row, above) : 0.0;
  const double last = at_most < infinity ? k::spliced_cdf(row, at_most) : 1.0;
  std::vector<double> u;
  for (const double value : x) u.push_back((k::spliced_cdf(row, value) - first) / (last - first));
  std::sort(u.begin(), u.end());
  return u;
}

// Kolmogorov & Smirnov's distance times sqrt(n).
double kolmogorov_smirnov(const std::vector<double>& u) {
  const auto n = static_cast<double>(u.size());
  double distance = 0.0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    const auto rank = static_cast<double>(i);
    distance = std::max({distance, u[i] - rank / n, (rank + 1.0) / n - u[i]});
  }
  return distance * std::sqrt(n);
}

// Anderson & Darling's A^2, which looks into the tails.
double anderson_darling(const std::vector<double>& u) {
  const auto n = static_cast<double>(u.size());
  double sum = 0.0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    const double weight = 2.0 * static_cast<double>(i) + 1.0;
    sum += weight * (std::log(u[i]) + std::log1p(-u[u.size() - 1 - i]));
  }
  return -n - sum / n;
}

// Seeds are fixed: what passes once passes always. 1.95 and 6.0 are the statistics' 99.9 % points
// (Smirnov 1948; Marsaglia & Marsaglia 2004); one of 200 may lie beyond.
TEST(Sample, PassesKolmogorovSmirnovAndAndersonDarling) {
  std::mt19937_64 generator(11);
  int n_beyond = 0;
  int n_tests = 0;
  for (int i = 0; i < 60; ++i) {
    RandomFit fit(generator);
    const k::SplicedRow row = fit.row();
    const double upper = k::spliced_quantile(row, 0.97);
    const double lower = k::spliced_quantile(row, 0.2);
    const struct {
      double above;
      double at_most;
    } ranges[] = {{-infinity, infinity}, {upper, infinity}, {-infinity, lower}, {lower, upper}};
    for (const auto& range : ranges) {
      if (!(k::spliced_cdf(row, range.at_most) > k::spliced_cdf(row, range.above))) continue;
      k::SplicedRequest request = draws(4000, 100 + static_cast<std::uint64_t>(i));
      request.above = range.above;
      request.at_most = range.at_most;
      const std::vector<double> x = sample(row, request);
      for (const double value : x) {
        ASSERT_GT(value, range.above);
        ASSERT_LE(value, range.at_most);
      }
      const std::vector<double> u = transformed(row, x, range.above, range.at_most);
      // Values are rounded, so the outermost may be 0 or 1.
      const bool has_ends = u.front() <= 0.0 || u.back() >= 1.0;
      n_beyond += kolmogorov_smirnov(u) > 1.95 ? 1 : 0;
      n_beyond += !has_ends && anderson_darling(u) > 6.0 ? 1 : 0;
      n_tests += has_ends ? 1 : 2;
    }
  }
  EXPECT_GT(n_tests, 300);
  EXPECT_LE(n_beyond, 3);
}

// An exponential tail is the same beyond any of its values, however small the probability of that.
TEST(Sample, IsRightWhereTheProbabilityOfTheIntervalIsTooSmall) {
  const double weight = 1.0, edges[] = {0.0, 1.0};
  double memory[8];
  const k::GivenTail tail{0.1, 0.0, 1.0};
  const k::SplicedRow row = k::row_of_given({tail, tail, &weight, edges, true, false, 1}, memory);
  for (const double distance : {650.0, 743.0, 800.0, 1e6}) {
    for (const double length : {infinity, 0.5}) {
      for (const bool upper : {true, false}) {
        k::SplicedRequest request = draws(4000, 7);
        (upper ? request.above : request.at_most) = upper ? 1.0 + distance : -distance;
        (upper ? request.at_most : request.above) =
            upper ? 1.0 + distance + length : -distance - length;
        std::vector<double> u;
        for (const double x : sample(row, request)) {
          ASSERT_TRUE(x > request.above && x <= request.at_most) << x;
          const double beyond = upper ? x - request.above : request.at_most - x;
          u.push_back(std::expm1(-beyond) / std::expm1(-length));
        }
        std::sort(u.begin(), u.end());
        EXPECT_LT(kolmogorov_smirnov(u), 1.95) << distance << ' ' << length << ' ' << upper;
      }
    }
  }
  k::SplicedRequest request = draws(2, 7);
  request.above = 800.0;
  request.at_most = 800.0;
  EXPECT_TRUE(std::isnan(sample(row, request)[0]));
}

// The statistics see a distribution that is slightly another.
TEST(Sample, TheTestsSeeAWrongShape) {
  std::mt19937_64 generator(12);
  RandomFit fit(generator);
  k::SplicedRow row = fit.row();
  row.n -= row.upper.mass;
  row.upper = {row.upper.threshold, row.n, {0.3, 1.0}};
  row.n += row.upper.mass;
  const std::vector<double> x = sample(row, draws(20'000, 5));
  EXPECT_LT(kolmogorov_smirnov(transformed(row, x, -infinity, infinity)), 1.95);
  row.upper.gpd.scale *= 1.1;
  EXPECT_GT(kolmogorov_smirnov(transformed(row, x, -infinity, infinity)), 1.95);
}

TEST(Sample, ADrawDoesNotDependOnItsBatch) {
  std::mt19937_64 generator(13);
  RandomFit fit(generator);
  const k::SplicedRow row = fit.row();
  k::SplicedRequest request = draws(100, 77);
  request.series = 5;
  const std::vector<double> all = sample(row, request);
  for (const std::int64_t first : {0, 1, 7, 50}) {
    k::SplicedRequest part = request;
    part.first_draw = first;
    part.n_points = 3;
    const std::vector<double> some = sample(row, part);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(some[i], all[static_cast<std::size_t>(first) + i]);
    }
  }
  request.series = 6;
  EXPECT_NE(sample(row, request), all);
  request.series = 5;
  request.seed = 78;
  EXPECT_NE(sample(row, request), all);
}

TEST(Sample, HasNoValueWhereThereIsNone) {
  std::mt19937_64 generator(14);
  RandomFit fit(generator);
  const k::SplicedRow row = fit.row();
  k::SplicedRequest request = draws(3, 1);
  request.above = 1.0;
  request.at_most = 1.0;
  for (const double x : sample(row, request)) EXPECT_TRUE(std::isnan(x));
  request.at_most = std::numeric_limits<double>::quiet_NaN();
  for (const double x : sample(row, request)) EXPECT_TRUE(std::isnan(x));
  for (const double x : sample({}, draws(3, 1))) EXPECT_TRUE(std::isnan(x));
}

}  // namespace
