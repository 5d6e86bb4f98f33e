// Lets one allocation of a thread fail, so that a test can try every one of a call. It takes
// failing_allocations.cpp in the program; without it nothing fails.
#pragma once

#include <cstdint>

namespace tailfit::tests {

// The thread's k-th `new` from now on throws std::bad_alloc (1: the next); 0: none.
inline thread_local std::int64_t new_calls_left = 0;

// Those of a fake do not count: it stands for something that does not allocate here.
class UncountedAllocations {
 public:
  UncountedAllocations() : left_(new_calls_left) { new_calls_left = 0; }
  ~UncountedAllocations() { new_calls_left = left_; }
  UncountedAllocations(const UncountedAllocations&) = delete;
  UncountedAllocations& operator=(const UncountedAllocations&) = delete;

 private:
  std::int64_t left_;
};

}  // namespace tailfit::tests
