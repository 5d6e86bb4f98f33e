// The callers' memory that calls of a context have pinned, shared by those that run at one time: it
// stays pinned until the last of them has ended.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <vector>

#include "host/device/device_provider.hpp"

namespace tailfit::host {

class RegisteredRanges {
 public:
  enum class Result {
    registered,  // until give()
    overlaps,    // in part with what another call has pinned, which may end at any time
    not_registered
  };

  // Pins the range, or takes a share of one that holds it.
  Result take(DeviceProvider& provider, const char* begin, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    for (Range& range : ranges_) {
      if (begin >= range.begin && begin + bytes <= range.begin + range.bytes) {
        ++range.n_calls;
        return Result::registered;
      }
      if (begin < range.begin + range.bytes && range.begin < begin + bytes) return Result::overlaps;
    }
    ranges_.reserve(ranges_.size() + 1);
    if (!provider.register_memory(begin, bytes)) return Result::not_registered;
    ranges_.push_back({begin, bytes, 1});
    return Result::registered;
  }

  void give(DeviceProvider& provider, const char* begin) noexcept {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(ranges_.begin(), ranges_.end(), [begin](const Range& range) {
      return begin >= range.begin && begin < range.begin + range.bytes;
    });
    if (--found->n_calls > 0) return;
    provider.unregister_memory(found->begin);
    ranges_.erase(found);
  }

 private:
  struct Range {
    const char* begin;
    std::uint64_t bytes;
    std::int64_t n_calls;
  };

  std::mutex mutex_;
  std::vector<Range> ranges_;
};

// A call's input, pinned for as long as this lives if it can be.
class RegisteredInput {
 public:
  RegisteredInput() = default;
  RegisteredInput(RegisteredRanges& ranges, DeviceProvider& provider, const char* begin,
                  std::uint64_t bytes)
      : ranges_(&ranges),
        provider_(&provider),
        begin_(begin),
        result_(ranges.take(provider, begin, bytes)) {}
  ~RegisteredInput() {
    if (result_ == RegisteredRanges::Result::registered) ranges_->give(*provider_, begin_);
  }
  RegisteredInput(const RegisteredInput&) = delete;
  RegisteredInput& operator=(const RegisteredInput&) = delete;
  RegisteredRanges::Result result() const { return result_; }

 private:
  RegisteredRanges* ranges_ = nullptr;
  DeviceProvider* provider_ = nullptr;
  const char* begin_ = nullptr;
  RegisteredRanges::Result result_ = RegisteredRanges::Result::not_registered;
};

}  // namespace tailfit::host
