#include "tools/long_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "support.hpp"

namespace tailfit::tools {
namespace {

using test::MemorySource;
using test::message_of;

Panel read(const std::string& text, const LongColumns& columns = {"s", "v", std::nullopt}) {
  MemorySource source(text);
  CsvTable table(source, "x.csv");
  return read_long(table, columns);
}

TEST(LongReader, GathersTheRowsOfASeries) {
  const Panel panel = read("s,v\nB,1\nA,10\nB,2\nA,20\nB,3\n");
  EXPECT_EQ(panel.names, (std::vector<std::string>{"B", "A"}));
  EXPECT_EQ(panel.offsets, (std::vector<std::int64_t>{0, 3, 5}));
  EXPECT_EQ(std::get<std::vector<double>>(panel.values), (std::vector<double>{1, 2, 3, 10, 20}));
  EXPECT_EQ(panel.index.text(1, 1), "1");
}

TEST(LongReader, KeepsAnIndexPerSeries) {
  const Panel panel = read("d,s,v\nmon,A,1\nmon,B,2\ntue,A,3\nwed,B,4\n", {"s", "v", "d"});
  EXPECT_EQ(panel.index.text(0, 1), "tue");
  EXPECT_EQ(panel.index.text(1, 1), "wed");
}

TEST(LongReader, IgnoresOtherColumns) {
  EXPECT_EQ(read("s,note,v\nA,not a number,1\n").offsets, (std::vector<std::int64_t>{0, 1}));
}

TEST(LongReader, NamesLineAndColumnOfABadValue) {
  EXPECT_EQ(message_of([] { read("s,v\nA,1\nA,one\n"); }),
            "x.csv:3: column 'v': 'one' is not a number");
}

TEST(LongReader, RefusesARowWithoutASeriesName) {
  EXPECT_EQ(message_of([] { read("s,v\n,1\n"); }),
            "x.csv:2: column 's': the cell is empty, expected a series name");
}

TEST(LongReader, RefusesATableWithoutRows) {
  EXPECT_EQ(message_of([] { read("s,v\n"); }), "x.csv: there is no row after the header");
}

TEST(LongReader, NamesTheFlagOfAnUnknownColumn) {
  const std::string header = "s,v,d\n";
  EXPECT_EQ(message_of([&] {
              read(header, {"S", "v", std::nullopt});
            }),
            "x.csv:1: --series-column: there is no column 'S', the header has 's', 'v', 'd'");
  EXPECT_EQ(message_of([&] {
              read(header, {"s", "V", std::nullopt});
            }),
            "x.csv:1: --value-column: there is no column 'V', the header has 's', 'v', 'd'");
  EXPECT_EQ(message_of([&] {
              read(header, {"s", "v", "D"});
            }),
            "x.csv:1: --index: there is no column 'D', the header has 's', 'v', 'd'");
}

TEST(LongReader, RefusesOneColumnInTwoRoles) {
  EXPECT_EQ(message_of([] {
              read("s,v\nA,1\n", {"s", "s", std::nullopt});
            }),
            "--series-column and --value-column both name column 's', expected different columns");
  EXPECT_EQ(message_of([] {
              read("s,v\nA,1\n", {"s", "v", "v"});
            }),
            "--index and --value-column both name column 'v', expected different columns");
}

}  // namespace
}  // namespace tailfit::tools
