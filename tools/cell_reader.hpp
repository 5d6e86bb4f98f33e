// Cells of a CSV file from given bytes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tools/input_file.hpp"

namespace tailfit::tools {

// For a text that a CsvParser has already accepted: what it cannot be is not looked for.
class CellReader {
 public:
  // Reads about `bytes_at_once` of `file` at a time; it must outlive the reader.
  CellReader(const InputFile& file, std::size_t bytes_at_once);

  // The next cell is the one that begins there.
  void seek(std::int64_t offset);

  // The next cell, valid until the next call: without the quotes around it; doubled ones in it
  // stay. Memory: a buffer that holds the longest cell.
  std::string_view next();

  // Where the cell after the last one begins, and whether that is in another row.
  std::int64_t offset() const { return buffer_offset_ + static_cast<std::int64_t>(position_); }
  bool at_row_end() const { return at_row_end_; }

 private:
  // A cell in the buffer: its text, and what ends it.
  struct Found {
    std::size_t begin;
    std::size_t end;
    std::size_t terminator;  // at the end of the file: one past the last byte
  };

  bool find(Found& found) const;
  bool find_terminator(std::size_t position, std::size_t& terminator) const;
  void read_more();

  const InputFile& file_;
  std::size_t bytes_at_once_;
  std::vector<char> buffer_;
  std::size_t n_buffered_ = 0;
  std::int64_t buffer_offset_ = 0;
  std::size_t position_ = 0;  // of the next cell in the buffer
  bool file_ended_ = false;   // the buffer's end is the file's
  bool at_row_end_ = false;
};

}  // namespace tailfit::tools
