// A library without CUDA: the same symbols, and the answer that it was not compiled.
#include "host/device/cuda.hpp"

namespace tailfit::host {

bool is_compiled_with_cuda() noexcept { return false; }

DeviceSearch find_cuda_devices(std::span<const std::int32_t>,
                               const DeviceMemoryResource&) noexcept {
  return {{}, TAILFIT_NOT_COMPILED, "this library was not compiled with CUDA"};
}

}  // namespace tailfit::host
