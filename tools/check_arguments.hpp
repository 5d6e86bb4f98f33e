// From the texts on the command line to checked values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/arguments.hpp"
#include "tools/flag_reader.hpp"

namespace tailfit::tools {

// Throws BadInput, naming flag, value and what was expected, for a value that is not what it should
// be and for flags that do not go together. Fills everything but `verbose`.
FitArguments check_fit_arguments(const std::string& input_path, const GivenFlags& given);

// What numbers in a list may be.
inline constexpr NumberRange probabilities{0.0, 1.0, false, "numbers from 0 to 1"};
inline constexpr NumberRange inner_probabilities{0.0, 1.0, true,
                                                 "numbers between 0 and 1, both excluded"};
inline constexpr NumberRange quantile_levels{0.0, 1.0, false, "numbers from 0 to 1",
                                             " (--isf of tailfit quantile takes 1 - P)"};
inline constexpr NumberRange periods{1.0, greatest, false, "finite numbers >= 1"};

// "0.01,0.99" as distinct numbers.
std::vector<Level> parse_numbers(std::string_view flag, std::string_view text,
                                 const NumberRange& range);

// "-0.1,0.1"
HistogramRange parse_range(std::string_view flag, std::string_view text);

}  // namespace tailfit::tools
