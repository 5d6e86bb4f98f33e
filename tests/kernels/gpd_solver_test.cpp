#include "kernels/fit/gpd_solver.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "kernels/group/serial_group.hpp"
#include "tests/exact/sample_line.hpp"
#include "tests/kernels/gpd_samples.hpp"

namespace {

namespace k = tailfit::kernels;
namespace bits = tailfit::kernels::status_bits;
using tailfit::tests::gpd_loglik;
using tailfit::tests::gpd_sample;

k::TailFit fit(std::vector<double> excess, bool take_higher = false) {
  const auto n = static_cast<std::int64_t>(excess.size());
  std::vector<char> scratch(static_cast<std::size_t>(k::canonical_scratch_bytes(n)));
  return k::fit_gpd(k::SerialGroup{}, excess.data(), n, scratch.data(), take_higher);
}

// A sample of the distribution whose profile is constant: xi(u) = W((e^u - 1)/e), W Lambert's
// function, so that p' = 0 for all u. Its quantiles, raised to 1 + bend.
std::vector<double> flat_sample(int n, long double bend = 0.0L) {
  std::vector<double> excess;
  for (int i = 0; i < n; ++i) {
    const long double v = 3.14159265358979323846264338327950288L * (i + 0.5L) / n;
    const long double y = std::sin(v) / v * std::exp(v * std::cos(v) / std::sin(v) - 1.0L);
    excess.push_back(static_cast<double>(std::pow(std::max(y, 1e-290L), 1.0L + bend)));
  }
  return excess;
}

TEST(GpdSolver, AProfileThatIsFlatAllOverIsFittedInFewPasses) {
  for (const int n : {48, 60, 100, 150, 250, 1000, 10000, 100000}) {
    const k::TailFit result = fit(flat_sample(n));
    EXPECT_TRUE(std::isfinite(result.shape)) << n;
    EXPECT_LE(result.passes, 1000) << n;
    // p is constant to within |p'| times the range of u: uniform_p = -1 everywhere.
    EXPECT_NEAR(result.loglik / n, 0.0, 1e-4) << n;
  }
}

// |p'| is 2e-12 to 6e-12 at its extrema there: small, but what exists is decided. The expected
// numbers are of 40-digit and long double searches.
TEST(GpdSolver, ANearlyFlatProfileHasTheRightMaximum) {
  const k::TailFit root = fit(flat_sample(100, 2e-11L));
  EXPECT_NEAR(root.shape, 9.96646695677, 1e-13 / 5.65e-7);
  EXPECT_EQ(root.flags & (bits::shape_capped | bits::no_interior_maximum), 0u);
  EXPECT_EQ(fit(flat_sample(250, 3e-11L)).flags & bits::shape_capped, bits::shape_capped);
  EXPECT_NEAR(fit(flat_sample(48)).shape, 8.8918838866, 1e-13 / 1.2e-4);
}

TEST(GpdSolver, SignsThatOnlyNoiseChangesAreNotMaxima) {
  std::ifstream file(TAILFIT_KERNEL_TESTS_DIR "/flat_samples.txt");
  int n_samples = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::vector<double> numbers = tailfit::tests::sample_of(line);
    const double expected = numbers[0];
    const double tolerance = numbers[1];
    const k::TailFit result = fit({numbers.begin() + 2, numbers.end()});
    EXPECT_NEAR(result.shape, expected, tolerance) << "sample " << n_samples;
    EXPECT_EQ((result.flags & bits::shape_capped) != 0, expected == 10.0) << n_samples;
    ++n_samples;
  }
  EXPECT_EQ(n_samples, 3);
}

// Excesses close to the largest beside a bulk of mean below 1/16: 1 + theta*y cancels where u is
// far below zero, and four of them multiply to less than a rounding error.
TEST(GpdSolver, FourExcessesNextToTheLargestAreFitted) {
  std::vector<double> excess{0x1p+0};
  excess.insert(excess.end(), 3, 0x1.db3c2133644e7p-5);
  excess.insert(excess.end(), 4, 0x1.fffffffffdcd1p-1);
  excess.insert(excess.end(), 1131, 0x1.db3c2133644e7p-5);
  const k::TailFit result = fit(excess);
  EXPECT_NEAR(result.shape, 0.00021231858297695653, 1e-9);
  EXPECT_NEAR(result.loglik, 2025.42600827292872, 1e-10 * 1139);
  std::mt19937_64 random(17);
  for (const int k : {1000, 30'000}) {
    std::vector<double> bulk;
    for (int i = 0; i < k; ++i) {
      bulk.push_back(i < 10 ? 1.0 - 1e-7 * i
                            : std::uniform_real_distribution<double>(0.01, 0.09)(random));
    }
    for (int order = 0; order < 3; ++order) {
      if (order == 1) std::sort(bulk.begin(), bulk.end());
      if (order == 2) std::reverse(bulk.begin(), bulk.end());
      EXPECT_TRUE(std::isfinite(fit(bulk).shape)) << k << " excesses, order " << order;
    }
  }
}

// A sum of equal terms rounds the same way each time: near u = 0, where p' is a difference of terms
// as large as 1/u, that moved the shape by more than the limit. Expected: 60 digits.
TEST(GpdSolver, TiesInOrderDoNotMoveAShapeNearZero) {
  std::vector<double> excess;
  const auto add = [&](int n, double y) {
    excess.insert(excess.end(), static_cast<std::size_t>(n), y);
  };
  add(500762, 0x1.49ed98454b4dep+89);
  add(228138, 0x1.eddf75cc17c2fp+92);
  add(263763, 0x1.f13c9a7c16174p+93);
  add(7337, 0x1p+94);
  EXPECT_NEAR(fit(excess).shape, 0.0031712414975616, 9.9e-9);
}

TEST(GpdSolver, IdenticalExcessesHaveNoInteriorMaximum) {
  const k::TailFit result = fit({2.5, 2.5, 2.5});
  EXPECT_EQ(result.shape, -1.0);
  EXPECT_EQ(result.scale, 2.5);
  EXPECT_DOUBLE_EQ(result.loglik, -3.0 * std::log(2.5));
  EXPECT_EQ(result.flags, bits::no_interior_maximum | bits::irregular);
}

TEST(GpdSolver, ALogLikelihoodOfZeroIsNotNegativeZero) {
  const k::TailFit result = fit({1.0, 1.0});  // uniform on (0, 1)
  EXPECT_EQ(result.loglik, 0.0);
  EXPECT_FALSE(std::signbit(result.loglik));
}

TEST(GpdSolver, LogLikelihoodIsTheTextbooksAtTheEstimate) {
  std::mt19937_64 random(21);
  for (const double shape : {-0.4, 0.0, 0.3, 1.0, 2.0}) {
    const std::vector<double> excess = gpd_sample(random, 200, shape, 3.0);
    const k::TailFit result = fit(excess);
    const double expected = gpd_loglik(excess, result.shape, result.scale);
    EXPECT_NEAR(result.loglik, expected, 1e-12 * 200 * (1.0 + std::abs(expected) / 200));
  }
}

// Nothing on a dense grid of (shape, theta) inside (-1, 10) is higher than the answer.
TEST(GpdSolver, NoPointOfADenseGridIsHigher) {
  std::mt19937_64 random(22);
  int n_interior = 0;
  for (int i = 0; i < 400; ++i) {
    const auto size = static_cast<std::int64_t>(2 + random() % 40);
    const double shape = -0.8 + 0.1 * static_cast<double>(random() % 30);
    const std::vector<double> excess = gpd_sample(random, size, shape, 1.0);
    const k::TailFit result = fit(excess, true);  // the higher of interior and boundary
    if ((result.flags & bits::no_interior_maximum) == 0) ++n_interior;
    const double largest = *std::max_element(excess.begin(), excess.end());
    for (double u = -30.0; u < 40.0; u += 0.05) {
      if (std::abs(u) < 0.01) continue;
      const double theta = std::expm1(u) / largest;
      double xi = 0.0;
      for (const double y : excess) xi += std::log1p(theta * y) / static_cast<double>(size);
      if (!(xi > -0.999 && xi < 10.0)) continue;
      if ((result.flags & bits::no_interior_maximum) != 0) continue;  // compared below
      ASSERT_LE(gpd_loglik(excess, xi, xi / theta),
                result.loglik + 1e-9 * static_cast<double>(size))
          << "sample " << i << ", u = " << u << ", answer " << result.shape;
    }
  }
  EXPECT_GT(n_interior, 200);
}

// Without an interior maximum the profile falls from xi = -1 on: no local maximum on a dense walk.
TEST(GpdSolver, NoInteriorMaximumMeansThatTheProfileFallsAllTheWay) {
  std::mt19937_64 random(23);
  int n_without = 0;
  for (int i = 0; i < 300; ++i) {
    const std::vector<double> excess = gpd_sample(random, 10, -0.4, 1.0);
    const k::TailFit result = fit(excess);
    if ((result.flags & bits::no_interior_maximum) == 0) continue;
    ++n_without;
    const double largest = *std::max_element(excess.begin(), excess.end());
    double previous = INFINITY;
    for (double u = -12.0; u < 12.0; u += 0.02) {
      const double theta = std::expm1(u) / largest;
      double xi = 0.0;
      for (const double y : excess) xi += std::log1p(theta * y) / 10.0;
      if (!(xi > -1.0 && xi < 10.0) || std::abs(u) < 0.005) continue;
      const double loglik = gpd_loglik(excess, xi, xi / theta);
      ASSERT_LE(loglik, previous + 1e-9) << "sample " << i << ", u = " << u;
      previous = loglik;
    }
  }
  EXPECT_GT(n_without, 100);
}

TEST(GpdSolver, ScalingByAPowerOfTwoIsExact) {
  std::mt19937_64 random(24);
  for (int i = 0; i < 200; ++i) {
    const auto size = static_cast<std::int64_t>(1 + random() % 300);
    std::vector<double> excess = gpd_sample(random, size, 0.3, 1.0);
    const k::TailFit base = fit(excess);
    for (const int power : {-900, -40, 40, 900}) {
      std::vector<double> scaled = excess;
      for (double& y : scaled) y = std::ldexp(y, power);
      const k::TailFit result = fit(scaled);
      ASSERT_EQ(result.shape, base.shape);
      ASSERT_EQ(result.scale, std::ldexp(base.scale, power));
      ASSERT_EQ(result.flags, base.flags);
      const double shift = static_cast<double>(size) * power * std::log(2.0);
      ASSERT_NEAR(result.loglik, base.loglik - shift, 1e-12 * std::abs(shift));
    }
  }
}

TEST(GpdSolver, ATinySmallestExcessMakesSeveralMaximaAndTheHighestInteriorOneIsKept) {
  std::vector<double> excess = {1e-12, 0.4, 0.5, 0.7, 0.9, 1.0, 1.3, 1.9, 2.4, 3.7};
  const k::TailFit result = fit(excess);
  EXPECT_GT(result.shape, -1.0);
  EXPECT_LT(result.shape, 10.0);
  EXPECT_NEAR(result.loglik, gpd_loglik(excess, result.shape, result.scale), 1e-9);
}

TEST(GpdSolver, StillRisingAtShapeTenIsCappedThereWithItsBestScale) {
  std::mt19937_64 random(25);
  const std::vector<double> excess = gpd_sample(random, 50, 14.0, 1.0);
  const k::TailFit result = fit(excess);
  EXPECT_EQ(result.shape, 10.0);
  EXPECT_EQ(result.flags, bits::shape_capped);
  const double here = gpd_loglik(excess, 10.0, result.scale);
  EXPECT_NEAR(result.loglik, here, 1e-10 * std::abs(here));
  EXPECT_GT(here, gpd_loglik(excess, 10.0, result.scale * 1.001));
  EXPECT_GT(here, gpd_loglik(excess, 10.0, result.scale / 1.001));
}

// The predictions of two passes disagree in between, where one has the shape at 8.8 and the other
// above 10; the maximum is at 9.15.
TEST(GpdSolver, AMaximumJustBelowTheCapIsNotJumpedOver) {
  const k::TailFit result = fit(
      {0x1.259adfbf3c9cfp+23, 0x1.75f17dde20fadp-3,  0x1.ae2c6060837b3p+6,  0x1.9012bca7ebc8p+26,
       0x1.339e4d46bc6e1p+19, 0x1.0897410808c02p+14, 0x1.935e08cf6815dp-1,  0x1.9445f0484fb1bp+9,
       0x1.0f8f9b89221edp+20, 0x1.688238c8f379p+5,   0x1.a3e83543bec48p-2,  0x1.1506965e8880fp-2,
       0x1.40ddbe27e9fd3p+30, 0x1.7c3541ca7f794p+14, 0x1.550bf03462d03p+10, 0x1.a1b6b63225c3cp+27,
       0x1.7395c07a7dd9fp+3,  0x1.b49ec26fd4ecfp+7,  0x1.d2b40b48f5dd9p+5,  0x1.eadf625cce98bp-2});
  EXPECT_NEAR(result.shape, 9.1546893691770705, 1e-9);
  EXPECT_EQ(result.flags, 0u);
}

TEST(GpdSolver, OneHugeOutlierIsFittedOverThreeHundredDecades) {
  for (const double outlier : {1e3, 1e6, 1e12, 1e100, 1e250, 1e300}) {
    std::vector<double> excess = {0.1, 0.3, 0.2, 0.6, 0.5, 1.1, 0.9, 0.4, 0.8, 0.7};
    excess.push_back(outlier);
    const k::TailFit result = fit(excess);
    EXPECT_TRUE(std::isfinite(result.shape) && std::isfinite(result.scale)) << outlier;
    EXPECT_GT(result.scale, 0.0);
    const double here = gpd_loglik(excess, result.shape, result.scale);
    EXPECT_NEAR(result.loglik, here, 1e-9 * std::abs(here)) << outlier;
  }
}

// An excess next to nothing beside the others adds 0 to the profile wherever its maximum lies.
TEST(GpdSolver, AnExcessThatVanishesBesideTheOthersIsOneOfZero) {
  std::mt19937_64 random(27);
  std::vector<double> excess = gpd_sample(random, 60, 0.3, 1e10);
  excess.push_back(1e-280);  // 10^-291 of the largest: in range
  const k::TailFit in_range = fit(excess);
  excess.back() = 5e-324;
  const k::TailFit vanishing = fit(excess);
  EXPECT_EQ(vanishing.shape, in_range.shape);
  EXPECT_EQ(vanishing.scale, in_range.scale);
  EXPECT_EQ(vanishing.flags, in_range.flags);
}

// Where the range of fp64 is not enough for the answer, there is none, and the flag says why.
TEST(GpdSolver, SixHundredDecadesAreOutOfRange) {
  std::vector<double> excess;
  for (int i = 0; i < 200; ++i) excess.push_back(i < 100 ? 1e-320 * (i + 1) : 1e300 * (i + 1));
  const k::TailFit result = fit(excess);
  EXPECT_TRUE(std::isnan(result.shape));
  EXPECT_EQ(result.flags, bits::range_overflow);
}

TEST(GpdSolver, TakesTheHigherBoundaryWhenAsked) {
  std::mt19937_64 random(26);
  int n_seen = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::vector<double> excess = gpd_sample(random, 10, -0.3, 1.0);
    const k::TailFit interior = fit(excess);
    if ((interior.flags & bits::boundary_higher) == 0) continue;
    ++n_seen;
    const k::TailFit boundary = fit(excess, true);
    ASSERT_GT(boundary.loglik, interior.loglik);
    ASSERT_EQ(boundary.shape, -1.0);
    ASSERT_EQ(boundary.scale, *std::max_element(excess.begin(), excess.end()));
    ASSERT_NE(boundary.flags & bits::boundary_higher, 0u);
  }
  EXPECT_GT(n_seen, 10);
}

// Counts, not times: passes over the excesses, averaged over sizes and shapes with equal weight. A
// pass over a short tail costs a few predictions and is made where it saves as many.
struct PassCount {
  double average;
  int most;
};

PassCount count_passes(const std::vector<std::int64_t>& sizes) {
  std::mt19937_64 random(27);
  double sum = 0.0;
  int n_cells = 0;
  int most = 0;
  for (const std::int64_t size : sizes) {
    const int repeats = size >= 500 ? 4 : 20;
    for (const double shape :
         {-0.9, -0.6, -0.4, -0.2, 0.0, 1e-9, 0.1, 0.3, 0.5, 1.0, 2.0, 5.0, 12.0}) {
      int passes = 0;
      for (int i = 0; i < repeats; ++i) {
        const k::TailFit result = fit(gpd_sample(random, size, shape, 1.0));
        passes += result.passes;
        most = std::max(most, result.passes);
      }
      sum += static_cast<double>(passes) / repeats;
      ++n_cells;
    }
  }
  return {sum / n_cells, most};
}

TEST(GpdSolver, NeedsFewPassesOverShortTails) {
  const PassCount passes = count_passes({1, 2, 3, 5, 7, 10, 20, 50, 100, 200});
  EXPECT_LE(passes.average, 3.5);
  EXPECT_LE(passes.most, 22);
  EXPECT_GE(passes.average, 1.0);  // passes are counted at all
}

TEST(GpdSolver, NeedsFewPassesOverLongTails) {
  const PassCount passes = count_passes({300, 500, 1000, 5000});
  EXPECT_LE(passes.average, 4.1);
  EXPECT_LE(passes.most, 12);
}

}  // namespace
