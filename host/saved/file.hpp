// Regular files of the library: one that is read at any place, one that appears whole or not at
// all.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tailfit::host {

// A path or a member's name inside a message: one line, printable, the end of it if it is long.
std::string shown(std::string_view text);

// The same between quotes.
std::string in_quotes(std::string_view text);

// TAILFIT_BAD_FILE: "tailfit: NAME: FOUND, expected EXPECTED".
[[noreturn]] void fail_bad_file(const std::string& name, const std::string& found,
                                const std::string& expected);

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) noexcept : value_(value) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  int value() const noexcept { return value_; }
  int release() noexcept;

 private:
  int value_ = -1;
};

// Open for reading. Any threads may read.
class ReadableFile {
 public:
  // Throws CallError (TAILFIT_FILE_ERROR) for what the system says and for a path that is no
  // regular file's.
  explicit ReadableFile(const char* path);

  const std::string& name() const noexcept { return name_; }  // for messages
  std::uint64_t bytes() const noexcept { return bytes_; }

  // All of [offset, offset + size), which must lie within the file.
  void read_at(std::uint64_t offset, void* out, std::size_t size) const;

  // Throws CallError where somebody has written to it since it was opened, as its size and times
  // tell.
  void check_unchanged() const;

 private:
  std::string name_;
  Descriptor descriptor_;
  std::uint64_t bytes_ = 0;
  timespec written_{};
};

// Written at any place. With a path it has another name until finish(), and is removed if that is
// not reached; with a descriptor it is the caller's.
class WritableFile {
 public:
  explicit WritableFile(const char* path);
  explicit WritableFile(int descriptor);
  ~WritableFile();
  WritableFile(const WritableFile&) = delete;
  WritableFile& operator=(const WritableFile&) = delete;

  void write_at(std::uint64_t offset, std::string_view bytes);
  // Durable and under its name. Throws CallError.
  void finish();

 private:
  [[noreturn]] void fail(int error_number) const;
  void open_temporary();

  std::string name_;
  std::string final_path_;
  std::string temporary_path_;  // empty: nothing to remove
  Descriptor owned_;
  int descriptor_ = -1;
};

}  // namespace tailfit::host
