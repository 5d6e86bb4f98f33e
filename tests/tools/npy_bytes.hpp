// .npy files for tests, written as NumPy would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tailfit::tools::test {

// Magic bytes, version and a header of `dictionary`, padded to a multiple of 64 as NumPy does.
inline std::string npy_header_bytes(std::string dictionary, int major = 1) {
  const std::size_t before = major == 1 ? 10 : 12;
  while ((before + dictionary.size() + 1) % 64 != 0) dictionary += ' ';
  dictionary += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(major);
  bytes += '\0';
  for (std::size_t i = 0; i < (major == 1 ? 2u : 4u); ++i) {
    bytes += static_cast<char>(dictionary.size() >> (8 * i) & 255u);
  }
  return bytes + dictionary;
}

inline std::string npy_dictionary(const std::string& dtype, const std::string& shape,
                                  bool fortran_order = false) {
  return "{'descr': '" + dtype + "', 'fortran_order': " + (fortran_order ? "True" : "False") +
         ", 'shape': " + shape + ", }";
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace tailfit::tools::test
