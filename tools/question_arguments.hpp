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

QuantileArguments check_quantile_arguments(const std::string& fits, const GivenFlags& given);

}  // namespace tailfit::tools
