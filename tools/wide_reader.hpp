// Reads a table with a column per series.
#pragma once

#include <optional>
#include <string>

#include "tools/csv_table.hpp"
#include "tools/panel.hpp"

namespace tailfit::tools {

// Every column but `index_column` is a series, in the file's order. Throws BadInput, naming file,
// line and column, for a cell that is not a number, and for a table without series or without rows.
Panel read_wide(CsvTable& table, const std::optional<std::string>& index_column);

}  // namespace tailfit::tools
