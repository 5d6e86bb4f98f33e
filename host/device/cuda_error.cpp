#include "host/device/cuda_error.hpp"

#include <atomic>

#include "host/error.hpp"

namespace tailfit::host {
namespace {

// Of newer runtimes than the one that this may be compiled with.
constexpr int error_contained = 226;
constexpr int error_tensor_memory_leak = 721;
constexpr int error_external_device = 911;

// After such an error every call of this process fails, whatever the device.
bool is_sticky(cudaError_t error) {
  switch (static_cast<int>(error)) {
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case cudaErrorECCUncorrectable:
    case cudaErrorAssert:
    case cudaErrorMpsClientTerminated:
    case error_contained:
    case error_tensor_memory_leak:
    case error_external_device:
      return true;
    default:
      return false;
  }
}

// A fact about the process, not a setting: CUDA itself has no way back but a new process.
std::atomic<bool> cuda_is_lost{false};

}  // namespace

void check_not_lost() {
  if (cuda_is_lost.load(std::memory_order_relaxed)) {
    throw CallError(TAILFIT_DEVICE_LOST,
                    "CUDA failed earlier in this process and cannot be used any more, expected a "
                    "new process or a context on the cpu");
  }
}

void check_cuda(cudaError_t error, const char* call, int device, const std::string& what) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // the next call should not report it again
  if (is_sticky(error)) cuda_is_lost.store(true, std::memory_order_relaxed);
  const std::string text = std::string(call) + "(" + what + ") on CUDA device " +
                           std::to_string(device) + " failed: " + cudaGetErrorString(error);
  if (error == cudaErrorMemoryAllocation) {
    throw CallError(TAILFIT_OUT_OF_MEMORY, text + ": " + free_memory_text());
  }
  throw CallError(is_sticky(error) ? TAILFIT_DEVICE_LOST : TAILFIT_DEVICE_ERROR, text);
}

std::string free_memory_text() {
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;
  forget_error(cudaMemGetInfo(&free_bytes, &total_bytes));
  return bytes_text(free_bytes) + " of " + bytes_text(total_bytes) + " are free";
}

void forget_error(cudaError_t error) noexcept {
  if (error != cudaSuccess) cudaGetLastError();
}

}  // namespace tailfit::host
