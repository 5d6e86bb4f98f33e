// The header of a NumPy array in a file (numpy/lib/format.py, version 1.0): what NumPy and this
// library write, character by character.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailfit::host {

struct NpyType {
  std::string descr;  // Python's text of the type: "'<f8'"
  std::vector<std::int64_t> shape;
  bool fortran_order = false;
};

// Magic bytes, version, dictionary; a multiple of 64 bytes.
std::string npy_header(const NpyType& type);

// How many bytes from the beginning of a member hold its header, told by the first ten of them;
// nothing if they are not a version 1.0 header's.
inline constexpr std::size_t npy_prefix_bytes = 10;
std::optional<std::size_t> npy_header_bytes(std::string_view first_ten);

// Of a whole header; nothing where it is not one that NumPy writes.
std::optional<NpyType> read_npy_header(std::string_view header);

// "(3, 4)", "(3,)", "()"
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace tailfit::host
