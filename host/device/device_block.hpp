// Device memory that outlives the queues of the call that took it.
#pragma once

#include <cstdint>
#include <memory>

#include "host/device/device_provider.hpp"

namespace tailfit::host {

// Any queue may use it, from the construction to the destruction; work of the caller's that does
// must be done before that. It keeps its device's provider, so a context may go first.
class DeviceBlock {
 public:
  DeviceBlock() = default;
  // 0 bytes: no memory. Throws CallError (TAILFIT_OUT_OF_MEMORY) where there is none, also after
  // what the device keeps for later calls has been given back. Waits.
  DeviceBlock(std::shared_ptr<DeviceProvider> provider, std::uint64_t bytes);
  ~DeviceBlock();
  DeviceBlock(DeviceBlock&& other) noexcept;
  DeviceBlock& operator=(DeviceBlock&& other) noexcept;
  char* data() const noexcept { return static_cast<char*>(memory_); }

 private:
  std::shared_ptr<DeviceProvider> provider_;
  void* memory_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace tailfit::host
