// What the queues of a fake device share.
#pragma once

#include <tailfit/tailfit.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <string_view>
#include <utility>

#include "host/device/device.hpp"

namespace tailfit::tests {

// Aligned memory that is exactly as large as it should be.
class ExactMemory {
 public:
  explicit ExactMemory(std::size_t bytes)
      : data_(static_cast<char*>(::operator new (bytes, std::align_val_t{256}))) {
    std::memset(data_.get(), 0xA5, bytes);
  }
  char* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(char* data) const { ::operator delete (data, std::align_val_t{256}); }
  };
  std::unique_ptr<char, Free> data_;
};

inline host::DeviceLimits limits_of_h200() {
  return {232448, 233472, 1024, 132, 2048, 32, std::int64_t{50} << 20, 8};
}

// What the queues of a fake share.
struct FakeState {
  std::int64_t n_calls = 0;
  std::int64_t n_allocations = 0;  // of these, on the device or pinned
  std::int64_t calls_left = 0;
  tailfit_code failure = TAILFIT_DEVICE_ERROR;
  // Called with the name of each call that may fail, before it does: a test can say here that it
  // should, or hold the thread until another has done something.
  std::function<void(std::string_view call)> before_call;
  std::uint64_t bytes_held = 0;
  std::uint64_t most_bytes_held = 0;
  std::uint64_t bytes_kept = 0;
  std::uint64_t memory = std::uint64_t{1} << 62;
  // What a launch takes beside all that is held, or was since the last trim().
  std::uint64_t launch_memory = 0;
  std::uint64_t seed = 1;
  bool use_lanes = true;         // false: each series by one lane, which is faster
  std::int64_t n_in_flight = 0;  // extractions that are queued
  std::int64_t most_in_flight = 0;
  std::set<int> solve_lanes;      // by how many of a warp or block tails of over 256 were solved
  std::int64_t n_transposed = 0;  // values
  std::int64_t n_together = 0;    // windows that were brought on chip with others
  std::int64_t n_in_place = 0;    // copies to the device from memory that is not the fake's own
  std::map<char*, std::pair<ExactMemory, std::uint64_t>> blocks;
  std::map<char*, std::pair<ExactMemory, std::uint64_t>> pinned;

  bool is_own(const void* data) const {
    return std::any_of(pinned.begin(), pinned.end(), [=](const auto& block) {
      return data >= block.first && data < block.first + block.second.second;
    });
  }

  // Whether the call fails that is made now: of that name in the messages of failures.
  bool fails(std::string_view call) {
    if (before_call) before_call(call);
    ++n_calls;
    return calls_left > 0 && --calls_left == 0;
  }
};

}  // namespace tailfit::tests
