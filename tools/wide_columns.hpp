// Some columns after the others, of a wide table that was checked in a first pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tools/input_file.hpp"

namespace tailfit::tools {

struct WideRows {
  std::size_t n_columns;              // of the table, the index among them
  std::vector<std::int64_t> offsets;  // where each row begins in the text, in bytes
};

class WideColumns {
 public:
  virtual ~WideColumns() = default;

  // The numbers in these columns of the table, each column contiguous. Columns ascend, within a
  // call and from call to call. Throws Failure where the file is no longer what it was.
  virtual std::vector<double> read(std::span<const std::size_t> columns) = 0;
};

// `file` has been read to its end, can be reread and must outlive the result. In plain text a call
// goes on in each row where the last one stopped: all calls together read the file once. Compressed
// text is passed over once for each call.
std::unique_ptr<WideColumns> open_wide_columns(const InputFile& file, WideRows rows);

}  // namespace tailfit::tools
