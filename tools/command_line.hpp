// The command line's grammar.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "tools/arguments.hpp"
#include "tools/question_arguments.hpp"

namespace tailfit::tools {

// Text for standard output, asked for with --help or --version.
struct Information {
  std::string text;
};

using Command =
    std::variant<FitArguments, QuantileArguments, ScoreArguments, SampleArguments, Information>;

// `arguments` without the program's name. Throws BadInput for everything that is not understood.
Command parse_command_line(std::vector<std::string> arguments);

}  // namespace tailfit::tools
