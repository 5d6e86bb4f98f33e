// Reads a table with a column per series.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tools/csv_table.hpp"
#include "tools/input_file.hpp"
#include "tools/panel.hpp"
#include "tools/panel_source.hpp"

namespace tailfit::tools {

// Every column but `index_column` is a series, in the file's order. A table that fits `limit`, and
// one that does not come from a regular file, are one panel, read in one pass. For a larger one the
// whole text is checked and its index kept; then each panel's columns are read, out of compressed
// text in a pass over all of it.
// `file` must outlive the result. Throws BadInput, naming file, line and column, for a cell that is
// not a number, and for a table without series or without rows; Failure for a file that changes
// between two passes.
std::unique_ptr<PanelSource> open_wide(InputFile& file,
                                       const std::optional<std::string>& index_column,
                                       const PieceLimit& limit);

// The whole table as one panel.
Panel read_wide(CsvTable& table, const std::optional<std::string>& index_column);

}  // namespace tailfit::tools
