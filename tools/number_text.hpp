// Numbers as text. What is written reads back to the same double; what is read does not depend on
// the locale.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace tailfit::tools {

enum class CellProblem { none, not_a_number, out_of_range };

struct CellValue {
  double value;
  CellProblem problem;
};

// A cell of a table: a decimal number with an optional sign and exponent; inf or infinity in any
// case; a missing value (NaN) for an empty cell and for NA, N/A, NaN, null in any case. Blanks
// around it are ignored. A number too small for a double becomes 0 or subnormal as it should; one
// too large is out_of_range.
CellValue parse_cell(std::string_view text);

// A finite number, or nothing. For option values: no blanks, no names, nothing that
// rounds_to_zero().
std::optional<double> parse_finite(std::string_view text);

// Whether the text is a number other than 0 that is 0 as a double, such as 1e-400: for an option
// another question than the one that was asked.
bool rounds_to_zero(std::string_view text);

// What an option's number may be.
struct NumberRange {
  double lowest;
  double highest;
  bool open;                         // whether the ends are excluded
  const char* expected;              // "numbers from 0 to 1"
  const char* nearer_one = nullptr;  // how to ask for a probability that is too near to 1
};

inline constexpr double greatest = std::numeric_limits<double>::max();
inline constexpr NumberRange any_number{-greatest, greatest, false, "a finite number"};
inline constexpr NumberRange probability{0.0, 1.0, false, "a number from 0 to 1"};

// A number of the range, or nothing. Not one that as a double is 0 or the end 1 of the range, and
// is neither: beside these ends the questions are others.
std::optional<double> parse_within(std::string_view text, const NumberRange& range);

// What is expected in place of `text`, which is not within the range: the range's `expected` with
// what follows it or, where a double would have done, which.
std::string expected_within(std::string_view text, const NumberRange& range,
                            const std::string& following = "");

// A whole number that an int64 holds, or nothing.
std::optional<std::int64_t> parse_whole(std::string_view text);

// Whether the text is a number (missing and infinite ones are not).
bool reads_as_number(std::string_view text);

// The shortest text that reads back to the same double; nan, inf, -inf.
void append_number(std::string& out, double value);
void append_number(std::string& out, std::int64_t value);

}  // namespace tailfit::tools
