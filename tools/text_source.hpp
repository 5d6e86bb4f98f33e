// CSV text out of a file that may be compressed.
#pragma once

#include <memory>

#include "tools/input_file.hpp"

namespace tailfit::tools {

// The file's text. Whether it is compressed is told by its first two bytes; a name that ends in .gz
// must not lie. `file` must outlive the result. Throws BadInput for a .gz file that is not gzip
// data and for UTF-16.
std::unique_ptr<ByteSource> open_text(InputFile& file);

// Whether the text of a file that can be reread lies in it as it is.
bool is_plain_text(const InputFile& file);

// The same text once more from its beginning, of a file that open_text() has taken and that can be
// reread.
std::unique_ptr<ByteSource> reopen_text(const InputFile& file);

}  // namespace tailfit::tools
