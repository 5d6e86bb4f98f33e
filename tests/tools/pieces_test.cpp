// The input in pieces: the same files come out, whatever a piece holds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "npy_bytes.hpp"
#include "program/test_data.hpp"
#include "support.hpp"
#include "tools/fit_command.hpp"
#include "tools/gzip_encoder.hpp"
#include "tools/open_panels.hpp"

namespace tailfit::tools {
namespace {

using test::message_of;
using test::Series;
using test::TemporaryDirectory;

constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

// Rows of a series one after the other.
std::string grouped_csv(const std::vector<Series>& all) {
  std::string text = "d,s,v\n";
  for (std::size_t s = 0; s < all.size(); ++s) {
    for (std::size_t t = 0; t < all[s].size(); ++t) {
      text += 't' + std::to_string(t) + ",\"s," + std::to_string(s) + "\"," +
              test::text_of(all[s][t]) + '\n';
    }
  }
  return text;
}

std::vector<Series> positive(std::vector<Series> all) {
  for (Series& series : all) {
    for (double& x : series) x = 100.0 + std::abs(x);
  }
  return all;
}

std::vector<Series> ragged(std::vector<Series> all) {
  for (std::size_t s = 0; s < all.size(); s += 3) all[s].resize(150 + s);
  return all;
}

std::string compressed(const std::string& text) {
  GzipEncoder encoder;
  std::string bytes(encoder.encode(text));
  return bytes += encoder.finish();
}

class Pieces : public testing::Test {
 protected:
  // Arguments for an input of this name and content.
  FitArguments arguments(const std::string& name, const std::string& bytes) const {
    directory_.write(name, bytes);
    FitArguments arguments;
    arguments.input.path = directory_.file(name);
    arguments.output = directory_.file("fits.csv");
    arguments.bins_output = directory_.file("bins.csv");
    arguments.quantiles = {{"0.01", 0.01}, {"0.5", 0.5}};
    arguments.bins = 20;
    arguments.context = {.backend = Backend::cpu, .threads = 2};
    return arguments;
  }

  FitArguments long_arguments(const std::string& name, const std::string& bytes) const {
    FitArguments result = arguments(name, bytes);
    result.input.layout = Layout::long_;
    result.input.index = "d";
    result.input.series_column = "s";
    result.input.value_column = "v";
    return result;
  }

  // All that a run writes.
  std::string written(const FitArguments& arguments, std::int64_t piece_bytes) const {
    run_fit(arguments, piece_bytes);
    return directory_.read("fits.csv") + '|' + directory_.read("bins.csv") + '|' +
           directory_.read("fits.csv.json");
  }

  // One series in a piece, a prime number of them (of an array; fewer of a table) and all.
  void expect_no_trace(FitArguments arguments) const {
    using Window = std::optional<WindowArguments>;
    for (const auto& [transform, window] :
         {std::pair(Transform::none, Window()), std::pair(Transform::diff, Window({151, 13})),
          std::pair(Transform::log_return, Window({40, 40}))}) {
      arguments.transform = transform;
      arguments.window = window;
      const std::string expected = written(arguments, no_limit);
      EXPECT_GT(expected.size(), 1000u);
      for (const std::int64_t bytes : {1, 7 * (200 * 8 + 200)}) {
        EXPECT_TRUE(written(arguments, bytes) == expected)
            << arguments.input.path << ", " << bytes << " bytes, transform "
            << static_cast<int>(transform);
      }
    }
  }

  // The message is the same for every size of the pieces, and nothing is written.
  std::string refusal_of(const FitArguments& arguments) const {
    const std::string expected = message_of([&] { run_fit(arguments, no_limit); });
    for (const std::int64_t bytes : {1, 5000}) {
      EXPECT_EQ(message_of([&] { run_fit(arguments, bytes); }), expected);
      EXPECT_EQ(directory_.n_files(), 1u);
    }
    return expected.substr(expected.rfind('/') + 1);
  }

  TemporaryDirectory directory_;
  std::vector<Series> series_ = positive(test::some_series(23, 200));
};

TEST_F(Pieces, OfAnArrayLeaveNoTrace) {
  expect_no_trace(arguments("rows.npy", test::npy<double>(series_, false)));
  expect_no_trace(arguments("columns.npy", test::npy<double>(series_, true)));
  expect_no_trace(arguments("rows4.npy", test::npy<float>(series_, false)));
  expect_no_trace(arguments("columns4.npy", test::npy<float>(series_, true)));
}

TEST_F(Pieces, OfAWideTableLeaveNoTrace) {
  FitArguments wide = arguments("wide.csv", test::wide_csv(series_));
  wide.input.index = "d";
  expect_no_trace(wide);
  wide = arguments("wide.csv.gz", compressed(test::wide_csv(series_)));
  wide.input.index = "d";
  expect_no_trace(wide);
}

TEST_F(Pieces, OfALongTableLeaveNoTrace) {
  expect_no_trace(long_arguments("long.csv", grouped_csv(ragged(series_))));
  expect_no_trace(long_arguments("long.csv.gz", compressed(grouped_csv(ragged(series_)))));
  expect_no_trace(long_arguments("mixed.csv", test::long_csv(ragged(series_))));
  FitArguments numbered = long_arguments("long.csv", grouped_csv(ragged(series_)));
  numbered.input.index.reset();
  expect_no_trace(numbered);
}

// The rows of one series are apart, which shows only when those before are gone.
TEST_F(Pieces, OfALongTableThatEndsWithItsFirstSeriesLeaveNoTrace) {
  const std::string text = grouped_csv(series_);
  expect_no_trace(long_arguments("late.csv", text + "t200,\"s,0\",101.5\nt201,\"s,0\",99.25\n"));
}

TEST_F(Pieces, WithThresholdsOfTheirOwnLeaveNoTrace) {
  // The last series first: the order of the files need not be the same.
  const auto thresholds = [&](const std::string& prefix) {
    std::string text = "series,upper,lower\n";
    for (std::size_t s = series_.size(); s-- > 0;) {
      text += '"' + prefix + std::to_string(s) + "\"," +
              test::text_of(100.5 + 0.01 * static_cast<double>(s)) + ",100.25\n";
    }
    directory_.write("u.csv", text);
    return directory_.file("u.csv");
  };
  FitArguments array = arguments("rows.npy", test::npy<double>(series_, false));
  array.thresholds = thresholds("");
  expect_no_trace(array);
  FitArguments wide = arguments("wide.csv", test::wide_csv(series_));
  wide.input.index = "d";
  wide.thresholds = array.thresholds;
  expect_no_trace(wide);
  FitArguments grouped = long_arguments("long.csv", grouped_csv(ragged(series_)));
  grouped.thresholds = thresholds("s,");
  expect_no_trace(grouped);
}

TEST_F(Pieces, WithACountBeyondTheShortSeriesLeaveNoTrace) {
  FitArguments grouped = long_arguments("long.csv", grouped_csv(ragged(series_)));
  grouped.lower = {.kind = TailRule::count, .count = 39};
  grouped.upper = {.kind = TailRule::histogram_range, .value = 0.1, .range = {-1.0, 110.0}};
  expect_no_trace(grouped);
  grouped.transform = Transform::none;
  grouped.window.reset();
  grouped.lower.count = 160;  // series have 150 to 200 values
  const std::string expected = written(grouped, no_limit);
  EXPECT_TRUE(written(grouped, 1) == expected);
}

// Which of two things that are wrong is said does not depend on the pieces.
TEST_F(Pieces, AMissingThresholdIsNamedAsEver) {
  FitArguments wide = arguments("x.csv", "d,A,B,C\na,1,2,3\nb,1,2,0\nc,1,2,3\n");
  wide.input.index = "d";
  wide.transform = Transform::log_return;
  const TemporaryDirectory other;
  wide.thresholds = other.file("u.csv");
  other.write("u.csv", "series,lower\nA,0\nC,0\n");
  const std::string message = refusal_of(wide);
  EXPECT_EQ(message, "x.csv");
  EXPECT_EQ(message_of([&] { run_fit(wide, 1); }),
            *wide.thresholds + ": there is no threshold for series 'B' of " + wide.input.path);
  other.write("u.csv", "series,lower\nA,0\nB,0\n");
  EXPECT_EQ(refusal_of(wide), "x.csv");
  wide = arguments("x.csv", "d,A,B,C\na,1,2,3\nb,0,2,0\nc,1,2,3\n");
  wide.input.index = "d";
  wide.transform = Transform::log_return;
  wide.thresholds = other.file("u.csv");
  EXPECT_EQ(refusal_of(wide),
            "x.csv: series 'A', index 'b': the value 0 has no log-return, expected a number > 0");
}

TEST_F(Pieces, BadCellsAreNamedAsEver) {
  FitArguments wide = arguments("x.csv", "d,A,B,C\n1,1,2,3\n2,1,2,x\n3,y,2,3\n");
  wide.input.index = "d";
  EXPECT_EQ(refusal_of(wide), "x.csv:3: column 'C': 'x' is not a number");
  EXPECT_EQ(refusal_of(long_arguments("x.csv", "d,s,v\n1,A,1\n2,A,2\n1,B,3\n2,B,4\n3,A,z\n")),
            "x.csv:6: column 'v': 'z' is not a number");
  EXPECT_EQ(refusal_of(long_arguments("x.csv", "d,s,v\n1,A,1\n2,A,2\n1,B,3\n2,,4\n")),
            "x.csv:5: column 's': the cell is empty, expected a series name");
}

TEST_F(Pieces, ValuesWithoutALogReturnAreNamedAsEver) {
  FitArguments wide = arguments("x.csv", "d,A,B,C\na,1,2,3\nb,1,2,0\nc,1,-1,3\n");
  wide.input.index = "d";
  wide.transform = Transform::log_return;
  EXPECT_EQ(refusal_of(wide),
            "x.csv: series 'B', index 'c': the value -1 has no log-return, expected a number > 0");
}

TEST_F(Pieces, AWindowThatIsTooLongIsNamedAsEver) {
  FitArguments too_long =
      long_arguments("x.csv", "d,s,v\n1,A,1\n1,B,3\n2,B,4\n3,B,5\n1,C,1\n2,C,2\n3,C,3\n");
  too_long.window = {4, 1};
  EXPECT_EQ(refusal_of(too_long),
            "--window is '4', expected at most the longest series' length: 'B' has 3 values");
}

// Reads the panels, doing something to the file after the first.
std::string failure_after(const std::string& path, const InputArguments& arguments,
                          const std::function<void()>& action) {
  InputFile file(path);
  const std::unique_ptr<PanelSource> source = open_panels(file, arguments, {.bytes = 1});
  EXPECT_TRUE(source->next().has_value());
  action();
  const std::string message = message_of<Failure>([&] {
    while (source->next().has_value()) {
    }
  });
  return message.substr(message.rfind('/') + 1);
}

TEST_F(Pieces, AFileThatIsChangedMeanwhileIsAFailure) {
  const std::string expected =
      ": the file was changed while it was read, expected the same bytes in every pass over it";
  const auto grow = [&](const FitArguments& of, const std::string& bytes) {
    return [=] { std::ofstream(of.input.path, std::ios::app | std::ios::binary) << bytes; };
  };
  const auto shrink = [&](const FitArguments& of, std::uintmax_t n_bytes) {
    return [=] { std::filesystem::resize_file(of.input.path, n_bytes); };
  };
  const FitArguments rows = arguments("rows.npy", test::npy<double>(series_, false));
  EXPECT_EQ(failure_after(rows.input.path, rows.input, shrink(rows, 1000)), "rows.npy" + expected);

  FitArguments wide = arguments("wide.csv", "A,B,C\n1,2,3\n4,5,6\n");
  EXPECT_EQ(failure_after(wide.input.path, wide.input, grow(wide, "7,8,9\n")),
            "wide.csv" + expected);
  wide = arguments("wide.csv", "A,B,C\n1,2,3\n4,5,6\n");
  EXPECT_EQ(failure_after(wide.input.path, wide.input, shrink(wide, 12)), "wide.csv" + expected);
}

// Rows so long that what lies between two pieces of them is skipped.
TEST_F(Pieces, OfLongRowsAreGatheredByTheRow) {
  const std::vector<Series> many = test::some_series(1500, 40);
  const FitArguments rows = arguments("rows.npy", test::npy<double>(many, false));
  InputFile file(rows.input.path);
  const std::unique_ptr<PanelSource> source = open_panels(file, rows.input, {.bytes = 7 * 520});
  std::size_t s = 0;
  std::size_t n_panels = 0;
  while (const std::optional<Panel> panel = source->next()) {
    EXPECT_LE(panel->n_series(), 7u);
    const auto& values = std::get<std::vector<double>>(panel->values);
    for (std::size_t i = 0; i < panel->n_series(); ++i, ++s) {
      EXPECT_EQ(panel->names[i], std::to_string(s));
      EXPECT_TRUE(std::equal(many[s].begin(), many[s].end(), values.begin() + panel->offsets[i]));
    }
    ++n_panels;
  }
  EXPECT_EQ(s, 1500u);
  EXPECT_EQ(n_panels, 215u);
  EXPECT_EQ(source->lengths(), (LengthCounts{{40, 1500}}));
}

}  // namespace
}  // namespace tailfit::tools
