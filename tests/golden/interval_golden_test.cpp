// Tails of rounded data (FitOptions::resolution) against interval likelihoods maximised to 40
// digits (interval_reference.py).
#include "golden_table.hpp"
#include "golden_tail.hpp"

#include <tailfit/tailfit.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using tailfit::golden::GoldenRow;
using tailfit::golden::parse_flags;
using tailfit::golden::Side;
using tailfit::golden::TailFit;

// The rounded series: two values in the body, then `count` values in each cell. Value m of the
// lattice is the double nearest to m*resolution.
std::vector<double> series_of(const GoldenRow& row, Side side) {
  const double resolution = row.number("resolution");
  const double sign = side == Side::lower ? -1.0 : 1.0;
  const double first = row.number("moved") + 0.5;
  std::vector<double> values{sign * (first - 1.0) * resolution, sign * (first - 3.0) * resolution};
  for (const auto item : tailfit::golden::split(row.text("cells"), ' ')) {
    const auto parts = tailfit::golden::split(item, ':');
    const double value = sign * (first + tailfit::golden::parse<double>(parts.at(0))) * resolution;
    values.insert(values.end(), tailfit::golden::parse<std::size_t>(parts.at(1)), value);
  }
  return values;
}

TailFit fit_row(const tailfit::Context& context, const GoldenRow& row, Side side,
                bool take_higher = false) {
  const double u = row.number("given") * row.number("resolution");
  tailfit::FitOptions options;
  options.resolution = row.number("resolution");
  options.take_higher_boundary = take_higher;
  return tailfit::golden::fit_tail(context, series_of(row, side), side,
                                   side == Side::lower ? -u : u, options);
}

void expect_as_in_row(const GoldenRow& row, const TailFit& fit) {
  const auto k = static_cast<double>(row.integer("k"));
  const double resolution = row.number("resolution");
  EXPECT_EQ(fit.n_exceed, row.integer("k"));
  EXPECT_DOUBLE_EQ(std::abs(fit.threshold), row.number("moved") * resolution);
  EXPECT_NEAR(fit.loglik, row.number("loglik"), 1e-9 * k);
  // A whole stretch of shapes that starts at -1 has this likelihood: none of them is wrong.
  if (row.text("plateau") == "1") return;
  EXPECT_EQ(fit.flags, parse_flags(row.text("flags")))
      << tailfit::status_text(fit.flags) << " against " << row.text("flags");
  // A likelihood per excess that is flat to 1e-13 within this distance determines the shape no
  // better.
  const double curvature = row.number("curvature");
  const double tolerance = curvature > 0.0 ? std::max(1e-6, std::sqrt(1e-13 / curvature)) : 1e-6;
  EXPECT_NEAR(fit.shape, row.number("shape"), tolerance);
  if (tolerance < 1e-5) {
    EXPECT_NEAR(fit.scale / (row.number("scale") * resolution), 1.0, 1e-4);
  }
}

class IntervalGolden : public testing::Test {
 protected:
  template <class Check>
  void on_every_row(const Check& check) const {
    for (const GoldenRow& row : rows_) {
      SCOPED_TRACE(row.describe());
      check(row);
    }
    std::printf("%zu fits of rounded data compared\n", rows_.size());
  }

  std::vector<GoldenRow> rows_ =
      tailfit::golden::read_golden(tailfit::golden::golden_file("interval_golden.csv"));
  tailfit::Context context_{{.threads = 1}};
};

TEST_F(IntervalGolden, UpperTailsReachTheHighestInteriorMaximumOrTheRightEnd) {
  on_every_row(
      [this](const GoldenRow& row) { expect_as_in_row(row, fit_row(context_, row, Side::upper)); });
}

TEST_F(IntervalGolden, LowerTailsReachTheHighestInteriorMaximumOrTheRightEnd) {
  on_every_row(
      [this](const GoldenRow& row) { expect_as_in_row(row, fit_row(context_, row, Side::lower)); });
}

TEST_F(IntervalGolden, TheHigherOfInteriorAndBoundaryIsReachedWhereItIsAskedFor) {
  on_every_row([this](const GoldenRow& row) {
    const TailFit fit = fit_row(context_, row, Side::upper, true);
    const double highest = std::max(row.number("loglik"), row.number("boundary_loglik"));
    const bool choice = parse_flags(row.text("flags")) & tailfit::status::lower_boundary_higher;
    EXPECT_NEAR(fit.loglik, choice ? highest : row.number("loglik"),
                1e-9 * static_cast<double>(row.integer("k")));
  });
}

}  // namespace
