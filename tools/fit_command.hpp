// `tailfit fit`: from the input file to the output files.
#pragma once

#include <string>

#include "tools/arguments.hpp"

namespace tailfit::tools {

// Does all of it. Returns what --verbose is to say: fits, fits a second, counts of each status.
// Throws what goes wrong; no output file has its name then.
std::string run_fit(const FitArguments& arguments);

}  // namespace tailfit::tools
