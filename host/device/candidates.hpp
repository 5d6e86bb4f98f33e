// Which of a context's devices a call runs on, by where its memory lies.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/device/device_provider.hpp"
#include "host/error.hpp"

namespace tailfit::host {

// The devices that can run a call: all of the context's, until memory of one of them is named.
class Candidates {
 public:
  using Provider = std::shared_ptr<DeviceProvider>;

  explicit Candidates(const std::vector<Provider>& all) : candidates_(all) {}

  // The memory is what the call says.
  void check(const char* name, std::int32_t memory, const void* pointer) {
    if (pointer == nullptr) return;
    check(name, memory, candidates_.front()->place_of(pointer));
  }
  // An array that no word of the call says the memory of: it has to be a device's.
  void check_there(const char* name, const void* pointer) {
    if (pointer == nullptr) return;
    const MemoryPlace place = candidates_.front()->place_of(pointer);
    if (place.kind == MemoryKind::pageable || place.kind == MemoryKind::pinned) {
      fail_invalid(name, "in host memory", "memory of the device that the distributions are in");
    }
    check(name, TAILFIT_MEMORY_DEVICE, place);
  }

  // What lies on a device is fitted there; else every device takes a share.
  std::span<const Provider> chosen() const {
    return std::span(candidates_).first(is_on_one_device_ ? 1 : candidates_.size());
  }

 private:
  void check(const char* name, std::int32_t memory, const MemoryPlace& place) {
    if (place.kind == MemoryKind::managed && memory == TAILFIT_MEMORY_HOST) return;
    if (place.kind == MemoryKind::device || place.kind == MemoryKind::managed) {
      if (memory != TAILFIT_MEMORY_DEVICE) {
        fail_invalid(name, std::string("0 (host)"), "1 (device): that is where the pointer points");
      }
      if (place.kind == MemoryKind::device) keep_only(name, place.ordinal);
    } else if (memory == TAILFIT_MEMORY_DEVICE) {
      fail_invalid(name, std::string("1 (device)"),
                   "0 (host): the pointer is not to a device's memory");
    }
    is_on_one_device_ = is_on_one_device_ || memory == TAILFIT_MEMORY_DEVICE;
  }

  void keep_only(const char* name, std::int32_t ordinal) {
    std::string expected;
    for (const Provider& candidate : candidates_) {
      if (candidate->ordinal() == ordinal) {
        candidates_ = {Provider(candidate)};
        return;
      }
      expected += (expected.empty() ? "" : ", ") + std::to_string(candidate->ordinal());
    }
    throw CallError(TAILFIT_INVALID_ARGUMENT,
                    std::string(name) + ": memory of CUDA device " + std::to_string(ordinal) +
                        " was given, expected that of the context's device or of the call's "
                        "other memory: " +
                        expected);
  }

  std::vector<Provider> candidates_;
  bool is_on_one_device_ = false;
};

}  // namespace tailfit::host
