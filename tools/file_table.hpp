// A table of numbers in a file, row by row, of which some columns are wanted.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tools/input_file.hpp"

namespace tailfit::tools {

struct FileTable {
  std::int64_t first_byte;  // of the first row
  std::size_t n_rows;
  std::size_t n_columns;
};

// Columns [first, first + n) of a table of T, float or double, each contiguous in `out`, of
// n*n_rows values. Reads only what it needs where rows are long. Memory: a block of a few megabytes
// beside `out`. Throws Failure where the file ends too early.
template <class T>
void read_file_columns(const InputFile& file, const FileTable& table, std::size_t first,
                       std::size_t n, T* out);

}  // namespace tailfit::tools
