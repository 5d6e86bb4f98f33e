#include "tools/csv_table.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "support.hpp"

namespace tailfit::tools {
namespace {

using test::MemorySource;
using test::message_of;

// Reads all numbers of all columns.
std::vector<std::vector<double>> numbers_of(const std::string& text) {
  MemorySource source(text);
  CsvTable table(source, "x.csv");
  std::vector<std::vector<double>> rows;
  while (table.next_row() != nullptr) {
    rows.emplace_back();
    for (std::size_t i = 0; i < table.columns().size(); ++i) rows.back().push_back(table.number(i));
  }
  return rows;
}

std::string refusal_of(const std::string& text) {
  return message_of([&] { numbers_of(text); });
}

TEST(CsvTable, ReadsHeaderAndRows) {
  EXPECT_EQ(numbers_of("a,b\n1,2\n3,4\n"), (std::vector<std::vector<double>>{{1, 2}, {3, 4}}));
}

TEST(CsvTable, RefusesAnEmptyFile) {
  EXPECT_EQ(refusal_of(""), "x.csv: the file is empty, expected a header line of column names");
}

TEST(CsvTable, RefusesABlankHeader) {
  EXPECT_EQ(refusal_of("\na\n1\n"),
            "x.csv:1: the line is blank, expected a header line of column names");
}

TEST(CsvTable, TakesANumberInTheHeaderForAValue) {
  EXPECT_EQ(refusal_of("2000-01-03,1.5\n2000-01-04,1.6\n"),
            "x.csv:1: the column name '1.5' is a number, expected a header line of column names (a "
            "name like that can be put in quotes)");
}

TEST(CsvTable, AllowsColumnNumbersAndQuotedNumbersAsNames) {
  EXPECT_EQ(numbers_of("0,1,2,\"1.5\"\n6,7,8,9\n"),
            (std::vector<std::vector<double>>{{6, 7, 8, 9}}));
  EXPECT_EQ(numbers_of("1,2,3\n7,8,9\n"), (std::vector<std::vector<double>>{{7, 8, 9}}));
}

// A file of counts without a header must not lose its first row.
TEST(CsvTable, TakesWholeNumbersInTheHeaderForValues) {
  for (const std::string header : {"12,7", "3", "0", "0,1", "0,2,1", "1,2,4", "2,3,4"}) {
    EXPECT_NE(refusal_of(header + "\n" + header + "\n").find("is a number, expected a header"),
              std::string::npos)
        << header;
  }
}

TEST(CsvTable, RefusesDuplicateNames) {
  EXPECT_EQ(refusal_of("a,b,a\n1,2,3\n"),
            "x.csv:1: columns 1 and 3 are both called 'a', expected distinct names");
}

TEST(CsvTable, RefusesRaggedRows) {
  EXPECT_EQ(refusal_of("a,b\n1,2\n3\n"), "x.csv:3: 1 cell, expected 2 as in the header");
  EXPECT_EQ(refusal_of("a,b\n1,2,3\n"), "x.csv:2: 3 cells, expected 2 as in the header");
}

TEST(CsvTable, NamesLineColumnAndTextOfABadCell) {
  EXPECT_EQ(refusal_of("a,b\n1,2\n3,4x\n"), "x.csv:3: column 'b': '4x' is not a number");
}

TEST(CsvTable, NamesTheLineOfTheCellNotOfTheRow) {
  EXPECT_EQ(refusal_of("a,b\n\"1\n\",x\n"), "x.csv:2: column 'a': '1\\n' is not a number");
  MemorySource source("a,b\n\"1\n\",x\n");
  CsvTable table(source, "x.csv");
  table.next_row();
  EXPECT_EQ(message_of([&] { table.number(1); }), "x.csv:3: column 'b': 'x' is not a number");
}

TEST(CsvTable, RefusesANumberThatNoDoubleHolds) {
  EXPECT_EQ(refusal_of("a\n1e999\n"),
            "x.csv:2: column 'a': '1e999' is beyond the range of a double");
}

TEST(CsvTable, IgnoresBlankLinesAtTheEnd) {
  EXPECT_EQ(numbers_of("a,b\n1,2\n\n \r\n\n"), (std::vector<std::vector<double>>{{1, 2}}));
  EXPECT_EQ(numbers_of("a\n1\n\n\n"), (std::vector<std::vector<double>>{{1}}));
}

TEST(CsvTable, RefusesABlankLineBetweenRowsOfSeveralCells) {
  EXPECT_EQ(refusal_of("a,b\n1,2\n\n\n3,4\n"), "x.csv:3: the line is blank, expected 2 cells");
}

TEST(CsvTable, TakesABlankLineInATableOfOneColumnForAMissingValue) {
  const auto rows = numbers_of("a\n1\n\n\n2\n");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0][0], 1);
  EXPECT_TRUE(std::isnan(rows[1][0]));
  EXPECT_TRUE(std::isnan(rows[2][0]));
  EXPECT_EQ(rows[3][0], 2);
}

TEST(CsvTable, KeepsAQuotedEmptyLastCellAsAMissingValue) {
  EXPECT_EQ(numbers_of("a\n1\n\"\"\n").size(), 2u);
}

TEST(CsvTable, NamesTheFlagOfAnUnknownColumn) {
  MemorySource source("date,A,B\n");
  const CsvTable table(source, "x.csv");
  EXPECT_EQ(table.find("B", "--index"), 2u);
  EXPECT_EQ(message_of([&] { table.find("Date", "--index"); }),
            "x.csv:1: --index: there is no column 'Date', the header has 'date', 'A', 'B'");
}

TEST(CsvTable, GivesTheHintForItsColumnOnly) {
  MemorySource source("a,b\nx,y\n");
  CsvTable table(source, "x.csv");
  table.set_hint(0, "look there");
  table.next_row();
  EXPECT_EQ(message_of([&] { table.number(0); }),
            "x.csv:2: column 'a': 'x' is not a number; look there");
  EXPECT_EQ(message_of([&] { table.number(1); }), "x.csv:2: column 'b': 'y' is not a number");
}

}  // namespace
}  // namespace tailfit::tools
