// The input's bytes, as they lie in the file, hashed and counted on their way.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "tools/errors.hpp"
#include "tools/sha256.hpp"

struct stat;

namespace tailfit::tools {

// A stream of bytes.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Writes up to `size` bytes to `out` and says how many; 0 at the end only.
  virtual std::size_t read(char* out, std::size_t size) = 0;
};

// Reads until `size` bytes have come or the source has ended; says how many came.
std::size_t read_fully(ByteSource& source, char* out, std::size_t size);

// A file opened for reading; owns its descriptor.
class InputFile final : public ByteSource {
 public:
  // "-" is standard input. Throws Failure if the file cannot be opened or is a directory.
  explicit InputFile(const std::string& path);
  ~InputFile() override;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  // As messages name it: the path as given, or "standard input".
  const std::string& name() const { return name_; }
  const std::string& path() const { return path_; }

  // Whether it is a pipe, a terminal or a device, and so has no name that says what it holds.
  bool is_stream() const { return is_stream_; }

  // The first bytes, at most eight; to be called before the first read.
  std::string_view first_bytes();

  std::size_t read(char* out, std::size_t size) override;

  // Bytes not yet read, for a regular file; nothing for a stream.
  std::optional<std::int64_t> bytes_left() const;

  // Bytes that read() has given out.
  std::int64_t position() const { return bytes_ - static_cast<std::int64_t>(n_first_ - n_given_); }

  // Whether read_at() works: it is a regular file.
  bool can_be_reread() const { return is_regular_; }

  // Bytes from `offset` on, counted from where read() began, whatever has been read; up to `size`
  // of them, less at the end only. Not hashed. Any threads may call it, and one read() beside them.
  std::size_t read_at(std::int64_t offset, char* out, std::size_t size) const;

  // Throws Failure if it is a regular file that somebody has written to since it was opened, as far
  // as its size and times tell. Any threads may call it.
  void check_unchanged() const;

  // The number and the hash of all bytes; reads what has not been read yet. Called once, last.
  struct Digest {
    std::int64_t bytes;
    std::string sha256;
  };
  Digest digest();

 private:
  // What the file system says of a file, which every write changes.
  struct State {
    std::int64_t bytes = 0;
    timespec written{};  // the time that programs may set
    timespec changed{};  // and the time that they may not: of names, owner and mode too
    std::uint64_t n_names = 0;
  };

  static State state_of(const struct stat& info);
  std::size_t read_descriptor(char* out, std::size_t size);

  std::string path_;
  std::string name_;
  int descriptor_;
  bool is_stream_;
  bool is_regular_;
  std::int64_t first_offset_ = 0;  // of a regular file: standard input may have been read before us
  State opened_;                   // when it was opened; meaningless for a stream
  std::array<char, 8> first_bytes_{};
  std::size_t n_first_ = 0;  // bytes in first_bytes_
  std::size_t n_given_ = 0;  // of these, already given out by read()
  std::int64_t bytes_ = 0;
  Sha256 sha256_;
};

// What `read` returns, if the file is then still what it was when it was opened; else Failure. What
// `read` finds wrong with the content of a file that was changed meanwhile is not its content's.
template <class Read>
auto read_unchanged(const InputFile& file, const Read& read) {
  try {
    auto result = read();
    file.check_unchanged();
    return result;
  } catch (const BadInput&) {
    file.check_unchanged();
    throw;
  }
}

// The file once more from its beginning. For files that can be reread.
class FilePass final : public ByteSource {
 public:
  explicit FilePass(const InputFile& file) : file_(file) {}
  std::size_t read(char* out, std::size_t size) override {
    const std::size_t n = file_.read_at(offset_, out, size);
    offset_ += static_cast<std::int64_t>(n);
    return n;
  }

 private:
  const InputFile& file_;
  std::int64_t offset_ = 0;
};

}  // namespace tailfit::tools
