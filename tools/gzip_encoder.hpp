// Bytes to a gzip stream. The same bytes in give the same bytes out: no time, no file name.
#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

namespace tailfit::tools {

class GzipEncoder {
 public:
  GzipEncoder();
  ~GzipEncoder();
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;

  // The compressed bytes that are ready, valid until the next call; finish() gives the rest.
  std::string_view encode(std::string_view bytes) { return run(bytes, Z_NO_FLUSH); }
  std::string_view finish() { return run({}, Z_FINISH); }

 private:
  std::string_view run(std::string_view bytes, int flush);

  z_stream stream_{};
  std::string out_;
};

}  // namespace tailfit::tools
