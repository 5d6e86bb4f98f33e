// The long double arbiter against the one with 50 digits, on the committed rows.
#include "tests/exact/gpd_exact.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/golden/golden_table.hpp"

namespace {

using tailfit::golden::GoldenRow;
using tailfit::tests::ExactFit;

std::string flags_of(const ExactFit& fit) {
  std::string words;
  const auto add = [&words](const char* word) {
    words += words.empty() ? word : std::string("|") + word;
  };
  if (fit.boundary_higher) add("boundary_higher");
  if (fit.shape_capped) add("shape_capped");
  if (fit.no_interior_maximum) add("no_interior_maximum");
  if (fit.shape <= -0.5) add("irregular");
  return words;
}

TEST(GpdExact, AgreesWithFiftyDigitFits) {
  int n_compared = 0;
  for (const GoldenRow& row : tailfit::golden::read_golden(TAILFIT_GOLDEN_DIR "/gpd_golden.csv")) {
    if (!row.text("ambiguous").empty()) continue;
    SCOPED_TRACE(row.describe().substr(0, 160));
    std::vector<double> excesses;
    for (const auto word : tailfit::golden::split(row.text("excesses"), ' ')) {
      excesses.push_back(tailfit::golden::parse_bits(word));
    }
    const ExactFit fit = tailfit::tests::exact_gpd_fit(excesses);
    if (!fit.ambiguous.empty()) continue;
    ++n_compared;
    EXPECT_EQ(flags_of(fit), row.text("flags"));
    // Long double's 2e-19, over p'' where the maximum is flat.
    const double curvature = std::abs(row.number("curvature"));
    const double tolerance = curvature > 0.0 ? std::max(1e-13, 1e-16 / curvature) : 1e-13;
    EXPECT_NEAR(fit.shape, row.number("shape"), tolerance);
    EXPECT_NEAR(fit.loglik, row.number("loglik"), 1e-13 * (1.0 + std::abs(row.number("loglik"))));
  }
  EXPECT_GT(n_compared, 400);
}

}  // namespace
