// Memory of each kind that a fit can be handed, filled and read the same way.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include "tests/cuda/random_fit_case.hpp"

namespace tailfit::gpu {
namespace {

inline void check_cuda(cudaError_t error, const char* call) {
  if (error == cudaSuccess) return;
  cudaGetLastError();
  throw std::runtime_error(std::string(call) + " failed: " + cudaGetErrorString(error));
}

inline std::int32_t memory_of(Place place) {
  return place == Place::device ? TAILFIT_MEMORY_DEVICE : TAILFIT_MEMORY_HOST;
}

class PlacedMemory {
 public:
  PlacedMemory(Place place, std::size_t bytes) : place_(place), bytes_(bytes) {
    void* data = nullptr;
    const std::size_t asked = bytes == 0 ? 1 : bytes;
    switch (place) {
      case Place::pageable:
        data = ::operator new (asked, std::align_val_t{256});
        break;
      case Place::pinned:
        check_cuda(cudaMallocHost(&data, asked), "cudaMallocHost");
        break;
      case Place::managed:
        check_cuda(cudaMallocManaged(&data, asked, cudaMemAttachGlobal), "cudaMallocManaged");
        break;
      case Place::device:
        check_cuda(cudaMalloc(&data, asked), "cudaMalloc");
        break;
    }
    data_ = static_cast<char*>(data);
  }
  ~PlacedMemory() {
    if (place_ == Place::pageable) {
      ::operator delete (data_, std::align_val_t{256});
    } else if (place_ == Place::pinned) {
      cudaFreeHost(data_);
    } else {
      cudaFree(data_);
    }
  }
  PlacedMemory(const PlacedMemory&) = delete;
  PlacedMemory& operator=(const PlacedMemory&) = delete;

  char* data() const { return data_; }
  Place place() const { return place_; }

  // The fit's stream does not wait for the default one: all of these are done when they return.
  void write(const void* from) {
    if (place_ != Place::device) {
      if (bytes_ > 0) std::memcpy(data_, from, bytes_);
      return;
    }
    check_cuda(cudaMemcpy(data_, from, bytes_, cudaMemcpyHostToDevice), "cudaMemcpy");
    check_cuda(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  }
  void fill(char byte) {
    if (place_ != Place::device) {
      std::memset(data_, byte, bytes_);
      return;
    }
    check_cuda(cudaMemset(data_, byte, bytes_), "cudaMemset");
    check_cuda(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  }
  void read(void* to) const {
    if (place_ != Place::device) {
      if (bytes_ > 0) std::memcpy(to, data_, bytes_);
      return;
    }
    check_cuda(cudaMemcpy(to, data_, bytes_, cudaMemcpyDeviceToHost), "cudaMemcpy");
  }

 private:
  Place place_;
  std::size_t bytes_;
  char* data_ = nullptr;
};

}  // namespace
}  // namespace tailfit::gpu
