#include "tools/output_sink.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <utility>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"

namespace tailfit::tools {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& name, int error_number) {
  throw Failure::from_errno("cannot write " + name, error_number);
}

void write_all(int descriptor, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EPIPE) {
      throw BrokenPipe();
    } else if (errno != EINTR) {
      refuse(name, errno);
    }
  }
}

std::string random_letters() {
  std::uint64_t bits = 0;
  if (getrandom(&bits, sizeof bits, 0) != sizeof bits) {
    bits = static_cast<std::uint64_t>(getpid()) << 32 ^ static_cast<std::uint64_t>(time(nullptr));
  }
  std::string letters;
  for (; letters.size() < 12; bits /= 26) letters += static_cast<char>('a' + bits % 26);
  return letters;
}

// The name that rename() is to replace.
std::string resolve_link(const std::string& path, const std::string& name) {
  std::error_code error;
  if (!fs::is_symlink(fs::symlink_status(path, error))) return path;
  const fs::path target = fs::canonical(path, error);
  if (error) refuse(name, error.value());
  return target.string();
}

// In the same directory, so that rename() does not cross a file system; hidden, so that a pattern
// such as *.csv does not pick it up.
std::string temporary_path(const std::string& final_path) {
  const fs::path path(final_path);
  std::string file_name = ".";
  file_name.append(path.filename().string(), 0, 200).append(".").append(random_letters());
  file_name += ".tmp";
  return (path.parent_path() / file_name).string();
}

// Makes the rename itself durable. File systems that cannot say so are no reason to fail.
void sync_directory(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  const int descriptor =
      open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

std::string display_name(const std::string& path) {
  return path == "-" ? "standard output" : printable(path);
}

}  // namespace

bool is_stream(const std::string& path) {
  struct stat info {};
  if (path == "-") return true;
  return stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

std::unique_ptr<OutputSink> open_output(const std::string& path) {
  if (is_stream(path)) return std::make_unique<StreamSink>(path);
  return std::make_unique<AtomicFile>(path);
}

AtomicFile::AtomicFile(const std::string& path)
    : name_(display_name(path)),
      final_path_(resolve_link(path, name_)),
      temporary_(temporary_path(final_path_)) {
  struct stat old {};
  const bool exists = stat(final_path_.c_str(), &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) refuse(name_, EISDIR);
  if (exists && access(final_path_.c_str(), W_OK) != 0) refuse(name_, errno);
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  descriptor_ = open(temporary_.path().c_str(), flags, 0666);
  if (descriptor_ < 0) {
    const int error_number = errno;
    temporary_.keep();  // it is not ours, whatever it is
    refuse(name_, error_number);
  }
  if (exists) fchmod(descriptor_, old.st_mode & 0777);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void AtomicFile::write(std::string_view bytes) { write_all(descriptor_, bytes, name_); }

void AtomicFile::finish() {
  // EINVAL and EROFS: the file system knows no fsync
  if (fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) refuse(name_, errno);
  if (close(std::exchange(descriptor_, -1)) != 0) refuse(name_, errno);
}

void AtomicFile::publish() {
  if (rename(temporary_.path().c_str(), final_path_.c_str()) != 0) refuse(name_, errno);
  temporary_.keep();
  sync_directory(final_path_);
}

StreamSink::StreamSink(const std::string& path) : name_(display_name(path)) {
  descriptor_ = path == "-" ? STDOUT_FILENO : open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor_ < 0) refuse(name_, errno);
}

StreamSink::~StreamSink() {
  if (descriptor_ > STDERR_FILENO) close(descriptor_);
}

void StreamSink::write(std::string_view bytes) { write_all(descriptor_, bytes, name_); }

void StreamSink::finish() {
  // Some file systems report a failed write only here.
  if (close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) refuse(name_, errno);
}

}  // namespace tailfit::tools
