#include "tools/wide_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"
#include "tools/transpose.hpp"

namespace tailfit::tools {
namespace {

constexpr std::size_t rows_per_block = 256;

// The rows as they come; how many there will be is not known before the end. Blocks are freed while
// they are transposed, so that the peak is little over twice the values.
class RowStore {
 public:
  explicit RowStore(std::size_t n_columns) : n_columns_(n_columns) {}

  // Memory for the next row's values.
  double* append_row() {
    const std::size_t row_in_block = n_rows_++ % rows_per_block;
    if (row_in_block == 0) blocks_.emplace_back(rows_per_block * n_columns_);
    return blocks_.back().data() + row_in_block * n_columns_;
  }

  std::size_t n_rows() const { return n_rows_; }

  std::vector<double> take_columns() {
    std::vector<double> columns(n_rows_ * n_columns_);
    for (std::size_t first_row = 0; first_row < n_rows_; first_row += rows_per_block) {
      const std::size_t n = std::min(rows_per_block, n_rows_ - first_row);
      transpose_into<double>({blocks_.front().data(), n, n_columns_, first_row}, n_rows_,
                             columns.data());
      blocks_.pop_front();
    }
    return columns;
  }

 private:
  std::size_t n_columns_;
  std::size_t n_rows_ = 0;
  std::deque<std::vector<double>> blocks_;
};

}  // namespace

Panel read_wide(CsvTable& table, const std::optional<std::string>& index_column) {
  Panel panel;
  const std::size_t n_columns = table.columns().size();
  const std::size_t index =
      index_column.has_value() ? table.find(*index_column, "--index") : n_columns;
  std::vector<std::size_t> series_columns;
  for (std::size_t column = 0; column < n_columns; ++column) {
    if (column == index) continue;
    series_columns.push_back(column);
    panel.names.push_back(table.columns()[column]);
  }
  if (series_columns.empty()) {
    throw BadInput(table.name() + ":1: the index " + in_quotes(*index_column) +
                   " is the only column, expected a column per series beside it");
  }
  if (!index_column.has_value()) {
    table.set_hint(0, "if the column is the index, say --index " + in_quotes(panel.names.front()));
  }

  RowStore rows(series_columns.size());
  TextColumn index_texts;
  while (const CsvRecord* row = table.next_row()) {
    double* values = rows.append_row();
    for (const std::size_t column : series_columns) *values++ = table.number(column);
    if (index < n_columns) index_texts.append(row->cells[index].text);
    if (rows.n_rows() == 1) table.set_hint(0, "");  // a column that began with a number is no index
  }
  if (rows.n_rows() == 0) throw BadInput(table.name() + ": there is no row after the header");

  panel.offsets = equal_offsets(panel.n_series(), static_cast<std::int64_t>(rows.n_rows()));
  panel.values = rows.take_columns();
  if (index < n_columns) panel.index = SeriesIndex::shared(std::move(index_texts));
  return panel;
}

}  // namespace tailfit::tools
