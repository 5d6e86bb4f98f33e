// A text file on its way out: buffered, compressed if its name says so.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tools/gzip_encoder.hpp"
#include "tools/output_sink.hpp"

namespace tailfit::tools {

class OutputFile {
 public:
  // A path that ends in .gz is written as gzip; "-" is standard output. Throws Failure.
  explicit OutputFile(const std::string& path);

  // Append to it, then call flush_if_full() now and then.
  std::string& buffer() { return buffer_; }
  void flush_if_full() {
    if (buffer_.size() >= full_bytes) flush();
  }

  // Everything is written and durable, but a file has not got its name yet. Throws Failure.
  void finish();

  // The file gets its name. Throws Failure.
  void publish() { sink_->publish(); }

 private:
  static constexpr std::size_t full_bytes = std::size_t{1} << 18;

  void flush();

  std::unique_ptr<OutputSink> sink_;
  std::unique_ptr<GzipEncoder> encoder_;  // none: plain text
  std::string buffer_;
};

}  // namespace tailfit::tools
