// The header of NumPy's .npy files, versions 1.0, 2.0 and 3.0 (numpy/lib/format.py).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/input_file.hpp"

namespace tailfit::tools {

struct NpyHeader {
  std::string dtype;  // as the file has it: "<f8"
  bool fortran_order;
  std::vector<std::int64_t> shape;
};

// Reads the magic bytes and the header; the values follow in `source`. `name` is for messages.
// Throws BadInput, saying what was found and what was expected.
NpyHeader read_npy_header(ByteSource& source, const std::string& name);

// The magic bytes and the header, of version 1.0, before values of this type.
std::string npy_header_text(const NpyHeader& header);

// The Python dictionary in the header: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
NpyHeader parse_npy_dictionary(const std::string& text, const std::string& name);

}  // namespace tailfit::tools
