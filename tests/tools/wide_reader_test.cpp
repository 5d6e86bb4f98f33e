#include "tools/wide_reader.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "support.hpp"

namespace tailfit::tools {
namespace {

using test::MemorySource;
using test::message_of;

Panel read(const std::string& text, const std::optional<std::string>& index = std::nullopt) {
  MemorySource source(text);
  CsvTable table(source, "x.csv");
  return read_wide(table, index);
}

const std::vector<double>& values_of(const Panel& panel) {
  return std::get<std::vector<double>>(panel.values);
}

TEST(WideReader, MakesEveryColumnASeries) {
  const Panel panel = read("A,B\n1,10\n2,20\n3,30\n");
  EXPECT_EQ(panel.names, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(panel.offsets, (std::vector<std::int64_t>{0, 3, 6}));
  EXPECT_EQ(values_of(panel), (std::vector<double>{1, 2, 3, 10, 20, 30}));
  EXPECT_EQ(panel.index.text(1, 2), "2");
}

TEST(WideReader, TakesTheIndexColumnOut) {
  const Panel panel = read("A,date,B\n1,2000-01-03,10\n2,2000-01-04,20\n", "date");
  EXPECT_EQ(panel.names, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(values_of(panel), (std::vector<double>{1, 2, 10, 20}));
  EXPECT_EQ(panel.index.text(0, 1), "2000-01-04");
}

TEST(WideReader, TakesAnIndexColumnWithoutAName) {
  const Panel panel = read(",A\nx,1\ny,2\n", "");
  EXPECT_EQ(panel.names, std::vector<std::string>{"A"});
  EXPECT_EQ(panel.index.text(0, 1), "y");
}

TEST(WideReader, ReadsMissingAndInfiniteValues) {
  const Panel panel = read("A,B\n,inf\nNA,-Inf\nNaN,null\n");
  EXPECT_TRUE(std::isnan(values_of(panel)[0]));
  EXPECT_TRUE(std::isnan(values_of(panel)[2]));
  EXPECT_EQ(values_of(panel)[3], std::numeric_limits<double>::infinity());
  EXPECT_EQ(values_of(panel)[4], -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(values_of(panel)[5]));
}

// More rows than the store's blocks hold, and not a multiple.
TEST(WideReader, KeepsTheOrderOfManyRows) {
  std::string text = "A,B\n";
  std::vector<double> expected(2 * 1000);
  for (std::size_t t = 0; t < 1000; ++t) {
    text += std::to_string(t) + ",-" + std::to_string(t) + "\n";
    expected[t] = static_cast<double>(t);
    expected[1000 + t] = -static_cast<double>(t);
  }
  EXPECT_EQ(values_of(read(text)), expected);
}

TEST(WideReader, RefusesATableWithoutRows) {
  EXPECT_EQ(message_of([] { read("A,B\n"); }), "x.csv: there is no row after the header");
}

TEST(WideReader, RefusesATableOfNothingButTheIndex) {
  EXPECT_EQ(message_of([] { read("date\n2000\n", "date"); }),
            "x.csv:1: the index 'date' is the only column, expected a column per series beside it");
}

TEST(WideReader, PointsToIndexWhenTheFirstColumnBeginsWithText) {
  EXPECT_EQ(message_of([] { read("date,A\n2000-01-03,1\n"); }),
            "x.csv:2: column 'date': '2000-01-03' is not a number; if the column is the index, say "
            "--index 'date'");
}

TEST(WideReader, DoesNotPointToIndexLater) {
  EXPECT_EQ(message_of([] { read("A,B\n1,1\nx,1\n"); }),
            "x.csv:3: column 'A': 'x' is not a number");
}

}  // namespace
}  // namespace tailfit::tools
