#include "tools/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"

namespace tailfit::tools {
namespace {

bool same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

std::size_t read_fully(ByteSource& source, char* out, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const std::size_t n = source.read(out + done, size - done);
    if (n == 0) break;
    done += n;
  }
  return done;
}

InputFile::InputFile(const std::string& path)
    : path_(path), name_(path == "-" ? "standard input" : printable(path)) {
  descriptor_ = path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info {};
  if (descriptor_ < 0 || fstat(descriptor_, &info) != 0) {
    const int error_number = errno;
    if (descriptor_ > STDERR_FILENO) close(descriptor_);
    throw Failure::from_errno("cannot read " + name_, error_number);
  }
  is_stream_ = S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode) || S_ISSOCK(info.st_mode);
  is_regular_ = S_ISREG(info.st_mode);
  opened_ = state_of(info);
  if (S_ISDIR(info.st_mode)) {
    if (descriptor_ > STDERR_FILENO) close(descriptor_);
    throw Failure::from_errno("cannot read " + name_, EISDIR);
  }
  if (is_regular_) first_offset_ = std::max<std::int64_t>(lseek(descriptor_, 0, SEEK_CUR), 0);
}

InputFile::~InputFile() {
  if (descriptor_ != STDIN_FILENO) close(descriptor_);
}

std::string_view InputFile::first_bytes() {
  while (n_first_ < first_bytes_.size()) {
    const std::size_t n =
        read_descriptor(first_bytes_.data() + n_first_, first_bytes_.size() - n_first_);
    if (n == 0) break;
    n_first_ += n;
  }
  return {first_bytes_.data(), n_first_};
}

std::size_t InputFile::read(char* out, std::size_t size) {
  if (n_given_ < n_first_) {
    const std::size_t n = std::min(size, n_first_ - n_given_);
    std::memcpy(out, first_bytes_.data() + n_given_, n);
    n_given_ += n;
    return n;
  }
  return read_descriptor(out, size);
}

std::optional<std::int64_t> InputFile::bytes_left() const {
  if (is_stream_) return std::nullopt;
  const auto held = static_cast<std::int64_t>(n_first_ - n_given_);
  return std::max<std::int64_t>(opened_.bytes - bytes_ + held, 0);
}

std::size_t InputFile::read_at(std::int64_t offset, char* out, std::size_t size) const {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = pread(descriptor_, out + done, size - done,
                            first_offset_ + offset + static_cast<std::int64_t>(done));
    if (n == 0) break;
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      throw Failure::from_errno("cannot read " + name_, errno);
    }
  }
  return done;
}

InputFile::State InputFile::state_of(const struct stat& info) {
  return {info.st_size, info.st_mtim, info.st_ctim, info.st_nlink};
}

void InputFile::check_unchanged() const {
  if (!is_regular_) return;
  struct stat info {};
  if (fstat(descriptor_, &info) != 0) throw Failure::from_errno("cannot read " + name_, errno);
  const State now = state_of(info);
  // A file may be deleted or replaced while it is read; that changes its second time, not it.
  const bool same_names = now.n_names == opened_.n_names;
  if (now.bytes != opened_.bytes || !same_time(now.written, opened_.written) ||
      (same_names && !same_time(now.changed, opened_.changed))) {
    throw Failure::input_changed(name_);
  }
}

InputFile::Digest InputFile::digest() {
  std::vector<char> rest(std::size_t{1} << 16);
  while (read(rest.data(), rest.size()) > 0) {
  }
  return {bytes_, sha256_.hex_digest()};
}

std::size_t InputFile::read_descriptor(char* out, std::size_t size) {
  for (;;) {
    const ssize_t n = ::read(descriptor_, out, size);
    if (n >= 0) {
      const auto count = static_cast<std::size_t>(n);
      sha256_.update({out, count});
      bytes_ += n;
      // Where file systems hold times and sizes back (over a network), this still tells.
      const bool ended = n == 0 && size > 0;
      if (ended && is_regular_ && first_offset_ + bytes_ < opened_.bytes) {
        throw Failure::input_changed(name_);
      }
      return count;
    }
    if (errno != EINTR) throw Failure::from_errno("cannot read " + name_, errno);
  }
}

}  // namespace tailfit::tools
