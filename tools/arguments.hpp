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

// Where a tail begins.
struct TailArguments {
  bool is_given;  // a threshold was given; else `value` is a tail mass
  double value;

  ThresholdRule rule() const { return is_given ? given(value) : tail_mass(value); }
};

struct FitArguments {
  InputArguments input;
  Transform transform = Transform::none;
  std::optional<WindowArguments> window;

  TailArguments lower{false, 0.05};
  TailArguments upper{false, 0.05};
  std::int64_t bins = 100;
  std::int64_t min_exceedances = 10;
  double resolution = 0.0;
  std::vector<Level> quantiles;
  std::vector<Level> expected_shortfalls;

  std::string output = "-";  // "-": standard output
  std::optional<std::string> bins_output;

  Context::Options context;  // device, threads, memory budget
  bool verbose = false;
};

}  // namespace tailfit::tools
