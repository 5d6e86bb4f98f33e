// Cells and columns of a table by their places: what the parser finds, in any portions.
#include "tools/wide_columns.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support.hpp"
#include "tools/cell_reader.hpp"
#include "tools/csv_table.hpp"
#include "tools/text_source.hpp"

namespace tailfit::tools {
namespace {

using test::message_of;
using test::TemporaryDirectory;

// Line ends of both kinds, quotes, missing values, an index with line ends and doubled quotes in it
// in the middle, and no last line end.
const std::string text =
    "\xEF\xBB\xBF"
    "A,B,i,C,D\r\n"
    "1,\"2\",\"x\"\"\ny,\",3,\r\n"
    " 4 ,NA,,\"\",\"5\"\r\n"
    "-1e3,inf,\"\"\"\",7,8\n"
    "10,11,z,12,\"13\"";
const std::vector<std::vector<double>> columns{
    {1, 4, -1000, 10}, {2, NAN, INFINITY, 11}, {3, NAN, 7, 12}, {NAN, 5, 8, 13}};

std::vector<std::int64_t> offsets_of(CsvTable& table) {
  std::vector<std::int64_t> offsets;
  while (const CsvRecord* row = table.next_row()) offsets.push_back(row->offset);
  return offsets;
}

void expect_same(const std::vector<double>& found, std::size_t first) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double expected = columns[first + i / 4][i % 4];
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(found[i])) << first << ", " << i;
    } else {
      EXPECT_EQ(found[i], expected) << first << ", " << i;
    }
  }
}

class WideColumnsTest : public testing::Test {
 protected:
  WideColumnsTest() {
    directory_.write("x.csv", text);
    file_.emplace(directory_.file("x.csv"));
    const std::unique_ptr<ByteSource> source = open_text(*file_);
    CsvTable table(*source, "x.csv");
    offsets_ = offsets_of(table);
    columns_ = open_wide_columns(*file_, {table.columns().size(), offsets_});
  }

  TemporaryDirectory directory_;
  std::optional<InputFile> file_;
  std::vector<std::int64_t> offsets_;
  std::unique_ptr<WideColumns> columns_;
};

TEST_F(WideColumnsTest, AreReadOneByOne) {
  expect_same(columns_->read(std::vector<std::size_t>{0}), 0);
  expect_same(columns_->read(std::vector<std::size_t>{1}), 1);
  expect_same(columns_->read(std::vector<std::size_t>{3}), 2);
  expect_same(columns_->read(std::vector<std::size_t>{4}), 3);
}

TEST_F(WideColumnsTest, AreReadInGroupsAroundTheIndex) {
  expect_same(columns_->read(std::vector<std::size_t>{0, 1, 3}), 0);
  expect_same(columns_->read(std::vector<std::size_t>{4}), 3);
}

TEST_F(WideColumnsTest, AreReadAtOnce) {
  expect_same(columns_->read(std::vector<std::size_t>{0, 1, 3, 4}), 0);
}

TEST_F(WideColumnsTest, OfAFileThatWasCutAreAFailure) {
  for (const std::size_t n_bytes : {text.size() - 1, std::size_t{40}, std::size_t{0}}) {
    directory_.write("x.csv", text.substr(0, n_bytes));
    const auto again = open_wide_columns(*file_, {5, offsets_});
    message_of<Failure>([&] { again->read(std::vector<std::size_t>{0, 1, 3, 4}); });
  }
}

TEST_F(WideColumnsTest, ThatAreNoNumbersAnyMoreAreAFailure) {
  std::string changed = text;
  changed[14] = 'x';
  directory_.write("x.csv", changed);
  message_of<Failure>([&] { columns_->read(std::vector<std::size_t>{0}); });
}

TEST_F(WideColumnsTest, HaveTheCellsThatTheParserFindsInAnyPortions) {
  for (const unsigned bytes_at_once : {2u, 3u, 7u, 1000u}) {
    CellReader cells(*file_, bytes_at_once);
    std::vector<std::string> found;
    for (const std::int64_t offset : offsets_) {
      cells.seek(offset);
      do {
        found.emplace_back(cells.next());
      } while (!cells.at_row_end());
    }
    EXPECT_EQ(found, (std::vector<std::string>{"1",    "2",   "x\"\"\ny,", "3",  "",   //
                                               " 4 ",  "NA",  "",          "",   "5",  //
                                               "-1e3", "inf", "\"\"",      "7",  "8",  //
                                               "10",   "11",  "z",         "12", "13"}))
        << bytes_at_once;
    EXPECT_EQ(cells.offset(), static_cast<std::int64_t>(text.size()));
    cells.seek(offsets_[1]);  // back
    EXPECT_EQ(cells.next(), " 4 ");
  }
}

}  // namespace
}  // namespace tailfit::tools
