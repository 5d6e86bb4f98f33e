// Where the run's files go.
#pragma once

#include <optional>
#include <string>

#include "tools/arguments.hpp"

namespace tailfit::tools {

struct OutputPaths {
  std::string fits;
  std::optional<std::string> bins;
  std::optional<std::string> manifest;  // none beside standard output, a pipe or a device
};

// Throws BadInput where two outputs, or an output and the input, are the same file.
OutputPaths output_paths(const FitArguments& arguments);

}  // namespace tailfit::tools
