// CSV text (RFC 4180) cut into records and cells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/input_file.hpp"

namespace tailfit::tools {

struct CsvCell {
  std::string_view text;  // without the quotes around it, doubled quotes made single
  std::int64_t line;      // where it begins, from 1
  bool was_quoted;
};

struct CsvRecord {
  std::vector<CsvCell> cells;
  std::int64_t line;    // where it begins, from 1
  std::int64_t offset;  // the same in bytes, from 0
  bool is_blank;        // a line of nothing, or of spaces and tabs
};

// Lines end with LF or CR LF; the last one need not. A byte order mark is skipped. A quote is
// special only as the first character of a cell. Memory: a buffer that holds the longest record.
class CsvParser {
 public:
  // Reads from `source`, which must outlive it; `name` is for messages.
  CsvParser(ByteSource& source, std::string name);

  // The next record, or nullptr at the end; valid until the next call. Throws BadInput for a quote
  // that is never closed and for text after a closing one.
  const CsvRecord* next();

  const std::string& name() const { return name_; }

 private:
  // A cell while its record is being read: positions count from the record's first byte, because
  // the buffer may move when more is read.
  struct Span {
    std::size_t begin;
    std::size_t end;
    std::int64_t line;
    bool was_quoted;
  };

  bool fill();
  bool has(std::size_t position);
  char at(std::size_t position) const { return buffer_[begin_ + position]; }
  bool end_of_record(std::size_t& position);
  std::size_t read_plain_cell(std::size_t position);
  std::size_t read_quoted_cell(std::size_t position);
  [[noreturn]] void refuse_after_quote(std::size_t position);
  void skip_byte_order_mark();
  void publish_record(std::int64_t first_line);

  ByteSource& source_;
  std::string name_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;    // the record's first byte in buffer_
  std::int64_t offset_ = 0;  // the same in the text
  std::size_t end_ = 0;      // after the last byte read
  bool source_ended_ = false;
  bool started_ = false;
  std::int64_t line_ = 1;
  std::vector<Span> spans_;
  CsvRecord record_{};
};

}  // namespace tailfit::tools
