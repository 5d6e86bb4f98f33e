// The way to a CUDA device; the same in a library built without CUDA, where there is none.
#pragma once

#include <tailfit/tailfit.h>

#include <memory>
#include <string>

#include "host/device/device.hpp"

namespace tailfit::host {

// Who can use memory: managed memory both.
enum class MemoryKind { host, device, managed };

// A device and a memory pool on it, held by a context and shared by its callers.
class DeviceProvider {
 public:
  virtual ~DeviceProvider() = default;
  virtual std::string name() const = 0;  // "NVIDIA H200"
  // A queue of its own, for one thread, which must destroy it: the device is that thread's current
  // one as long. Throws CallError.
  virtual std::unique_ptr<Device> open() = 0;
  virtual MemoryKind kind_of(const void* memory) = 0;
};

struct DeviceSearch {
  std::shared_ptr<DeviceProvider> provider;  // null: none
  tailfit_code code;                         // then what to fail with, and why
  std::string reason;
};

// The caller's current device, if it can be used. Never throws.
DeviceSearch find_cuda_device() noexcept;

}  // namespace tailfit::host
