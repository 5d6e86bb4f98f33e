// The way to CUDA devices; the same in a library built without CUDA, where there are none.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/device/device_provider.hpp"

namespace tailfit::host {

// The caller's allocator of device memory, or a pool of the library's own where there is none.
struct DeviceMemoryResource {
  tailfit_device_allocate_fn allocate = nullptr;
  tailfit_device_release_fn release = nullptr;
  void* user = nullptr;
};

bool is_compiled_with_cuda() noexcept;

struct DeviceSearch {
  std::vector<std::shared_ptr<DeviceProvider>> providers;  // empty: none
  tailfit_code code;                                       // then what to fail with, and why
  std::string reason;
};

// The devices of these ordinals, or the caller's current one if none is named, if all of them can
// be used. Never throws.
DeviceSearch find_cuda_devices(std::span<const std::int32_t> ordinals,
                               const DeviceMemoryResource& memory) noexcept;

}  // namespace tailfit::host
