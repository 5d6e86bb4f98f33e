// tailfit score: the numbers are the library's, each series meets its own fit, and no piece changes
// them.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "saved_fits.hpp"
#include "tools/score_command.hpp"

namespace tailfit::tools::test {
namespace {

class Score : public SavedFits {
 protected:
  Score() {
    save();
    for (Series& series : new_) {
      for (double& x : series) x *= 3.0;
    }
    new_[1][2] = std::nan("");
    directory_.write("new.csv", wide_csv(new_));
  }

  // [series][row] by the library.
  std::vector<double> expected(Function function, double parameter = 0.0) const {
    std::vector<double> values;
    for (const Series& series : new_) values.insert(values.end(), series.begin(), series.end());
    return evaluate(context_, fitted(), function, Points::each(values, n_series), parameter);
  }

  static constexpr std::size_t n_new = 7;
  std::vector<Series> new_ = some_series(n_series, n_new);
};

TEST_F(Score, GivesTheLibrarysBitsForEveryObservation) {
  const std::vector<std::pair<std::string, std::pair<Function, double>>> asked{
      {"anomaly", {Function::anomaly_score, 0.0}},
      {"pit", {Function::mid_pit, 0.0}},
      {"cdf", {Function::cdf, 0.0}},
      {"sf", {Function::sf, 0.0}},
      {"log-cdf", {Function::log_cdf, 0.0}},
      {"log-sf", {Function::log_sf, 0.0}},
      {"log-score", {Function::log_score, 0.0}},
      {"crps", {Function::crps, 0.0}},
      {"twcrps:1.5", {Function::twcrps, 1.5}},
      {"quantile-score:0.01", {Function::quantile_score, 0.01}}};
  std::string words;
  std::vector<std::string> header{"series", "row", "value"};
  for (const auto& [word, function] : asked) {
    words += (words.empty() ? "" : ",") + word;
    header.push_back(word);
  }
  const Rows rows = rows_of(ran({"score", "f.npz", "new.csv", "--index", "d", "--scores", words}));
  EXPECT_EQ(rows[0], header);
  ASSERT_EQ(rows.size(), 1 + n_series * n_new);
  for (std::size_t k = 0; k < asked.size(); ++k) {
    const std::vector<double> scores = expected(asked[k].second.first, asked[k].second.second);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      EXPECT_EQ(rows[1 + i][0], std::to_string(i / n_new));
      EXPECT_EQ(rows[1 + i][1], "t" + std::to_string(i % n_new));
      expect_same_bits(rows[1 + i][2], new_[i / n_new][i % n_new]);
      expect_same_bits(rows[1 + i][3 + k], scores[i]);
    }
  }
}

TEST_F(Score, MatchesSeriesByTheirNames) {
  // The last two in another order, without the first.
  directory_.write("some.csv",
                   "d,\"2\",\"1\"\na," + text_of(new_[2][0]) + "," + text_of(new_[1][0]) + "\n");
  const Rows rows = rows_of(ran({"score", "f.npz", "some.csv", "--index", "d"}));
  const std::vector<double> scores = expected(Function::anomaly_score);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1][0], "2");
  expect_same_bits(rows[1][3], scores[2 * n_new]);
  EXPECT_EQ(rows[2][0], "1");
  expect_same_bits(rows[2][3], scores[n_new]);
}

TEST_F(Score, OfAnArrayMatchesByPosition) {
  directory_.write("new.npy", npy<double>(new_, false));
  const Rows from_csv = rows_of(ran({"score", "f.npz", "new.csv", "--index", "d"}));
  Rows from_array = rows_of(ran({"score", "f.npz", "new.npy"}));
  ASSERT_EQ(from_array.size(), from_csv.size());
  for (std::size_t i = 1; i < from_csv.size(); ++i) EXPECT_EQ(from_array[i][3], from_csv[i][3]);
  directory_.write("two.npy", npy<float>({new_[0], new_[1]}, true));
  EXPECT_EQ(
      refusal({"score", "f.npz", "two.npy"}),
      "tailfit: two.npy has 2 series, expected the 3 of f.npz: without names they are matched "
      "by their position\n");
  tailfit::save(fitted(), directory_.file("unnamed.npz"));
  EXPECT_EQ(rows_of(ran({"score", "unnamed.npz", "new.csv", "--index", "d"})), from_csv);
}

// Fits of an array have no names either, though rows of their tables are called 0, 1, ...
TEST_F(Score, UnderFitsOfAnArrayMatchesByPosition) {
  directory_.write("x.npy", npy<double>(series_, false));
  ran({"fit", "x.npy", "--save", "array.npz"});
  directory_.write("named.csv", "d,C,B,A\nt0," + text_of(new_[0][0]) + ',' + text_of(new_[1][0]) +
                                    ',' + text_of(new_[2][0]) + '\n');
  const Rows rows = rows_of(ran({"score", "array.npz", "named.csv", "--index", "d"}));
  const std::vector<double> scores = expected(Function::anomaly_score);
  ASSERT_EQ(rows.size(), 4u);
  for (std::size_t s = 0; s < 3; ++s) {
    EXPECT_EQ(rows[1 + s][0], std::string{"CBA"[s]});
    expect_same_bits(rows[1 + s][3], scores[s * n_new]);
  }
  ran({"fit", "x.npy", "--save", "windows.npz", "--window", "150", "--step", "50"});
  save({"--window", "150", "--step", "50"});
  EXPECT_EQ(ran({"score", "windows.npz", "new.csv", "--index", "d"}),
            ran({"score", "f.npz", "new.csv", "--index", "d"}));
  directory_.write("two.csv", "A,B\n1,2\n");
  EXPECT_EQ(refusal({"score", "windows.npz", "two.csv"}),
            "tailfit: two.csv has 2 series, expected the 3 of windows.npz: without names they are "
            "matched by their position\n");
}

TEST_F(Score, UsesTheLastOfSeveralWindows) {
  save({"--window", "150", "--step", "50"});
  const Rows rows = rows_of(ran({"score", "f.npz", "new.csv", "--index", "d"}));
  const Rows cut = [&] {
    std::vector<Series> last;
    for (const Series& series : series_) last.emplace_back(series.end() - 150, series.end());
    directory_.write("last.csv", wide_csv(last));
    ran({"fit", "last.csv", "--index", "d", "--save", "last.npz"});
    return rows_of(ran({"score", "last.npz", "new.csv", "--index", "d"}));
  }();
  EXPECT_EQ(rows, cut);
}

TEST_F(Score, AppliesTheTransformOfTheFits) {
  save({"--transform", "diff"});
  const Rows rows = rows_of(ran({"score", "f.npz", "new.csv", "--index", "d", "--scores", "cdf"}));
  ASSERT_EQ(rows.size(), 1 + n_series * (n_new - 1));
  EXPECT_EQ(rows[1][1], "t1");
  expect_same_bits(rows[1][2], new_[0][1] - new_[0][0]);
  EXPECT_EQ(refusal({"score", "f.npz", "new.csv", "--index", "d", "--transform", "none"}),
            "tailfit: --transform is 'none', expected 'diff', with which f.npz was made\n");
}

TEST_F(Score, OfASingleNewPriceSaysThatItHasNoReturn) {
  save({"--transform", "diff"});
  directory_.write("one.csv", "d,\"0\",\"1\"\nt,1,2\n");
  const std::string expected =
      "tailfit: one.csv: no series has more than 1 row, expected at least 2: diff makes a value of "
      "two rows, so begin with the last old one\n";
  EXPECT_EQ(refusal({"score", "f.npz", "one.csv", "--index", "d"}), expected);
  EXPECT_EQ(refusal({"score", "f.npz", "one.csv", "--index", "d", "--per", "series"}), expected);
  EXPECT_EQ(refusal({"score", "f.npz", "one.csv", "--index", "d", "-o", "s.csv"}), expected);
}

TEST_F(Score, SumsUpEachSeries) {
  const Rows rows = rows_of(ran({"score", "f.npz", "new.csv", "--index", "d", "--scores",
                                 "anomaly,crps", "--per", "series"}));
  EXPECT_EQ(rows[0],
            (std::vector<std::string>{"series", "n", "n_missing", "scored_anomaly", "mean_anomaly",
                                      "min_anomaly", "max_anomaly", "scored_crps", "mean_crps",
                                      "min_crps", "max_crps"}));
  ASSERT_EQ(rows.size(), 1u + n_series);
  const std::vector<double> crps = expected(Function::crps);
  const auto first = crps.begin() + 2 * n_new;
  EXPECT_EQ(rows[2][1], "6");
  EXPECT_EQ(rows[2][2], "1");
  EXPECT_EQ(rows[2][7], "6");
  EXPECT_EQ(rows[3][7], std::to_string(n_new));
  expect_same_bits(rows[3][8], std::accumulate(first, first + n_new, 0.0) / n_new);
  expect_same_bits(rows[3][9], *std::min_element(first, first + n_new));
  expect_same_bits(rows[3][10], *std::max_element(first, first + n_new));
}

TEST_F(Score, SumsUpWhatHasAScoreAndCountsIt) {
  save({"--min-exceedances", "21"});  // tails that are not fitted
  const Rows each = rows_of(ran({"score", "f.npz", "new.csv", "--index", "d"}));
  const Rows sums = rows_of(ran({"score", "f.npz", "new.csv", "--index", "d", "--per", "series"}));
  ASSERT_EQ(sums.size(), 1u + n_series);
  int n_unscored = 0;
  for (std::size_t s = 0; s < n_series; ++s) {
    int n = 0;
    int n_scored = 0;
    double sum = 0.0;
    for (std::size_t t = 0; t < n_new; ++t) {
      const std::vector<std::string>& row = each[1 + s * n_new + t];
      n += row[2] == "nan" ? 0 : 1;
      if (row[3] == "nan") continue;
      ++n_scored;
      sum += parse_cell(row[3]).value;
    }
    n_unscored += n - n_scored;
    EXPECT_EQ(sums[1 + s][1], std::to_string(n));
    EXPECT_EQ(sums[1 + s][3], std::to_string(n_scored));
    if (n_scored > 0) expect_same_bits(sums[1 + s][4], sum / n_scored);
  }
  EXPECT_GT(n_unscored, 0);
}

TEST_F(Score, OfSeriesWithoutValuesDoesNotExist) {
  directory_.write("none.csv", "\"0\",\"1\"\n,1\n");
  const Rows rows = rows_of(ran({"score", "f.npz", "none.csv", "--per", "series"}));
  EXPECT_EQ(rows[1], (std::vector<std::string>{"0", "0", "1", "0", "nan", "nan", "nan"}));
  EXPECT_EQ(rows[2][1], "1");
}

TEST_F(Score, WritesAnArrayOfTheSameNumbers) {
  const std::vector<std::string> call{"score", "f.npz",    "new.csv", "--index",
                                      "d",     "--scores", "pit,crps"};
  for (const std::size_t per : {std::size_t{0}, std::size_t{1}}) {
    std::vector<std::string> asked = call;
    if (per == 1) asked.insert(asked.end(), {"--per", "series"});
    std::vector<std::string> to_array = asked;
    to_array.insert(to_array.end(), {"-o", "s.npy"});
    EXPECT_EQ(ran(to_array), "");
    const std::vector<double> numbers = npy_numbers(directory_.read("s.npy"));
    const Rows rows = rows_of(ran(asked));
    const std::size_t n_texts = per == 1 ? 1 : 2;
    const std::size_t width = rows[0].size() - n_texts;
    ASSERT_EQ(numbers.size(), (rows.size() - 1) * width);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      expect_same_bits(rows[1 + i / width][n_texts + i % width], numbers[i]);
    }
  }
}

TEST_F(Score, DoesNotDependOnPiecesAndThreads) {
  std::vector<Series> ragged = new_;
  ragged[2].resize(3);
  directory_.write("l.csv", long_csv(ragged));
  ScoreArguments arguments;
  arguments.fits = directory_.file("f.npz");
  arguments.input = {directory_.file("l.csv"), Layout::long_, "d", "s", "v"};
  arguments.scores = {{"randomized-pit", Function::mid_pit, 0.0, true},
                      {"crps", Function::crps, 0.0, false}};
  arguments.seed = 5;
  arguments.output = directory_.file("whole.csv");
  run_score(arguments);
  EXPECT_EQ(rows_of(directory_.read("whole.csv")).size(), 1 + 2 * n_new + 3);
  for (const std::int64_t bytes : {1, 300, 500}) {
    arguments.output = directory_.file("pieces.csv");
    arguments.context.threads = 1;
    run_score(arguments, bytes);
    EXPECT_EQ(directory_.read("pieces.csv"), directory_.read("whole.csv"));
  }
}

TEST_F(Score, ReadsAPipe) {
  const Outcome outcome =
      run_program(directory_.path(), {"score", "f.npz", "-", "--index", "d"}, wide_csv(new_));
  EXPECT_EQ(outcome.out, ran({"score", "f.npz", "new.csv", "--index", "d"}));
}

TEST_F(Score, RefusesBadCalls) {
  const auto refused = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"score", "f.npz", "new.csv"});
    return refusal(more);
  };
  directory_.write("other.csv", "A\n1\n");
  EXPECT_EQ(refusal({"score", "f.npz", "other.csv"}),
            "tailfit: other.csv: the series 'A' has no fit in f.npz\n");
  EXPECT_EQ(refusal({"score", "f.npz"}),
            "tailfit: two files are expected, the saved fits and the new data; see tailfit score "
            "--help\n");
  EXPECT_EQ(
      refused({"third.csv"}),
      "tailfit: unexpected argument 'third.csv', the inputs are already 'f.npz', 'new.csv'\n");
  EXPECT_EQ(refused({"-o", "new.csv"}),
            "tailfit: the data and --output are both 'new.csv', expected different files\n");
  EXPECT_EQ(refused({"--scores", "crps,crps"}), "tailfit: --scores has 'crps', expected it once\n");
  EXPECT_EQ(refused({"--scores", "crps:1"}),
            "tailfit: --scores has 'crps:1', expected crps alone\n");
  EXPECT_EQ(refused({"--scores", "quantile-score"}),
            "tailfit: --scores has 'quantile-score', expected quantile-score:NUMBER with a number "
            "from 0 to 1\n");
  EXPECT_EQ(
      refused({"--scores", "brier"}),
      "tailfit: --scores has 'brier', expected anomaly, pit, randomized-pit, cdf, sf, log-cdf, "
      "log-sf, log-score, crps, twcrps:NUMBER, quantile-score:NUMBER\n");
  EXPECT_EQ(refused({"--per", "day"}), "tailfit: --per is 'day', expected observation or series\n");
  EXPECT_EQ(refused({"--seed", "3"}),
            "tailfit: --seed is '3', expected only with --scores randomized-pit\n");
  EXPECT_EQ(refused({"--scores", "twcrps:1e-400"}),
            "tailfit: --scores has 'twcrps:1e-400', expected twcrps:NUMBER with 0 or a number that "
            "a double can hold, of 5e-324 at least\n");
  EXPECT_EQ(refused({"--scores", "quantile-score:0.99999999999999999999"}),
            "tailfit: --scores has 'quantile-score:0.99999999999999999999', expected "
            "quantile-score:NUMBER with 1 or a number that a double can tell from 1, of "
            "0.9999999999999999 at most\n");
}

}  // namespace
}  // namespace tailfit::tools::test
