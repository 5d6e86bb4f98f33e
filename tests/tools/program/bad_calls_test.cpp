// Every way to call the program wrongly, and what it answers.
#include "bad_case.hpp"

namespace tailfit::tools::test {
namespace {

class BadCalls : public testing::TestWithParam<BadCase> {};

TEST_P(BadCalls, AreRefusedInOneLineWithStatus2) { expect_refusal(GetParam()); }

const std::pair<std::string, std::string> good_file{"x.csv", "date,A\n2000-01-03,1\n"};

// A call that is wrong whatever the input holds.
BadCase flags(const std::string& name, std::vector<std::string> arguments,
              const std::string& message) {
  arguments.insert(arguments.begin(), {"fit", "x.csv"});
  return {name, std::move(arguments), message, {good_file}};
}

INSTANTIATE_TEST_SUITE_P(
    Commands, BadCalls,
    testing::Values(
        BadCase{"NoCommand",
                {},
                "no command is given, expected fit, quantile, score or sample; see tailfit --help"},
        BadCase{"UnknownCommand",
                {"fir", "x.csv"},
                "unknown command 'fir', expected fit, quantile, score or sample"},
        BadCase{"UnknownGlobalOption", {"--fast"}, "unknown option '--fast', see tailfit --help"},
        BadCase{
            "NoInput", {"fit"}, "no input is given, expected a file or -; see tailfit fit --help"},
        BadCase{"EmptyInputName", {"fit", ""}, "the input is '', expected a file or -"},
        flags("TwoInputs", {"y.csv"}, "unexpected argument 'y.csv', the input is already 'x.csv'"),
        flags("UnknownOption", {"--fast"}, "unknown option '--fast', see tailfit fit --help"),
        flags("UnknownShortOption", {"-q"}, "unknown option '-q', see tailfit fit --help"),
        flags("AbbreviatedOption", {"--quant", "0.5"},
              "unknown option '--quant', see tailfit fit --help"),
        flags("NoValue", {"--bins"}, "--bins has no value, expected one after it"),
        flags("FlagTwice", {"--bins", "5", "--bins", "6"},
              "--bins is given 2 times, expected once")),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Values, BadCalls,
    testing::Values(
        flags("Layout", {"--layout", "tall"}, "--layout is 'tall', expected wide or long"),
        flags("Transform", {"--transform", "logreturn"},
              "--transform is 'logreturn', expected none, diff or log-return"),
        flags("Device", {"--device", "gpu"}, "--device is 'gpu', expected auto, cpu or cuda"),
        flags("WindowOfNothing", {"--window", "0"},
              "--window is '0', expected a whole number >= 1"),
        flags("WindowThatIsNoNumber", {"--window", "1y"},
              "--window is '1y', expected a whole number >= 1"),
        flags("StepOfNothing", {"--window", "1", "--step", "0"},
              "--step is '0', expected a whole number >= 1"),
        flags("StepWithoutWindow", {"--step", "1"}, "--step is '1', expected only with --window"),
        flags("LowerTailAboveOne", {"--lower-tail", "1.01"},
              "--lower-tail is '1.01', expected a number from 0 to 1"),
        flags("UpperTailBelowZero", {"--upper-tail", "-0.05"},
              "--upper-tail is '-0.05', expected a number from 0 to 1"),
        flags("UpperTailInPercent", {"--upper-tail", "5%"},
              "--upper-tail is '5%', expected a number from 0 to 1"),
        flags("LowerThresholdThatIsNoNumber", {"--lower-threshold", "low"},
              "--lower-threshold is 'low', expected a finite number"),
        flags("InfiniteUpperThreshold", {"--upper-threshold", "inf"},
              "--upper-threshold is 'inf', expected a finite number"),
        flags("CountOfNothing", {"--lower-count", "0"},
              "--lower-count is '0', expected a whole number >= 1"),
        flags("CountThatIsAShare", {"--upper-count", "0.05"},
              "--upper-count is '0.05', expected a whole number >= 1"),
        flags("RangeWithoutEnd", {"--histogram-range", "1"},
              "--histogram-range is '1', expected two finite numbers LO,HI with LO < HI"),
        flags("RangeThatIsReversed", {"--histogram-range", "1,-1"},
              "--histogram-range is '1,-1', expected two finite numbers LO,HI with LO < HI"),
        flags("RangeTooNarrowForItsBins", {"--histogram-range", "0,1e-323"},
              "--histogram-range is '0,1e-323', expected a range that 100 bins can divide (see "
              "--bins)"),
        flags("RangeTooWide", {"--histogram-range=-1e308,1e308"},
              "--histogram-range is '-1e308,1e308', expected a narrower range: HI-LO is not "
              "finite"),
        flags("HistogramOfAWholeTail", {"--histogram-range", "0,1", "--lower-tail", "1"},
              "--lower-tail is '1', expected a number from 0 to less than 1 with "
              "--histogram-range"),
        flags("NoBins", {"--bins", "0"},
              "--bins is '0', expected a whole number from 1 to 1048576"),
        flags("TooManyBins", {"--bins", "1048577"},
              "--bins is '1048577', expected a whole number from 1 to 1048576"),
        flags("NoMinimumOfExceedances", {"--min-exceedances", "0"},
              "--min-exceedances is '0', expected a whole number >= 1"),
        flags("NegativeResolution", {"--resolution", "-0.1"},
              "--resolution is '-0.1', expected a finite number >= 0"),
        flags("QuantileAboveOne", {"--quantiles", "0.5,99"},
              "--quantiles has the level '99', expected numbers from 0 to 1, with commas between "
              "them"),
        flags(
            "EmptyQuantile", {"--quantiles", "0.5,"},
            "--quantiles has the level '', expected numbers from 0 to 1, with commas between them"),
        flags("QuantileTwice", {"--quantiles", "0.5,0.5"},
              "--quantiles has the level '0.5' twice, expected distinct ones"),
        flags("ExpectedShortfallAtZero", {"--expected-shortfall", "0"},
              "--expected-shortfall has the level '0', expected numbers between 0 and 1, both "
              "excluded, with commas between them"),
        flags("NoThreads", {"--threads", "0"},
              "--threads is '0', expected a whole number from 1 to 65536"),
        flags("MemoryInWrongUnits", {"--memory-budget", "2GB"},
              "--memory-budget is '2GB', expected a whole number of bytes >= 1, or one followed by "
              "K, M, G or T"),
        flags("EmptyOutputName", {"-o", ""}, "--output is '', expected a name")),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Combinations, BadCalls,
    testing::Values(
        flags("TwoRulesForTheLowerTail", {"--lower-tail", "0.1", "--lower-threshold", "0"},
              "--lower-tail and --lower-threshold are both given, expected one of them"),
        flags("TwoRulesForTheUpperTail", {"--upper-tail", "0.1", "--upper-threshold", "0"},
              "--upper-tail and --upper-threshold are both given, expected one of them"),
        flags("CountAndTailMass", {"--lower-tail", "0.1", "--lower-count", "5"},
              "--lower-tail and --lower-count are both given, expected one of them"),
        flags("CountAndThreshold", {"--upper-count", "5", "--upper-threshold", "1"},
              "--upper-threshold and --upper-count are both given, expected one of them"),
        flags("CountOfAWholeWindow", {"--upper-count", "5", "--window", "5"},
              "--upper-count is '5', expected less than --window, which is '5'"),
        flags("CountOfAllValues", {"--index", "date", "--lower-count", "1", "-o", "y.csv"},
              "--lower-count is '1', expected less than the longest series' length, which is 1 "
              "value"),
        flags("HistogramForNoTail",
              {"--histogram-range", "0,1", "--lower-count", "5", "--upper-threshold", "1"},
              "--histogram-range, --lower-count and --upper-threshold are all given, expected a "
              "tail that is left to the histogram"),
        flags("ThresholdsOfStandardOutputsFile", {"--thresholds", "u.csv", "-o", "./u.csv"},
              "--thresholds and --output are both './u.csv', expected different files"),
        BadCase{"TwoTablesOnStandardInput",
                {"fit", "-", "--thresholds", "-"},
                "the input and --thresholds are both '-', expected different files"},
        flags("LongWithoutSeriesColumn", {"--layout", "long", "--value-column", "A"},
              "--layout long needs --series-column, which is not given"),
        flags("LongWithoutValueColumn", {"--layout", "long", "--series-column", "A"},
              "--layout long needs --value-column, which is not given"),
        flags("SeriesColumnInWideLayout", {"--series-column", "A"},
              "--series-column is 'A', expected only with --layout long"),
        flags("ValueColumnInWideLayout", {"--value-column", "A"},
              "--value-column is 'A', expected only with --layout long"),
        flags(
            "OneColumnInTwoRoles",
            {"--layout", "long", "--series-column", "A", "--value-column", "A"},
            "--series-column and --value-column both name column 'A', expected different columns"),
        flags("OutputOverInput", {"-o", "x.csv"},
              "the input and --output are both 'x.csv', expected different files"),
        flags("BinsOverInput", {"-o", "y.csv", "--bins-out", "./x.csv"},
              "the input and --bins-out are both './x.csv', expected different files"),
        flags("BinsOverOutput", {"-o", "y.csv", "--bins-out", "y.csv"},
              "--output and --bins-out are both 'y.csv', expected different files"),
        flags("BinsOverManifest", {"-o", "y.csv", "--bins-out", "y.csv.json"},
              "--bins-out and the .json beside --output are both 'y.csv.json', expected different "
              "files"),
        flags("TwoTablesOnStandardOutput", {"--bins-out", "-"},
              "--output and --bins-out are both '-', expected different files"),
        flags("WindowLongerThanAnySeries", {"--index", "date", "--window", "2", "-o", "y.csv"},
              "--window is '2', expected at most the longest series' length: 'A' has 1 value"),
        BadCase{"LayoutForNpy",
                {"fit", "x.npy", "--layout", "long", "--series-column", "s", "--value-column", "v"},
                "--layout long is for CSV, the input is x.npy",
                {{"x.npy", ""}}},
        BadCase{"IndexForNpy",
                {"fit", "x.npy", "--index", "date"},
                "--index is for CSV, the input is x.npy, whose rows have numbers",
                {{"x.npy", ""}}},
        BadCase{"UnknownKindOfFile",
                {"fit", "x.xlsx"},
                "x.xlsx: the name does not say what it holds, expected an end in .csv, .csv.gz or "
                ".npy, or - for CSV on standard input",
                {{"x.xlsx", "PK"}}}),
    name_of);

}  // namespace
}  // namespace tailfit::tools::test
