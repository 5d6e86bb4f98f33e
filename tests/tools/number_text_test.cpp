#include "tools/number_text.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

namespace tailfit::tools {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string text_of(double value) {
  std::string out;
  append_number(out, value);
  return out;
}

void expect_value(const std::string& text, double expected) {
  const CellValue parsed = parse_cell(text);
  EXPECT_EQ(parsed.problem, CellProblem::none) << text;
  EXPECT_EQ(std::bit_cast<std::uint64_t>(parsed.value), std::bit_cast<std::uint64_t>(expected))
      << text << " became " << parsed.value;
}

TEST(NumberText, ReadsDecimalNumbers) {
  expect_value("1", 1.0);
  expect_value("-1.25", -1.25);
  expect_value("+1.25", 1.25);
  expect_value(".5", 0.5);
  expect_value("5.", 5.0);
  expect_value("1e3", 1000.0);
  expect_value("1E-3", 0.001);
  expect_value("-0", -0.0);
  expect_value("0.1000000000000000055511151231257827", 0.1);
}

TEST(NumberText, IgnoresBlanksAround) { expect_value(" \t 2.5  ", 2.5); }

TEST(NumberText, ReadsInfinitiesInAnyCase) {
  for (const char* text : {"inf", "Inf", "INF", "+inf", "infinity", "Infinity"}) {
    expect_value(text, infinity);
  }
  for (const char* text : {"-inf", "-INF", "-Infinity"}) expect_value(text, -infinity);
}

TEST(NumberText, ReadsMissingValues) {
  for (const char* text : {"", "  ", "NA", "na", "N/A", "NaN", "nan", "NAN", "null", "NULL"}) {
    const CellValue parsed = parse_cell(text);
    EXPECT_EQ(parsed.problem, CellProblem::none) << text;
    EXPECT_TRUE(std::isnan(parsed.value)) << text;
  }
}

TEST(NumberText, RefusesEverythingElse) {
  for (const char* text : {"abc",
                           "1,5",
                           "1 2",
                           "1.2.3",
                           "0x10",
                           "1e",
                           "e5",
                           "-",
                           "+",
                           "--1",
                           "+-1",
                           "-+1",
                           "nan(1)",
                           "infinite",
                           "1_000",
                           "12%",
                           "$3",
                           "2000-01-03",
                           ".",
                           "-.",
                           "\xC2\xA0"
                           "1"}) {
    EXPECT_EQ(parse_cell(text).problem, CellProblem::not_a_number) << text;
  }
}

TEST(NumberText, TellsTooLargeFromTooSmall) {
  EXPECT_EQ(parse_cell("1e999").problem, CellProblem::out_of_range);
  EXPECT_EQ(parse_cell("-1e999").problem, CellProblem::out_of_range);
  expect_value("1e-999", 0.0);
  expect_value("-1e-999", -0.0);
  expect_value("4.9406564584124654e-324", std::numeric_limits<double>::denorm_min());
}

TEST(NumberText, ReadsFiniteOptionValuesOnly) {
  EXPECT_EQ(parse_finite("-0.5"), -0.5);
  for (const char* text : {"", " 1", "1 ", "inf", "nan", "NA", "1e999", "x"}) {
    EXPECT_FALSE(parse_finite(text).has_value()) << text;
  }
}

TEST(NumberText, KnowsWhatIsZeroOnlyAsADouble) {
  for (const char* text :
       {"1e-400", "-1e-400", "+0.1e-330", "2e-324", "0.000001e-320", " 1E-999 "}) {
    EXPECT_TRUE(rounds_to_zero(text)) << text;
    EXPECT_FALSE(parse_finite(text).has_value()) << text;
  }
  for (const char* text :
       {"0", "-0.0", "0e5", "0e-999", ".0", "5e-324", "3e-324", "1", "1e400", "x"}) {
    EXPECT_FALSE(rounds_to_zero(text)) << text;
  }
  EXPECT_EQ(parse_finite("0e-999"), 0.0);
  EXPECT_EQ(parse_finite("3e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(expected_within("2", probability, " or less"), "a number from 0 to 1 or less");
}

TEST(NumberText, KnowsWhatIsOneOnlyAsADouble) {
  // The middle between 1 and the double before it, which goes to the even one, and behind it.
  const std::string below_one = "0.999999999999999944488848768742172978818416595458984375";
  const std::string above_one = "1.00000000000000011102230246251565404236316680908203125";
  constexpr NumberRange from_one{1.0, greatest, false, "a number >= 1"};
  for (const std::string& text :
       {below_one, std::string("+9.9999999999999999999e-1"),
        std::string("99999999999999999999E-20"), std::string("0.00999999999999999999999e2"),
        above_one, std::string("1.00000000000000000001"), std::string("0.100000000000000000001e1"),
        std::string("10000000000000000000001e-22")}) {
    EXPECT_FALSE(parse_within(text, probability).has_value()) << text;
    EXPECT_FALSE(parse_within(text, from_one).has_value()) << text;
    EXPECT_EQ(parse_within(text, any_number), 1.0) << text;
  }
  for (const char* text : {"1", "+1.000", "100e-2", "0.001E3", "1.", "01.0", "1e0"}) {
    EXPECT_EQ(parse_within(text, probability), 1.0) << text;
    EXPECT_EQ(parse_within(text, from_one), 1.0) << text;
  }
  EXPECT_EQ(parse_within("0.99999999999999994", probability), 0x1.fffffffffffffp-1);
  EXPECT_EQ(parse_within("1.00000000000000012", from_one), 0x1.0000000000001p0);
}

TEST(NumberText, ReadsWholeNumbersThatFit) {
  EXPECT_EQ(parse_whole("-7"), -7);
  EXPECT_EQ(parse_whole("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"", "1.0", "1e3", "9223372036854775808", " 1", "+1", "1k"}) {
    EXPECT_FALSE(parse_whole(text).has_value()) << text;
  }
}

TEST(NumberText, WritesNamesForWhatIsNotFinite) {
  EXPECT_EQ(text_of(infinity), "inf");
  EXPECT_EQ(text_of(-infinity), "-inf");
  EXPECT_EQ(text_of(std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(text_of(-std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(NumberText, WritesTheShortestText) {
  EXPECT_EQ(text_of(0.1), "0.1");
  EXPECT_EQ(text_of(-2.0), "-2");
  EXPECT_EQ(text_of(1e300), "1e+300");
}

TEST(NumberText, EveryDoubleReadsBackAsItself) {
  constexpr std::uint64_t seed = 20240607;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 200'000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (std::isfinite(value)) expect_value(text_of(value), value);
  }
}

}  // namespace
}  // namespace tailfit::tools
