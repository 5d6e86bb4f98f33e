// Errors of the CUDA runtime as this library's.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <string>

namespace tailfit::host {

// Throws CallError for an error of `call`; what: the bytes or the kernel. Out of memory is
// TAILFIT_OUT_OF_MEMORY and says how much the current device has. After an error that leaves CUDA
// unusable in this process (sticky) every check_not_lost() throws TAILFIT_DEVICE_LOST.
void check_cuda(cudaError_t error, const char* call, int device, const std::string& what);
void check_not_lost();

// An error where nobody can be told; the thread's next call should not report it.
void forget_error(cudaError_t error) noexcept;

inline std::string bytes_text(std::uint64_t bytes) { return std::to_string(bytes) + " bytes"; }
// "1000 bytes of 5000 bytes are free", of the current device.
std::string free_memory_text();

// Makes a device the thread's current one, and the former one again.
class CurrentDevice {
 public:
  explicit CurrentDevice(int device) {
    check_cuda(cudaGetDevice(&former_), "cudaGetDevice", device, "");
    if (former_ != device) check_cuda(cudaSetDevice(device), "cudaSetDevice", device, "");
    changed_ = former_ != device;
  }
  ~CurrentDevice() {
    if (changed_) forget_error(cudaSetDevice(former_));
  }
  CurrentDevice(const CurrentDevice&) = delete;
  CurrentDevice& operator=(const CurrentDevice&) = delete;

 private:
  int former_ = 0;
  bool changed_ = false;
};

}  // namespace tailfit::host
