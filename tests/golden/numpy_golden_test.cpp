// Thresholds, exceedance counts and bin counts against NumPy's, with ==.
#include "golden_table.hpp"
#include "series_generator.hpp"

#include <tailfit/tailfit.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace {

using tailfit::golden::GoldenRow;

// What one series' fit has in common with NumPy.
struct Outcome {
  std::int64_t n = 0;
  std::int64_t n_missing = 0;
  std::uint32_t status = 0;
  double threshold[2] = {};
  double shape[2] = {};
  std::int64_t n_exceed[2] = {};
  std::vector<std::uint32_t> counts;
};

template <class T>
Outcome fit_one(const tailfit::Context& context, const std::vector<T>& values,
                const tailfit::FitOptions& options) {
  const auto length = static_cast<std::int64_t>(values.size());
  const auto fits =
      tailfit::fit(context, tailfit::SeriesView<T>::rows(values.data(), 1, length), options);
  const auto counts = fits.counts_u32();
  return {fits.n()[0],
          fits.n_missing()[0],
          fits.status()[0],
          {fits.lower().threshold[0], fits.upper().threshold[0]},
          {fits.lower().shape[0], fits.upper().shape[0]},
          {fits.lower().n_exceed[0], fits.upper().n_exceed[0]},
          {counts.begin(), counts.end()}};
}

std::uint64_t fnv1a(std::span<const std::uint32_t> counts) {
  std::uint64_t state = 0xCBF29CE484222325u;
  for (const std::uint32_t count : counts) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      state = (state ^ (count >> shift & 0xFFu)) * 0x100000001B3u;
    }
  }
  return state;
}

// Facts about a series' values that statuses depend on, found by a plain scan.
struct Scan {
  bool infinite = false;
  double least = std::numeric_limits<double>::infinity();
  double greatest = -std::numeric_limits<double>::infinity();
};

template <class T>
Scan scan(const std::vector<T>& values) {
  Scan result;
  for (const T value : values) {
    const double x = static_cast<double>(value);
    result.infinite = result.infinite || std::isinf(x);
    if (!std::isfinite(x)) continue;
    result.least = std::min(result.least, x);
    result.greatest = std::max(result.greatest, x);
  }
  return result;
}

// Collects what differs, in words; empty means that all is as expected.
class Differences {
 public:
  template <class A, class B>
  void expect_equal(const char* what, const A& actual, const B& expected) {
    if (!(actual == expected))
      text_ << "  " << what << " is " << actual << ", expected " << expected << '\n';
  }
  void expect_flag(const Outcome& outcome, std::uint32_t bit, bool expected) {
    if (((outcome.status & bit) != 0) == expected) return;
    text_ << "  status is " << tailfit::status_text(outcome.status) << ", expected it "
          << (expected ? "with " : "without ") << tailfit::status_text(bit) << '\n';
  }
  void expect_not_fitted(const Outcome& outcome) {
    expect_equal("lower shape is NaN", std::isnan(outcome.shape[0]), true);
    expect_equal("upper shape is NaN", std::isnan(outcome.shape[1]), true);
  }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
};

void compare_body(Differences& differences, const GoldenRow& row, const Outcome& outcome,
                  bool degenerate) {
  differences.expect_flag(outcome, tailfit::status::degenerate_body, degenerate);
  if (!degenerate) {
    differences.expect_equal("hash of the counts", fnv1a(outcome.counts), row.hex("counts_fnv1a"));
    return;
  }
  std::vector<std::uint32_t> all_in_one(outcome.counts.size(), 0);
  all_in_one[0] = static_cast<std::uint32_t>(row.integer("n_finite") - row.integer("lower_n") -
                                             row.integer("upper_n"));
  differences.expect_equal("counts as one bin", outcome.counts == all_in_one, true);
}

void compare_thresholds(Differences& differences, const GoldenRow& row, const Outcome& outcome) {
  differences.expect_equal("lower threshold", outcome.threshold[0], row.bits("lower_threshold"));
  differences.expect_equal("upper threshold", outcome.threshold[1], row.bits("upper_threshold"));
}

// True where a finite value lies so far beyond its threshold that the excess is not finite.
bool excess_overflows(const Scan& values, const Outcome& outcome) {
  return std::isinf(outcome.threshold[0] - values.least) ||
         std::isinf(values.greatest - outcome.threshold[1]);
}

std::string compare(const GoldenRow& row, const Outcome& outcome, const Scan& values) {
  const std::string_view body = row.text("body");
  Differences differences;
  differences.expect_equal("n", outcome.n, row.integer("n_finite"));
  differences.expect_equal("n_missing", outcome.n_missing,
                           row.integer("n") - row.integer("n_finite"));
  differences.expect_flag(outcome, tailfit::status::infinite_dropped, values.infinite);
  differences.expect_flag(outcome, tailfit::status::empty, body == "e");
  differences.expect_flag(outcome, tailfit::status::thresholds_crossed, body == "c");
  differences.expect_flag(outcome, tailfit::status::no_spread, values.least == values.greatest);
  if (body == "e") {
    differences.expect_not_fitted(outcome);
    return differences.text();
  }
  if (body == "o") {
    // NumPy's own interpolation overflowed: whether it gave inf or NaN is of no use to anyone.
    differences.expect_flag(outcome, tailfit::status::range_overflow, true);
    return differences.text();
  }
  compare_thresholds(differences, row, outcome);
  if (body == "c") {
    differences.expect_not_fitted(outcome);
    return differences.text();
  }
  // Excesses of any bits may span more decades than a fit can, which is flagged too.
  const bool overflows = excess_overflows(values, outcome);
  if (overflows || row.text("kind") != "bit_patterns") {
    differences.expect_flag(outcome, tailfit::status::range_overflow, overflows);
  }
  differences.expect_equal("lower n_exceed", outcome.n_exceed[0], row.integer("lower_n"));
  differences.expect_equal("upper n_exceed", outcome.n_exceed[1], row.integer("upper_n"));
  compare_body(differences, row, outcome, body == "d");
  return differences.text();
}

template <class T>
std::string compare_row(const tailfit::Context& context, const GoldenRow& row) {
  const auto values = tailfit::golden::generate<T>(
      {std::string(row.text("kind")), static_cast<std::uint64_t>(row.integer("seed")),
       static_cast<std::size_t>(row.integer("n")),
       static_cast<std::uint64_t>(row.integer("bins"))});
  if ((tailfit::golden::checksum(values) & 0xFFFFFFFFu) != row.hex("checksum")) {
    return "  the generated series is another one than Python's: the generators differ\n";
  }
  tailfit::FitOptions options;
  options.lower = tailfit::tail_mass(row.number("tau_lower"));
  options.upper = tailfit::tail_mass(row.number("tau_upper"));
  options.bins = row.integer("bins");
  return compare(row, fit_one(context, values, options), scan(values));
}

TEST(NumpyGolden, ThresholdsExceedancesAndBinCountsEqualNumpysOnEveryRow) {
  const auto rows = tailfit::golden::read_golden(tailfit::golden::golden_file("numpy_golden.csv"));
  const tailfit::Context context({.threads = 1});
  std::map<std::string, std::size_t, std::less<>> compared;
  std::size_t failed = 0;
  for (const GoldenRow& row : rows) {
    const bool single = row.text("dtype") == "f32";
    const std::string text =
        single ? compare_row<float>(context, row) : compare_row<double>(context, row);
    ++compared[std::string(row.text("body"))];
    constexpr std::size_t most_printed = 20;
    if (!text.empty() && ++failed <= most_printed) ADD_FAILURE() << row.describe() << '\n' << text;
  }
  EXPECT_EQ(failed, 0u) << "of " << rows.size() << " rows";
  std::printf(
      "%zu rows compared with NumPy: %zu with all bins, %zu of them where numpy.histogram is "
      "off its own edges; %zu degenerate, %zu crossed, %zu overflow, %zu empty\n",
      rows.size(), compared["b"] + compared["h"], compared["h"], compared["d"], compared["c"],
      compared["o"], compared["e"]);
  EXPECT_GE(rows.size(), 10'000u);
}

}  // namespace
