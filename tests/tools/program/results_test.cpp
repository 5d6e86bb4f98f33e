// What is in the tables.
#include <gtest/gtest.h>
#include <tailfit/tailfit.hpp>

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "program_runner.hpp"
#include "test_data.hpp"

namespace tailfit::tools::test {
namespace {

class Results : public testing::Test {
 protected:
  Results() { directory_.write("x.csv", wide_csv(series_)); }

  std::string fitted(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{"fit"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Outcome outcome = run_program(directory_.path(), all);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }

  TemporaryDirectory directory_;
  std::vector<Series> series_ = some_series(3, 400);
};

double number(const std::string& text) { return parse_cell(text).value; }

void expect_same_bits(const std::string& cell, double expected) {
  EXPECT_EQ(std::bit_cast<std::uint64_t>(number(cell)), std::bit_cast<std::uint64_t>(expected))
      << cell;
}

TEST_F(Results, ReadBackAsTheLibrarysDoubles) {
  const Rows rows = rows_of(fitted(
      {"x.csv", "--index", "d", "--quantiles", "0.01,0.5", "--expected-shortfall", "0.975"}));
  const Context context(Context::Options{.backend = Backend::cpu});
  ASSERT_EQ(rows.size(), 1 + series_.size());
  for (std::size_t s = 0; s < series_.size(); ++s) {
    const SplicedFits fits = fit(context, SeriesView<double>::rows(series_[s].data(), 1, 400));
    const std::vector<std::string>& row = rows[s + 1];
    EXPECT_EQ(row[0], std::to_string(s));
    EXPECT_EQ(row[1], "400");
    EXPECT_EQ(row[2], "0");
    EXPECT_EQ(row[3], status_text(fits.status()[0]));
    expect_same_bits(row[4], fits.lower().threshold[0]);
    EXPECT_EQ(row[5], std::to_string(fits.lower().n_exceed[0]));
    expect_same_bits(row[6], fits.lower().shape[0]);
    expect_same_bits(row[7], fits.lower().scale[0]);
    expect_same_bits(row[8], fits.lower().loglik[0]);
    expect_same_bits(row[9], fits.upper().threshold[0]);
    EXPECT_EQ(row[10], std::to_string(fits.upper().n_exceed[0]));
    expect_same_bits(row[11], fits.upper().shape[0]);
    expect_same_bits(row[12], fits.upper().scale[0]);
    expect_same_bits(row[13], fits.upper().loglik[0]);
    expect_same_bits(row[14], quantile(context, fits, 0.01)[0]);
    expect_same_bits(row[15], quantile(context, fits, 0.5)[0]);
    expect_same_bits(row[16], expected_shortfall(context, fits, 0.975)[0]);
  }
}

TEST_F(Results, OfAWindowAreThoseOfTheCutOutWindow) {
  const Rows rows = rows_of(fitted({"x.csv", "--index", "d", "--window", "150", "--step", "60",
                                    "--quantiles", "0.99", "--min-exceedances", "5"}));
  EXPECT_EQ(rows[0][1], "window_start");
  EXPECT_EQ(rows[0][2], "window_end");
  ASSERT_EQ(rows.size(), 1 + 3 * 5u);  // windows at 0, 60, ..., 240
  std::size_t row = 1;
  for (std::size_t s = 0; s < series_.size(); ++s) {
    for (std::size_t first = 0; first + 150 <= 400; first += 60, ++row) {
      EXPECT_EQ(rows[row][0], std::to_string(s));
      EXPECT_EQ(rows[row][1], "t" + std::to_string(first));
      EXPECT_EQ(rows[row][2], "t" + std::to_string(first + 149));
      const auto begin = series_[s].begin() + static_cast<std::ptrdiff_t>(first);
      directory_.write("cut.csv", wide_csv({Series(begin, begin + 150)}));
      const Rows cut = rows_of(
          fitted({"cut.csv", "--index", "d", "--quantiles", "0.99", "--min-exceedances", "5"}));
      EXPECT_EQ((std::vector<std::string>{rows[row].begin() + 3, rows[row].end()}),
                (std::vector<std::string>{cut[1].begin() + 1, cut[1].end()}));
    }
  }
}

TEST_F(Results, OfWindowsWithoutAnIndexNameRowNumbers) {
  const Rows rows =
      rows_of(run_program(directory_.path(), {"fit", "-", "--window", "2"}, "A\n1\n2\n3\n").out);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[2][1], "1");
  EXPECT_EQ(rows[2][2], "2");
}

TEST_F(Results, CountMissingValuesWithinTheWindow) {
  const Rows rows = rows_of(
      run_program(directory_.path(), {"fit", "-", "--window", "2"}, "A\n1\n2\nNA\n3\n").out);
  EXPECT_EQ(rows[1][4], "0");
  EXPECT_EQ(rows[2][4], "1");
  EXPECT_EQ(rows[3][4], "1");
}

TEST_F(Results, LeaveOutSeriesShorterThanTheWindow) {
  const std::string text = "s,v\nA,1\nA,2\nB,1\nA,3\n";
  const Rows rows = rows_of(run_program(directory_.path(),
                                        {"fit", "-", "--layout", "long", "--series-column", "s",
                                         "--value-column", "v", "--window", "2"},
                                        text)
                                .out);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1][0], "A");
  EXPECT_EQ(rows[2][0], "A");
}

TEST_F(Results, OfATransformBeginAtTheSecondRow) {
  const std::string levels = "d,A\na,1\nb,4\nc,9\nd,\ne,1\n";
  const std::string changes = "d,A\nb,3\nc,5\nd,\ne,\n";
  const auto fit_windows = [&](const std::string& text, const std::string& transform) {
    return run_program(directory_.path(),
                       {"fit", "-", "--index", "d", "--window", "2", "--transform", transform},
                       text)
        .out;
  };
  EXPECT_EQ(fit_windows(levels, "diff"), fit_windows(changes, "none"));
  EXPECT_EQ(rows_of(fit_windows(levels, "diff"))[1][1], "b");
}

TEST_F(Results, HaveTheBinCountsOfEveryFit) {
  const std::string fits = fitted({"x.csv", "--index", "d", "-o", "y.csv", "--bins-out", "b.csv",
                                   "--bins", "7", "--window", "200", "--step", "200"});
  EXPECT_EQ(fits, "");
  const Rows table = rows_of(directory_.read("y.csv"));
  const Rows bins = rows_of(directory_.read("b.csv"));
  ASSERT_EQ(bins.size(), table.size());
  EXPECT_EQ(bins[0], (std::vector<std::string>{"series", "window_start", "window_end", "c1", "c2",
                                               "c3", "c4", "c5", "c6", "c7"}));
  for (std::size_t row = 1; row < bins.size(); ++row) {
    EXPECT_EQ(bins[row][0], table[row][0]);
    EXPECT_EQ(bins[row][1], table[row][1]);
    double sum = number(table[row][7]) + number(table[row][12]);  // of the tails
    for (std::size_t bin = 3; bin < 10; ++bin) sum += number(bins[row][bin]);
    EXPECT_EQ(sum, 200.0);
  }
}

TEST_F(Results, AreTheSameForEveryNumberOfThreads) {
  const auto run = [&](const std::string& threads) {
    return fitted({"x.csv", "--index", "d", "--window", "100", "--threads", threads, "-o",
                   "y" + threads + ".csv", "--bins-out", "b" + threads + ".csv", "--quantiles",
                   "0.01"});
  };
  run("1");
  run("2");
  EXPECT_TRUE(directory_.read("y1.csv") == directory_.read("y2.csv"));
  EXPECT_TRUE(directory_.read("b1.csv") == directory_.read("b2.csv"));
  EXPECT_EQ(directory_.read("y1.csv.json"), directory_.read("y2.csv.json"));
}

TEST_F(Results, DoNotDependOnTheMemoryBudget) {
  EXPECT_EQ(fitted({"x.csv", "--index", "d", "--memory-budget", "1M"}),
            fitted({"x.csv", "--index", "d"}));
}

TEST_F(Results, UseGivenThresholds) {
  const Rows rows =
      rows_of(fitted({"x.csv", "--index", "d", "--lower-threshold", "-1.5", "--upper-tail", "0"}));
  EXPECT_EQ(rows[1][4], "-1.5");
  EXPECT_EQ(rows[1][10], "0");
  EXPECT_EQ(rows[1][11], "nan");
}

TEST_F(Results, KeepAwkwardNamesReadable) {
  const std::string name = "a \"b\",\nc";
  const Rows rows =
      rows_of(run_program(directory_.path(), {"fit", "-"}, "\"a \"\"b\"\",\nc\"\n1\n2\n").out);
  EXPECT_EQ(rows[1][0], name);
}

TEST_F(Results, OfBadSeriesHaveAStatusAndDoNotFail) {
  const Outcome outcome = run_program(directory_.path(), {"fit", "-"}, "A,B,C\n1,,1\n1,,2\n1,,3\n");
  EXPECT_EQ(outcome.status, 0);
  const Rows rows = rows_of(outcome.out);
  EXPECT_NE(rows[1][3].find("no_spread"), std::string::npos);
  EXPECT_EQ(rows[2][3], "empty");
  EXPECT_EQ(rows[3][3], "lower_too_few_exceedances|upper_too_few_exceedances");
}

}  // namespace
}  // namespace tailfit::tools::test
