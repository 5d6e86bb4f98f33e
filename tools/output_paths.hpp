// Where the run's files go.
#pragma once

#include <optional>
#include <string>

#include "tools/arguments.hpp"

namespace tailfit::tools {

struct OutputPaths {
  std::optional<std::string> fits;  // the table
  std::optional<std::string> saved;
  std::optional<std::string> bins;
  std::optional<std::string> manifest;  // none beside standard output, a pipe or a device
};

// Throws BadInput where two outputs, or an output and the input, are the same file.
OutputPaths output_paths(const FitArguments& arguments);

// Throws BadInput where an input and an output, as messages call them, are the same file.
void check_distinct_files(const std::string& input, const std::string& input_path,
                          const std::string& output, const std::string& output_path);

}  // namespace tailfit::tools
