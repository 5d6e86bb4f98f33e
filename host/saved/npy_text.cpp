#include "host/saved/npy_text.hpp"

#include <charconv>
#include <cstddef>
#include <system_error>

namespace tailfit::host {
namespace {

constexpr std::string_view magic("\x93NUMPY\x01\x00", 8);
constexpr std::size_t alignment = 64;

// Eats `expected` from the front of `text`.
bool accept(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

// A type is a text in quotes, or a list of fields.
bool read_descr(std::string_view& text, std::string& descr) {
  if (text.empty() || (text.front() != '\'' && text.front() != '[')) return false;
  const std::size_t end = text.find(text.front() == '[' ? ']' : '\'', 1);
  if (end == std::string_view::npos) return false;
  descr = text.substr(0, end + 1);
  text.remove_prefix(end + 1);
  return true;
}

bool read_shape(std::string_view& text, std::vector<std::int64_t>& shape) {
  if (!accept(text, "(")) return false;
  while (!accept(text, ")")) {
    if (shape.size() == 8) return false;
    std::int64_t extent = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), extent);
    if (result.ec != std::errc{} || extent < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(result.ptr - text.data()));
    shape.push_back(extent);
    if (accept(text, ", ") || (shape.size() == 1 && accept(text, ","))) continue;
    if (!text.starts_with(")")) return false;
  }
  return true;
}

}  // namespace

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

std::string npy_header(const NpyType& type) {
  std::string text = "{'descr': " + type.descr +
                     ", 'fortran_order': " + (type.fortran_order ? "True" : "False") +
                     ", 'shape': " + shape_text(type.shape) + ", }";
  while ((npy_prefix_bytes + text.size() + 1) % alignment != 0) text += ' ';
  text += '\n';
  std::string header(magic);
  header += static_cast<char>(text.size() & 255u);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

std::optional<std::size_t> npy_header_bytes(std::string_view first_ten) {
  if (first_ten.size() < npy_prefix_bytes || !first_ten.starts_with(magic)) return std::nullopt;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(first_ten[i]));
  };
  return npy_prefix_bytes + byte(8) + (byte(9) << 8);
}

std::optional<NpyType> read_npy_header(std::string_view header) {
  if (npy_header_bytes(header) != header.size()) return std::nullopt;
  std::string_view text = header.substr(npy_prefix_bytes);
  NpyType type;
  if (!accept(text, "{'descr': ") || !read_descr(text, type.descr) ||
      !accept(text, ", 'fortran_order': ")) {
    return std::nullopt;
  }
  type.fortran_order = accept(text, "True");
  if (!type.fortran_order && !accept(text, "False")) return std::nullopt;
  if (!accept(text, ", 'shape': ") || !read_shape(text, type.shape) || !accept(text, ", }")) {
    return std::nullopt;
  }
  const std::size_t end = text.find_first_not_of(' ');
  if (end == std::string_view::npos || text.substr(end) != "\n") return std::nullopt;
  return type;
}

}  // namespace tailfit::host
