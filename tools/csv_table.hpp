// A CSV file as a table: a header with distinct column names, then rows of as many cells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/csv_parser.hpp"

namespace tailfit::tools {

class CsvTable {
 public:
  // Reads the header. Throws BadInput for an empty file, a header that is none (see below) or names
  // a column twice. An unquoted name that reads as a number, other than 0, 1, 2, ..., is taken for
  // a value: the file then has no header.
  CsvTable(ByteSource& source, std::string name);

  const std::vector<std::string>& columns() const { return columns_; }

  // The position of the column called `column`; throws BadInput, naming `flag`, if there is none.
  std::size_t find(const std::string& column, std::string_view flag) const;

  // The next row, nullptr at the end; valid until the next call. Blank lines at the end are no
  // rows; elsewhere a blank line is an empty cell in a table of one column and an error in others.
  // Throws BadInput for a row with more or fewer cells than the header.
  const CsvRecord* next_row();

  // The number in a cell of the last row. Throws BadInput for anything that is not one.
  double number(std::size_t column) const;

  // BadInput that says file, line and column of a cell of the last row and then `problem`.
  [[noreturn]] void refuse_cell(std::size_t column, const std::string& problem) const;

  // "prices.csv:12: ", the line of the last row
  std::string where() const;
  const std::string& name() const { return parser_.name(); }

  // Appended to the message for a cell in this column that is not a number.
  void set_hint(std::size_t column, std::string hint);

 private:
  void check_header(const CsvRecord& header) const;
  void check_distinct() const;
  void check_width(const CsvRecord& row) const;

  CsvParser parser_;
  std::vector<std::string> columns_;
  const CsvRecord* row_ = nullptr;
  const CsvRecord* held_ = nullptr;  // read, but to be given out after the blank lines before it
  std::int64_t n_blank_ = 0;         // blank lines to be given out
  CsvRecord blank_row_{};
  std::size_t hint_column_ = 0;
  std::string hint_;
};

}  // namespace tailfit::tools
