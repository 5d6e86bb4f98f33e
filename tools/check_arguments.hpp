// From the texts on the command line to checked values.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/arguments.hpp"

namespace tailfit::tools {

// The flags that were given, "--bins" -> "100".
using GivenFlags = std::map<std::string, std::string, std::less<>>;

// Throws BadInput, naming flag, value and what was expected, for a value that is not what it should
// be and for flags that do not go together. Fills everything but `verbose`.
FitArguments check_fit_arguments(const std::string& input_path, const GivenFlags& given);

// "0.01,0.99" as levels; [0, 1] are allowed or, if `open`, (0, 1).
std::vector<Level> parse_levels(std::string_view flag, std::string_view text, bool open);

// "-0.1,0.1"
HistogramRange parse_range(std::string_view flag, std::string_view text);

// "512", "512K", "2g": bytes.
std::uint64_t parse_bytes(std::string_view flag, std::string_view text);

}  // namespace tailfit::tools
