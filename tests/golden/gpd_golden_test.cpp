// Tails against fits of 50 digits (gpd_reference.py): shapes, scales, likelihoods and every flag,
// on samples that include folds of the likelihood, several maxima, none, and the ends of the range.
#include "golden_table.hpp"
#include "golden_tail.hpp"

#include <tailfit/tailfit.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using tailfit::golden::GoldenRow;
using tailfit::golden::parse_flags;
using tailfit::golden::Side;
using tailfit::golden::TailFit;

std::vector<double> parse_excesses(const GoldenRow& row) {
  std::vector<double> excesses;
  for (const auto word : tailfit::golden::split(row.text("excesses"), ' ')) {
    excesses.push_back(tailfit::golden::parse_bits(word));
  }
  return excesses;
}

// The tail with threshold 0 of the excesses times 2^exponent. One value more, on the other side of
// 0, keeps series of equal excesses from being series without a spread.
TailFit fit_scaled(const tailfit::Context& context, const std::vector<double>& excesses, Side side,
                   int exponent, bool take_higher = false) {
  const double sign = side == Side::lower ? -1.0 : 1.0;
  std::vector<double> values{-sign * std::ldexp(excesses.front(), exponent)};
  for (const double y : excesses) values.push_back(sign * std::ldexp(y, exponent));
  tailfit::FitOptions options;
  options.take_higher_boundary = take_higher;
  return tailfit::golden::fit_tail(context, values, side, 0.0, options);
}

// What a change of units adds to log sigma and takes from each log density.
double log_scale(int exponent) { return static_cast<double>(exponent) * std::log(2.0); }

// xi can be no better than an error of p' of a few ulp lets the root be, and sigma follows it:
// d log sigma = -d xi along the profile at its maximum. At the cap the same holds of sigma alone.
double tolerance_of(const GoldenRow& row) {
  const double curvature = std::abs(row.number("curvature"));
  return curvature > 0.0 ? std::max(1e-9, 1e-13 / curvature) : 1e-9;
}

void expect_as_in_row(const GoldenRow& row, const TailFit& fit, int exponent) {
  const auto k = static_cast<double>(row.integer("k"));
  EXPECT_EQ(fit.n_exceed, row.integer("k"));
  EXPECT_EQ(fit.flags, parse_flags(row.text("flags")))
      << tailfit::status_text(fit.flags) << " against " << row.text("flags");
  const double tolerance = tolerance_of(row);
  const bool capped = (fit.flags & tailfit::status::lower_shape_capped) != 0;
  EXPECT_NEAR(fit.shape, row.number("shape"), capped ? 0.0 : tolerance);
  const double log_sigma = std::log(row.number("scale")) + log_scale(exponent);
  EXPECT_NEAR(std::log(fit.scale), log_sigma, tolerance + 1e-15 * std::abs(log_sigma));
  EXPECT_NEAR(fit.loglik, row.number("loglik") - k * log_scale(exponent), 1e-10 * k);
}

// A description of a row for messages, without its excesses.
std::string name_of(const GoldenRow& row) { return row.describe().substr(0, 160); }

class GpdGolden : public testing::Test {
 protected:
  // Runs `check` on the unambiguous rows; prints how many were left out.
  template <class Check>
  void on_every_row(const Check& check) const {
    std::size_t ambiguous = 0;
    for (const GoldenRow& row : rows_) {
      if (!row.text("ambiguous").empty()) {
        ++ambiguous;
        continue;
      }
      SCOPED_TRACE(name_of(row));
      check(row, parse_excesses(row));
    }
    std::printf("%zu fits compared, %zu with two right answers left out\n",
                rows_.size() - ambiguous, ambiguous);
  }

  std::vector<GoldenRow> rows_ =
      tailfit::golden::read_golden(tailfit::golden::golden_file("gpd_golden.csv"));
  tailfit::Context context_{{.threads = 1}};
};

TEST_F(GpdGolden, UpperTailsAgreeWithFiftyDigitFits) {
  on_every_row([this](const GoldenRow& row, const std::vector<double>& excesses) {
    expect_as_in_row(row, fit_scaled(context_, excesses, Side::upper, 0), 0);
  });
}

TEST_F(GpdGolden, LowerTailsAreTheMirrorImagesOfUpperTails) {
  on_every_row([this](const GoldenRow& row, const std::vector<double>& excesses) {
    expect_as_in_row(row, fit_scaled(context_, excesses, Side::lower, 0), 0);
    const TailFit upper = fit_scaled(context_, excesses, Side::upper, 0);
    const TailFit lower = fit_scaled(context_, excesses, Side::lower, 0);
    EXPECT_EQ(lower.shape, upper.shape);
    EXPECT_EQ(lower.scale, upper.scale);
    EXPECT_EQ(lower.loglik, upper.loglik);
  });
}

TEST_F(GpdGolden, PowersOfTwoScaleTheScaleExactlyAndLeaveTheShapeAlone) {
  on_every_row([this](const GoldenRow& row, const std::vector<double>& excesses) {
    const TailFit plain = fit_scaled(context_, excesses, Side::upper, 0);
    const auto [least, greatest] = std::minmax_element(excesses.begin(), excesses.end());
    for (const int exponent : {40, -300}) {
      if (std::ldexp(*least, exponent) < 0x1p-1022 || std::ldexp(*greatest, exponent) > 0x1p1000) {
        continue;  // not exactly representable: another sample
      }
      SCOPED_TRACE("times 2^" + std::to_string(exponent));
      const TailFit scaled = fit_scaled(context_, excesses, Side::upper, exponent);
      expect_as_in_row(row, scaled, exponent);
      EXPECT_EQ(scaled.shape, plain.shape);
      EXPECT_EQ(scaled.scale, std::ldexp(plain.scale, exponent));
    }
  });
}

TEST_F(GpdGolden, TheHigherBoundaryIsTakenWhereItIsAskedFor) {
  std::size_t higher = 0;
  on_every_row([&](const GoldenRow& row, const std::vector<double>& excesses) {
    if ((parse_flags(row.text("flags")) & tailfit::status::lower_boundary_higher) == 0) return;
    ++higher;
    const TailFit fit = fit_scaled(context_, excesses, Side::upper, 0, true);
    const auto k = static_cast<double>(row.integer("k"));
    EXPECT_EQ(fit.shape, row.number("boundary_shape"));
    // At the cap the best scale may be next to undetermined, as in tolerance_of(): the likelihood
    // below says enough. At -1 it is the largest excess.
    if (fit.shape == -1.0) EXPECT_EQ(fit.scale, row.number("boundary_scale"));
    EXPECT_NEAR(fit.loglik, row.number("boundary_loglik"), 1e-10 * k);
  });
  EXPECT_GT(higher, 20u);
}

}  // namespace
