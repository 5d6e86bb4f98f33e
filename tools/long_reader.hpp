// Reads a table with a row per value, which says what series it belongs to.
#pragma once

#include <optional>
#include <string>

#include "tools/csv_table.hpp"
#include "tools/panel.hpp"

namespace tailfit::tools {

struct LongColumns {
  std::string series;
  std::string value;
  std::optional<std::string> index;
};

// Series come in the order of their first rows; the rows of a series need not be adjacent and keep
// the file's order. Other columns are ignored. Throws BadInput, naming file, line and column, for a
// value that is not a number, a row without a series name and a table without rows.
Panel read_long(CsvTable& table, const LongColumns& columns);

}  // namespace tailfit::tools
