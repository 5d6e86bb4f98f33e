#include "tools/wide_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"
#include "tools/row_store.hpp"
#include "tools/text_source.hpp"
#include "tools/wide_columns.hpp"

namespace tailfit::tools {
namespace {

// What the first pass over a table has found.
struct WideScan {
  std::vector<std::size_t> columns;  // of the series, in the table
  std::vector<std::string> names;
  SeriesIndex index;
  std::size_t n_rows = 0;
  std::optional<RowStore> rows;           // none if they were more than asked for
  std::vector<std::int64_t> row_offsets;  // where rows begin in the text, in bytes; if limited
};

void find_series(const CsvTable& table, std::size_t index, WideScan& scan) {
  for (std::size_t column = 0; column < table.columns().size(); ++column) {
    if (column == index) continue;
    scan.columns.push_back(column);
    scan.names.push_back(table.columns()[column]);
  }
}

// Reads and checks everything; keeps the values if they are at most `most_values`, or of one
// series.
WideScan scan_wide(CsvTable& table, const std::optional<std::string>& index_column,
                   std::optional<std::size_t> most_values) {
  const std::size_t n_columns = table.columns().size();
  const std::size_t index =
      index_column.has_value() ? table.find(*index_column, "--index") : n_columns;
  WideScan scan;
  find_series(table, index, scan);
  if (scan.columns.empty()) {
    throw BadInput(table.name() + ":1: the index " + in_quotes(*index_column) +
                   " is the only column, expected a column per series beside it");
  }
  if (!index_column.has_value()) {
    table.set_hint(0, "if the column is the index, say --index " + in_quotes(scan.names.front()));
  }
  if (scan.columns.size() == 1) most_values.reset();
  scan.rows.emplace(scan.columns.size());
  std::vector<double> unkept(scan.columns.size());
  TextColumn index_texts;
  while (const CsvRecord* row = table.next_row()) {
    if (most_values.has_value()) {
      scan.row_offsets.push_back(row->offset);
      if (scan.row_offsets.size() * scan.columns.size() > *most_values) scan.rows.reset();
    }
    double* values = scan.rows ? scan.rows->append_row() : unkept.data();
    for (const std::size_t column : scan.columns) *values++ = table.number(column);
    if (index < n_columns) index_texts.append(row->cells[index].text);
    if (++scan.n_rows == 1) table.set_hint(0, "");  // a column that began with a number is no index
  }
  if (scan.n_rows == 0) throw BadInput(table.name() + ": there is no row after the header");
  if (index < n_columns) scan.index = SeriesIndex::shared(std::move(index_texts));
  return scan;
}

Panel whole_panel(WideScan scan) {
  Panel panel;
  panel.names = std::move(scan.names);
  panel.offsets = equal_offsets(panel.n_series(), static_cast<std::int64_t>(scan.n_rows));
  panel.values = scan.rows->take_columns();
  panel.index = std::move(scan.index);
  return panel;
}

class WidePieces final : public PanelSource {
 public:
  WidePieces(const InputFile& file, WideScan scan, std::size_t n_columns, std::size_t most_series)
      : scan_(std::move(scan)),
        columns_(open_wide_columns(file, {n_columns, std::move(scan_.row_offsets)})),
        most_series_(most_series),
        lengths_{{static_cast<std::int64_t>(scan_.n_rows),
                  static_cast<std::int64_t>(scan_.columns.size())}} {}

  std::optional<Panel> next() override {
    const std::size_t n = std::min(most_series_, scan_.columns.size() - next_);
    if (n == 0) return std::nullopt;
    Panel panel;
    panel.values = columns_->read(std::span(scan_.columns).subspan(next_, n));
    const auto first_name = scan_.names.begin() + static_cast<std::ptrdiff_t>(next_);
    panel.names.assign(first_name, first_name + static_cast<std::ptrdiff_t>(n));
    panel.offsets = equal_offsets(n, static_cast<std::int64_t>(scan_.n_rows));
    panel.index = scan_.index;
    next_ += n;
    return panel;
  }

  const LengthCounts& lengths() const override { return lengths_; }

 private:
  WideScan scan_;
  const std::unique_ptr<WideColumns> columns_;
  const std::size_t most_series_;
  const LengthCounts lengths_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<PanelSource> open_wide(InputFile& file,
                                       const std::optional<std::string>& index_column,
                                       const PieceLimit& limit) {
  const std::unique_ptr<ByteSource> text = open_text(file);
  CsvTable table(*text, file.name());
  std::optional<std::size_t> most_values;
  if (file.can_be_reread()) most_values = limit.n_values(sizeof(double));
  WideScan scan = scan_wide(table, index_column, most_values);
  if (scan.rows.has_value()) return std::make_unique<WholePanel>(whole_panel(std::move(scan)));
  const std::size_t most_series = limit.n_series(scan.n_rows, sizeof(double));
  return std::make_unique<WidePieces>(file, std::move(scan), table.columns().size(), most_series);
}

Panel read_wide(CsvTable& table, const std::optional<std::string>& index_column) {
  return whole_panel(scan_wide(table, index_column, std::nullopt));
}

}  // namespace tailfit::tools
