// The rules for where a tail begins: what the library makes of the same rule.
#include <gtest/gtest.h>
#include <tailfit/tailfit.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bad_case.hpp"
#include "program_runner.hpp"
#include "test_data.hpp"

namespace tailfit::tools::test {
namespace {

constexpr std::int64_t length = 400;
constexpr std::int64_t window = 150;
constexpr std::int64_t step = 60;

class Rules : public testing::Test {
 protected:
  Rules() {
    directory_.write("x.csv", wide_csv(series_));
    directory_.write("long.csv", long_csv(series_));
    directory_.write("x.npy", npy<double>(series_, false));
    std::string both = "series,lower,upper\n9,0,0\n";  // a series that the input does not have
    std::string upper = "series,upper\n";
    for (std::size_t s = series_.size(); s-- > 0;) {
      both += std::to_string(s) + ',' + text_of(lower_[s]) + ',' + text_of(upper_[s]) + '\n';
      upper += std::to_string(s) + ',' + text_of(upper_[s]) + '\n';
    }
    directory_.write("both.csv", both);
    directory_.write("upper.csv", upper);
  }

  Rows fitted(std::vector<std::string> arguments, const std::vector<std::string>& more) const {
    arguments.insert(arguments.begin(), "fit");
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run_program(directory_.path(), arguments);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "");
    return rows_of(outcome.out);
  }

  // Every input, whole and in windows, with these flags.
  void expect_fits(const std::vector<std::string>& flags, const FitOptions& options) const {
    const std::vector<std::vector<std::string>> inputs{
        {"x.csv", "--index", "d"},
        {"long.csv", "--layout", "long", "--series-column", "s", "--value-column", "v"},
        {"x.npy"}};
    for (const std::vector<std::string>& input : inputs) {
      expect_rows(fitted(input, flags), rows_view(), options, 4);
      std::vector<std::string> with_windows = flags;
      with_windows.insert(with_windows.end(), {"--window", "150", "--step", "60"});
      expect_rows(fitted(input, with_windows),
                  SeriesView<double>::rolling(rows_view(), window, step), options, 6);
    }
  }

  SeriesView<double> rows_view() const {
    return SeriesView<double>::rows(values_.data(), static_cast<std::int64_t>(series_.size()),
                                    length);
  }

  // Both tails of every row, of which the first stands at `column`.
  static void expect_rows(const Rows& rows, const SeriesView<double>& view,
                          const FitOptions& options, std::size_t column) {
    const Context context(Context::Options{.backend = Backend::cpu});
    const SplicedFits fits = fit(context, view, options);
    ASSERT_EQ(rows.size(), 1 + static_cast<std::size_t>(fits.size()));
    for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
      const std::vector<std::string>& row = rows[i + 1];
      EXPECT_EQ(row[column - 1], status_text(fits.status()[i]));
      std::size_t cell = column;
      for (const TailSpans& tail : {fits.lower(), fits.upper()}) {
        expect_same(row[cell], tail.threshold[i]);
        EXPECT_EQ(row[cell + 1], std::to_string(tail.n_exceed[i]));
        expect_same(row[cell + 2], tail.shape[i]);
        expect_same(row[cell + 3], tail.scale[i]);
        expect_same(row[cell + 4], tail.loglik[i]);
        cell += 5;
      }
    }
  }

  static void expect_same(const std::string& cell, double expected) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(parse_cell(cell).value),
              std::bit_cast<std::uint64_t>(expected))
        << cell;
  }

  static std::vector<double> flat(const std::vector<Series>& all) {
    std::vector<double> values;
    for (const Series& series : all) values.insert(values.end(), series.begin(), series.end());
    return values;
  }

  TemporaryDirectory directory_;
  std::vector<Series> series_ = some_series(3, length);
  std::vector<double> values_ = flat(series_);
  std::vector<double> lower_{-1.25, -0.5, -2.0};
  std::vector<double> upper_{0.75, 1.5, 2.25};
};

TEST_F(Rules, OfCounts) {
  expect_fits({"--lower-count", "17", "--upper-count", "40"},
              {.lower = count(17), .upper = count(40)});
  expect_fits({"--upper-count", "1", "--min-exceedances", "1"},
              {.upper = count(1), .min_exceedances = 1});
}

TEST_F(Rules, OfHistograms) {
  expect_fits({"--histogram-range", "-3,4"},
              {.lower = histogram_range(-3, 4, 0.05), .upper = histogram_range(-3, 4, 0.05)});
  expect_fits(
      {"--histogram-range", "-0.1,4.5", "--bins", "20", "--lower-tail", "0", "--upper-tail", "0.1"},
      {.lower = tail_mass(0), .upper = histogram_range(-0.1, 4.5, 0.1), .bins = 20});
  expect_fits({"--histogram-range", "-3,4", "--lower-count", "20"},
              {.lower = count(20), .upper = histogram_range(-3, 4, 0.05)});
}

TEST_F(Rules, OfThresholdsPerSeries) {
  expect_fits({"--thresholds", "both.csv"},
              {.lower = per_series(lower_), .upper = per_series(upper_)});
  expect_fits({"--thresholds", "upper.csv", "--lower-tail", "0.1"},
              {.lower = tail_mass(0.1), .upper = per_series(upper_)});
  expect_fits({"--thresholds", "upper.csv", "--histogram-range", "-3,4"},
              {.lower = histogram_range(-3, 4, 0.05), .upper = per_series(upper_)});
}

TEST_F(Rules, OfASeriesWithAnEmptyName) {
  directory_.write("unnamed.csv", "A,,B\n1,2,3\n4,5,6\n");
  directory_.write("u.csv", "series,lower\nB,6.5\n,4.5\nA,2.5\n");
  const Rows rows = fitted({"unnamed.csv"}, {"--thresholds", "u.csv"});
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[2][0], "");
  EXPECT_EQ(rows[1][4], "2.5");
  EXPECT_EQ(rows[2][4], "4.5");
  EXPECT_EQ(rows[3][4], "6.5");
}

TEST_F(Rules, FromStandardInput) {
  const Outcome outcome = run_program(directory_.path(), {"fit", "x.npy", "--thresholds", "-"},
                                      directory_.read("both.csv"));
  EXPECT_EQ(outcome.status, 0);
  expect_rows(rows_of(outcome.out), rows_view(),
              {.lower = per_series(lower_), .upper = per_series(upper_)}, 4);
}

TEST_F(Rules, AreInTheManifest) {
  fitted({"x.npy"}, {"--thresholds", "upper.csv", "--lower-count", "20", "-o", "y.csv"});
  const auto options = nlohmann::json::parse(directory_.read("y.csv.json"))["options"];
  EXPECT_EQ(options["lower_rule"], "count");
  EXPECT_EQ(options["lower_count"], 20);
  EXPECT_EQ(options["upper_rule"], "per_series");
  EXPECT_EQ(options["thresholds"]["path"], "upper.csv");
  EXPECT_EQ(options["thresholds"]["bytes"], directory_.read("upper.csv").size());
}

class BadThresholds : public testing::TestWithParam<BadCase> {};

TEST_P(BadThresholds, AreRefusedInOneLineWithStatus2) { expect_refusal(GetParam()); }

BadCase thresholds(const std::string& name, const std::string& table, const std::string& message,
                   const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"fit", "x.csv", "--thresholds", "u.csv", "-o", "y.csv"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return {name, arguments, message, {{"x.csv", "A,B\n1,2\n3,4\n"}, {"u.csv", table}}};
}

INSTANTIATE_TEST_SUITE_P(
    Files, BadThresholds,
    testing::Values(
        thresholds("Missing", "series,lower\nA,1\n",
                   "u.csv: there is no threshold for series 'B' of x.csv"),
        thresholds("Twice", "series,lower\nA,1\nB,1\nA,1\n",
                   "u.csv:4: series 'A' is given twice, first on line 2"),
        thresholds("NoNumber", "series,lower\nA,1\nB,low\n",
                   "u.csv:3: column 'lower': the threshold of series 'B' is 'low', expected a "
                   "finite number"),
        thresholds("UnknownColumn", "series,low\nA,1\n",
                   "u.csv:1: --thresholds: the column 'low', expected series, lower and upper "
                   "only"),
        thresholds("BesideAFlag", "series,lower\nA,1\nB,1\n",
                   "--lower-tail and --thresholds, whose file has the column 'lower', are both "
                   "given, expected one of them",
                   {"--lower-tail", "0.1"}),
        thresholds("BesideACount", "series,lower,upper\nA,1,2\nB,1,2\n",
                   "--upper-count and --thresholds, whose file has the column 'upper', are both "
                   "given, expected one of them",
                   {"--upper-count", "1"}),
        thresholds("BesideAHistogram", "series,lower,upper\nA,1,2\nB,1,2\n",
                   "--histogram-range and --thresholds are both given, expected a tail that is "
                   "left to the histogram",
                   {"--histogram-range", "0,1"})),
    name_of);

TEST(Thresholds, ThatCannotBeReadAreAFailure) {
  expect_refusal({"NoFile",
                  {"fit", "x.csv", "--thresholds", "none.csv"},
                  "cannot read none.csv: No such file or directory",
                  {{"x.csv", "A\n1\n"}},
                  1});
}

}  // namespace
}  // namespace tailfit::tools::test
