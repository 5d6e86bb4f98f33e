#include "tools/wide_columns.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "tools/cell_reader.hpp"
#include "tools/csv_table.hpp"
#include "tools/errors.hpp"
#include "tools/number_text.hpp"
#include "tools/row_store.hpp"
#include "tools/text_source.hpp"

namespace tailfit::tools {
namespace {

// Rows of a known number put into columns, by the block.
class ColumnCollector {
 public:
  ColumnCollector(std::size_t n_columns, std::size_t n_rows)
      : n_columns_(n_columns),
        n_rows_(n_rows),
        rows_per_block_(std::min(RowStore::rows_of_a_block(n_columns), n_rows)),
        block_(rows_per_block_ * n_columns),
        values_(n_columns * n_rows) {}

  // Memory for the next row's numbers.
  double* append_row() {
    if (n_in_block_ == rows_per_block_) place_block();
    return block_.data() + n_in_block_++ * n_columns_;
  }

  std::vector<double> take() {
    place_block();
    return std::move(values_);
  }

 private:
  void place_block() {
    transpose_into<double>({block_.data(), n_in_block_, n_columns_, n_placed_, n_columns_}, n_rows_,
                           values_.data());
    n_placed_ += std::exchange(n_in_block_, 0);
  }

  std::size_t n_columns_;
  std::size_t n_rows_;
  std::size_t rows_per_block_;
  std::vector<double> block_;
  std::vector<double> values_;
  std::size_t n_in_block_ = 0;
  std::size_t n_placed_ = 0;
};

// Compressed text can only be read from its beginning.
class PassedColumns final : public WideColumns {
 public:
  PassedColumns(const InputFile& file, const WideRows& rows)
      : file_(file), n_columns_(rows.n_columns), n_rows_(rows.offsets.size()) {}

  std::vector<double> read(std::span<const std::size_t> columns) override {
    const std::unique_ptr<ByteSource> text = reopen_text(file_);
    CsvTable table(*text, file_.name());
    if (table.columns().size() != n_columns_) throw Failure::input_changed(file_.name());
    ColumnCollector collector(columns.size(), n_rows_);
    std::size_t n_read = 0;
    while (table.next_row() != nullptr) {
      if (n_read++ == n_rows_) throw Failure::input_changed(file_.name());
      double* out = collector.append_row();
      for (const std::size_t column : columns) *out++ = table.number(column);
    }
    if (n_read != n_rows_) throw Failure::input_changed(file_.name());
    return collector.take();
  }

 private:
  const InputFile& file_;
  const std::size_t n_columns_;
  const std::size_t n_rows_;
};

// Plain text: each row is gone on with.
class ResumedColumns final : public WideColumns {
 public:
  ResumedColumns(const InputFile& file, WideRows rows)
      : file_(file),
        file_bytes_(file.position()),
        n_columns_(rows.n_columns),
        offsets_(std::move(rows.offsets)) {}

  std::vector<double> read(std::span<const std::size_t> columns) override {
    CellReader cells(file_, bytes_at_once(columns.back() + 1 - next_column_));
    ColumnCollector collector(columns.size(), offsets_.size());
    for (std::int64_t& offset : offsets_) {
      cells.seek(offset);
      read_row(cells, columns, collector.append_row());
      offset = cells.offset();
    }
    next_column_ = columns.back() + 1;
    check_size();
    return collector.take();
  }

 private:
  // Of the average row what so many cells take, and some more.
  std::size_t bytes_at_once(std::size_t n_cells) const {
    const double row = static_cast<double>(file_bytes_) / static_cast<double>(offsets_.size());
    const double share = static_cast<double>(n_cells) / static_cast<double>(n_columns_);
    return std::clamp<std::size_t>(static_cast<std::size_t>(1.1 * row * share), 4096, 1 << 18);
  }

  void read_row(CellReader& cells, std::span<const std::size_t> columns, double* out) const {
    for (std::size_t column = next_column_; column <= columns.back(); ++column) {
      const std::string_view text = cells.next();
      if (cells.at_row_end() != (column + 1 == n_columns_)) {
        throw Failure::input_changed(file_.name());
      }
      if (column != columns.front()) continue;  // the index
      columns = columns.size() > 1 ? columns.subspan(1) : columns;
      const CellValue cell = parse_cell(text);
      if (cell.problem != CellProblem::none) throw Failure::input_changed(file_.name());
      *out++ = cell.value;
    }
  }

  void check_size() const {
    char bytes[2];
    if (file_.read_at(file_bytes_ - 1, bytes, 2) != 1) throw Failure::input_changed(file_.name());
  }

  const InputFile& file_;
  const std::int64_t file_bytes_;
  const std::size_t n_columns_;
  std::vector<std::int64_t> offsets_;  // of the cell in next_column_, in each row
  std::size_t next_column_ = 0;
};

}  // namespace

std::unique_ptr<WideColumns> open_wide_columns(const InputFile& file, WideRows rows) {
  if (!is_plain_text(file)) return std::make_unique<PassedColumns>(file, rows);
  return std::make_unique<ResumedColumns>(file, std::move(rows));
}

}  // namespace tailfit::tools
