#include "tools/csv_table.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"
#include "tools/number_text.hpp"

namespace tailfit::tools {
namespace {

// Column numbers as other programs write them in place of names: 0, 1, 2, ... or 1, 2, 3, ....
// Fewer than three may as well be a first row of values.
bool are_column_numbers(const std::vector<std::string_view>& names) {
  if (names.size() < 3) return false;
  std::int64_t number = names.front() == "1" ? 1 : 0;
  return std::all_of(names.begin(), names.end(),
                     [&](std::string_view name) { return name == std::to_string(number++); });
}

}  // namespace

CsvTable::CsvTable(ByteSource& source, std::string name) : parser_(source, std::move(name)) {
  const CsvRecord* header = parser_.next();
  if (header == nullptr) {
    throw BadInput(parser_.name() + ": the file is empty, expected a header line of column names");
  }
  check_header(*header);
  for (const CsvCell& cell : header->cells) columns_.emplace_back(cell.text);
  check_distinct();
}

void CsvTable::check_header(const CsvRecord& header) const {
  const std::string expected = ", expected a header line of column names";
  if (header.is_blank) throw BadInput(parser_.name() + ":1: the line is blank" + expected);
  std::vector<std::string_view> numbers;
  for (const CsvCell& cell : header.cells) {
    if (!cell.was_quoted && reads_as_number(cell.text)) numbers.emplace_back(cell.text);
  }
  if (numbers.empty() || are_column_numbers(numbers)) return;
  throw BadInput(parser_.name() + ":1: the column name " + in_quotes(numbers.front()) +
                 " is a number" + expected + " (a name like that can be put in quotes)");
}

void CsvTable::check_distinct() const {
  std::unordered_map<std::string_view, std::size_t> first_use;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto [use, is_new] = first_use.emplace(columns_[i], i);
    if (is_new) continue;
    throw BadInput(parser_.name() + ":1: columns " + std::to_string(use->second + 1) + " and " +
                   std::to_string(i + 1) + " are both called " + in_quotes(columns_[i]) +
                   ", expected distinct names");
  }
}

std::size_t CsvTable::find(const std::string& column, std::string_view flag) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) {
    throw BadInput(parser_.name() + ":1: " + std::string(flag) + ": there is no column " +
                   in_quotes(column) + ", the header has " + quote_list(columns_));
  }
  return static_cast<std::size_t>(found - columns_.begin());
}

const CsvRecord* CsvTable::next_row() {
  if (n_blank_ == 0 && held_ == nullptr) {
    std::int64_t first_blank_line = 0;
    while ((held_ = parser_.next()) != nullptr && held_->is_blank) {
      if (n_blank_++ == 0) first_blank_line = held_->line;
    }
    if (held_ == nullptr) return row_ = nullptr;
    if (n_blank_ > 0 && columns_.size() > 1) {
      throw BadInput(parser_.name() + ':' + std::to_string(first_blank_line) +
                     ": the line is blank, expected " +
                     counted(static_cast<std::int64_t>(columns_.size()), "cell"));
    }
  }
  if (n_blank_ > 0) {
    // Blank lines are adjacent, and the held row is on the line after them.
    blank_row_.line = held_->line - n_blank_--;
    blank_row_.cells.assign(1, CsvCell{{}, blank_row_.line, false});
    return row_ = &blank_row_;
  }
  row_ = std::exchange(held_, nullptr);
  check_width(*row_);
  return row_;
}

void CsvTable::check_width(const CsvRecord& row) const {
  if (row.cells.size() == columns_.size()) return;
  throw BadInput(where() + counted(static_cast<std::int64_t>(row.cells.size()), "cell") +
                 ", expected " + std::to_string(columns_.size()) + " as in the header");
}

double CsvTable::number(std::size_t column) const {
  const std::string_view text = row_->cells[column].text;
  const CellValue parsed = parse_cell(text);
  if (parsed.problem == CellProblem::none) return parsed.value;
  if (parsed.problem == CellProblem::out_of_range) {
    refuse_cell(column, in_quotes(text) + " is beyond the range of a double");
  }
  const bool has_hint = !hint_.empty() && column == hint_column_;
  refuse_cell(column, in_quotes(text) + " is not a number" + (has_hint ? "; " + hint_ : ""));
}

void CsvTable::refuse_cell(std::size_t column, const std::string& problem) const {
  throw BadInput(parser_.name() + ':' + std::to_string(row_->cells[column].line) + ": column " +
                 in_quotes(columns_[column]) + ": " + problem);
}

std::string CsvTable::where() const {
  return parser_.name() + ':' + std::to_string(row_->line) + ": ";
}

void CsvTable::set_hint(std::size_t column, std::string hint) {
  hint_column_ = column;
  hint_ = std::move(hint);
}

}  // namespace tailfit::tools
