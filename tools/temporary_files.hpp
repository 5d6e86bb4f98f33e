// Files that must not outlive the run, however it ends.
#pragma once

#include <cstddef>
#include <string>

namespace tailfit::tools {

// Makes SIGINT, SIGTERM and SIGHUP remove the registered files before they end the program as they
// would have anyway (a signal that is ignored stays so), and SIGPIPE and SIGXFSZ an error of
// write(). Called once, by main.
void install_signal_handlers();

// Registers a name for removal; removes the file when it goes out of scope unless keep() was
// called.
class TemporaryFile {
 public:
  // `path` need not exist yet. Throws Failure when too many are registered or the path is too long.
  explicit TemporaryFile(std::string path);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

  // The file is no longer temporary, or no longer there.
  void keep() noexcept;

 private:
  std::string path_;
  std::size_t slot_;
};

// While one exists, a signal that would end the program waits: several files are put in place
// together or not at all.
class SignalDelay {
 public:
  SignalDelay() noexcept;
  ~SignalDelay();
  SignalDelay(const SignalDelay&) = delete;
  SignalDelay& operator=(const SignalDelay&) = delete;
};

}  // namespace tailfit::tools
