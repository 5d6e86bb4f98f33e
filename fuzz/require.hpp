// How a fuzz target says that something does not hold: in words, and by aborting, so that the
// fuzzer keeps the input.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace tailfit::fuzz {

[[noreturn]] inline void violated(const char* what, std::int64_t series, double got = 0.0) {
  std::fprintf(stderr, "VIOLATED: %s; series %lld, value %.17g\n", what,
               static_cast<long long>(series), got);
  std::abort();
}

inline void require(bool holds, const char* what, std::int64_t series, double got = 0.0) {
  if (!holds) violated(what, series, got);
}

// `found` is a text that shows what is wrong, e.g. a message.
inline void require_text(bool holds, const char* what, const char* found) {
  if (holds) return;
  std::fprintf(stderr, "VIOLATED: %s; found: %s\n", what, found);
  std::abort();
}

}  // namespace tailfit::fuzz
