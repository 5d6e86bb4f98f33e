#include "tools/threshold_file.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support.hpp"
#include "tools/gzip_encoder.hpp"

namespace tailfit::tools {
namespace {

using test::message_of;
using test::TemporaryDirectory;

Panel panel_of(const std::vector<std::string>& names) {
  Panel panel;
  panel.names = names;
  panel.offsets.assign(names.size() + 1, 0);
  return panel;
}

class Thresholds : public testing::Test {
 protected:
  ThresholdFile read(const std::string& bytes) const {
    directory_.write("u.csv", bytes);
    return ThresholdFile(directory_.file("u.csv"));
  }

  std::string refusal_of(const std::string& bytes) const {
    const std::string message = message_of([&] { read(bytes); });
    return message.substr(message.find("u.csv"));
  }

  TemporaryDirectory directory_;
};

TEST_F(Thresholds, GoToTheSeriesOfTheirName) {
  const ThresholdFile file = read("upper,series,lower\n2,B,-2\n1, A,-1\n3.5,\"C,\",-3\n");
  EXPECT_TRUE(file.has_lower());
  EXPECT_TRUE(file.has_upper());
  Panel panel = panel_of({"C,", "B", " A"});
  EXPECT_EQ(file.give(panel), 3u);
  EXPECT_EQ(panel.lower_thresholds, (std::vector<double>{-3, -2, -1}));
  EXPECT_EQ(panel.upper_thresholds, (std::vector<double>{3.5, 2, 1}));
}

// A column of a wide table may have one.
TEST_F(Thresholds, MayBeOfASeriesWithAnEmptyName) {
  for (const std::string cell : {"", "\"\""}) {
    const ThresholdFile file = read("series,upper\nA,1\n" + cell + ",2\n");
    Panel panel = panel_of({"", "A"});
    EXPECT_EQ(file.give(panel), 2u);
    EXPECT_EQ(panel.upper_thresholds, (std::vector<double>{2, 1}));
  }
}

TEST_F(Thresholds, MayBeOfOneSide) {
  const ThresholdFile file = read("series,upper\nA,1e3\n");
  EXPECT_FALSE(file.has_lower());
  Panel panel = panel_of({"A"});
  EXPECT_EQ(file.give(panel), 1u);
  EXPECT_TRUE(panel.lower_thresholds.empty());
  EXPECT_EQ(panel.upper_thresholds, std::vector<double>{1000});
}

TEST_F(Thresholds, MayBeCompressed) {
  GzipEncoder encoder;
  std::string bytes(encoder.encode("series,lower\nA,1\n"));
  bytes += encoder.finish();
  const ThresholdFile file = read(bytes);
  EXPECT_TRUE(file.has_lower());
  EXPECT_EQ(file.digest().bytes, static_cast<std::int64_t>(bytes.size()));
}

TEST_F(Thresholds, AreGivenUpToTheFirstSeriesThatHasNone) {
  const ThresholdFile file = read("series,lower\nA,1\nC,2\n");
  Panel panel = panel_of({"A", "B", "C"});
  EXPECT_EQ(file.give(panel), 1u);
  const std::string message = message_of([&] { file.refuse_missing("B", "x.csv"); });
  EXPECT_EQ(message.substr(message.find("u.csv")),
            "u.csv: there is no threshold for series 'B' of x.csv");
}

TEST_F(Thresholds, AreRefusedByNameAndLine) {
  EXPECT_EQ(refusal_of("series,lower\nA,1\nB,2\nA,3\n"),
            "u.csv:4: series 'A' is given twice, first on line 2");
  for (const std::string text : {"", "x", "NA", "inf", "1e400"}) {
    EXPECT_EQ(refusal_of("series,lower,upper\nA,1,2\nB," + text + ",1\n"),
              "u.csv:3: column 'lower': the threshold of series 'B' is '" + text +
                  "', expected a finite number");
  }
  EXPECT_EQ(refusal_of("series,lower\nA,1e-400\n"),
            "u.csv:2: column 'lower': the threshold of series 'A' is '1e-400', expected 0 or a "
            "number that a double can hold, of 5e-324 at least");
  EXPECT_EQ(refusal_of("series,lower\n,1\nA,2\n\"\",3\n"),
            "u.csv:4: series '' is given twice, first on line 2");
  EXPECT_EQ(refusal_of("series,lower\nA\n"), "u.csv:2: 1 cell, expected 2 as in the header");
}

TEST_F(Thresholds, HaveNoOtherColumns) {
  EXPECT_EQ(refusal_of("series,lower,uper\nA,1,2\n"),
            "u.csv:1: --thresholds: the column 'uper', expected series, lower and upper only");
  EXPECT_EQ(refusal_of("lower,upper\n1,2\n"),
            "u.csv:1: --thresholds: there is no column 'series', the header has 'lower', 'upper'");
  EXPECT_EQ(refusal_of("series\nA\n"),
            "u.csv:1: --thresholds: series is the only column, expected lower, upper or both "
            "beside it");
  EXPECT_EQ(refusal_of(""), "u.csv: the file is empty, expected a header line of column names");
}

}  // namespace
}  // namespace tailfit::tools
