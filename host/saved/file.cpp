#include "host/saved/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>

#include "host/error.hpp"

namespace tailfit::host {
namespace {

[[noreturn]] void fail_system(const std::string& what, int error_number) {
  throw CallError(TAILFIT_FILE_ERROR, what + ": " + std::generic_category().message(error_number));
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

// The name that rename() is to replace: a link's target.
std::string resolve_link(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return path;
  const std::unique_ptr<char, void (*)(void*)> target(realpath(path.c_str(), nullptr), &std::free);
  return target ? std::string(target.get()) : path;
}

// Makes a rename durable. File systems that cannot say so are no reason to fail.
void sync_folder(const std::string& path) {
  const Descriptor folder(open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.value() >= 0) fsync(folder.value());
}

}  // namespace

std::string shown(std::string_view text) {
  constexpr std::size_t most = 200;
  const bool is_long = text.size() > most;
  if (is_long) text.remove_prefix(text.size() - most);
  std::string out = is_long ? "..." : "";
  for (const char c : text) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return out;
}

// Not "'" + text: GCC 12 sees overlapping copies there (GCC bug 105651).
std::string in_quotes(std::string_view text) {
  std::string quoted(1, '\'');
  return quoted.append(shown(text)).append(1, '\'');
}

void fail_bad_file(const std::string& name, const std::string& found, const std::string& expected) {
  throw CallError(TAILFIT_BAD_FILE, name + ": " + found + ", expected " + expected);
}

Descriptor::~Descriptor() {
  if (value_ >= 0) close(value_);
}
Descriptor::Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}
int Descriptor::release() noexcept { return std::exchange(value_, -1); }

ReadableFile::ReadableFile(const char* path)
    : name_(shown(path)), descriptor_(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  struct stat info {};
  if (descriptor_.value() < 0 || fstat(descriptor_.value(), &info) != 0) {
    fail_system("cannot read " + name_, errno);
  }
  if (S_ISDIR(info.st_mode)) fail_system("cannot read " + name_, EISDIR);
  if (!S_ISREG(info.st_mode)) {
    throw CallError(TAILFIT_FILE_ERROR,
                    "cannot read " + name_ + ": it is a pipe or a device, expected a regular file");
  }
  bytes_ = static_cast<std::uint64_t>(info.st_size);
  written_ = info.st_mtim;
}

void ReadableFile::read_at(std::uint64_t offset, void* out, std::size_t size) const {
  auto* at = static_cast<char*>(out);
  while (size > 0) {
    const ssize_t n = pread(descriptor_.value(), at, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_system("cannot read " + name_, errno);
    if (n == 0) {
      throw CallError(TAILFIT_FILE_ERROR, name_ + ": the file became shorter while it was read");
    }
    at += n;
    offset += static_cast<std::uint64_t>(n);
    size -= static_cast<std::size_t>(n);
  }
}

void ReadableFile::check_unchanged() const {
  struct stat info {};
  if (fstat(descriptor_.value(), &info) != 0) fail_system("cannot read " + name_, errno);
  const bool same = static_cast<std::uint64_t>(info.st_size) == bytes_ &&
                    info.st_mtim.tv_sec == written_.tv_sec &&
                    info.st_mtim.tv_nsec == written_.tv_nsec;
  if (same) return;
  throw CallError(TAILFIT_FILE_ERROR,
                  name_ + ": the file was changed since it was opened, expected the same bytes");
}

WritableFile::WritableFile(const char* path) : name_(shown(path)), final_path_(resolve_link(path)) {
  struct stat old {};
  const bool exists = stat(final_path_.c_str(), &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) fail(EISDIR);
  if (exists && !S_ISREG(old.st_mode)) {
    throw CallError(TAILFIT_FILE_ERROR, "cannot write " + name_ +
                                            ": it is a pipe or a device, expected a regular file");
  }
  if (exists && access(final_path_.c_str(), W_OK) != 0) fail(errno);
  open_temporary();
  if (exists) fchmod(descriptor_, old.st_mode & 0777);
}

WritableFile::WritableFile(int descriptor) : name_("the file"), descriptor_(descriptor) {
  struct stat info {};
  if (fstat(descriptor, &info) != 0) {
    fail_invalid("saving.descriptor", std::int64_t{descriptor},
                 "a file open for writing, or a path");
  }
  if (!S_ISREG(info.st_mode)) {
    fail_invalid("saving.descriptor", std::int64_t{descriptor}, "that of a regular file");
  }
}

// In the same folder, so that rename() does not cross a file system; hidden, so that a pattern such
// as *.npz does not pick it up.
void WritableFile::open_temporary() {
  static std::atomic<std::uint64_t> n_opened{0};
  const std::size_t slash = final_path_.rfind('/');
  const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  const std::string before = final_path_.substr(0, begin) + "." + final_path_.substr(begin, 200) +
                             "." + std::to_string(getpid()) + "-";
  for (int attempt = 0;; ++attempt) {
    const std::string path = before + std::to_string(n_opened.fetch_add(1)) + ".tmp";
    owned_ = Descriptor(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    descriptor_ = owned_.value();
    if (descriptor_ >= 0) {
      temporary_path_ = path;
      return;
    }
    // What a killed process of the same number left is in the way.
    if (errno != EEXIST || attempt == 1000) fail(errno);
  }
}

WritableFile::~WritableFile() {
  if (!temporary_path_.empty()) unlink(temporary_path_.c_str());
}

void WritableFile::fail(int error_number) const {
  fail_system("cannot write " + name_, error_number);
}

void WritableFile::write_at(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(errno);
    offset += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void WritableFile::finish() {
  if (temporary_path_.empty()) return;
  // EINVAL and EROFS: the file system knows no fsync
  if (fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail(errno);
  if (close(owned_.release()) != 0) fail(errno);
  if (rename(temporary_path_.c_str(), final_path_.c_str()) != 0) fail(errno);
  temporary_path_.clear();
  sync_folder(final_path_);
}

}  // namespace tailfit::host
