// Copies in host memory, by several threads where that is faster than one.
#pragma once

#include <cstdint>
#include <vector>

#include "host/parallel.hpp"

namespace tailfit::host {

// Below so many bytes, starting threads takes longer than the copy.
constexpr std::int64_t parallel_copy_bytes = std::int64_t{1} << 21;
constexpr Workers one_worker{1, false};

// Rows of bytes from one place to another; pitches are from one row's start to the next one's, of
// any sign.
struct CopyRows {
  const char* from;
  std::int64_t from_pitch;
  char* to;
  std::int64_t to_pitch;
  std::int64_t row_bytes;
  std::int64_t n_rows;
};

// The copies must not overlap. Throws std::bad_alloc as for_each_chunk() does.
void copy_rows(Workers workers, const CopyRows* copies, std::int64_t n_copies);

}  // namespace tailfit::host
