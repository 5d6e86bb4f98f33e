// Reads NumPy's .npy files: an array of one series (time) or of several (time, series).
#pragma once

#include <memory>

#include "tools/input_file.hpp"
#include "tools/panel.hpp"
#include "tools/panel_source.hpp"

namespace tailfit::tools {

// Series are called 0, 1, ...; rows have numbers. fp32 stays fp32. An array that fits `limit` and
// one that does not come from a regular file are one panel. In a larger one series that are
// contiguous in the file are read from end to end, others are gathered from it for each panel.
// `file` must outlive the result. Throws BadInput for a damaged file, for another type than '<f4'
// and '<f8', for other numbers of dimensions than 1 and 2, and for a file with less or more values
// than its shape says; Failure for a file that changes while it is read.
std::unique_ptr<PanelSource> open_npy(InputFile& file, const PieceLimit& limit);

// The whole array as one panel.
Panel read_npy(InputFile& file);

}  // namespace tailfit::tools
