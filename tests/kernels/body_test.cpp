#include "kernels/fit/body.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace {

namespace k = tailfit::kernels;

TEST(Body, EdgesAreLinspacesAndTheLastIsTheThreshold) {
  const k::BodyGrid grid = k::make_body_grid(-0.1, 0.7, 7);
  EXPECT_FALSE(grid.degenerate);
  EXPECT_EQ(k::edge(grid, 0), -0.1);
  const double step = (0.7 - -0.1) / 7.0;
  EXPECT_EQ(k::edge(grid, 3), -0.1 + 3.0 * step);
  EXPECT_EQ(k::edge(grid, 7), 0.7);
}

TEST(Body, ValuesOnAnEdgeBelongToTheBinTheyOpenButTheLastBinIsClosed) {
  const k::BodyGrid grid = k::make_body_grid(0.1, 0.9, 100);
  const k::BinFinder finder = k::make_bin_finder(grid);
  for (std::int64_t b = 0; b < 100; ++b) {
    const double at = k::edge(grid, b);
    EXPECT_EQ(finder.bin(at), b);
    if (b > 0) EXPECT_EQ(finder.bin(std::nextafter(at, 0.0)), b - 1);
  }
  EXPECT_EQ(finder.bin(0.9), 99);
}

TEST(Body, TooNarrowForItsBinsIsDegenerate) {
  EXPECT_TRUE(k::make_body_grid(1.0, 1.0, 10).degenerate);
  EXPECT_TRUE(k::make_body_grid(1.0, std::nextafter(1.0, 2.0), 10).degenerate);
  EXPECT_FALSE(k::make_body_grid(1.0, std::nextafter(1.0, 2.0), 1).degenerate);
  EXPECT_FALSE(k::make_body_grid(0.0, 10 * 4.9e-324, 10).degenerate);
  EXPECT_TRUE(k::make_body_grid(0.0, 9 * 4.9e-324, 10).degenerate);
  EXPECT_TRUE(k::make_body_grid(-1.7e308, 1.7e308, 10).degenerate);  // the width overflows
}

TEST(Body, QuickAndSlowTestOfTheEdgesAgree) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 20'000; ++i) {
    const double lower = std::ldexp(1.0 + static_cast<double>(random() >> 12) * 0x1p-52, 3);
    const double upper = lower + std::ldexp(1.0, -49 + static_cast<int>(random() % 12));
    const auto bins = static_cast<std::int64_t>(1 + random() % 200);
    const k::BodyGrid grid = k::make_body_grid(lower, upper, bins);
    k::BodyGrid plain = grid;
    plain.degenerate = false;
    bool distinct = plain.step > 0.0;
    for (std::int64_t b = 0; b < bins; ++b) {
      distinct = distinct && k::edge(plain, b) < k::edge(plain, b + 1);
    }
    ASSERT_EQ(grid.degenerate, !distinct) << lower << " " << upper << " " << bins;
  }
}

// The proposal is sure nearly everywhere, right wherever it is sure, and does not propose next to
// an edge.
template <class T>
void expect_guesses_right(double lower, double upper, std::int64_t bins, double least_sure) {
  std::mt19937_64 random(6);
  const k::BinFinder finder = k::make_bin_finder(k::make_body_grid(lower, upper, bins));
  const k::BinGuess<T> guess = k::make_bin_guess<T>(finder);
  std::uniform_real_distribution<double> uniform(lower, upper);
  std::int64_t n_sure = 0;
  constexpr int n = 100'000;
  for (int i = 0; i < n; ++i) {
    double x = i % 2 == 0 ? uniform(random) : k::edge(finder.grid, i % (bins + 1));
    x = static_cast<double>(static_cast<T>(x));
    if (x < lower || x > upper) continue;
    std::uint32_t b;
    if (!guess.find(static_cast<T>(x), b)) continue;
    ++n_sure;
    ASSERT_EQ(b, finder.bin(x)) << lower << " " << upper << " " << x;
  }
  EXPECT_GE(static_cast<double>(n_sure), least_sure * n / 2);
}

TEST(Body, TheQuickProposalIsRightWhereItIsSure) {
  expect_guesses_right<float>(-1.7, 1.3, 100, 0.99);
  expect_guesses_right<double>(-1.7, 1.3, 100, 0.99);
  expect_guesses_right<float>(0.1, 0.9, 1000, 0.95);
  expect_guesses_right<float>(1000.0, 1001.0, 100, 0.5);
  expect_guesses_right<double>(1000.0, 1001.0, 100, 0.99);
  expect_guesses_right<float>(1e6, 1e6 + 1.0, 100, 0.0);  // never sure
  expect_guesses_right<float>(-3e-33, 2e-33, 100, 0.0);
  expect_guesses_right<float>(-3e33, 2e33, 100, 0.0);
  expect_guesses_right<double>(-3e-300, 2e-300, 77, 0.0);
  for (int i = 1; i < 60; ++i) {
    expect_guesses_right<float>(-0.37 * i, 0.011 * i * i, 3 * i, 0.9);
    expect_guesses_right<double>(-0.37 * i, 0.011 * i * i, 3 * i, 0.9);
  }
}

TEST(Body, TheFirstProposalIsWithinOneBinHoweverNarrowTheBins) {
  std::mt19937_64 random(7);
  constexpr double unit = std::numeric_limits<double>::denorm_min();
  for (const std::int64_t bins : {3, 100, 20'000}) {
    for (const double width : {1.7, 1.3e-300, 20'150 * unit, 31'234.0 * unit, 2.5e6 * unit}) {
      const k::BinFinder finder =
          k::make_bin_finder(k::make_body_grid(-0.3 * width, 0.7 * width, bins));
      if (finder.grid.degenerate) continue;
      for (int i = 0; i < 2'000; ++i) {
        const double x =
            finder.grid.lower + width * (static_cast<double>(random() >> 12) * 0x1p-52);
        if (x > finder.grid.upper) continue;
        ASSERT_LE(std::abs(finder.proposed_bin(x) - finder.bin(x)), 1) << bins << " " << width;
      }
    }
  }
}

TEST(Body, SubnormalWidthsStillFindTheirBins) {
  constexpr double unit = std::numeric_limits<double>::denorm_min();
  const k::BodyGrid grid = k::make_body_grid(0.0, 100 * unit, 10);
  const k::BinFinder finder = k::make_bin_finder(grid);
  EXPECT_EQ(finder.bin(0.0), 0);
  EXPECT_EQ(finder.bin(9 * unit), 0);
  EXPECT_EQ(finder.bin(10 * unit), 1);
  EXPECT_EQ(finder.bin(100 * unit), 9);
}

}  // namespace
