// One stream of a CUDA device as a queue.
#pragma once

#include <cuda_runtime_api.h>

#include "host/device/cuda.hpp"
#include "host/device/cuda_error.hpp"
#include "host/device/device.hpp"

namespace tailfit::host {

// Where a queue takes device memory from: the caller's allocator, else a pool, else (null, on
// devices that have no pools) cudaMalloc.
struct CudaMemorySource {
  DeviceMemoryResource resource;
  cudaMemPool_t pool;
};

class CudaDevice final : public Device {
 public:
  // A stream of its own, which does not wait for the default stream.
  CudaDevice(int device, const CudaMemorySource& source);
  // A stream of the caller's, which is neither waited for nor destroyed.
  CudaDevice(int device, cudaStream_t stream);
  ~CudaDevice() override;

  void* allocate(std::uint64_t bytes) override;
  void release(void* memory, std::uint64_t bytes) noexcept override;
  void copy_to_device(void* to, const void* from, std::uint64_t bytes) override;
  void copy_rows_to_device(void* to, std::uint64_t to_pitch, const void* from,
                           std::uint64_t from_pitch, std::uint64_t bytes,
                           std::uint64_t rows) override;
  void copy_to_host(void* to, const void* from, std::uint64_t bytes) override;
  void fill(void* memory, unsigned char byte, std::uint64_t bytes) override;
  void transpose(const kernels::ColumnPanel& panel) override;
  void bin_by_length(const kernels::FitBatch& batch, const kernels::LengthBins& bins) override;
  void extract(const kernels::FitBatch& batch, const kernels::ExtractLaunch& launch) override;
  void solve(const kernels::FitBatch& batch, const kernels::SolveLaunch& launch) override;
  void evaluate(const kernels::EvaluateBatch& batch,
                const kernels::EvaluateLaunch& launch) override;
  void differentiate(const kernels::GradientBatch& batch,
                     const kernels::EvaluateLaunch& launch) override;
  void wait_for(void* event) override;
  void synchronize() override;
  void drain() noexcept override;
  void begin_stage(const char* name) noexcept override;
  void end_stage() noexcept override;

 private:
  CurrentDevice current_;  // first, so that it is restored last
  int device_;
  CudaMemorySource source_;
  cudaStream_t stream_ = nullptr;
  bool owns_stream_;
};

}  // namespace tailfit::host
