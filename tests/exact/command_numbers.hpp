// "--name N" on the command line of a comparison.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace tailfit::tests {

inline std::int64_t number_after(int argc, char** argv, const char* name, std::int64_t otherwise) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], name) == 0) return std::strtoll(argv[i + 1], nullptr, 10);
  }
  return otherwise;
}

}  // namespace tailfit::tests
