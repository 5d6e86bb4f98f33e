// Rows of numbers as they come.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <vector>

#include "tools/transpose.hpp"

namespace tailfit::tools {

// How many rows there will be is not known before the end. Blocks are freed while they are
// transposed, so that the peak is little over twice the values.
class RowStore {
 public:
  explicit RowStore(std::size_t n_columns)
      : n_columns_(n_columns), rows_per_block_(rows_of_a_block(n_columns)) {}

  // So many rows make a block of bounded size that columns are well picked out of.
  static std::size_t rows_of_a_block(std::size_t n_columns) {
    constexpr std::size_t block_bytes = std::size_t{4} << 20;
    return std::clamp<std::size_t>(block_bytes / (n_columns * sizeof(double)), 1, 256);
  }

  // Memory for the next row's values.
  double* append_row() {
    const std::size_t row_in_block = n_rows_++ % rows_per_block_;
    if (row_in_block == 0) blocks_.emplace_back(rows_per_block_ * n_columns_);
    return blocks_.back().data() + row_in_block * n_columns_;
  }

  std::size_t n_values() const { return n_rows_ * n_columns_; }

  // All values, each column contiguous; the store is then empty.
  std::vector<double> take_columns() {
    std::vector<double> columns(n_values());
    for (std::size_t first_row = 0; first_row < n_rows_; first_row += rows_per_block_) {
      const std::size_t n = std::min(rows_per_block_, n_rows_ - first_row);
      transpose_into<double>({blocks_.front().data(), n, n_columns_, first_row, n_columns_},
                             n_rows_, columns.data());
      blocks_.pop_front();
    }
    return columns;
  }

 private:
  std::size_t n_columns_;
  std::size_t rows_per_block_;
  std::size_t n_rows_ = 0;
  std::deque<std::vector<double>> blocks_;
};

}  // namespace tailfit::tools
