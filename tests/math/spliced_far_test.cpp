// Where the quotient of an excess and the scale, or its product with the shape, is beyond the
// doubles: every function has a right answer there, too. Expected numbers are mpmath's, of the
// closed forms with 120 digits; functions_golden.csv has more of what is no gradient.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "kernels/math/spliced.hpp"
#include "kernels/math/spliced_gradient.hpp"
#include "tests/math/random_rows.hpp"

namespace {

namespace k = tailfit::kernels;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double greatest = std::numeric_limits<double>::max();
constexpr double least = std::numeric_limits<double>::denorm_min();

// A quarter of the mass in the upper tail, from 0 on; a body from -1; no lower tail.
k::SplicedRow row_of(double shape, double scale) {
  static const std::vector<std::uint32_t> counts = {75};
  return k::row_of_fit({100,
                        0,
                        {-1.0, 0.0, 1.0, 0},
                        {0.0, shape, scale, 25},
                        counts.data(),
                        k::CountsKind::u32,
                        1,
                        0.0},
                       nullptr);
}

// DESIGN's bound on a logarithm of a probability, and on what is in proportion to its exponential.
void expect_close(double found, double expected, double exponent, const char* what) {
  const double slack = 8.0 * std::numeric_limits<double>::epsilon() * (1.0 + exponent);
  EXPECT_NEAR(found / expected, 1.0, slack) << what << " is " << found << ", not " << expected;
}

TEST(SplicedFar, LogarithmsOfSurvivalAreThoseOfTheQuotientThatNoDoubleHolds) {
  struct Case {
    double shape, scale, y, hazard;
  };
  for (const Case& at :
       {Case{1.5, 1e-200, 1e300, 767.79867440342067097},
        Case{1e300, 1.0, 1.0, 6.9077552789821366899e-298}, Case{1e300, 1e300, 1e-300, 0.0},
        Case{1e308, 1e-300, 1e300, 2.0907472644385934582e-305},
        Case{1e-300, 1e-10, 1e300, 2.3025850930040456304e301},
        Case{1e-300, 1e-5, 1e300, 1.1512935464920228461e301},
        Case{1e-3, least, 1.7e308, 1447259.1535356273362},
        Case{2.0, least, 1.7e308, 727.43002799758472433},
        Case{0.25, 1e-300, 1e308, 5594.341768717039541}}) {
    SCOPED_TRACE(at.shape);
    const k::SplicedRow row = row_of(at.shape, at.scale);
    const double expected = std::log(0.25) - at.hazard;
    EXPECT_NEAR(k::spliced_log_sf(row, at.y), expected,
                8.0 * std::numeric_limits<double>::epsilon() * (1.0 - expected));
    EXPECT_LE(k::spliced_sf(row, at.y), 0.25);
    EXPECT_NEAR(k::spliced_sf(row, at.y), std::exp(expected), 1e-12 * std::exp(expected));
  }
}

// Both the distance from the threshold and its quotient by the scale.
TEST(SplicedFar, ASubnormalScaleKeepsItsDigitsWhereTheDistanceIsBeyondTheDoubles) {
  const std::vector<std::uint32_t> counts = {75};
  const k::SplicedRow row = k::row_of_fit({100,
                                           0,
                                           {-greatest, 0.0, 1.0, 0},
                                           {-0.5 * greatest, 0.5, 3.0 * least, 25},
                                           counts.data(),
                                           k::CountsKind::u32,
                                           1,
                                           0.0},
                                          nullptr);
  // log(0.25) - 2*log(0.5*1.5*max/(3*least)), and its half with twice the distance
  const double quotient = 1024.0 * std::log(2.0) + 1074.0 * std::log(2.0) - std::log(4.0);
  EXPECT_NEAR(k::spliced_log_sf(row, greatest), std::log(0.25) - 2.0 * quotient, 1e-11);
  EXPECT_NEAR(k::spliced_log_sf(row, 0.0), std::log(0.25) - 2.0 * (quotient - std::log(3.0)),
              1e-11);
}

TEST(SplicedFar, QuantilesOfASubnormalScaleAreInfiniteBeyondTheDoubles) {
  const k::SplicedRow row = row_of(3.0, 1e-320);
  EXPECT_EQ(k::spliced_isf(row, 1e-300), infinity);
  EXPECT_EQ(k::spliced_quantile(row, 1.0), infinity);
  // 1e-320*((0.25e200)^3 - 1)/3, of which the scale has three digits
  EXPECT_NEAR(k::spliced_isf(row, 1e-200) / (std::ldexp(1.0, -6) / 3.0 * 1e280), 1.0, 1e-3);
}

TEST(SplicedFar, TheMeanExcessOfAnExponentialTailIsItsScale) {
  EXPECT_EQ(k::spliced_mean_excess(row_of(0.0, 1e-200), 1e200), 1e-200);
  EXPECT_EQ(k::spliced_mean_excess(row_of(0.5, 1e-200), 1e200), 1e200);
}

// int F^2 over [weight_from, x] in the lower tail, then int (1-F)^2 from x to the upper threshold.
TEST(SplicedFar, WeightedScoresReachToTheLargestDoubles) {
  const std::vector<std::uint32_t> counts = {75};
  const auto row_of_lower = [&](double shape, double scale) {
    return k::row_of_fit({100,
                          0,
                          {0.0, shape, scale, 25},
                          {1.0, 0.0, 1.0, 0},
                          counts.data(),
                          k::CountsKind::u32,
                          1,
                          0.0},
                         nullptr);
  };
  const double body = 0.75 * 0.75 / 3.0;
  const k::SplicedRow exponential = row_of_lower(0.0, 1.0);
  EXPECT_NEAR(k::spliced_twcrps(exponential, -0.0, -1.7e308), 1.0 / 32.0 + body, 1e-15);
  // exp(-720)/32 of a scale of 1e300: the exponential alone is subnormal.
  const k::SplicedRow wide = row_of(0.0, 1e300);
  expect_close(k::spliced_twcrps(wide, 0.0, 3.6e302),
               std::exp(-660.0) * 1e300 / 32.0 * std::exp(-60.0), 720.0, "twcrps");
}

// (1-F)^2 over a distance that no double holds; the score itself is one.
TEST(SplicedFar, AScoreIsFiniteWhereADistanceIsNot) {
  const std::vector<std::uint32_t> counts = {1, 0};
  const k::SplicedRow row = k::row_of_fit({100,
                                           0,
                                           {-greatest, 0.0, 1.0, 0},
                                           {-0.5 * greatest, 1.0, greatest, 99},
                                           counts.data(),
                                           k::CountsKind::u32,
                                           2,
                                           0.0},
                                          nullptr);
  // In units of max, with v = y/sigma, w = 0.99 and s = 1/(1+v) from the upper threshold on:
  // v - 2w log(1+v) + w^2 (1 - 1/(1+v)) up to x and w^2/(1+v) beyond; 0.01^2 in the body, where F
  // rises over a quarter and stays over another.
  const double v = 1.5;
  const double w = 0.99;
  const double expected = v - 2.0 * w * std::log1p(v) + w * w + 1e-4 * (1.0 / 12.0 + 0.25);
  EXPECT_NEAR(k::spliced_crps(row, greatest) / greatest, expected, 1e-15);
}

struct GradientCase {
  double shape, scale, x;
  double crps_shape, crps_scale;
  double log_pdf_shape, log_pdf_scale, log_pdf_x;
};

TEST(SplicedFar, GradientsAgreeWithOneHundredDigits) {
  for (const GradientCase& at :
       {GradientCase{1.5, 1e-200, 1e300, -2.71024694859119172e-31, -3.54219523060870364e166,
                     510.75467182450267, 6.66666666666666679e199, -1.66666666666666658e-300},
        GradientCase{1.05, 1e-200, 1e300, -6.62185170057287629e-173, -6.15663666943897271e24,
                     1042.44112168815617, 9.52380952380952358e199, -1.95238095238095224e-300},
        GradientCase{1.95, 1e-300, 1e300, -5.3676602523190887e-6, -7.58932250899855761e291,
                     362.726860004997535, 5.12820512820512819e299, -1.51282051282051275e-300},
        GradientCase{1.95, 1e-320, 1.7e308, -3.184781540704472e-12, -4.30032216345358618e305,
                     379.821671836102004, infinity, -8.89894419306184051e-309},
        GradientCase{0.5, 1e-200, 1e300, -1.97222222222222219e-200, -0.958333333333333333,
                     4596.39759726585159, 2.00000000000000004e200, -2.99999999999999984e-300},
        GradientCase{1.0, 1e-200, 1e300, -3.30793423131651358e-195, -575.083773248511421,
                     1149.29254649702284, 1.00000000000000002e200, -1.99999999999999989e-300},
        GradientCase{1.2, 1e-300, 1e100, -7.59434015876667887e-231, -9.96832763191466088e66,
                     638.205804690564095, 8.33333333333333343e299, -1.83333333333333334e-100}}) {
    SCOPED_TRACE(at.shape);
    const k::SplicedRow row = row_of(at.shape, at.scale);
    const double hazard = -k::spliced_log_sf(row, at.x);
    const k::RowGradient crps = k::crps_gradient(row, at.x, nullptr);
    EXPECT_TRUE(std::isfinite(crps.value));
    expect_close(crps.upper.shape, at.crps_shape, hazard, "d crps/d shape");
    expect_close(crps.upper.scale, at.crps_scale, hazard, "d crps/d scale");
    const k::RowGradient log_pdf = k::log_pdf_gradient(row, at.x, nullptr);
    expect_close(log_pdf.upper.shape, at.log_pdf_shape, 1.0, "d log f/d shape");
    expect_close(log_pdf.x, at.log_pdf_x, 1.0, "d log f/dx");
    if (std::isfinite(at.log_pdf_scale)) {
      expect_close(log_pdf.upper.scale, at.log_pdf_scale, 1.0, "d log f/d scale");
    } else {
      EXPECT_EQ(log_pdf.upper.scale, infinity);
    }
  }
}

// Every function of a number at random places of random tails, tiny shapes and scales among them.
TEST(SplicedFar, NothingThatHasAnAnswerIsNotANumber) {
  std::mt19937_64 generator(41);
  tailfit::tests::RandomFit fit(generator);
  for (int i = 0; i < 3'000; ++i) {
    k::SplicedParameters parameters = fit.parameters();
    const auto size = [&] { return std::pow(10.0, fit.uniform(-323.0, 308.0)); };
    for (k::TailParameters* const tail : {&parameters.lower, &parameters.upper}) {
      tail->scale = size();
      if (fit.choice(2) == 0) tail->shape = std::copysign(size(), fit.uniform(-1.0, 3.0));
    }
    const k::SplicedRow row = k::row_of_fit(parameters, nullptr);
    const double x = std::copysign(size(), fit.uniform(-1.0, 1.0));
    const double start = std::copysign(size(), fit.uniform(-1.0, 1.0));
    const double sf = k::spliced_sf(row, x);
    EXPECT_TRUE(sf >= 0.0 && sf <= 1.0) << sf;
    EXPECT_LE(k::spliced_log_sf(row, x), 0.0);
    EXPECT_FALSE(std::isnan(k::spliced_log_pdf(row, x)));
    EXPECT_GE(k::spliced_pdf(row, x), 0.0);
    EXPECT_GE(k::spliced_crps(row, x), 0.0);
    EXPECT_GE(k::spliced_twcrps(row, x, start), 0.0);
    EXPECT_FALSE(std::isnan(k::spliced_quantile(row, fit.uniform(0.0, 1.0))));
    EXPECT_FALSE(std::isnan(k::spliced_expected_shortfall(row, fit.uniform(0.0, 1.0))));
    EXPECT_FALSE(std::isnan(k::crps_gradient(row, x, nullptr).upper.shape));
    EXPECT_FALSE(std::isnan(k::crps_gradient(row, x, nullptr).lower.scale));
    if (HasFailure()) {
      ADD_FAILURE() << "x " << x << " start " << start << " lower " << row.lower.threshold << ' '
                    << row.lower.gpd.shape << ' ' << row.lower.gpd.scale << " of " << row.lower.mass
                    << " upper " << row.upper.threshold << ' ' << row.upper.gpd.shape << ' '
                    << row.upper.gpd.scale << " of " << row.upper.mass;
      return;
    }
  }
}

}  // namespace
