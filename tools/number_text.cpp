#include "tools/number_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <system_error>

namespace tailfit::tools {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Compares with an upper-case word, ASCII only.
bool is_word(std::string_view text, std::string_view word) {
  if (text.size() != word.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'a' && text[i] <= 'z' ? static_cast<char>(text[i] - 32) : text[i];
    if (c != word[i]) return false;
  }
  return true;
}

bool is_missing_word(std::string_view text) {
  return text.empty() || is_word(text, "NA") || is_word(text, "NAN") || is_word(text, "N/A") ||
         is_word(text, "NULL") || is_word(text, "-NAN") || is_word(text, "<NA>") ||
         is_word(text, "#N/A");
}

// from_chars says "out of range" for both ends; strtod tells them apart. The program never calls
// setlocale, so the decimal separator is the point.
CellValue parse_extreme(std::string_view text) {
  const double value = std::strtod(std::string(text).c_str(), nullptr);
  return {value, std::isinf(value) ? CellProblem::out_of_range : CellProblem::none};
}

// A decimal number; from_chars alone would also take "nan(x)" and refuse a leading '+'.
CellValue parse_decimal(std::string_view text) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return {nan, CellProblem::not_a_number};
  }
  const std::size_t sign = !text.empty() && text.front() == '-' ? 1 : 0;
  if (text.size() <= sign || !(is_digit(text[sign]) || text[sign] == '.')) {
    return {nan, CellProblem::not_a_number};
  }
  double value = 0.0;
  const char* end = text.data() + text.size();
  const std::from_chars_result result = std::from_chars(text.data(), end, value);
  if (result.ec == std::errc::invalid_argument || result.ptr != end) {
    return {nan, CellProblem::not_a_number};
  }
  if (result.ec == std::errc::result_out_of_range) return parse_extreme(text);
  return {value, CellProblem::none};
}

// On which side of 1 a number is that is 1 as a double, and is not.
enum class BesideOne { neither, below, above };

BesideOne rounded_onto_one(std::string_view text) {
  if (parse_decimal(text).value != 1.0) return BesideOne::neither;
  std::string digits;  // from the first that is not 0 on
  for (const char c : text.substr(0, text.find_first_of("eE"))) {
    if (is_digit(c) && !(digits.empty() && c == '0')) digits += c;
  }
  if (digits.front() == '9') return BesideOne::below;
  return digits.find_first_not_of('0', 1) == std::string::npos ? BesideOne::neither
                                                               : BesideOne::above;
}

bool ends_at_one(const NumberRange& range) { return range.lowest == 1.0 || range.highest == 1.0; }

}  // namespace

CellValue parse_cell(std::string_view text) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  text = without_blanks(text);
  const CellValue decimal = parse_decimal(text);
  if (decimal.problem != CellProblem::not_a_number) return decimal;
  if (is_missing_word(text)) return {decimal.value, CellProblem::none};

  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  if (is_word(text, "INF") || is_word(text, "INFINITY")) {
    return {negative ? -infinity : infinity, CellProblem::none};
  }
  return decimal;
}

std::optional<double> parse_finite(std::string_view text) {
  const CellValue parsed = parse_decimal(text);
  if (parsed.problem != CellProblem::none || rounds_to_zero(text)) return std::nullopt;
  return parsed.value;
}

bool rounds_to_zero(std::string_view text) {
  text = without_blanks(text);
  const CellValue parsed = parse_decimal(text);
  if (parsed.problem != CellProblem::none || parsed.value != 0.0) return false;
  const std::string_view digits = text.substr(0, text.find_first_of("eE"));
  return digits.find_first_of("123456789") != std::string_view::npos;
}

std::optional<double> parse_within(std::string_view text, const NumberRange& range) {
  const std::optional<double> number = parse_finite(text);
  if (!number || *number < range.lowest || *number > range.highest) return std::nullopt;
  if (range.open && (*number == range.lowest || *number == range.highest)) return std::nullopt;
  if (ends_at_one(range) && rounded_onto_one(text) != BesideOne::neither) return std::nullopt;
  return number;
}

std::string expected_within(std::string_view text, const NumberRange& range,
                            const std::string& following) {
  const auto or_end = [&](const char* end) { return range.open ? std::string() : end; };
  if (rounds_to_zero(text) && range.lowest <= 0.0) {
    return or_end("0 or ") + "a number that a double can hold, of 5e-324 at least";
  }
  const BesideOne side = ends_at_one(range) ? rounded_onto_one(text) : BesideOne::neither;
  const std::string told = or_end("1 or ") + "a number that a double can tell from 1, of ";
  if (side == BesideOne::below && range.highest == 1.0) {
    const char* const other = range.nearer_one != nullptr ? range.nearer_one : "";
    return told + "0.9999999999999999 at most" + other;
  }
  if (side == BesideOne::above && range.lowest == 1.0) return told + "1.0000000000000002 at least";
  return range.expected + following;
}

std::optional<std::int64_t> parse_whole(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const std::from_chars_result result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
  return value;
}

bool reads_as_number(std::string_view text) {
  return parse_decimal(without_blanks(text)).problem != CellProblem::not_a_number;
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "nan";  // to_chars would write -nan for some of them
    return;
  }
  std::array<char, 32> text;  // the longest is -2.2250738585072014e-308: 24
  const std::to_chars_result result = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), result.ptr);
}

void append_number(std::string& out, std::int64_t value) {
  std::array<char, 24> text;  // the longest is -9223372036854775808: 20
  const std::to_chars_result result = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), result.ptr);
}

}  // namespace tailfit::tools
