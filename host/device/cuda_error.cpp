#include "host/device/cuda_error.hpp"

#include <atomic>

#include "host/error.hpp"

namespace tailfit::host {
namespace {

// After such an error every call of this process fails, whatever the device.
bool is_sticky(cudaError_t error) {
  switch (error) {
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
  if (error == cudaErrorMemoryAllocation) throw CallError(TAILFIT_OUT_OF_MEMORY, text);
  throw CallError(is_sticky(error) ? TAILFIT_DEVICE_LOST : TAILFIT_DEVICE_ERROR, text);
}

void forget_error(cudaError_t error) noexcept {
  if (error != cudaSuccess) cudaGetLastError();
}

}  // namespace tailfit::host
