// What the user asked for, checked.
#pragma once

#include <tailfit/context.hpp>
#include <tailfit/fit_options.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/transform.hpp"

namespace tailfit::tools {

enum class Layout { wide, long_ };

struct InputArguments {
  std::string path;  // "-": standard input
  Layout layout = Layout::wide;
  std::optional<std::string> index;
  std::string series_column;  // long only
  std::string value_column;   // long only
};

struct WindowArguments {
  std::int64_t length;
  std::int64_t step;
};

// A level of --quantiles or --expected-shortfall.
struct Level {
  std::string text;  // as typed: it becomes part of a column's name
  double p;
};

// How it is known where a tail begins.
enum class TailRule { tail_mass, given, count, histogram_range };

struct HistogramRange {
  double low;
  double high;
};

struct TailArguments {
  TailRule kind = TailRule::tail_mass;
  double value = 0.05;  // the tail mass, or the given threshold
  std::int64_t count = 0;
  HistogramRange range{};
  std::string flag{};  // that says all this; empty if none was given

  ThresholdRule rule() const;
};

struct FitArguments {
  InputArguments input;
  Transform transform = Transform::none;
  std::optional<WindowArguments> window;

  TailArguments lower;
  TailArguments upper;
  std::optional<std::string> thresholds;  // the file with thresholds of each series
  std::int64_t bins = 100;
  std::int64_t min_exceedances = 10;
  double resolution = 0.0;
  std::vector<Level> quantiles;
  std::vector<Level> expected_shortfalls;

  std::optional<std::string> output = "-";  // the table; "-": standard output
  std::optional<std::string> saved_output;  // the fits themselves
  std::optional<std::string> bins_output;

  Context::Options context;  // device, threads, memory budget
  bool verbose = false;
};

// Whether the thresholds of a tail are a histogram's quantiles.
inline bool has_range(const FitArguments& arguments) {
  return arguments.lower.kind == TailRule::histogram_range ||
         arguments.upper.kind == TailRule::histogram_range;
}

}  // namespace tailfit::tools
