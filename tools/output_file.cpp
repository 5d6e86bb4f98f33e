#include "tools/output_file.hpp"

#include "tools/message_text.hpp"

namespace tailfit::tools {

OutputFile::OutputFile(const std::string& path) : sink_(open_output(path)) {
  if (lower_case(path).ends_with(".gz")) encoder_ = std::make_unique<GzipEncoder>();
}

void OutputFile::flush() {
  sink_->write(encoder_ ? encoder_->encode(buffer_) : std::string_view(buffer_));
  buffer_.clear();
}

void OutputFile::finish() {
  flush();
  if (encoder_) sink_->write(encoder_->finish());
  sink_->finish();
}

}  // namespace tailfit::tools
