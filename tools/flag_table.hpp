// The flags of every command and what the help says about them.
#pragma once

#include <span>
#include <string_view>

namespace tailfit::tools {

struct Flag {
  std::string_view name;     // "--output"
  std::string_view short_;   // "-o", or nothing
  std::string_view value;    // how the help calls its value
  std::string_view section;  // the help's heading that it stands under
  std::string_view help;
};

// In the order of the help. Each takes one value and may be given once; --verbose, which takes
// none, is not among them.
std::span<const Flag> fit_flags();
std::span<const Flag> quantile_flags();
std::span<const Flag> score_flags();
std::span<const Flag> sample_flags();

}  // namespace tailfit::tools
