#include "tools/csv_parser.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"

namespace tailfit::tools {
namespace {

constexpr std::size_t first_buffer_bytes = std::size_t{1} << 18;

bool only_blanks(std::string_view text) {
  return text.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace

CsvParser::CsvParser(ByteSource& source, std::string name)
    : source_(source), name_(std::move(name)), buffer_(first_buffer_bytes) {}

const CsvRecord* CsvParser::next() {
  if (!started_) skip_byte_order_mark();
  if (!has(0)) return nullptr;
  const std::int64_t first_line = line_;
  spans_.clear();
  std::size_t position = 0;
  for (;;) {
    const bool quote = has(position) && at(position) == '"';
    position = quote ? read_quoted_cell(position) : read_plain_cell(position);
    if (end_of_record(position)) break;
    ++position;  // the comma
  }
  publish_record(first_line);
  begin_ += position;
  offset_ += static_cast<std::int64_t>(position);
  return &record_;
}

// Makes the record's known part the buffer's beginning and reads more behind it; false at the end.
bool CsvParser::fill() {
  if (source_ended_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  const std::size_t n = source_.read(buffer_.data() + end_, buffer_.size() - end_);
  end_ += n;
  source_ended_ = n == 0;
  return n > 0;
}

bool CsvParser::has(std::size_t position) {
  while (begin_ + position >= end_) {
    if (!fill()) return false;
  }
  return true;
}

// After a cell: whether the record ends here; its line end is then consumed.
bool CsvParser::end_of_record(std::size_t& position) {
  if (!has(position)) return true;
  if (at(position) == ',') return false;
  if (at(position) == '\r') ++position;
  if (has(position) && at(position) == '\n') ++position;
  ++line_;
  return true;
}

// Returns the position of what ends the cell: a comma, the line end or the end of the text.
std::size_t CsvParser::read_plain_cell(std::size_t position) {
  const std::size_t first = position;
  for (;;) {
    const char* begin = buffer_.data() + begin_;
    const char* const end = buffer_.data() + end_;
    const char* c = begin + position;
    while (c < end && *c != ',' && *c != '\n') ++c;
    position = static_cast<std::size_t>(c - begin);
    if (c < end || !fill()) break;
  }
  std::size_t last = position;
  const bool at_line_end = !has(position) || at(position) == '\n';
  if (at_line_end && last > first && at(last - 1) == '\r') --last;
  spans_.push_back({first, last, line_, false});
  return position;
}

// The same for a cell whose first character is a quote. Doubled quotes are made single in place.
std::size_t CsvParser::read_quoted_cell(std::size_t position) {
  const std::size_t first = position + 1;
  const std::int64_t first_line = line_;
  std::size_t out = first;
  for (++position;; ++position) {
    if (!has(position)) {
      throw BadInput(name_ + ':' + std::to_string(first_line) + ": the quote that opens cell " +
                     std::to_string(spans_.size() + 1) + " is never closed");
    }
    const char c = at(position);
    if (c == '"') {
      if (!has(position + 1) || at(position + 1) != '"') break;
      ++position;
    }
    if (c == '\n') ++line_;
    buffer_[begin_ + out++] = c;
  }
  spans_.push_back({first, out, first_line, true});
  ++position;
  if (!has(position) || at(position) == ',' || at(position) == '\n') return position;
  if (at(position) == '\r' && (!has(position + 1) || at(position + 1) == '\n')) return position;
  refuse_after_quote(position);
}

void CsvParser::refuse_after_quote(std::size_t position) {
  constexpr std::size_t enough = 100;  // more than a message shows
  std::string found;
  do {
    found += at(position++);
  } while (found.size() < enough && has(position) && at(position) != ',' && at(position) != '\r' &&
           at(position) != '\n');
  throw BadInput(name_ + ':' + std::to_string(line_) + ": " + in_quotes(found) +
                 " after the closing quote of cell " + std::to_string(spans_.size()) +
                 ", expected a comma or the end of the line");
}

void CsvParser::skip_byte_order_mark() {
  started_ = true;
  if (has(2) && std::string_view(buffer_.data(), 3) == "\xEF\xBB\xBF") {
    begin_ = 3;
    offset_ = 3;
  }
}

void CsvParser::publish_record(std::int64_t first_line) {
  record_.cells.clear();
  for (const Span& span : spans_) {
    const std::string_view text(buffer_.data() + begin_ + span.begin, span.end - span.begin);
    record_.cells.push_back({text, span.line, span.was_quoted});
  }
  record_.line = first_line;
  record_.offset = offset_;
  record_.is_blank = record_.cells.size() == 1 && !record_.cells.front().was_quoted &&
                     only_blanks(record_.cells.front().text);
}

}  // namespace tailfit::tools
