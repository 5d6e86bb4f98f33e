// The same series in, whatever their form: the same fits out.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "program_runner.hpp"
#include "test_data.hpp"
#include "tools/gzip_encoder.hpp"

namespace tailfit::tools::test {
namespace {

class InputKinds : public testing::Test {
 protected:
  // What the program prints; it must succeed and say nothing else.
  std::string fitted(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{"fit", "--quantiles", "0.01,0.5"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Outcome outcome = run_program(directory_.path(), all);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }

  std::string fitted_text(const std::string& text, const std::vector<std::string>& arguments = {}) {
    directory_.write("text.csv", text);
    std::vector<std::string> all{"text.csv"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return fitted(all);
  }

  TemporaryDirectory directory_;
  std::vector<Series> series_ = some_series(4, 500);
  std::string expected_ = fitted_text(wide_csv(series_), {"--index", "d"});
};

TEST_F(InputKinds, LongEqualsWide) {
  EXPECT_EQ(fitted_text(long_csv(series_), {"--layout", "long", "--series-column", "s",
                                            "--value-column", "v", "--index", "d"}),
            expected_);
}

TEST_F(InputKinds, NpyEqualsCsv) {
  directory_.write("rows.npy", npy<double>(series_, false));
  directory_.write("columns.npy", npy<double>(series_, true));
  EXPECT_EQ(fitted({"rows.npy"}), expected_);
  EXPECT_EQ(fitted({"columns.npy"}), expected_);
}

TEST_F(InputKinds, FloatsAreFittedAsTheDoublesTheyAre) {
  directory_.write("floats.npy", npy<float>(series_, false));
  std::vector<Series> rounded = series_;
  for (Series& series : rounded) {
    for (double& x : series) x = static_cast<double>(static_cast<float>(x));
  }
  EXPECT_EQ(fitted({"floats.npy"}), fitted_text(wide_csv(rounded), {"--index", "d"}));
}

TEST_F(InputKinds, CompressedEqualsPlain) {
  GzipEncoder encoder;
  std::string bytes(encoder.encode(wide_csv(series_)));
  bytes += encoder.finish();
  directory_.write("text.csv.gz", bytes);
  EXPECT_EQ(fitted({"text.csv.gz", "--index", "d"}), expected_);
}

TEST_F(InputKinds, StandardInputEqualsAFile) {
  const Outcome outcome =
      run_program(directory_.path(), {"fit", "-", "--index", "d", "--quantiles", "0.01,0.5"},
                  wide_csv(series_));
  EXPECT_EQ(outcome.out, expected_);
  EXPECT_EQ(outcome.err, "");
}

TEST_F(InputKinds, APipeWithAnyNameIsCsv) {
  const Outcome outcome = run_shell(
      directory_.path(),
      "mkfifo pipe; cat text.csv > pipe & $TAILFIT fit pipe --index d --quantiles 0.01,0.5");
  EXPECT_EQ(outcome.out, expected_);
  EXPECT_EQ(outcome.err, "");
}

TEST_F(InputKinds, LineEndsQuotesAndByteOrderMarksChangeNothing) {
  std::string text = "\xEF\xBB\xBF";
  for (const char c : wide_csv(series_)) {
    if (c == '"') continue;
    if (c == '\n') {
      text += "\"\r\n\"";
    } else if (c == ',') {
      text += "\",\"";
    } else {
      if (text.size() == 3) text += '"';
      text += c;
    }
  }
  text.pop_back();  // the quote after the last line end
  EXPECT_EQ(fitted_text(text, {"--index", "d"}), expected_);
}

TEST_F(InputKinds, AMissingLastLineEndAndBlankLinesChangeNothing) {
  std::string text = wide_csv(series_);
  EXPECT_EQ(fitted_text(text + "\n\r\n  \n", {"--index", "d"}), expected_);
  text.pop_back();
  EXPECT_EQ(fitted_text(text, {"--index", "d"}), expected_);
}

TEST_F(InputKinds, MissingAndInfiniteValuesAreCounted) {
  const std::string out = fitted_text("A,B\n1,1\n,inf\nNA,2\nNaN,-Infinity\nnull,3\n2,N/A\n");
  const Rows rows = rows_of(out);
  EXPECT_EQ((std::vector<std::string>{rows[1].begin(), rows[1].begin() + 3}),
            (std::vector<std::string>{"A", "2", "4"}));
  EXPECT_EQ((std::vector<std::string>{rows[2].begin(), rows[2].begin() + 3}),
            (std::vector<std::string>{"B", "3", "3"}));
  EXPECT_TRUE(rows[2][3].starts_with("infinite_dropped|"));
}

TEST_F(InputKinds, SeriesOfDifferentLengthsKeepTheirOrder) {
  std::vector<Series> ragged = some_series(5, 300);
  ragged[1].resize(200);
  ragged[3].resize(200);
  ragged[4].resize(250);
  const std::string all =
      fitted_text(long_csv(ragged), {"--layout", "long", "--series-column", "s", "--value-column",
                                     "v", "--window", "150", "--step", "50"});
  // Each series alone gives its rows.
  std::string expected;
  for (std::size_t s = 0; s < ragged.size(); ++s) {
    std::string text = '"' + std::to_string(s) + "\"\n";
    for (const double x : ragged[s]) text += text_of(x) + '\n';
    const std::string out = fitted_text(text, {"--window", "150", "--step", "50"});
    expected += s == 0 ? out : out.substr(out.find('\n') + 1);
  }
  EXPECT_EQ(all, expected);
}

}  // namespace
}  // namespace tailfit::tools::test
