// What --help prints.
#pragma once

#include <string>

namespace tailfit::tools {

std::string program_help();  // tailfit --help
std::string fit_help();      // tailfit fit --help
std::string quantile_help();
std::string score_help();
std::string sample_help();

}  // namespace tailfit::tools
