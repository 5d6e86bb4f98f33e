#include "tools/file_table.hpp"

#include <algorithm>
#include <vector>

#include "tools/errors.hpp"
#include "tools/transpose.hpp"

namespace tailfit::tools {
namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 20;
// A call of the system costs about as much as copying this.
constexpr std::size_t bytes_not_worth_a_call = 4096;

// Rows of some columns, read into a block.
template <class T>
class ColumnRows {
 public:
  ColumnRows(const InputFile& file, const FileTable& table, std::size_t first, std::size_t n)
      : file_(file), table_(table), first_(first), n_(n) {
    skips_ = (table.n_columns - n) * sizeof(T) > bytes_not_worth_a_call;
    stride_ = skips_ ? n : table.n_columns;
    rows_per_block_ = std::clamp<std::size_t>(block_bytes / (stride_ * sizeof(T)), 1, table.n_rows);
    block_.resize(rows_per_block_ * stride_);
  }

  std::size_t rows_per_block() const { return rows_per_block_; }

  RowBlock<T> read(std::size_t first_row, std::size_t n_rows) {
    if (skips_) {
      for (std::size_t row = 0; row < n_rows; ++row) {
        read_at(first_row + row, block_.data() + row * n_, n_);
      }
    } else {  // from the first wanted value to the last, with what lies between
      read_at(first_row, block_.data(), (n_rows - 1) * stride_ + n_);
    }
    return {block_.data(), n_rows, n_, first_row, stride_};
  }

 private:
  void read_at(std::size_t row, T* out, std::size_t n_values) const {
    const std::size_t value = row * table_.n_columns + first_;
    const auto offset = table_.first_byte + static_cast<std::int64_t>(value * sizeof(T));
    const std::size_t bytes = n_values * sizeof(T);
    if (file_.read_at(offset, reinterpret_cast<char*>(out), bytes) < bytes) {
      throw Failure::input_changed(file_.name());
    }
  }

  const InputFile& file_;
  const FileTable& table_;
  std::size_t first_;
  std::size_t n_;
  bool skips_;
  std::size_t stride_;
  std::size_t rows_per_block_;
  std::vector<T> block_;
};

}  // namespace

template <class T>
void read_file_columns(const InputFile& file, const FileTable& table, std::size_t first,
                       std::size_t n, T* out) {
  ColumnRows<T> rows(file, table, first, n);
  for (std::size_t row = 0; row < table.n_rows; row += rows.rows_per_block()) {
    const std::size_t n_rows = std::min(rows.rows_per_block(), table.n_rows - row);
    transpose_into(rows.read(row, n_rows), table.n_rows, out);
  }
}

template void read_file_columns<float>(const InputFile&, const FileTable&, std::size_t, std::size_t,
                                       float*);
template void read_file_columns<double>(const InputFile&, const FileTable&, std::size_t,
                                        std::size_t, double*);

}  // namespace tailfit::tools
