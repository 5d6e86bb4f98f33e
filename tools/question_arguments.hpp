// What the user asked of saved fits, checked.
#pragma once

#include <tailfit/context.hpp>
#include <tailfit/distribution.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/arguments.hpp"
#include "tools/flag_reader.hpp"

namespace tailfit::tools {

// A function of one number of the user's, which is a column of the table.
struct AskedLevels {
  Function function;
  std::string prefix;  // "q"
  std::vector<Level> levels;
};

struct QuantileArguments {
  std::string fits;                // the file
  std::vector<AskedLevels> asked;  // in the order of the columns; not empty
  std::string output = "-";
  Context::Options context;
};

// A score of an observation, which is a column of the table.
struct AskedScore {
  std::string text;  // as typed: "crps", "quantile-score:0.01"
  Function function;
  double parameter = 0.0;
  bool is_randomized = false;  // the randomised PIT, which takes a seed
};

struct ScoreArguments {
  std::string fits;      // the file
  InputArguments input;  // new data
  std::optional<Transform> transform;
  std::vector<AskedScore> scores;  // in the order of the columns; not empty
  bool per_series = false;         // a row for each series, not each observation
  std::uint64_t seed = 0;
  std::string output = "-";
  Context::Options context;
};

// Where draws are cut off: at a number, or where each fit's tail begins.
struct DrawBound {
  double value;
  bool is_threshold;
};

struct SampleArguments {
  std::string fits;  // the file
  std::int64_t n_draws = 0;
  std::int64_t first_draw = 0;
  std::uint64_t seed = 0;
  std::optional<DrawBound> above;
  std::optional<DrawBound> at_most;
  std::string output = "-";
  Context::Options context;
};

QuantileArguments check_quantile_arguments(const std::string& fits, const GivenFlags& given);

ScoreArguments check_score_arguments(const std::string& fits, const std::string& data,
                                     const GivenFlags& given);

SampleArguments check_sample_arguments(const std::string& fits, const GivenFlags& given);

}  // namespace tailfit::tools
