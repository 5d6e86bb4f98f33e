#include "tools/csv_parser.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "support.hpp"

namespace tailfit::tools {
namespace {

using test::MemorySource;
using test::message_of;
using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t whole = 1 << 20;

Rows rows_of(const std::string& text, std::size_t piece = whole) {
  MemorySource source(text, piece);
  CsvParser parser(source, "x.csv");
  Rows rows;
  while (const CsvRecord* record = parser.next()) {
    rows.emplace_back();
    for (const CsvCell& cell : record->cells) rows.back().emplace_back(cell.text);
  }
  return rows;
}

std::string refusal_of(const std::string& text) {
  const std::string message = message_of([&] { rows_of(text); });
  EXPECT_EQ(message_of([&] { rows_of(text, 1); }), message);
  return message;
}

TEST(CsvParser, CutsAtCommasAndLineEnds) {
  EXPECT_EQ(rows_of("a,b\n1,2\n"), (Rows{{"a", "b"}, {"1", "2"}}));
}

TEST(CsvParser, TakesEitherLineEndAndAMissingLastOne) {
  const Rows expected{{"a", "b"}, {"1", "2"}};
  EXPECT_EQ(rows_of("a,b\r\n1,2\r\n"), expected);
  EXPECT_EQ(rows_of("a,b\r\n1,2\r"), expected);
  EXPECT_EQ(rows_of("a,b\n1,2"), expected);
}

TEST(CsvParser, KeepsACarriageReturnInsideACell) {
  EXPECT_EQ(rows_of("a\rb,c\n"), (Rows{{"a\rb", "c"}}));
}

TEST(CsvParser, KeepsEmptyCells) {
  EXPECT_EQ(rows_of(",\n,,x\n"), (Rows{{"", ""}, {"", "", "x"}}));
  EXPECT_EQ(rows_of("a,"), (Rows{{"a", ""}}));
}

TEST(CsvParser, HasNoRecordInNoText) { EXPECT_EQ(rows_of(""), Rows{}); }

TEST(CsvParser, SkipsAByteOrderMark) {
  EXPECT_EQ(rows_of("\xEF\xBB\xBF"
                    "a\n1\n"),
            (Rows{{"a"}, {"1"}}));
  EXPECT_EQ(rows_of("\xEF\xBB\xBF"), Rows{});
  EXPECT_EQ(rows_of("\xEF\xBB"), (Rows{{"\xEF\xBB"}}));
}

TEST(CsvParser, ReadsQuotedCells) {
  EXPECT_EQ(rows_of("\"a\",\"\"\r\n\"x,y\",\"line 1\nline 2\"\n"),
            (Rows{{"a", ""}, {"x,y", "line 1\nline 2"}}));
}

TEST(CsvParser, MakesDoubledQuotesSingle) {
  EXPECT_EQ(rows_of("\"\"\"a\"\"b\"\"\",c"), (Rows{{"\"a\"b\"", "c"}}));
}

TEST(CsvParser, TakesAQuoteInsideAnUnquotedCellAsItIs) {
  EXPECT_EQ(rows_of("5\" pipe,x\n"), (Rows{{"5\" pipe", "x"}}));
}

TEST(CsvParser, CountsLinesThroughQuotedLineEnds) {
  MemorySource source("h\n\"a\n\nb\",c\nd\n");
  CsvParser parser(source, "x.csv");
  EXPECT_EQ(parser.next()->line, 1);
  const CsvRecord* record = parser.next();
  EXPECT_EQ(record->line, 2);
  EXPECT_EQ(record->cells[0].line, 2);
  EXPECT_EQ(record->cells[1].line, 4);
  EXPECT_EQ(parser.next()->line, 5);
}

TEST(CsvParser, SaysWhichRecordsAreBlank) {
  MemorySource source("\n \t\r\n\"\"\n,\nx\n");
  CsvParser parser(source, "x.csv");
  std::vector<bool> blank;
  while (const CsvRecord* record = parser.next()) blank.push_back(record->is_blank);
  EXPECT_EQ(blank, (std::vector<bool>{true, true, false, false, false}));
}

TEST(CsvParser, NamesTheLineOfAQuoteThatIsNeverClosed) {
  EXPECT_EQ(refusal_of("a,b\n1,\"2\n3,4\n"),
            "x.csv:2: the quote that opens cell 2 is never closed");
}

TEST(CsvParser, RefusesTextAfterAClosingQuote) {
  EXPECT_EQ(
      refusal_of("a\n\"1\"x \"y,2\n"),
      "x.csv:2: 'x \"y' after the closing quote of cell 1, expected a comma or the end of the "
      "line");
}

TEST(CsvParser, HoldsARecordThatIsLongerThanItsBuffer) {
  const std::string long_cell(1'000'000, 'x');
  EXPECT_EQ(rows_of("a,b\n" + long_cell + ",\"" + long_cell + "\"\n1,2\n"),
            (Rows{{"a", "b"}, {long_cell, long_cell}, {"1", "2"}}));
}

// Writes tables of awkward cells and reads them back, whatever the pieces the text comes in.
TEST(CsvParser, ReadsBackWhatWasWritten) {
  constexpr std::uint64_t seed = 99;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::vector<std::string> cells{"", "a", "\"", "\"\"", ",", "\n", "\r\n", "x\"y", "1.5"};
  for (int round = 0; round < 300; ++round) {
    Rows rows(1 + random() % 4);
    std::string text;
    for (std::vector<std::string>& row : rows) {
      row.resize(1 + random() % 4);
      for (std::size_t i = 0; i < row.size(); ++i) {
        row[i] = cells[random() % cells.size()];
        if (i > 0) text += ',';
        text += '"';
        for (const char c : row[i]) text += c == '"' ? "\"\"" : std::string(1, c);
        text += '"';
      }
      text += random() % 2 == 0 ? "\n" : "\r\n";
    }
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, whole}) {
      EXPECT_EQ(rows_of(text, piece), rows) << text;
    }
  }
}

TEST(CsvParser, KnowsWhereRecordsBegin) {
  const std::string text =
      "\xEF\xBB\xBF"
      "a,b\r\n\"1\n\"\"\",2\n\n3,4";
  for (const std::size_t piece : {std::size_t{1}, text.size()}) {
    MemorySource source(text, piece);
    CsvParser parser(source, "x.csv");
    std::vector<std::int64_t> offsets;
    while (const CsvRecord* record = parser.next()) offsets.push_back(record->offset);
    EXPECT_EQ(offsets, (std::vector<std::int64_t>{3, 8, 17, 18}));
  }
}

}  // namespace
}  // namespace tailfit::tools
