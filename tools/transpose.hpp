// Rows of a table put into the columns' own places.
#pragma once

#include <algorithm>
#include <cstddef>

namespace tailfit::tools {

// Some consecutive rows of a table, row-major.
template <class T>
struct RowBlock {
  const T* values;
  std::size_t n_rows;
  std::size_t n_columns;
  std::size_t first_row;  // the block's first row, counted in the whole table
  std::size_t stride;     // values from one row to the next
};

// Value (row, column) goes to columns[column*column_length + row]. In tiles: a cache line of each
// row is used up while it is in the cache.
template <class T>
void transpose_into(const RowBlock<T>& block, std::size_t column_length, T* columns) {
  constexpr std::size_t tile_columns = 64 / sizeof(T);
  constexpr std::size_t tile_rows = 64;
  for (std::size_t first = 0; first < block.n_columns; first += tile_columns) {
    const std::size_t end = std::min(first + tile_columns, block.n_columns);
    for (std::size_t top = 0; top < block.n_rows; top += tile_rows) {
      const std::size_t bottom = std::min(top + tile_rows, block.n_rows);
      for (std::size_t column = first; column < end; ++column) {
        T* out = columns + column * column_length + block.first_row;
        const T* in = block.values + column;
        for (std::size_t row = top; row < bottom; ++row) out[row] = in[row * block.stride];
      }
    }
  }
}

}  // namespace tailfit::tools
