// Quantiles and expected shortfalls at the end of fp64's range: infinite where they are in truth,
// not where something on the way is too large. Exact values: mpmath, 400 bits.
#include "kernels/math/spliced.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace {

namespace k = tailfit::kernels;

constexpr double largest = std::numeric_limits<double>::max();

// Ten values: the lower tail has one, the upper tail `n_upper`, the body the others in one bin.
class HandMade {
 public:
  HandMade(const k::TailParameters& lower, const k::TailParameters& upper)
      : counts_{static_cast<std::uint32_t>(10 - lower.n_exceed - upper.n_exceed)},
        fit_{10, 0, lower, upper, counts_.data(), k::CountsKind::u32, 1, 0.0} {}
  HandMade(const HandMade&) = delete;
  HandMade& operator=(const HandMade&) = delete;

  // In units of 2^-exponent.
  void scale(int exponent) {
    for (k::TailParameters* tail : {&fit_.lower, &fit_.upper}) {
      tail->threshold = std::ldexp(tail->threshold, exponent);
      tail->scale = std::ldexp(tail->scale, exponent);
    }
  }
  // More bins than a body whose edges are not distinct has: its values are in the first.
  void set_bins(std::int64_t n) {
    counts_.resize(static_cast<std::size_t>(n));
    fit_.counts = counts_.data();
    fit_.bins = n;
  }
  double quantile(double p) const { return k::spliced_quantile(k::row_of_fit(fit_, nullptr), p); }
  double shortfall(double p) const {
    return k::spliced_expected_shortfall(k::row_of_fit(fit_, nullptr), p);
  }

 private:
  std::vector<std::uint32_t> counts_;
  k::SplicedParameters fit_;
};

void expect_close(double found, double exact) {
  EXPECT_NEAR(found, exact, 1e-14 * std::abs(exact));  // the condition of the formulas, some ulp
}

TEST(Spliced, AThresholdFarBelowZeroBringsAnExcessBeyondTheRangeBack) {
  const HandMade fit({-4.32e307, -1.0, 9.76e305, 1},
                     {-4.20991677e+307, -0.16753511011455624, 5.898623112307058e+307, 8});
  expect_close(fit.quantile(0.98), 0x1.565c24d63bf47p+1023);
  expect_close(fit.quantile(0.99), 0x1.919e87a48d8bcp+1023);
  expect_close(fit.shortfall(0.95), 0x1.571b807bebc51p+1023);
  expect_close(fit.shortfall(0.98), 0x1.a3eb523509bb9p+1023);
  expect_close(fit.shortfall(0.99), 0x1.d6acd643e4e5bp+1023);
}

// 0.2 * 2^1024, the tail's mean, and 0.8 * -1e307 * 2/9, the upper part of the body.
TEST(Spliced, AMeanBeyondTheRangeCountsWithTheShareOfItsTail) {
  const HandMade fit({-1e307, k::canonical_nan(), k::canonical_nan(), 0}, {0.0, 0.5, 0x1p1023, 1});
  expect_close(fit.shortfall(0.5), 0.4 * 0x1p1023 - 1e307 * (1.6 / 9.0));
}

// The width is beyond the range: all values are in one bin, whatever the scale.
TEST(Spliced, ABodyWithoutEdgesHasNoneAtAnotherScaleEither) {
  HandMade fit({-0x1p1023, k::canonical_nan(), k::canonical_nan(), 0},
               {0x1p1023, 0.5, 0x1p1023, 1});
  fit.set_bins(100);
  // (2^1023 + 2^1024)/5, and 4/5 of the upper 4/9 of the body, whose middle is 2^1023 * 5/9
  expect_close(fit.shortfall(0.5), 0x1p1023 * (0.6 + 0.8 * 5.0 / 9.0));
}

TEST(Spliced, AnEndOfTheSupportIsInfiniteOnlyBeyondTheRange) {
  const HandMade low({-0x1.8p1023, -0.5, 1.0, 1}, {-0x1.8p1023, -0.5, 0x1.4p1023, 1});
  EXPECT_EQ(low.quantile(1.0), 0x1p1023);
  const HandMade high({0x1p1023, -0.5, 0x1p1023, 1}, {0x1p1023, -0.5, 1.0, 1});
  EXPECT_EQ(high.quantile(0.0), -0x1p1023);
  const HandMade beyond({0.0, -0.5, 0x1p1023, 1}, {0.0, -0.5, 0x1p1023, 1});
  EXPECT_EQ(beyond.quantile(1.0), k::infinity());
  EXPECT_EQ(beyond.quantile(0.0), -k::infinity());
}

TEST(Spliced, NumbersThatContradictEachOtherAreNoDistribution) {
  EXPECT_TRUE(std::isnan(HandMade({1.0, 0.1, 1.0, 1}, {0.5, 0.1, 1.0, 1}).quantile(0.5)));
  EXPECT_TRUE(std::isnan(HandMade({0.0, 0.1, 1.0, 6}, {1.0, 0.1, 1.0, 6}).quantile(0.01)));
  EXPECT_TRUE(std::isnan(HandMade({0.0, 0.1, 1.0, -1}, {1.0, 0.1, 1.0, 1}).quantile(0.5)));
  const HandMade no_scale({0.0, 0.1, -1.0, 1}, {1.0, 0.1, 1.0, 1});
  EXPECT_TRUE(std::isnan(no_scale.quantile(0.01)));
  EXPECT_FALSE(std::isnan(no_scale.quantile(0.5)));
}

// Twenty values are said to be in the body; the counts are one more or one less.
TEST(Spliced, SumsThatAreNotTheBodysAreNoDistribution) {
  const std::uint32_t counts[] = {5, 10, 5};
  const double points[] = {0.25, 0.5, 0.75};
  double memory[8];
  const auto answers = [&](std::int64_t n, k::SplicedFunction function, std::int64_t n_points) {
    const k::SplicedParameters fit{
        n, 0, {0.0, 0.1, 1.0, 1}, {3.0, 0.1, 1.0, 1}, counts, k::CountsKind::u32, 3, 0.0};
    k::SplicedRequest request{};
    request.function = function;
    request.points = points;
    request.is_double = true;
    request.n_points = n_points;
    request.above = -k::infinity();
    request.at_most = k::infinity();
    std::vector<double> out(static_cast<std::size_t>(n_points));
    k::evaluate_fit(fit, request, memory, out.data());
    return out;
  };
  for (const auto function : {k::SplicedFunction::quantile, k::SplicedFunction::isf,
                              k::SplicedFunction::crps, k::SplicedFunction::sample}) {
    EXPECT_FALSE(std::isnan(answers(22, function, 1)[0]));
    EXPECT_TRUE(std::isnan(answers(21, function, 1)[0]));
    EXPECT_TRUE(std::isnan(answers(23, function, 3)[2]));
  }
  // No answer depends on how many points are asked for.
  for (const std::int64_t n : {21, 23}) {
    EXPECT_EQ(answers(n, k::SplicedFunction::cdf, 1)[0], answers(n, k::SplicedFunction::cdf, 3)[0]);
  }
}

// Nor does a body so narrow that its thresholds are one number at the scale where what overflowed
// is computed anew: it is no atom.
TEST(Spliced, BodiesWithoutBinsHaveNoValuesHoweverNarrow) {
  for (const double upper : {1.2e-307, 5e-324}) {
    const k::SplicedParameters fit{
        4, 0, {0.0, 0.1, 1.0, 1}, {upper, 0.1, 1.0, 1}, nullptr, k::CountsKind::none, 10, 0.0};
    const k::SplicedRow row = k::row_of_fit(fit, nullptr);
    EXPECT_TRUE(std::isnan(k::spliced_quantile(row, 0.5)));
    EXPECT_TRUE(std::isnan(k::spliced_isf(row, 0.5)));
    EXPECT_TRUE(std::isnan(k::spliced_expected_shortfall(row, 0.6)));
    EXPECT_EQ(k::spliced_quantile(row, 0.25), 0.0);
  }
}

// What is computed at another scale has the bits of the same numbers at an ordinary one.
TEST(Spliced, ScalesWithTheValuesUpToTheLastDouble) {
  int n_finite = 0;
  int n_infinite = 0;
  for (const double shape : {-1.0, -0.3, -1e-9, 0.0, 0.2, 0.7, 0.999, 1.5}) {
    for (const double threshold : {-1.75, -0.5, 0.25, 1.5}) {
      HandMade ordinary({threshold, shape, 0.8, 3}, {threshold, shape, 1.3, 6});
      HandMade large({threshold, shape, 0.8, 3}, {threshold, shape, 1.3, 6});
      large.scale(1023);
      const auto check = [&](double found, double at_ordinary_scale) {
        const double expected = std::ldexp(at_ordinary_scale, 1023);
        EXPECT_EQ(std::bit_cast<std::uint64_t>(found), std::bit_cast<std::uint64_t>(expected))
            << shape << ", " << threshold << ": " << found << ", " << expected;
        (std::isfinite(expected) ? n_finite : n_infinite) += 1;
      };
      for (const double p : {0.0, 1e-12, 0.001, 0.05, 0.2, 0.39, 0.45, 0.7, 0.97, 0.999, 1.0}) {
        check(large.quantile(p), ordinary.quantile(p));
        if (p > 0.0 && p < 1.0) check(large.shortfall(p), ordinary.shortfall(p));
      }
    }
  }
  EXPECT_GT(n_finite, 200);
  EXPECT_GT(n_infinite, 100);
}

TEST(Spliced, WhatIsNotFittedIsTheCanonicalNan) {
  const double nan = std::bit_cast<double>(std::uint64_t{0xFFF8000000000001});
  const HandMade fit({-1.0, nan, nan, 1}, {1.0, nan, nan, 1});
  for (const double found : {fit.quantile(0.01), fit.quantile(0.99), fit.shortfall(0.01),
                             fit.shortfall(0.99), fit.shortfall(0.5)}) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(found), 0x7FF8000000000000u);
  }
}

TEST(Gpd, PowerBeyondTheRangeTimesASmallScaleIsANumber) {
  EXPECT_NEAR(k::gpd_isf({2.0, 1e-300}, 0x1p-996) / 0x1.56e1fc2f8f359p+994, 1.0, 1e-12);
  EXPECT_NEAR(k::gpd_isf({10.0, 5e-324}, 0x1p-209) / 0x1.999999999999ap+1012, 1.0, 1e-12);
  EXPECT_EQ(k::gpd_isf({10.0, 5e-324}, 0x1p-215), k::infinity());
  EXPECT_EQ(k::gpd_isf({0.5, largest}, 0x1p-10), k::infinity());
}

TEST(Gpd, MeanBeyondAnInfiniteExcessIsInfinite) {
  EXPECT_EQ(k::gpd_mean_beyond({-1e-3, 1e308}, k::infinity()), k::infinity());
}

}  // namespace
