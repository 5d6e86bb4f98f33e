#include "tools/cell_reader.hpp"

#include <algorithm>
#include <cstring>

namespace tailfit::tools {

CellReader::CellReader(const InputFile& file, std::size_t bytes_at_once)
    : file_(file), bytes_at_once_(bytes_at_once), buffer_(bytes_at_once) {}

void CellReader::seek(std::int64_t offset) {
  const std::int64_t in_buffer = offset - buffer_offset_;
  if (in_buffer >= 0 && in_buffer <= static_cast<std::int64_t>(n_buffered_)) {
    position_ = static_cast<std::size_t>(in_buffer);
    return;
  }
  buffer_offset_ = offset;
  position_ = 0;
  n_buffered_ = 0;
  file_ended_ = false;
}

std::string_view CellReader::next() {
  Found found{};
  while (!find(found)) read_more();
  at_row_end_ = found.terminator == n_buffered_ || buffer_[found.terminator] == '\n';
  position_ = std::min(found.terminator + 1, n_buffered_);
  return {buffer_.data() + found.begin, found.end - found.begin};
}

// Whether the whole cell, and what ends it, is in the buffer.
bool CellReader::find(Found& found) const {
  if (position_ == n_buffered_ && !file_ended_) return false;
  std::size_t position = position_;
  if (position == n_buffered_ || buffer_[position] != '"') {
    if (!find_terminator(position, found.terminator)) return false;
    found.begin = position_;
    found.end = found.terminator;
    const bool at_line_end = found.terminator == n_buffered_ || buffer_[found.terminator] == '\n';
    if (at_line_end && found.end > found.begin && buffer_[found.end - 1] == '\r') --found.end;
    return true;
  }
  for (++position; position + 1 < n_buffered_; ++position) {
    if (buffer_[position] != '"') continue;
    if (buffer_[position + 1] != '"') break;
    ++position;
  }
  // At the last byte only a file that has ended tells a closing quote from half of a doubled one.
  if (position + 1 >= n_buffered_ && !file_ended_) return false;
  found.begin = position_ + 1;
  found.end = std::max(std::min(position, n_buffered_), found.begin);
  return find_terminator(std::min(position + 1, n_buffered_), found.terminator);
}

bool CellReader::find_terminator(std::size_t position, std::size_t& terminator) const {
  const char* const end = buffer_.data() + n_buffered_;
  const char* c = buffer_.data() + position;
  while (c < end && *c != ',' && *c != '\n') ++c;
  terminator = static_cast<std::size_t>(c - buffer_.data());
  return c < end || file_ended_;
}

// Makes the cell's known part the buffer's beginning and reads more behind it.
void CellReader::read_more() {
  n_buffered_ -= position_;
  std::memmove(buffer_.data(), buffer_.data() + position_, n_buffered_);
  buffer_offset_ += static_cast<std::int64_t>(position_);
  position_ = 0;
  if (buffer_.size() - n_buffered_ < bytes_at_once_ / 2) buffer_.resize(buffer_.size() * 2);
  const std::size_t wanted = std::min(bytes_at_once_, buffer_.size() - n_buffered_);
  const std::size_t n = file_.read_at(buffer_offset_ + static_cast<std::int64_t>(n_buffered_),
                                      buffer_.data() + n_buffered_, wanted);
  n_buffered_ += n;
  file_ended_ = n < wanted;
}

}  // namespace tailfit::tools
