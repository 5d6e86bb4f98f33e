// The long double arbiter against the one with 50 digits, on the committed rows; the solver
// against the arbiter on samples that random draws do not meet.
#include "tests/exact/gpd_exact.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "kernels/fit/gpd_solver.hpp"
#include "kernels/group/serial_group.hpp"
#include "tests/exact/gpd_compare.hpp"
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

// "3*0x1p-2 0x1p+0": four excesses.
std::vector<double> sample_of(const std::string& line) {
  std::vector<double> excess;
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    const std::size_t star = word.find('*');
    const int n = star == std::string::npos ? 1 : std::atoi(word.c_str());
    const char* number = word.c_str() + (star == std::string::npos ? 0 : star + 1);
    excess.insert(excess.end(), static_cast<std::size_t>(n), std::strtod(number, nullptr));
  }
  return excess;
}

TEST(GpdExact, SamplesBesideFoldsAndCuspsHaveRightFits) {
  std::ifstream file(TAILFIT_EXACT_DIR "/hard_samples.txt");
  int n_samples = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    SCOPED_TRACE(line);
    const std::vector<double> excess = sample_of(line);
    std::vector<double> work = excess;
    const auto k = static_cast<std::int64_t>(work.size());
    std::vector<char> scratch(
        static_cast<std::size_t>(tailfit::kernels::canonical_scratch_bytes(k)));
    const auto fit = tailfit::kernels::fit_gpd(tailfit::kernels::SerialGroup{}, work.data(), k,
                                               scratch.data(), false);
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

}  // namespace
