#include "tools/message_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tailfit::tools {
namespace {

TEST(MessageText, ShowsControlCharactersAsEscapes) {
  EXPECT_EQ(printable("a\nb\rc\td\x1b[2J\x7f"), "a\\nb\\rc\\td\\x1b[2J\\x7f");
}

TEST(MessageText, LeavesUtf8Alone) { EXPECT_EQ(in_quotes("Zürich"), "'Zürich'"); }

TEST(MessageText, CutsALongTextOff) {
  EXPECT_EQ(in_quotes(std::string(60, 'x')), "'" + std::string(60, 'x') + "'");
  EXPECT_EQ(in_quotes(std::string(61, 'x')), "'" + std::string(60, 'x') + "...'");
}

TEST(MessageText, CutsBeforeACharacterAndNotInsideIt) {
  // Bytes 60 and 61 are the two of an umlaut.
  EXPECT_EQ(in_quotes(std::string(59, 'x') + "üü"), "'" + std::string(59, 'x') + "...'");
}

TEST(MessageText, NamesAtMostEightOfAList) {
  EXPECT_EQ(quote_list({"a", "b"}), "'a', 'b'");
  EXPECT_EQ(quote_list({"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}),
            "'1', '2', '3', '4', '5', '6', '7', '8' and 2 more");
}

TEST(MessageText, CountsWithSingularAndPlural) {
  EXPECT_EQ(counted(0, "cell"), "0 cells");
  EXPECT_EQ(counted(1, "cell"), "1 cell");
  EXPECT_EQ(counted(2, "cell"), "2 cells");
}

TEST(MessageText, LowersAsciiLettersOnly) { EXPECT_EQ(lower_case("A.CSV.GZ-Ü"), "a.csv.gz-Ü"); }

}  // namespace
}  // namespace tailfit::tools
