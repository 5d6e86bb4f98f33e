// Reads a table with a row per value, which says what series it belongs to.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tools/csv_table.hpp"
#include "tools/input_file.hpp"
#include "tools/panel.hpp"
#include "tools/panel_source.hpp"

namespace tailfit::tools {

struct LongColumns {
  std::string series;
  std::string value;
  std::optional<std::string> index;
};

// Series come in the order of their first rows; the rows of a series need not be adjacent and keep
// the file's order. Other columns are ignored. A table that fits `limit`, one that does not come
// from a regular file, and one in which the rows of some series are not adjacent, are one panel. A
// larger one is read twice: in the first pass everything is checked and rows are counted. `file`
// must outlive the result. Throws BadInput, naming file, line and column, for a value that is not a
// number, a row without a series name and a table without rows; Failure for a file that changes
// between the passes.
std::unique_ptr<PanelSource> open_long(InputFile& file, const LongColumns& columns,
                                       const PieceLimit& limit);

// The whole table as one panel.
Panel read_long(CsvTable& table, const LongColumns& columns);

}  // namespace tailfit::tools
