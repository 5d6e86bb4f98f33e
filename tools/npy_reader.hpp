// Reads NumPy's .npy files: an array of one series (time) or of several (time, series).
#pragma once

#include "tools/input_file.hpp"
#include "tools/panel.hpp"

namespace tailfit::tools {

// Series are called 0, 1, ...; rows have numbers. fp32 stays fp32. Throws BadInput for a damaged
// file, for another type than '<f4' and '<f8', for other numbers of dimensions than 1 and 2, and
// for a file with less or more values than its shape says.
Panel read_npy(InputFile& file);

}  // namespace tailfit::tools
