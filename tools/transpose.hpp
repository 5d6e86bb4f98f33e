// Rows of a table put into the columns' own places.
#pragma once

#include <cstddef>

namespace tailfit::tools {

// Some consecutive rows of a table, row-major.
template <class T>
struct RowBlock {
  const T* values;
  std::size_t n_rows;
  std::size_t n_columns;
  std::size_t first_row;  // the block's first row, counted in the whole table
};

// Value (row, column) goes to columns[column*column_length + row]. A block of a few dozen rows
// stays in the cache while its columns are picked out.
template <class T>
void transpose_into(const RowBlock<T>& block, std::size_t column_length, T* columns) {
  for (std::size_t column = 0; column < block.n_columns; ++column) {
    T* out = columns + column * column_length + block.first_row;
    for (std::size_t row = 0; row < block.n_rows; ++row) {
      out[row] = block.values[row * block.n_columns + column];
    }
  }
}

}  // namespace tailfit::tools
