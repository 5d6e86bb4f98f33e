#include "tools/panel.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tools/transpose.hpp"

namespace tailfit::tools {
namespace {

TextColumn column(const std::vector<std::string>& texts) {
  TextColumn result;
  for (const std::string& text : texts) result.append(text);
  return result;
}

TEST(TextColumn, KeepsTextsOfAnyLength) {
  const TextColumn texts = column({"", "2000-01-03", "", "a longer text than fits in place"});
  ASSERT_EQ(texts.size(), 4u);
  EXPECT_EQ(texts[0], "");
  EXPECT_EQ(texts[1], "2000-01-03");
  EXPECT_EQ(texts[2], "");
  EXPECT_EQ(texts[3], "a longer text than fits in place");
}

TEST(SeriesIndex, NumbersRowsFromZero) { EXPECT_EQ(SeriesIndex().text(3, 7), "7"); }

TEST(SeriesIndex, SharesOneColumn) {
  const SeriesIndex index = SeriesIndex::shared(column({"a", "b"}));
  EXPECT_EQ(index.text(0, 1), "b");
  EXPECT_EQ(index.text(9, 1), "b");
}

TEST(SeriesIndex, HasAColumnForEachSeries) {
  const SeriesIndex index = SeriesIndex::per_series({column({"a", "b"}), column({"c"})});
  EXPECT_EQ(index.text(0, 1), "b");
  EXPECT_EQ(index.text(1, 0), "c");
}

TEST(SeriesIndex, BeginsLaterAfterTheFirstRowWasDropped) {
  SeriesIndex dates = SeriesIndex::shared(column({"a", "b"}));
  dates.drop_first_row();
  EXPECT_EQ(dates.text(0, 0), "b");
  SeriesIndex numbers;
  numbers.drop_first_row();
  EXPECT_EQ(numbers.text(0, 0), "1");
}

TEST(Panel, KnowsTheLengths) {
  Panel panel;
  panel.names = {"a", "b", "c"};
  panel.offsets = {0, 2, 2, 5};
  EXPECT_EQ(panel.length(0), 2);
  EXPECT_EQ(panel.length(1), 0);
  EXPECT_EQ(panel.length(2), 3);
  EXPECT_EQ(equal_offsets(3, 4), (std::vector<std::int64_t>{0, 4, 8, 12}));
}

TEST(Transpose, PutsABlockWhereItsRowsBelong) {
  const std::vector<int> block{1, 10, 2, 20};  // two rows of two columns
  std::vector<int> columns(6, 0);
  transpose_into<int>({block.data(), 2, 2, 1, 2}, 3, columns.data());
  EXPECT_EQ(columns, (std::vector<int>{0, 1, 2, 0, 10, 20}));
}

}  // namespace
}  // namespace tailfit::tools
