// Hashes the input on a thread of its own, while others read it in another order.
#pragma once

#include <atomic>
#include <exception>
#include <thread>

#include "tools/input_file.hpp"

namespace tailfit::tools {

class HashAhead {
 public:
  // Reads `file` from where read() is to its end; nobody else may call read() or digest() before
  // finish(). `file` must outlive it.
  explicit HashAhead(InputFile& file);
  ~HashAhead();  // gives up what is left
  HashAhead(const HashAhead&) = delete;
  HashAhead& operator=(const HashAhead&) = delete;

  // Waits for the end; digest() is then cheap. Throws Failure if reading failed.
  void finish();

 private:
  InputFile& file_;
  std::atomic<bool> stop_ = false;
  std::exception_ptr exception_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace tailfit::tools
