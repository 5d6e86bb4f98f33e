// Opens the input, whatever it is.
#pragma once

#include <memory>
#include <string>

#include "tools/arguments.hpp"
#include "tools/input_file.hpp"
#include "tools/panel_source.hpp"

namespace tailfit::tools {

// The kind is told by the name's end: .csv, .csv.gz, .npy; standard input, pipes and devices are
// CSV. `file` must outlive the result. Throws BadInput for malformed input, for another name, and
// for flags that do not go with the kind; Failure if reading fails, and where the file is no longer
// what it was when it was opened, after each panel and before anything is said of its content.
std::unique_ptr<PanelSource> open_panels(InputFile& file, const InputArguments& arguments,
                                         const PieceLimit& limit);

// Whether a file of this name says how its series are called; those of an .npy are 0, 1, ...
bool names_its_series(const std::string& path);

}  // namespace tailfit::tools
