#include "tools/command_line.hpp"

#include <gtest/gtest.h>
#include <tailfit/tailfit.h>

#include <string>
#include <variant>
#include <vector>

#include "support.hpp"

namespace tailfit::tools {
namespace {

using test::message_of;

FitArguments parse(const std::vector<std::string>& arguments) {
  return std::get<FitArguments>(parse_command_line(arguments));
}

std::string refusal_of(const std::vector<std::string>& arguments) {
  return message_of([&] { parse_command_line(arguments); });
}

std::string information_of(const std::vector<std::string>& arguments) {
  return std::get<Information>(parse_command_line(arguments)).text;
}

TEST(CommandLine, TakesFlagsBeforeAndAfterTheInput) {
  const FitArguments arguments = parse({"fit", "--bins", "7", "x.csv", "-o", "y.csv", "-v"});
  EXPECT_EQ(arguments.input.path, "x.csv");
  EXPECT_EQ(arguments.bins, 7);
  EXPECT_EQ(arguments.output, "y.csv");
  EXPECT_TRUE(arguments.verbose);
  EXPECT_FALSE(parse({"fit", "x.csv"}).verbose);
}

TEST(CommandLine, TakesValuesAfterAnEqualsSign) {
  EXPECT_EQ(parse({"fit", "x.csv", "--bins=7"}).bins, 7);
}

TEST(CommandLine, TakesNegativeNumbersAsValues) {
  EXPECT_EQ(parse({"fit", "x.csv", "--lower-threshold", "-0.5"}).lower.value, -0.5);
  EXPECT_EQ(parse({"fit", "x.csv", "--lower-threshold", "-.5e-3"}).lower.value, -0.5e-3);
}

TEST(CommandLine, TakesADashAsStandardInput) { EXPECT_EQ(parse({"fit", "-"}).input.path, "-"); }

TEST(CommandLine, TakesEverythingAfterTwoDashesAsTheInput) {
  EXPECT_EQ(parse({"fit", "--", "-x.csv"}).input.path, "-x.csv");
}

TEST(CommandLine, TakesAnEmptyColumnName) {
  EXPECT_EQ(parse({"fit", "x.csv", "--index", ""}).input.index, "");
}

TEST(CommandLine, TakesColumnNamesAsTheyAre) {
  for (const std::string name : {"a b", "a,b", "[x]", "\"q\"", "{}", "%%", "#1"}) {
    EXPECT_EQ(parse({"fit", "x.csv", "--index", name}).input.index, name);
  }
}

TEST(CommandLine, AnswersHelpAndVersion) {
  EXPECT_EQ(information_of({"--version"}), "tailfit " + std::string(tailfit_version()) + "\n");
  EXPECT_EQ(information_of({"fit", "--version"}), information_of({"--version"}));
  EXPECT_TRUE(information_of({"--help"}).starts_with("Usage: tailfit fit FILE [options]\n"));
  EXPECT_NE(information_of({"fit", "--help"}), information_of({"--help"}));
  EXPECT_EQ(information_of({"fit", "-h"}), information_of({"fit", "--help"}));
}

TEST(CommandLine, AnswersHelpWhateverElseIsThere) {
  EXPECT_EQ(information_of({"fit", "--bins", "0", "--help"}), information_of({"fit", "--help"}));
}

TEST(CommandLine, NamesWhatItDoesNotUnderstand) {
  EXPECT_EQ(refusal_of({}),
            "no command is given, expected fit, quantile, score or sample; see tailfit --help");
  EXPECT_EQ(refusal_of({"fti", "x.csv"}),
            "unknown command 'fti', expected fit, quantile, score or sample");
  EXPECT_EQ(refusal_of({"fit"}), "no input is given, expected a file or -; see tailfit fit --help");
  EXPECT_EQ(refusal_of({"fit", "--foo"}), "unknown option '--foo', see tailfit fit --help");
  EXPECT_EQ(refusal_of({"fit", "x.csv", "-q"}), "unknown option '-q', see tailfit fit --help");
  EXPECT_EQ(refusal_of({"fit", "x.csv", "--bin", "3"}),
            "unknown option '--bin', see tailfit fit --help");
  EXPECT_EQ(refusal_of({"fit", "x.csv", "y.csv"}),
            "unexpected argument 'y.csv', the input is already 'x.csv'");
  EXPECT_EQ(refusal_of({"--foo"}), "unknown option '--foo', see tailfit --help");
  EXPECT_EQ(refusal_of({"quantile", "--foo"}),
            "unknown option '--foo', see tailfit quantile --help");
  EXPECT_EQ(
      refusal_of({"quantile"}),
      "no fits are given, expected a file that tailfit fit --save wrote; see tailfit quantile "
      "--help");
}

TEST(CommandLine, TakesAFileThatIsCalledLikeACommand) {
  EXPECT_EQ(parse({"fit", "quantile"}).input.path, "quantile");
  EXPECT_EQ(refusal_of({"fit", "x.csv", "fit"}),
            "unexpected argument 'fit', the input is already 'x.csv'");
}

TEST(CommandLine, KnowsEveryCommandsOwnFlags) {
  const QuantileArguments arguments = std::get<QuantileArguments>(parse_command_line(
      {"quantile", "f.npz", "--isf", "1e-300", "--quantiles", "0.5,0.01", "-o", "q.csv"}));
  EXPECT_EQ(arguments.fits, "f.npz");
  EXPECT_EQ(arguments.output, "q.csv");
  ASSERT_EQ(arguments.asked.size(), 2u);
  EXPECT_EQ(arguments.asked[0].prefix, "q");
  EXPECT_EQ(arguments.asked[0].levels[1].p, 0.01);
  EXPECT_EQ(arguments.asked[1].prefix, "isf");
  EXPECT_EQ(arguments.asked[1].levels[0].text, "1e-300");
  EXPECT_EQ(refusal_of({"quantile", "f.npz", "--bins", "3"}),
            "unknown option '--bins', see tailfit quantile --help");
  EXPECT_EQ(refusal_of({"quantile", "f.npz", "-v"}),
            "unknown option '-v', see tailfit quantile --help");
}

TEST(CommandLine, RefusesAFlagWithoutItsValue) {
  EXPECT_EQ(refusal_of({"fit", "x.csv", "--bins"}), "--bins has no value, expected one after it");
  EXPECT_EQ(refusal_of({"fit", "x.csv", "-o"}), "--output has no value, expected one after it");
}

TEST(CommandLine, RefusesARepeatedFlag) {
  EXPECT_EQ(refusal_of({"fit", "x.csv", "--bins", "1", "--bins", "2"}),
            "--bins is given 2 times, expected once");
}

TEST(CommandLine, ChecksTheValues) {
  EXPECT_EQ(refusal_of({"fit", "x.csv", "--bins", "many"}),
            "--bins is 'many', expected a whole number from 1 to 1048576");
}

}  // namespace
}  // namespace tailfit::tools
