// The long double arbiter against the one with 50 digits, on the committed rows; the solver
// against the arbiter on samples that random draws do not meet.
#include "tests/exact/gpd_exact.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/fit/gpd_solver.hpp"
#include "kernels/group/serial_group.hpp"
#include "tests/exact/gpd_compare.hpp"
#include "tests/exact/sample_line.hpp"
#include "tests/golden/golden_table.hpp"
#include "tests/kernels/gpd_samples.hpp"

namespace {

using tailfit::golden::GoldenRow;
using tailfit::tests::ExactFit;
using tailfit::tests::sample_of;

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
  for (const GoldenRow& row :
       tailfit::golden::read_golden(tailfit::golden::golden_file("gpd_golden.csv"))) {
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

tailfit::kernels::TailFit solve(std::vector<double> excess) {
  const auto k = static_cast<std::int64_t>(excess.size());
  std::vector<char> scratch(static_cast<std::size_t>(tailfit::kernels::canonical_scratch_bytes(k)));
  return tailfit::kernels::fit_gpd(tailfit::kernels::SerialGroup{}, excess.data(), k,
                                   scratch.data(), false);
}

TEST(GpdExact, SamplesBesideFoldsAndCuspsHaveRightFits) {
  std::ifstream file(TAILFIT_EXACT_DIR "/hard_samples.txt");
  int n_samples = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    SCOPED_TRACE(line);
    const std::vector<double> excess = sample_of(line);
    const auto fit = solve(excess);
    EXPECT_EQ(tailfit::tests::what_is_wrong(excess, {fit.shape, fit.scale, fit.loglik, fit.flags},
                                            tailfit::tests::exact_gpd_fit(excess)),
              "");
    ++n_samples;
  }
  EXPECT_GT(n_samples, 100);
}

// A maximum exists where p' has opposite signs, however flat it is between: a sample of the
// reviewer's that the arbiter once called without one.
TEST(GpdExact, AFlatRootIsARoot) {
  const ExactFit fit =
      tailfit::tests::exact_gpd_fit(sample_of("5*1 4*0x1.7f95ddcd86fd5p-15 0x1.c7a4536fd04d3p-26"));
  EXPECT_FALSE(fit.no_interior_maximum);
  EXPECT_NEAR(fit.shape, 8.8702, 1e-3);
  EXPECT_EQ(fit.ambiguous, "fold");
}

// From k = 11,400 on e^u underflows in long double where xi is as low as no maximum is.
TEST(GpdExact, LargeSamplesAreSearched) {
  std::mt19937_64 random(41);
  struct Case {
    std::int64_t size;
    double shape;
  };
  for (const auto& [size, shape] : {Case{12'500, -0.2}, Case{12'500, 0.3}, Case{100'000, 0.1}}) {
    const std::vector<double> excess = tailfit::tests::gpd_sample(random, size, shape, 1.0);
    const ExactFit exact = tailfit::tests::exact_gpd_fit(excess);
    EXPECT_EQ(exact.ambiguous, "");
    EXPECT_NEAR(exact.shape, shape, 0.1);
    const auto fit = solve(excess);
    EXPECT_EQ(
        tailfit::tests::what_is_wrong(excess, {fit.shape, fit.scale, fit.loglik, fit.flags}, exact),
        "")
        << size << " excesses of shape " << shape;
  }
}

TEST(GpdExact, APlaceThatIsNotRepresentableIsNoPlace) {
  EXPECT_THROW(tailfit::tests::ExactProfile({1.0, 2.0}).at(-12000), std::range_error);
}

// A place where p' is almost zero beside a fold is no right answer if a maximum is higher.
TEST(GpdExact, AHigherMaximumIsNotExcusedByAFold) {
  const std::vector<double> excess = sample_of("5*1 4*0x1.7f95ddcd86fd5p-15 0x1.c7a4536fd04d3p-26");
  ExactFit exact = tailfit::tests::exact_gpd_fit(excess);
  ASSERT_EQ(exact.ambiguous, "fold");
  const tailfit::tests::FitToCheck fit{exact.shape + 1e-5, exact.scale, exact.loglik, 0};
  ExactFit higher = exact;
  higher.shape = 2.0;
  higher.loglik += 1.0;
  higher.others.assign(1, {});
  higher.others[0].no_interior_maximum = true;
  EXPECT_TRUE(tailfit::tests::is_right_beside_fold(excess, fit, exact));
  EXPECT_FALSE(tailfit::tests::is_right_beside_fold(excess, fit, higher));
}

}  // namespace
