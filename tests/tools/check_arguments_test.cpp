#include "tools/check_arguments.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support.hpp"

namespace tailfit::tools {
namespace {

using test::message_of;

std::string refusal_of(const GivenFlags& given) {
  return message_of([&] { check_fit_arguments("x.csv", given); });
}

TEST(CheckArguments, HasTheDefaultsOfTheDesign) {
  const FitArguments arguments = check_fit_arguments("x.csv", {});
  EXPECT_EQ(arguments.input.path, "x.csv");
  EXPECT_EQ(arguments.input.layout, Layout::wide);
  EXPECT_FALSE(arguments.input.index.has_value());
  EXPECT_EQ(arguments.transform, Transform::none);
  EXPECT_FALSE(arguments.window.has_value());
  EXPECT_EQ(arguments.lower.kind, TailRule::tail_mass);
  EXPECT_EQ(arguments.lower.value, 0.05);
  EXPECT_EQ(arguments.upper.kind, TailRule::tail_mass);
  EXPECT_EQ(arguments.upper.value, 0.05);
  EXPECT_EQ(arguments.bins, 100);
  EXPECT_EQ(arguments.min_exceedances, 10);
  EXPECT_EQ(arguments.resolution, 0.0);
  EXPECT_EQ(arguments.output, "-");
  EXPECT_FALSE(arguments.bins_output.has_value());
  EXPECT_EQ(arguments.context.backend, Backend::automatic);
  EXPECT_EQ(arguments.context.threads, 0);
  EXPECT_EQ(arguments.context.memory_budget, 0u);
}

TEST(CheckArguments, ReadsEveryFlag) {
  const FitArguments arguments = check_fit_arguments("x.csv", {{"--layout", "long"},
                                                               {"--index", "d"},
                                                               {"--series-column", "s"},
                                                               {"--value-column", "v"},
                                                               {"--transform", "diff"},
                                                               {"--window", "1000"},
                                                               {"--step", "21"},
                                                               {"--lower-tail", "0"},
                                                               {"--upper-threshold", "-3"},
                                                               {"--bins", "7"},
                                                               {"--min-exceedances", "5"},
                                                               {"--resolution", "0.01"},
                                                               {"--quantiles", "0.01,1e-3"},
                                                               {"--expected-shortfall", "0.99"},
                                                               {"--output", "o.csv"},
                                                               {"--bins-out", "b.csv"},
                                                               {"--device", "cpu"},
                                                               {"--threads", "3"},
                                                               {"--memory-budget", "2G"}});
  EXPECT_EQ(arguments.input.layout, Layout::long_);
  EXPECT_EQ(arguments.input.index, "d");
  EXPECT_EQ(arguments.input.series_column, "s");
  EXPECT_EQ(arguments.input.value_column, "v");
  EXPECT_EQ(arguments.transform, Transform::diff);
  EXPECT_EQ(arguments.window->length, 1000);
  EXPECT_EQ(arguments.window->step, 21);
  EXPECT_EQ(arguments.lower.kind, TailRule::tail_mass);
  EXPECT_EQ(arguments.lower.value, 0.0);
  EXPECT_EQ(arguments.upper.kind, TailRule::given);
  EXPECT_EQ(arguments.upper.value, -3.0);
  EXPECT_EQ(arguments.bins, 7);
  EXPECT_EQ(arguments.min_exceedances, 5);
  EXPECT_EQ(arguments.resolution, 0.01);
  ASSERT_EQ(arguments.quantiles.size(), 2u);
  EXPECT_EQ(arguments.quantiles[1].text, "1e-3");
  EXPECT_EQ(arguments.quantiles[1].p, 0.001);
  EXPECT_EQ(arguments.expected_shortfalls[0].p, 0.99);
  EXPECT_EQ(arguments.output, "o.csv");
  EXPECT_EQ(arguments.bins_output, "b.csv");
  EXPECT_EQ(arguments.context.backend, Backend::cpu);
  EXPECT_EQ(arguments.context.threads, 3);
  EXPECT_EQ(arguments.context.memory_budget, std::uint64_t{2} << 30);
}

TEST(CheckArguments, StepsByOneUnlessTold) {
  EXPECT_EQ(check_fit_arguments("x.csv", {{"--window", "10"}}).window->step, 1);
}

TEST(CheckArguments, TakesAnIndexColumnWithoutAName) {
  EXPECT_EQ(check_fit_arguments("x.csv", {{"--index", ""}}).input.index, "");
}

TEST(CheckArguments, ReadsACountOfEachSide) {
  const FitArguments arguments =
      check_fit_arguments("x.csv", {{"--lower-count", "3"}, {"--upper-count", "40"}});
  EXPECT_EQ(arguments.lower.kind, TailRule::count);
  EXPECT_EQ(arguments.lower.count, 3);
  EXPECT_EQ(arguments.upper.rule().c_rule().kind, TAILFIT_THRESHOLD_COUNT);
  EXPECT_EQ(arguments.upper.rule().c_rule().count, 40);
}

TEST(CheckArguments, LeavesToTheHistogramWhatHasATailMass) {
  const auto both = check_fit_arguments(
      "x.csv", {{"--histogram-range", "-0.5, 2"}, {"--upper-tail", "0.01"}, {"--bins", "7"}});
  const tailfit_threshold_rule lower = both.lower.rule().c_rule();
  EXPECT_EQ(lower.kind, TAILFIT_THRESHOLD_HISTOGRAM_RANGE);
  EXPECT_EQ(lower.value, 0.05);
  EXPECT_EQ(lower.low, -0.5);
  EXPECT_EQ(lower.high, 2.0);
  EXPECT_EQ(both.upper.rule().c_rule().value, 0.01);
  const GivenFlags range{{"--histogram-range", "0,1"}};
  const auto kind_of_lower = [&](const std::string& flag, const std::string& text) {
    GivenFlags flags = range;
    flags.emplace(flag, text);
    const auto arguments = check_fit_arguments("x.csv", flags);
    EXPECT_EQ(arguments.upper.kind, TailRule::histogram_range);
    return arguments.lower.kind;
  };
  EXPECT_EQ(kind_of_lower("--lower-tail", "0"), TailRule::tail_mass);
  EXPECT_EQ(kind_of_lower("--lower-threshold", "0"), TailRule::given);
  EXPECT_EQ(kind_of_lower("--lower-count", "9"), TailRule::count);
}

struct BadFlags {
  GivenFlags given;
  std::string message;
};

TEST(CheckArguments, NamesFlagValueAndWhatWasExpected) {
  const std::vector<BadFlags> cases{
      {{{"--layout", "tall"}}, "--layout is 'tall', expected wide or long"},
      {{{"--transform", "log"}}, "--transform is 'log', expected none, diff or log-return"},
      {{{"--device", "gpu"}}, "--device is 'gpu', expected auto, cpu or cuda"},
      {{{"--window", "0"}}, "--window is '0', expected a whole number >= 1"},
      {{{"--window", "1.5"}}, "--window is '1.5', expected a whole number >= 1"},
      {{{"--window", "9"}, {"--step", "0"}}, "--step is '0', expected a whole number >= 1"},
      {{{"--step", "2"}}, "--step is '2', expected only with --window"},
      {{{"--lower-tail", "1.5"}}, "--lower-tail is '1.5', expected a number from 0 to 1"},
      {{{"--upper-tail", "-0.1"}}, "--upper-tail is '-0.1', expected a number from 0 to 1"},
      {{{"--upper-tail", "nan"}}, "--upper-tail is 'nan', expected a number from 0 to 1"},
      {{{"--lower-threshold", "x"}}, "--lower-threshold is 'x', expected a finite number"},
      {{{"--upper-threshold", "inf"}}, "--upper-threshold is 'inf', expected a finite number"},
      {{{"--lower-tail", "0"}, {"--lower-threshold", "0"}},
       "--lower-tail and --lower-threshold are both given, expected one of them"},
      {{{"--upper-tail", "0"}, {"--upper-threshold", "0"}},
       "--upper-tail and --upper-threshold are both given, expected one of them"},
      {{{"--upper-threshold", "0"}, {"--upper-count", "5"}},
       "--upper-threshold and --upper-count are both given, expected one of them"},
      {{{"--lower-count", "9"}, {"--window", "9"}},
       "--lower-count is '9', expected less than --window, which is '9'"},
      {{{"--histogram-range", "0,1"}, {"--upper-tail", "1"}},
       "--upper-tail is '1', expected a number from 0 to less than 1 with --histogram-range"},
      {{{"--histogram-range", "0,1"}, {"--upper-tail", "0"}, {"--lower-count", "5"}},
       "--histogram-range, --lower-count and --upper-tail are all given, expected a tail that is "
       "left to the histogram"},
      {{{"--histogram-range", "1,1.0000000000000002"}},
       "--histogram-range is '1,1.0000000000000002', expected a range that 100 bins can divide "
       "(see --bins)"},
      {{{"--thresholds", ""}}, "--thresholds is '', expected a name"},
      {{{"--bins", "0"}}, "--bins is '0', expected a whole number from 1 to 1048576"},
      {{{"--min-exceedances", "0"}}, "--min-exceedances is '0', expected a whole number >= 1"},
      {{{"--resolution", "-1"}}, "--resolution is '-1', expected a finite number >= 0"},
      {{{"--threads", "0"}}, "--threads is '0', expected a whole number from 1 to 65536"},
      {{{"--output", ""}}, "--output is '', expected a name"},
      {{{"--bins-out", ""}}, "--bins-out is '', expected a name"},
      {{{"--layout", "long"}}, "--layout long needs --series-column, which is not given"},
      {{{"--layout", "long"}, {"--series-column", "s"}},
       "--layout long needs --value-column, which is not given"},
      {{{"--series-column", "s"}}, "--series-column is 's', expected only with --layout long"},
      {{{"--value-column", "v"}}, "--value-column is 'v', expected only with --layout long"},
  };
  for (const BadFlags& bad : cases) EXPECT_EQ(refusal_of(bad.given), bad.message);
}

TEST(CheckArguments, RefusesAnEmptyInputName) {
  EXPECT_EQ(message_of([] { check_fit_arguments("", {}); }),
            "the input is '', expected a file or -");
}

TEST(ParseNumbers, KeepsTheTextAsTyped) {
  const std::vector<Level> levels = parse_numbers("--quantiles", "0,0.010, 1", quantile_levels);
  ASSERT_EQ(levels.size(), 3u);
  EXPECT_EQ(levels[1].text, "0.010");
  EXPECT_EQ(levels[1].p, 0.01);
  EXPECT_EQ(levels[2].text, "1");
}

TEST(ParseNumbers, RefusesWhatIsNoLevel) {
  for (const std::string text : {"", "0.5,", ",0.5", "1.01", "-0.1", "x", "nan"}) {
    EXPECT_THROW(parse_numbers("--quantiles", text, quantile_levels), BadInput) << text;
  }
  EXPECT_EQ(message_of([] { parse_numbers("--quantiles", "0.5,1.5", quantile_levels); }),
            "--quantiles has the level '1.5', expected numbers from 0 to 1, with commas between "
            "them");
  const std::string held = "expected 0 or a number that a double can hold, of 5e-324 at least";
  EXPECT_EQ(message_of([] { parse_numbers("--quantiles", "0.5,1e-400", quantile_levels); }),
            "--quantiles has the level '1e-400', " + held);
  EXPECT_EQ(refusal_of({{"--lower-threshold", "-1e-400"}}),
            "--lower-threshold is '-1e-400', " + held);
  EXPECT_EQ(refusal_of({{"--resolution", "1e-400"}}), "--resolution is '1e-400', " + held);
  EXPECT_EQ(refusal_of({{"--histogram-range", "1e-400,1"}}),
            "--histogram-range is '1e-400,1', " + held);
  EXPECT_EQ(message_of([] { parse_numbers("--expected-shortfall", "0", inner_probabilities); }),
            "--expected-shortfall has the level '0', expected numbers between 0 and 1, both "
            "excluded, with commas between them");
}

TEST(ParseNumbers, RefusesWhatIsOneOnlyAsADouble) {
  const std::string told = "a number that a double can tell from 1, of ";
  const std::string most = told + "0.9999999999999999 at most";
  const std::string near = "0.99999999999999999999";
  const auto refused = [](const std::string& text, const NumberRange& range) {
    return message_of([&] { parse_numbers("--flag", text, range); });
  };
  EXPECT_EQ(refused("0.5," + near, quantile_levels),
            "--flag has the level '" + near + "', expected 1 or " + most +
                " (--isf of tailfit quantile takes 1 - P)");
  EXPECT_EQ(refused(near, inner_probabilities),
            "--flag has the level '" + near + "', expected " + most);
  EXPECT_EQ(refused(near, periods),
            "--flag has the level '" + near +
                "', expected finite numbers >= 1, with commas between them");
  EXPECT_EQ(
      refused("1e-400", periods),
      "--flag has the level '1e-400', expected finite numbers >= 1, with commas between them");
  EXPECT_EQ(refused("1.0000000000000001", periods),
            "--flag has the level '1.0000000000000001', expected 1 or " + told +
                "1.0000000000000002 at least");
  EXPECT_EQ(refused("1.0000000000000001", probabilities),
            "--flag has the level '1.0000000000000001', expected numbers from 0 to 1, with commas "
            "between them");
  EXPECT_EQ(refusal_of({{"--lower-tail", near}}),
            "--lower-tail is '" + near + "', expected 1 or " + most);
  EXPECT_EQ(refused("1e-400", inner_probabilities),
            "--flag has the level '1e-400', expected a number that a double can hold, of 5e-324 at "
            "least");
}

TEST(ParseNumbers, RefusesTheSameColumnTwice) {
  EXPECT_EQ(message_of([] { parse_numbers("--quantiles", "0.5,0.1,0.5", quantile_levels); }),
            "--quantiles has the level '0.5' twice, expected distinct ones");
}

TEST(ParseRange, RefusesWhatIsNoRange) {
  for (const std::string text :
       {"", "1", ",", "0,", ",1", "1,1", "2,1", "0,1,2", "a,b", "-inf,1", "nan,1"}) {
    EXPECT_EQ(
        message_of([&] { parse_range("--histogram-range", text); }),
        "--histogram-range is '" + text + "', expected two finite numbers LO,HI with LO < HI");
  }
  EXPECT_EQ(message_of([] { parse_range("--histogram-range", "-1e308,1e308"); }),
            "--histogram-range is '-1e308,1e308', expected a narrower range: HI-LO is not finite");
  EXPECT_EQ(parse_range("--histogram-range", "-1e-3,2").low, -1e-3);
  EXPECT_EQ(parse_range("--histogram-range", "-8e307,8e307").high, 8e307);
}

TEST(ParseBytes, KnowsPowersOf1024) {
  EXPECT_EQ(parse_bytes("--memory-budget", "1"), 1u);
  EXPECT_EQ(parse_bytes("--memory-budget", "3k"), 3u * 1024);
  EXPECT_EQ(parse_bytes("--memory-budget", "512M"), 512u << 20);
  EXPECT_EQ(parse_bytes("--memory-budget", "4T"), std::uint64_t{4} << 40);
}

TEST(ParseBytes, RefusesWhatIsNoNumberOfBytes) {
  for (const std::string text : {"", "G", "0", "-1", "1.5G", "2GB", "2 G", "2X", "9999999T"}) {
    EXPECT_EQ(message_of([&] { parse_bytes("--memory-budget", text); }),
              "--memory-budget is '" + text +
                  "', expected a whole number of bytes >= 1, or one followed by K, M, G or T");
  }
}

}  // namespace
}  // namespace tailfit::tools
