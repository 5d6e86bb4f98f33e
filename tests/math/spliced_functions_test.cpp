// Distribution functions and quantiles of one distribution: inverses of each other as far as
// doubles allow, monotone, smooth through shape zero.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <vector>

#include "kernels/math/spliced.hpp"
#include "tests/math/random_rows.hpp"

namespace {

namespace k = tailfit::kernels;
using tailfit::tests::RandomFit;

constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double infinity = std::numeric_limits<double>::infinity();

double ulp(double x) {
  const double size = std::abs(x);
  return std::nextafter(size, infinity) - size;
}

// DESIGN's bound on log sf(x) (or log F(x)) at a rounded quantile x.
double bound(const k::SplicedRow& row, double x, double log_p) {
  const double hazard = std::exp(k::spliced_log_pdf(row, x) - log_p);
  return 8.0 * epsilon * (1.0 + std::abs(log_p)) + hazard * ulp(x);
}

// Whether a quantile is a number inside the support, not one of the last before its end: between
// those lie all quantiles that no double is nearer to.
bool is_inside(const k::SplicedRow& row, double x) {
  if (!std::isfinite(x) || x == 0.0 || !(k::spliced_pdf(row, x) > 0.0)) return false;
  // The ends themselves need not be doubles.
  const auto room = [x](const k::RowTail& tail, long double side) -> long double {
    if (!(tail.gpd.shape < 0.0)) return infinity;
    const long double end = static_cast<long double>(tail.gpd.scale) / -tail.gpd.shape;
    return end - side * (static_cast<long double>(x) - tail.threshold);
  };
  return room(row.lower, -1.0L) > 4.0 * ulp(x) && room(row.upper, 1.0L) > 4.0 * ulp(x);
}

TEST(SplicedFunctions, SurvivalOfAQuantileFromAboveIsTheProbability) {
  std::mt19937_64 generator(20261129);
  std::int64_t n_compared = 0;
  double worst = 0.0;
  for (int i = 0; i < 4000; ++i) {
    RandomFit fit(generator);
    const k::SplicedRow row = fit.row();
    for (int j = 0; j < 40; ++j) {
      const double q =
          j % 2 == 0 ? std::pow(10.0, -fit.uniform(0.0, 300.0)) : fit.uniform(0.0, 1.0);
      const double x = k::spliced_isf(row, q);
      const double y = k::spliced_quantile(row, q);
      if (is_inside(row, x) && k::spliced_sf(row, x) > 0.0) {
        const double log_sf = k::spliced_log_sf(row, x);
        const double off = std::abs(log_sf - std::log(q)) / bound(row, x, log_sf);
        worst = std::max(worst, off);
        EXPECT_LE(off, 1.0) << "q " << q << " x " << x << " upper " << row.upper.threshold << " + "
                            << row.upper.gpd.shape << ", " << row.upper.gpd.scale << " lower "
                            << row.lower.threshold << " - " << row.lower.gpd.shape << ", "
                            << row.lower.gpd.scale;
        ++n_compared;
      }
      if (is_inside(row, y) && k::spliced_cdf(row, y) > 0.0) {
        const double log_cdf = k::spliced_log_cdf(row, y);
        const double off = std::abs(log_cdf - std::log(q)) / bound(row, y, log_cdf);
        worst = std::max(worst, off);
        EXPECT_LE(off, 1.0) << "p " << q << " x " << y << " lower " << row.lower.threshold << " - "
                            << row.lower.gpd.shape << ", " << row.lower.gpd.scale;
        ++n_compared;
      }
    }
  }
  std::printf("%lld quantiles, worst %.2f of the bound\n", static_cast<long long>(n_compared),
              worst);
  EXPECT_GT(n_compared, 100'000);
}

// Sums of the counts made before are those made on the way.
TEST(SplicedFunctions, SumsOfCountsChangeNothing) {
  std::mt19937_64 generator(3);
  for (int i = 0; i < 500; ++i) {
    RandomFit fit(generator);
    const k::SplicedRow with = fit.row();
    const k::SplicedRow without = fit.row_without_sums();
    for (int j = 0; j < 20; ++j) {
      const double p = fit.uniform(0.0, 1.0);
      const double x = k::spliced_quantile(with, p);
      EXPECT_EQ(x, k::spliced_quantile(without, p));
      EXPECT_EQ(k::spliced_cdf(with, x), k::spliced_cdf(without, x));
      EXPECT_EQ(k::spliced_sf(with, x), k::spliced_sf(without, x));
      EXPECT_EQ(k::spliced_crps(with, x), k::spliced_crps(without, x));
    }
  }
}

// F and 1 - F at edges, beside them and at random values in order.
TEST(SplicedFunctions, NoValueLiesBelowASmallerOnes) {
  std::mt19937_64 generator(4);
  for (int i = 0; i < 1000; ++i) {
    RandomFit fit(generator);
    const k::SplicedRow row = fit.row();
    std::vector<double> x;
    for (std::int64_t b = 0; b <= row.bins; ++b) {
      const double edge = row.edge_at(b);
      x.insert(x.end(), {std::nextafter(edge, -infinity), edge, std::nextafter(edge, infinity)});
    }
    for (int j = 0; j < 50; ++j) x.push_back(k::spliced_quantile(row, fit.uniform(0.0, 1.0)));
    std::sort(x.begin(), x.end());
    for (std::size_t j = 1; j < x.size(); ++j) {
      EXPECT_LE(k::spliced_cdf(row, x[j - 1]), k::spliced_cdf(row, x[j]) * (1.0 + 16.0 * epsilon));
      EXPECT_GE(k::spliced_sf(row, x[j - 1]) * (1.0 + 16.0 * epsilon), k::spliced_sf(row, x[j]));
      if (x[j - 1] >= row.lower.threshold && x[j] <= row.upper.threshold) {
        EXPECT_LE(k::spliced_cdf(row, x[j - 1]), k::spliced_cdf(row, x[j]));
        EXPECT_GE(k::spliced_sf(row, x[j - 1]), k::spliced_sf(row, x[j]));
      }
    }
  }
}

// Every function of a tail at xi and at 0, xi down to the smallest number: the difference is a
// multiple of xi.
TEST(SplicedFunctions, AreSmoothThroughShapeZero) {
  const std::vector<std::uint32_t> counts = {90};
  const auto fit_of = [&](double shape) {
    return k::SplicedParameters{
        100, 0,  {-1.0, shape, 1.5, 5}, {1.0, shape, 2.5, 5}, counts.data(), k::CountsKind::u32,
        1,   0.0};
  };
  const k::SplicedParameters at_zero = fit_of(0.0);
  const k::SplicedRow zero = k::row_of_fit(at_zero, nullptr);
  for (const double x : {-30.0, -3.0, 1.5, 4.0, 60.0}) {
    for (double size = 1e-1; size > 1e-322; size /= 7.0) {
      for (const double shape : {-size, size}) {
        const k::SplicedParameters fit = fit_of(shape);
        const k::SplicedRow row = k::row_of_fit(fit, nullptr);
        if (k::spliced_pdf(row, x) == 0.0) continue;
        // |d log f/d xi| and |d H/d xi| are at most z^2 at 0; z < 40.
        const double slack = 3000.0 * size + 1e-13;
        EXPECT_NEAR(k::spliced_log_pdf(row, x), k::spliced_log_pdf(zero, x), slack) << shape;
        const double log_p = x < 0.0 ? k::spliced_log_cdf(zero, x) : k::spliced_log_sf(zero, x);
        EXPECT_NEAR(x < 0.0 ? k::spliced_log_cdf(row, x) : k::spliced_log_sf(row, x), log_p, slack)
            << shape;
        EXPECT_NEAR(k::spliced_crps(row, x), k::spliced_crps(zero, x), slack) << shape;
        EXPECT_NEAR(k::spliced_mean_excess(row, x), k::spliced_mean_excess(zero, x), slack)
            << shape;
      }
    }
  }
}

// exp(-H) below the normal doubles has few digits; a small scale makes a normal density of it.
TEST(SplicedFunctions, ADensityOfASmallScaleKeepsItsDigitsFarOut) {
  const std::vector<std::uint32_t> counts = {237};
  const k::SplicedParameters fit = {326,
                                    0,
                                    {0.0, 2.55, 1.79e-31, 47},
                                    {1e-30, 0.548, 2.51e-30, 42},
                                    counts.data(),
                                    k::CountsKind::u32,
                                    1,
                                    0.0};
  const k::SplicedRow row = k::row_of_fit(fit, nullptr);
  for (double x = 1e80; x < 1e90; x *= 3.0) {
    const double log_density = k::spliced_log_pdf(row, x);
    // Rounding errors of a logarithm of this size are those of the density, in proportion.
    EXPECT_NEAR(k::spliced_pdf(row, x) / std::exp(log_density), 1.0, 1000.0 * 8.0 * epsilon) << x;
  }
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// Sums of the squares made before, by one lane, are those made for each point.
TEST(SplicedFunctions, SumsOfSquaresChangeNothing) {
  std::mt19937_64 generator(6);
  for (int i = 0; i < 500; ++i) {
    RandomFit fit(generator);
    const k::SplicedRow without = fit.row();
    std::vector<double> memory(static_cast<std::size_t>(2 * (without.bins + 1)));
    k::SplicedRow with = without;
    k::sum_bins(k::SerialGroup{},
                {i % 4 != 0 ? k::SplicedFunction::crps : k::SplicedFunction::twcrps, 20, infinity},
                memory.data(), with);
    for (int j = 0; j < 20; ++j) {
      const double x = j == 0   ? without.lower.threshold
                       : j == 1 ? without.upper.threshold
                       : j == 2 ? without.edge_at(without.bins / 2)
                                : k::spliced_quantile(without, fit.uniform(0.0, 1.0));
      const double start = k::spliced_quantile(without, fit.uniform(0.0, 1.0));
      EXPECT_EQ(k::spliced_crps(with, x), k::spliced_crps(without, x));
      EXPECT_EQ(k::spliced_twcrps(with, x, start), k::spliced_twcrps(without, x, start));
      EXPECT_EQ(k::spliced_twcrps(with, x, without.lower.threshold),
                k::spliced_twcrps(without, x, without.lower.threshold));
    }
  }
}

// The same of first moments and of the survival function; without sums of the counts, too.
TEST(SplicedFunctions, SumsOfMomentsChangeNothing) {
  std::mt19937_64 generator(7);
  for (int i = 0; i < 500; ++i) {
    RandomFit fit(generator);
    const k::SplicedRow without = fit.row();
    std::vector<double> memory(static_cast<std::size_t>(2 * (without.bins + 1)));
    k::SplicedRow with = without;
    k::sum_bins(k::SerialGroup{}, {k::SplicedFunction::expected_shortfall, 20, 0.0}, memory.data(),
                with);
    const double body = without.lower.mass / without.n;
    for (int j = 0; j < 20; ++j) {
      const double p = j == 0 ? body : fit.uniform(0.0, 1.0);
      const double found = k::spliced_expected_shortfall(with, p);
      EXPECT_PRED2(same, found, k::spliced_expected_shortfall(without, p));
      EXPECT_PRED2(same, found, k::spliced_expected_shortfall(fit.row_without_sums(), p));
    }
    k::sum_bins(k::SerialGroup{}, {k::SplicedFunction::mean_excess, 20, 0.0}, memory.data(), with);
    for (int j = 0; j < 20; ++j) {
      const double x = j == 0   ? without.lower.threshold
                       : j == 1 ? without.edge_at(without.bins / 2)
                                : k::spliced_quantile(without, fit.uniform(0.0, 1.0));
      EXPECT_PRED2(same, k::spliced_mean_excess(with, x), k::spliced_mean_excess(without, x));
    }
  }
}

// Shares of 1e-200 times edges of 1e-200 are no doubles, but shares of a level are.
TEST(SplicedFunctions, ShortfallsOfSmallSharesOfSmallValuesAreThere) {
  const std::vector<double> edges{1e-200, 2e-200, 3e-200, 1.0};
  const std::vector<double> weights{1e-200, 1e-200, 1.0};
  std::vector<double> memory(6 * edges.size());
  const k::GivenParameters given{{}, {}, weights.data(), edges.data(), true, false, 3};
  for (const std::int64_t n_points : {1, 20}) {
    const std::vector<double> levels(static_cast<std::size_t>(n_points), 1.5e-200);
    std::vector<double> found(levels.size());
    k::evaluate_given(given,
                      {k::SplicedFunction::expected_shortfall, levels.data(), true, n_points, 0.0,
                       0, 0, 0, -infinity, infinity},
                      memory.data(), found.data());
    for (const double shortfall : found) EXPECT_NEAR(shortfall / (5.25e-200 / 3.0), 1.0, 1e-15);
  }
}

// int F^2 to +inf and int (1-F)^2 from -inf diverge for any shape; int 1-F too from shape 1 on.
TEST(SplicedFunctions, ScoresOfInfiniteObservationsAreInfinite) {
  const std::vector<std::uint32_t> counts = {90};
  for (const double shape : {-0.5, 0.0, 0.999, 1.0, 1.5, 2.0, 3.0}) {
    const k::SplicedParameters fit = {
        100, 0,  {-1.0, shape, 1.5, 5}, {1.0, shape, 2.5, 5}, counts.data(), k::CountsKind::u32,
        1,   0.0};
    const k::SplicedRow row = k::row_of_fit(fit, nullptr);
    EXPECT_EQ(k::spliced_crps(row, infinity), infinity) << shape;
    EXPECT_EQ(k::spliced_crps(row, -infinity), infinity) << shape;
    EXPECT_EQ(k::spliced_twcrps(row, infinity, 2.0), infinity) << shape;
    EXPECT_EQ(k::spliced_twcrps(row, infinity, infinity), 0.0) << shape;
  }
}

TEST(SplicedFunctions, MeanExcessOverTheUpperThresholdNeedsNoCounts) {
  const k::SplicedParameters fit = {
      100, 0, {-1.0, 0.2, 1.5, 5}, {1.0, 0.25, 3.0, 5}, nullptr, k::CountsKind::none, 4, 0.0};
  const k::SplicedRow row = k::row_of_fit(fit, nullptr);
  EXPECT_EQ(k::spliced_mean_excess(row, 1.0), 4.0);
  EXPECT_TRUE(std::isnan(k::spliced_mean_excess(row, std::nextafter(1.0, 0.0))));
  EXPECT_NEAR(k::spliced_mean_excess(row, std::nextafter(1.0, 2.0)), 4.0, 1e-14);
}

}  // namespace
