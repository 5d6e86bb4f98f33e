// A device as a context holds it, shared by its callers: it opens queues, knows whose memory a
// pointer is to, and lends pinned memory.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>

#include "host/device/device.hpp"

namespace tailfit::host {

// Who can use memory: managed memory both. Copies from and to pinned memory overlap with all else.
enum class MemoryKind { pageable, pinned, device, managed };

struct MemoryPlace {
  MemoryKind kind;
  std::int32_t ordinal;  // of the device, for its memory
};

class DeviceProvider {
 public:
  virtual ~DeviceProvider() = default;
  virtual std::string name() const = 0;  // "NVIDIA H200"
  virtual DeviceLimits limits() const = 0;
  // A queue of its own, for one thread, which must destroy it: the device is that thread's current
  // one as long, and queues of one thread are destroyed in the reverse order. Throws CallError.
  virtual std::unique_ptr<Device> open() = 0;
  virtual std::int32_t ordinal() const = 0;
  // Calls work(queue, state) with a stream of the caller's as the queue, which is neither waited
  // for nor kept. Allocates nothing. Throws what work throws.
  virtual void with_stream(void* stream, void (*work)(Device& queue, void* state), void* state) = 0;
  // Makes the device a thread's current one for good: for threads of the library's own.
  virtual void use_for_this_thread() = 0;
  // Of the byte there. Throws CallError.
  virtual MemoryPlace place_of(const void* memory) = 0;
  // Host memory that the device copies from and to by itself. It may hold more than `bytes` and
  // anything. Throws CallError (TAILFIT_OUT_OF_MEMORY). To be given back when no queued copy uses
  // it any more.
  virtual void* allocate_pinned(std::uint64_t bytes) = 0;
  virtual void release_pinned(void* memory) noexcept = 0;
  // Gives back to the system what was released, on the device and pinned, and is kept for the next
  // allocation. Waits.
  virtual void trim() noexcept = 0;
  // Pins the caller's memory until unregister_memory(). False where it cannot be pinned.
  virtual bool register_memory(const void* memory, std::uint64_t bytes) noexcept = 0;
  virtual void unregister_memory(const void* memory) noexcept = 0;

  // False in a child of a fork(), where CUDA must not be called, not even to give memory back.
  bool is_of_this_process() const noexcept { return process_id_ == ::getpid(); }

 private:
  const pid_t process_id_ = ::getpid();
};

// To be destroyed by the process that made it only.
template <class Provider>
std::shared_ptr<Provider> shared_in_process(std::unique_ptr<Provider> provider) {
  return {provider.release(), [](Provider* own) {
            if (own->is_of_this_process()) delete own;
          }};
}

// Owns pinned memory.
class PinnedMemory {
 public:
  PinnedMemory(DeviceProvider& provider, std::uint64_t bytes)
      : provider_(&provider), memory_(bytes == 0 ? nullptr : provider.allocate_pinned(bytes)) {}
  PinnedMemory(const PinnedMemory&) = delete;
  PinnedMemory& operator=(const PinnedMemory&) = delete;
  ~PinnedMemory() {
    if (memory_ != nullptr) provider_->release_pinned(memory_);
  }
  char* data() const noexcept { return static_cast<char*>(memory_); }

 private:
  DeviceProvider* provider_;
  void* memory_;
};

}  // namespace tailfit::host
