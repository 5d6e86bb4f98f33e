// Where written bytes go: a file that appears whole or not at all, or a stream.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tools/temporary_files.hpp"

namespace tailfit::tools {

class OutputSink {
 public:
  virtual ~OutputSink() = default;

  // All of them throw Failure, with the output's name and what the system said.
  virtual void write(std::string_view bytes) = 0;
  virtual void finish() = 0;   // after this every byte is where it will be read from
  virtual void publish() = 0;  // the file gets its name; only after finish()
};

// The sink for a path. "-" is standard output; it, pipes and devices are written as they are. A
// file is written under another name in the same directory; publish() renames it. A symbolic link
// is followed: what it points to is replaced.
std::unique_ptr<OutputSink> open_output(const std::string& path);

// Whether the path is a stream: standard output, a pipe or a device.
bool is_stream(const std::string& path);

// A new or existing regular file.
class AtomicFile final : public OutputSink {
 public:
  explicit AtomicFile(const std::string& path);
  ~AtomicFile() override;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes) override;
  void finish() override;
  void publish() override;
  // Open for writing, at any place, until finish().
  int descriptor() const { return descriptor_; }

 private:
  std::string name_;  // for messages
  std::string final_path_;
  TemporaryFile temporary_;
  int descriptor_ = -1;
};

// Standard output, a pipe or a device.
class StreamSink final : public OutputSink {
 public:
  explicit StreamSink(const std::string& path);
  ~StreamSink() override;
  StreamSink(const StreamSink&) = delete;
  StreamSink& operator=(const StreamSink&) = delete;

  void write(std::string_view bytes) override;
  void finish() override;
  void publish() override {}

 private:
  std::string name_;
  int descriptor_ = -1;
};

}  // namespace tailfit::tools
