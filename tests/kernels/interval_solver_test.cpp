#include "kernels/fit/interval_solver.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "kernels/group/serial_group.hpp"
#include "tests/kernels/gpd_samples.hpp"

namespace {

namespace k = tailfit::kernels;
namespace bits = tailfit::kernels::status_bits;

k::TailFit fit(std::vector<double> excess, double resolution) {
  std::vector<double> scratch(1024 * 8);
  return k::fit_intervals(k::SerialGroup{}, excess.data(), static_cast<std::int64_t>(excess.size()),
                          resolution, scratch.data(), false);
}

double survival(double y, double shape, double scale) {
  const double t = 1.0 + shape * y / scale;
  if (!(t > 0.0)) return 0.0;
  return std::abs(shape) < 1e-12 ? std::exp(-y / scale) : std::pow(t, -1.0 / shape);
}

double interval_loglik(const std::vector<double>& excess, double resolution, double shape,
                       double scale) {
  double sum = 0.0;
  for (const double y : excess) {
    const double start = std::max(0.0, y - 0.5 * resolution);
    sum += std::log(survival(start, shape, scale) - survival(y + 0.5 * resolution, shape, scale));
  }
  return sum;
}

// Cell centres behind a threshold on a cell boundary.
std::vector<double> rounded(const std::vector<double>& excess, double resolution) {
  std::vector<double> result;
  for (const double y : excess) result.push_back((std::floor(y / resolution) + 0.5) * resolution);
  return result;
}

TEST(IntervalSolver, NoPointOfADenseGridIsHigher) {
  std::mt19937_64 random(31);
  int n_interior = 0;
  for (int i = 0; i < 40; ++i) {
    const double shape = -0.4 + 0.1 * static_cast<double>(random() % 12);
    const auto size = static_cast<std::int64_t>(20 + random() % 100);
    const std::vector<double> excess =
        rounded(tailfit::tests::gpd_sample(random, size, shape, 4.0), 1.0);
    const k::TailFit result = fit(excess, 1.0);
    const double here = interval_loglik(excess, 1.0, result.shape, result.scale);
    ASSERT_NEAR(result.loglik, here, 1e-10 * static_cast<double>(size));
    if ((result.flags & (bits::no_interior_maximum | bits::boundary_higher)) != 0) continue;
    ++n_interior;
    for (double xi = -0.99; xi < 4.0; xi += 0.05) {
      for (double log_scale = -2.0; log_scale < 5.0; log_scale += 0.05) {
        const double there = interval_loglik(excess, 1.0, xi, std::exp(log_scale));
        if (std::isfinite(there)) ASSERT_LE(there, result.loglik + 1e-9) << "sample " << i;
      }
    }
  }
  EXPECT_GT(n_interior, 25);
}

TEST(IntervalSolver, AFineResolutionGivesTheExactFit) {
  std::mt19937_64 random(32);
  std::vector<double> excess = tailfit::tests::gpd_sample(random, 200, 0.25, 1.0);
  std::vector<double> copy = excess;
  const k::TailFit exact = k::fit_gpd(k::SerialGroup{}, copy.data(), 200, nullptr, false);
  for (const double resolution : {1e-3, 1e-5, 1e-7}) {
    const k::TailFit result = fit(rounded(excess, resolution), resolution);
    EXPECT_NEAR(result.shape, exact.shape, 2.0 * resolution);
    EXPECT_NEAR(result.scale, exact.scale, 2.0 * resolution);
  }
}

// The probability of a cell underflows, or its width is no normal number: each is the density times
// the width.
TEST(IntervalSolver, AResolutionBelowAllDigitsGivesTheExactFit) {
  std::mt19937_64 random(33);
  for (const double largest : {1.0, 1e290}) {
    std::vector<double> excess = tailfit::tests::gpd_sample(random, 100, 0.25, largest);
    std::vector<double> copy = excess;
    const k::TailFit exact = k::fit_gpd(k::SerialGroup{}, copy.data(), 100, nullptr, false);
    for (const double resolution : {1e-40, 1e-300, 5e-324}) {
      const k::TailFit result = fit(excess, resolution);
      EXPECT_NEAR(result.shape, exact.shape, 1e-8);
      EXPECT_NEAR(result.scale / exact.scale, 1.0, 1e-8);
      EXPECT_NEAR(result.loglik, exact.loglik + 100.0 * std::log(resolution), 1e-8);
    }
  }
}

TEST(IntervalSolver, EverythingInTheFirstCellHasNoInteriorMaximum) {
  const k::TailFit result = fit({0.5, 0.5, 0.5, 0.5}, 1.0);
  EXPECT_EQ(result.shape, -1.0);
  EXPECT_EQ(result.scale, 1.0);
  EXPECT_EQ(result.loglik, 0.0);
  EXPECT_EQ(result.flags, bits::no_interior_maximum | bits::irregular);
}

TEST(IntervalSolver, AnExcessWhoseCellReachesOverTheThresholdIsCutThere) {
  // y = 0.2 with delta = 1 stands for [0, 0.7].
  const std::vector<double> excess = {0.2, 1.2, 2.2, 1.2, 4.2, 0.2, 0.2, 7.2, 3.2, 1.2};
  const k::TailFit result = fit(excess, 1.0);
  EXPECT_NEAR(result.loglik, interval_loglik(excess, 1.0, result.shape, result.scale), 1e-11);
}

// n excesses in each of the first cells behind the threshold.
std::vector<double> counts(const std::vector<int>& n) {
  std::vector<double> excess;
  for (std::size_t cell = 0; cell < n.size(); ++cell) {
    excess.insert(excess.end(), static_cast<std::size_t>(n[cell]), static_cast<double>(cell) + 0.5);
  }
  return excess;
}

// Maxima to 12 digits, found with mpmath.
TEST(IntervalSolver, AMaximumOnTheGridOfShapesIsReached) {
  const k::TailFit two_gaps = fit(counts({10, 4, 0, 2, 2}), 1.0);
  EXPECT_NEAR(two_gaps.shape, 0.0, 1e-9);
  EXPECT_NEAR(two_gaps.scale, 1.0 / std::log(2.0), 1e-9);
  EXPECT_NEAR(two_gaps.loglik, -24.95329850, 1e-8);
  const k::TailFit geometric = fit(counts({18, 5, 1, 1}), 1.0);
  EXPECT_NEAR(geometric.shape, 0.0, 1e-9);
  EXPECT_NEAR(geometric.scale, 0.7982356, 1e-7);
  EXPECT_NEAR(geometric.loglik, -20.93943560, 1e-8);
}

// With no more than half of the excesses in the second of two cells, many shapes give both their
// share.
TEST(IntervalSolver, APlateauOfPerfectFitsIsReached) {
  for (int first = 1; first <= 40; ++first) {
    for (int second = 1; second <= first; ++second) {
      const double size = first + second;
      const double perfect = first * std::log(first / size) + second * std::log(second / size);
      EXPECT_NEAR(fit(counts({first, second}), 1.0).loglik, perfect, 1e-10 * size)
          << first << " and " << second;
    }
  }
}

// At xi = -1 the last cell is filled: sigma is its end, and each cell's probability its width's
// share.
TEST(IntervalSolver, TheUniformEndIsExactAtEveryResolution) {
  std::mt19937_64 random(34);
  int n_uniform = 0;
  for (int digits = 4; digits <= 52; digits += 4) {
    const double resolution = std::ldexp(1.0, -digits);
    for (int i = 0; i < 30; ++i) {
      std::vector<double> excess;
      for (const double y : tailfit::tests::gpd_sample(random, 5 + i, -1.0, 0.9)) {
        excess.push_back((std::floor((y + 0.1) / resolution) + 0.5) * resolution);
      }
      const k::TailFit result = fit(excess, resolution);
      if ((result.flags & bits::no_interior_maximum) == 0) continue;
      const double end = *std::max_element(excess.begin(), excess.end()) + 0.5 * resolution;
      if (resolution * static_cast<double>(excess.size()) > end) continue;
      ++n_uniform;
      EXPECT_EQ(result.scale, end);
      EXPECT_NEAR(result.loglik, (5.0 + i) * std::log(resolution / end), 1e-12 * (5.0 + i))
          << "resolution 2^-" << digits;
    }
  }
  EXPECT_GT(n_uniform, 200);
}

std::vector<double> cells_at(const std::vector<int>& values) {
  std::vector<double> excess;
  for (const int value : values) excess.push_back(value - 0.5);
  return excess;
}

// A minimum and the higher of two maxima, both within 0.1 of each other. Maxima found with mpmath.
TEST(IntervalSolver, TheHigherOfTwoMaximaNearMinusOneIsReached) {
  const k::TailFit thirteen =
      fit(cells_at({7, 16, 17, 17, 20, 31, 34, 42, 54, 60, 73, 82, 97}), 1.0);
  EXPECT_NEAR(thirteen.shape, -0.976342, 1e-6);
  EXPECT_NEAR(thirteen.scale, 94.70864, 1e-4);
  EXPECT_NEAR(thirteen.loglik, -59.46827661, 1e-8);
  const k::TailFit sixteen =
      fit(cells_at({3, 4, 12, 23, 33, 39, 39, 44, 49, 55, 69, 76, 113, 131, 148, 154}), 1.0);
  EXPECT_NEAR(sixteen.shape, -0.99273, 1e-5);
  EXPECT_NEAR(sixteen.loglik, -80.590844, 1e-6);
}

// NaN was possible: by rounding the last interval lay within the support by one formula, beyond its
// end by another.
TEST(IntervalSolver, ASupportThatEndsOnTheLastCellsEndIsFitted) {
  const std::vector<int> n = {0, 2, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 1, 0, 1, 0, 1, 1, 0,
                              0, 1, 0, 0, 0, 2, 1, 0, 0, 0, 1, 1, 1, 3, 1, 0, 0, 0, 1,
                              2, 0, 1, 0, 1, 0, 1, 0, 0, 2, 0, 1, 1, 2, 0, 1, 0, 1, 1,
                              0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 2, 1};
  const k::TailFit result = fit(counts(n), 1.0);
  EXPECT_NEAR(result.shape, -0.996866654, 1e-8);
  EXPECT_NEAR(result.loglik, -193.68271319483, 1e-9);
}

// Half of the excesses in each of two cells: xi = -1 alone gives both their share.
TEST(IntervalSolver, AMaximumAtMinusOneIsNoInteriorOne) {
  const k::TailFit result = fit(counts({3, 3}), 1.0);
  EXPECT_EQ(result.shape, -1.0);
  EXPECT_EQ(result.flags, bits::no_interior_maximum | bits::irregular);
  EXPECT_NEAR(result.loglik, 6.0 * std::log(0.5), 1e-13);
}

// Found by the fuzz target: the log-likelihood's rounding errors hid the profile, and halves of
// steps were halved until they had no width.
TEST(IntervalSolver, TwoExcessesOverManyDecadesAreFitted) {
  for (const double small : {1e-200, 1e-150, 1e-100, 1e-50}) {
    for (const double resolution : {1e-300, 1e-260, 1e-210}) {
      const k::TailFit result = fit({small, 1.0}, resolution);
      EXPECT_TRUE(std::isfinite(result.loglik)) << small << ", " << resolution;
      EXPECT_LT(result.passes, 20'000) << small << ", " << resolution;
    }
  }
}

}  // namespace
