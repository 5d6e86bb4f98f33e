// One queue of work on a GPU, so that the code that drives it can be tested by driving a fake.
//
// Work is queued in order: copies and launches may return before they are done; synchronize()
// waits. Where it throws, what was queued may or may not have run, and the next call need not say
// so again. Queues of one device do not wait for each other. Pointers that allocate() returns are
// to the device's memory. Every member but the noexcept ones throws CallError:
// TAILFIT_OUT_OF_MEMORY with the bytes asked for, TAILFIT_DEVICE_ERROR with the call that failed,
// TAILFIT_DEVICE_LOST where nothing on this device can succeed any more.
#pragma once

#include <cstdint>
#include <string>

#include "kernels/cuda/cuda_kernels.hpp"

namespace tailfit::host {

// What launches and plans depend on; memory in bytes.
struct DeviceLimits {
  std::int64_t shared_per_block;           // that one block may ask for
  std::int64_t shared_per_multiprocessor;  // of all resident blocks together
  std::int64_t shared_reserved;            // of each block, by the system
  std::int64_t multiprocessors;
  std::int64_t threads_per_multiprocessor;
  std::int64_t blocks_per_multiprocessor;
  std::int64_t level_two_cache;
  std::int64_t greatest_cluster = 1;  // blocks that reach each other's shared memory; 1: none
  std::int64_t double_ratio = 2;      // how many times as fast as fp64 is fp32
};

class Device {
 public:
  virtual ~Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  virtual void* allocate(std::uint64_t bytes) = 0;  // 256-byte aligned
  virtual void release(void* memory, std::uint64_t bytes) noexcept = 0;
  // The host's memory must stay as it is until synchronize().
  virtual void copy_to_device(void* to, const void* from, std::uint64_t bytes) = 0;
  // `rows` rows of `bytes` that lie `from_pitch` and `to_pitch` bytes apart, neither less than
  // `bytes`.
  virtual void copy_rows_to_device(void* to, std::uint64_t to_pitch, const void* from,
                                   std::uint64_t from_pitch, std::uint64_t bytes,
                                   std::uint64_t rows) = 0;
  virtual void copy_to_host(void* to, const void* from, std::uint64_t bytes) = 0;
  virtual void fill(void* memory, unsigned char byte, std::uint64_t bytes) = 0;
  virtual void transpose(const kernels::ColumnPanel& panel) = 0;
  // Writes what bins points to; the batch's series are ragged.
  virtual void bin_by_length(const kernels::FitBatch& batch, const kernels::LengthBins& bins) = 0;
  virtual void extract(const kernels::FitBatch& batch, const kernels::ExtractLaunch& launch) = 0;
  virtual void solve(const kernels::FitBatch& batch, const kernels::SolveLaunch& launch) = 0;
  virtual void evaluate(const kernels::EvaluateBatch& batch,
                        const kernels::EvaluateLaunch& launch) = 0;
  virtual void differentiate(const kernels::GradientBatch& batch,
                             const kernels::EvaluateLaunch& launch) = 0;
  virtual void wait_for(void* event) = 0;  // what is queued from now on; of the device's own kind
  virtual void synchronize() = 0;
  virtual void drain() noexcept = 0;  // waits for all that is queued, whether it fails or not
  // What the calling thread does, in words, for tools that draw it; stages nest.
  virtual void begin_stage(const char* name) noexcept = 0;
  virtual void end_stage() noexcept = 0;

 protected:
  Device() = default;
};

// Owns a block of a device's memory.
class DeviceMemory {
 public:
  DeviceMemory(Device& device, std::uint64_t bytes)
      : device_(&device), memory_(bytes == 0 ? nullptr : device.allocate(bytes)), bytes_(bytes) {}
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  ~DeviceMemory() {
    if (memory_ != nullptr) device_->release(memory_, bytes_);
  }
  char* data() const noexcept { return static_cast<char*>(memory_); }

 private:
  Device* device_;
  void* memory_;
  std::uint64_t bytes_;
};

// A stage for as long as this lives.
class StageMark {
 public:
  StageMark(Device& device, const char* name) noexcept : device_(device) {
    device_.begin_stage(name);
  }
  ~StageMark() { device_.end_stage(); }
  StageMark(const StageMark&) = delete;
  StageMark& operator=(const StageMark&) = delete;

 private:
  Device& device_;
};

}  // namespace tailfit::host
