// Reads the input, whatever it is.
#pragma once

#include "tools/arguments.hpp"
#include "tools/input_file.hpp"
#include "tools/panel.hpp"

namespace tailfit::tools {

// The kind is told by the name's end: .csv, .csv.gz, .npy; standard input, pipes and devices are
// CSV. Throws BadInput for malformed input, for another name, and for flags that do not go with the
// kind; Failure if reading fails.
Panel read_panel(InputFile& file, const InputArguments& arguments);

}  // namespace tailfit::tools
