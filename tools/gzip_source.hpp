// The bytes inside a gzip stream (RFC 1952), of one member or several.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <string>
#include <vector>

#include "tools/input_file.hpp"

namespace tailfit::tools {

class GzipSource final : public ByteSource {
 public:
  // Reads from `compressed`, which must outlive it; `name` is for messages.
  GzipSource(ByteSource& compressed, std::string name);
  ~GzipSource() override;
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  // Throws BadInput for a stream that is damaged or ends too early.
  std::size_t read(char* out, std::size_t size) override;

 private:
  bool refill();
  void begin_next_member();

  ByteSource& compressed_;
  std::string name_;
  std::vector<char> buffer_;
  z_stream stream_{};
  bool ended_ = false;
};

}  // namespace tailfit::tools
