// A slow second reader of CSV tables, written from the words in tools/csv_parser.hpp,
// csv_table.hpp, wide_reader.hpp, long_reader.hpp and number_text.hpp: the whole text in memory,
// one character after the other. What is read, and where the first error is, must be the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tailfit::fuzz {

// A text that is refused, with the line that the message names; 0: the file as a whole.
struct Refused {
  std::int64_t line;
};

struct ReferenceCell {
  std::string text;
  std::int64_t line;
  bool was_quoted;
};

struct ReferenceRow {
  std::vector<ReferenceCell> cells;
  std::int64_t line;
  bool is_blank() const {
    return cells.size() == 1 && !cells[0].was_quoted &&
           cells[0].text.find_first_not_of(" \t") == std::string::npos;
  }
};

struct ReferenceRows {
  std::vector<ReferenceRow> rows;
  std::optional<Refused> error;  // after these rows
};

class ReferenceParser {
 public:
  explicit ReferenceParser(const std::string& text) : text_(text) {
    if (text_.rfind("\xEF\xBB\xBF", 0) == 0) at_ = 3;
  }

  ReferenceRows parse() {
    ReferenceRows all;
    try {
      while (at_ < text_.size()) all.rows.push_back(row());
    } catch (const Refused& error) {
      all.error = error;
    }
    return all;
  }

 private:
  bool at_line_end() const {
    return at_ == text_.size() || text_[at_] == '\n' ||
           (text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n'));
  }

  ReferenceRow row() {
    ReferenceRow row;
    row.line = line_;
    row.cells.push_back(cell());
    while (at_ < text_.size() && text_[at_] == ',') {
      ++at_;
      row.cells.push_back(cell());
    }
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
    return row;
  }

  ReferenceCell cell() {
    if (at_ < text_.size() && text_[at_] == '"') return quoted_cell();
    ReferenceCell cell{"", line_, false};
    while (!at_line_end() && text_[at_] != ',') cell.text += text_[at_++];
    return cell;
  }

  ReferenceCell quoted_cell() {
    ReferenceCell cell{"", line_, true};
    for (++at_;; ++at_) {
      if (at_ == text_.size()) throw Refused{cell.line};
      if (text_[at_] == '"' && text_.compare(at_, 2, "\"\"") == 0) {
        ++at_;
      } else if (text_[at_] == '"') {
        break;
      }
      if (text_[at_] == '\n') ++line_;
      cell.text += text_[at_];
    }
    ++at_;
    if (!at_line_end() && text_[at_] != ',') throw Refused{line_};
    return cell;
  }

  const std::string& text_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
};

inline std::string without_blanks(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

inline std::size_t count_digits(const std::string& text, std::size_t from) {
  std::size_t n = 0;
  while (from + n < text.size() && text[from + n] >= '0' && text[from + n] <= '9') ++n;
  return n;
}

// [sign] digits [. digits] [e [sign] digits], where one of the first two has digits.
inline bool is_decimal(const std::string& text) {
  std::size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const std::size_t whole = count_digits(text, at);
  at += whole;
  std::size_t fraction = 0;
  if (at < text.size() && text[at] == '.') {
    fraction = count_digits(text, at + 1);
    at += 1 + fraction;
  }
  if (whole + fraction == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t exponent = count_digits(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

// The value of a cell; nothing where it is not a number that a double holds.
inline std::optional<double> reference_number(const std::string& cell) {
  static const std::set<std::string> missing{"",     "NA",   "NAN",  "N/A",
                                             "NULL", "-NAN", "<NA>", "#N/A"};
  static const std::map<std::string, double> infinite{
      {"INF", HUGE_VAL},      {"+INF", HUGE_VAL},      {"-INF", -HUGE_VAL},
      {"INFINITY", HUGE_VAL}, {"+INFINITY", HUGE_VAL}, {"-INFINITY", -HUGE_VAL}};
  std::string text = without_blanks(cell);
  if (is_decimal(text)) {
    const double value = std::strtod(text.c_str(), nullptr);
    if (value == HUGE_VAL || value == -HUGE_VAL) return std::nullopt;
    return value;
  }
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  if (missing.count(text) > 0) return std::numeric_limits<double>::quiet_NaN();
  const auto found = infinite.find(text);
  if (found != infinite.end()) return found->second;
  return std::nullopt;
}

// The header's names, and the rows under it with blank lines where they are rows.
struct ReferenceTable {
  std::vector<std::string> columns;
  std::vector<ReferenceRow> rows;
  std::optional<Refused> error;  // after these rows
};

inline void check_reference_header(const ReferenceRow& header) {
  if (header.is_blank()) throw Refused{1};
  std::vector<std::string> numbers;
  for (const ReferenceCell& cell : header.cells) {
    if (!cell.was_quoted && is_decimal(without_blanks(cell.text))) numbers.push_back(cell.text);
  }
  bool counts_up = numbers.size() >= 3;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    counts_up = counts_up && numbers[i] == std::to_string(i + (numbers[0] == "1" ? 1 : 0));
  }
  if (!numbers.empty() && !counts_up) throw Refused{1};
}

// The header alone; throws Refused.
inline std::vector<std::string> reference_columns(const ReferenceRows& all) {
  if (all.rows.empty()) throw all.error.value_or(Refused{0});
  check_reference_header(all.rows[0]);
  std::vector<std::string> columns;
  for (const ReferenceCell& cell : all.rows[0].cells) columns.push_back(cell.text);
  if (std::set<std::string>(columns.begin(), columns.end()).size() < columns.size()) {
    throw Refused{1};
  }
  return columns;
}

inline ReferenceTable reference_table(const ReferenceRows& all) {
  ReferenceTable table{reference_columns(all), {}, all.error};
  const auto refuse = [&](std::int64_t line) { table.error = Refused{line}; };
  for (std::size_t i = 1; i < all.rows.size(); ++i) {
    std::size_t next = i;
    while (next < all.rows.size() && all.rows[next].is_blank()) ++next;
    if (next == all.rows.size()) break;  // blank lines at the end are no rows
    const bool one_column = table.columns.size() == 1;
    if (next > i && !one_column) return refuse(all.rows[i].line), table;
    for (; i < next; ++i) table.rows.push_back({{{"", all.rows[i].line, false}}, all.rows[i].line});
    if (all.rows[i].cells.size() != table.columns.size()) return refuse(all.rows[i].line), table;
    table.rows.push_back(all.rows[i]);
  }
  return table;
}

}  // namespace tailfit::fuzz
