// Fits of well-known data against the project's reference fits, computed elsewhere to 40 digits.
//
// The files are not part of the sources: gpd_reference_fits.csv and the data that it names are
// looked for in $TAILFIT_SHARED/reference, or else beside the source tree, in ../shared/reference.
#include "golden_table.hpp"
#include "golden_tail.hpp"

#include <tailfit/tailfit.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;
using tailfit::golden::fit_tail;
using tailfit::golden::GoldenRow;
using tailfit::golden::Side;
using tailfit::golden::TailFit;

fs::path reference_directory() {
  const char* const shared = std::getenv("TAILFIT_SHARED");
  const fs::path root = shared != nullptr ? fs::path(shared) : fs::path(TAILFIT_SHARED_DEFAULT);
  return root / "reference";
}

// One column of numbers under one line of heading.
std::vector<double> read_column(const fs::path& path, bool negated) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("data file '" + path.string() + "' cannot be opened");
  std::string line;
  std::getline(file, line);
  std::vector<double> values;
  while (std::getline(file, line)) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos) continue;
    const std::size_t end = line.find_last_not_of(" \t\r") + 1;
    const double value =
        tailfit::golden::parse<double>(std::string_view(line).substr(begin, end - begin));
    values.push_back(negated ? -value : value);
  }
  return values;
}

void expect_as_in_row(const GoldenRow& row, const TailFit& fit) {
  const double shape = row.number("shape");
  const double scale = row.number("scale");
  const double loglik = row.number("loglik");
  EXPECT_EQ(fit.n_exceed, row.integer("n_exceed"));
  // The file has 14 significant digits. The profile's curvature p'' is 8e-4 or more on all of these
  // tails: rounding errors of 1e-15 in its slope move the root by 1e-12 or so.
  EXPECT_LE(std::abs(fit.shape - shape), 1e-10) << fit.shape << " against " << shape;
  EXPECT_LE(std::abs(fit.scale - scale), 1e-10 * scale) << fit.scale << " against " << scale;
  // The sum of k terms of size 1 + |log sigma| + |xi|, each rounded a few times.
  const double size =
      static_cast<double>(fit.n_exceed) * (1 + std::abs(std::log(scale)) + std::abs(shape));
  EXPECT_LE(std::abs(fit.loglik - loglik), 1e-11 * size) << fit.loglik << " against " << loglik;
  EXPECT_EQ((fit.flags & tailfit::status::lower_no_interior_maximum) != 0,
            row.text("flag") == "boundary");
}

class GpdReference : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(directory_ / "gpd_reference_fits.csv")) {
      GTEST_SKIP() << "no gpd_reference_fits.csv in " << directory_
                   << "; set TAILFIT_SHARED to the directory above reference/";
    }
    rows_ = tailfit::golden::read_golden((directory_ / "gpd_reference_fits.csv").string());
  }

  std::vector<double> values_of(const GoldenRow& row) const {
    return read_column(directory_ / row.text("file"), row.text("negated") == "1");
  }

  fs::path directory_ = reference_directory();
  std::vector<GoldenRow> rows_;
  tailfit::Context context_{{.threads = 1}};
};

TEST_F(GpdReference, UpperTailsAgreeWithFortyDigitFits) {
  for (const GoldenRow& row : rows_) {
    SCOPED_TRACE(row.describe());
    expect_as_in_row(row, fit_tail(context_, values_of(row), Side::upper, row.number("threshold")));
  }
  std::printf("%zu reference fits compared\n", rows_.size());
}

TEST_F(GpdReference, LowerTailsOfTheMirroredDataAgreeWithFortyDigitFits) {
  for (const GoldenRow& row : rows_) {
    SCOPED_TRACE(row.describe());
    std::vector<double> values = values_of(row);
    for (double& value : values) value = -value;
    expect_as_in_row(row, fit_tail(context_, values, Side::lower, -row.number("threshold")));
  }
}

}  // namespace
