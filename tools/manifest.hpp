// The JSON file beside the output: what the table was made from and how.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/arguments.hpp"
#include "tools/input_file.hpp"
#include "tools/status_counts.hpp"

namespace tailfit::tools {

// What a file of thresholds had.
struct ThresholdFacts {
  InputFile::Digest digest;
  bool has_lower;
  bool has_upper;
};

struct RunFacts {
  InputFile::Digest input;
  std::string backend;  // "cpu" or "cuda"
  std::int64_t n_series;
  StatusCounts statuses;
  std::optional<ThresholdFacts> thresholds{};  // with --thresholds
};

// The same for the same input, options that bear on the result, version and backend: no times, and
// not the number of threads or the memory budget, which change no bit of the table.
std::string manifest_text(const FitArguments& arguments, const RunFacts& facts);

}  // namespace tailfit::tools
