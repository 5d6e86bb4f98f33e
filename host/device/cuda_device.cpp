// The CUDA runtime behind Device: one stream a fit, memory from a pool of the context's own.
#include <cuda_runtime_api.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <string>

#include "host/device/cuda.hpp"
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

void check_not_lost() {
  if (cuda_is_lost.load(std::memory_order_relaxed)) {
    throw CallError(TAILFIT_DEVICE_LOST,
                    "CUDA failed earlier in this process and cannot be used any more, expected a "
                    "new process or a context on the cpu");
  }
}

// Throws for an error of `call`; what: the bytes or the kernel.
void check(cudaError_t error, const char* call, int device, const std::string& what) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // the next call should not report it again
  if (is_sticky(error)) cuda_is_lost.store(true, std::memory_order_relaxed);
  const std::string text = std::string(call) + "(" + what + ") on CUDA device " +
                           std::to_string(device) + " failed: " + cudaGetErrorString(error);
  if (error == cudaErrorMemoryAllocation) throw CallError(TAILFIT_OUT_OF_MEMORY, text);
  throw CallError(is_sticky(error) ? TAILFIT_DEVICE_LOST : TAILFIT_DEVICE_ERROR, text);
}

// An error where nobody can be told; the thread's next call should not report it.
void forget(cudaError_t error) noexcept {
  if (error != cudaSuccess) cudaGetLastError();
}

std::string bytes_text(std::uint64_t bytes) { return std::to_string(bytes) + " bytes"; }

// Makes a device the thread's current one, and the former one again.
class CurrentDevice {
 public:
  explicit CurrentDevice(int device) {
    check(cudaGetDevice(&former_), "cudaGetDevice", device, "");
    if (former_ != device) check(cudaSetDevice(device), "cudaSetDevice", device, "");
    changed_ = former_ != device;
  }
  ~CurrentDevice() {
    if (changed_) cudaSetDevice(former_);
  }
  CurrentDevice(const CurrentDevice&) = delete;
  CurrentDevice& operator=(const CurrentDevice&) = delete;

 private:
  int former_ = 0;
  bool changed_ = false;
};

class CudaDevice final : public Device {
 public:
  CudaDevice(int device, cudaMemPool_t pool, const DeviceLimits& limits)
      : current_(device), device_(device), pool_(pool), limits_(limits) {
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags",
          device_, "");
  }
  ~CudaDevice() override {
    drain();  // nothing may use the caller's memory afterwards
    forget(cudaStreamDestroy(stream_));
  }

  DeviceLimits limits() const override { return limits_; }

  void* allocate(std::uint64_t bytes) override {
    void* memory = nullptr;
    const cudaError_t error = pool_ != nullptr
                                  ? cudaMallocFromPoolAsync(&memory, bytes, pool_, stream_)
                                  : cudaMalloc(&memory, bytes);
    check(error, "cudaMalloc", device_, bytes_text(bytes));
    return memory;
  }

  void release(void* memory) noexcept override {
    forget(pool_ != nullptr ? cudaFreeAsync(memory, stream_) : cudaFree(memory));
  }

  void drain() noexcept override { forget(cudaStreamSynchronize(stream_)); }

  void trim() noexcept override {
    drain();
    if (pool_ != nullptr) forget(cudaMemPoolTrimTo(pool_, 0));
  }

  void copy_to_device(void* to, const void* from, std::uint64_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_), "cudaMemcpyAsync",
          device_, bytes_text(bytes) + " to the device");
  }
  void copy_to_host(void* to, const void* from, std::uint64_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_), "cudaMemcpyAsync",
          device_, bytes_text(bytes) + " to the host");
  }
  void fill(void* memory, unsigned char byte, std::uint64_t bytes) override {
    check(cudaMemsetAsync(memory, byte, bytes, stream_), "cudaMemsetAsync", device_,
          bytes_text(bytes));
  }

  void extract(const kernels::FitBatch& batch, const kernels::ExtractLaunch& launch) override {
    check(static_cast<cudaError_t>(kernels::launch_extract(batch, launch, stream_)), "extract",
          device_, std::to_string(batch.series.n_fits) + " fits");
  }
  void solve(const kernels::FitBatch& batch, const kernels::SolveLaunch& launch) override {
    check(static_cast<cudaError_t>(kernels::launch_solve(batch, launch, stream_)), "solve", device_,
          std::to_string(batch.series.n_fits) + " fits");
  }

  void synchronize() override {
    check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize", device_, "");
  }

 private:
  CurrentDevice current_;  // first, so that it is restored last
  int device_;
  cudaMemPool_t pool_;
  DeviceLimits limits_;
  cudaStream_t stream_ = nullptr;
};

int attribute(int device, cudaDeviceAttr which) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, which, device), "cudaDeviceGetAttribute", device,
        std::to_string(static_cast<int>(which)));
  return value;
}

DeviceLimits limits_of(int device) {
  return {attribute(device, cudaDevAttrMaxSharedMemoryPerBlockOptin),
          attribute(device, cudaDevAttrMaxSharedMemoryPerMultiprocessor),
          attribute(device, cudaDevAttrReservedSharedMemoryPerBlock),
          attribute(device, cudaDevAttrMultiProcessorCount),
          attribute(device, cudaDevAttrMaxThreadsPerMultiProcessor),
          attribute(device, cudaDevAttrL2CacheSize)};
}

// A pool of the context's own: the device's default one belongs to the caller. What is freed stays
// in it until the context goes, so that the next fit need not ask the driver.
class MemoryPool {
 public:
  MemoryPool() = default;
  ~MemoryPool() {
    if (pool_ != nullptr) forget(cudaMemPoolDestroy(pool_));
  }
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  void create(int device) {
    cudaMemPoolProps properties{};
    properties.allocType = cudaMemAllocationTypePinned;
    properties.location.type = cudaMemLocationTypeDevice;
    properties.location.id = device;
    check(cudaMemPoolCreate(&pool_, &properties), "cudaMemPoolCreate", device, "");
    std::uint64_t keep = UINT64_MAX;
    check(cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &keep),
          "cudaMemPoolSetAttribute", device, "");
  }
  cudaMemPool_t get() const { return pool_; }  // null where none was created

 private:
  cudaMemPool_t pool_ = nullptr;
};

class CudaProvider final : public DeviceProvider {
 public:
  explicit CudaProvider(int device) : device_(device), limits_(limits_of(device)) {
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties", device, "");
    name_ = properties.name;
    check(static_cast<cudaError_t>(kernels::prepare_kernels(limits_.shared_per_block)),
          "cudaFuncSetAttribute", device, "the library's kernels");
    if (attribute(device, cudaDevAttrMemoryPoolsSupported) != 0) pool_.create(device);
  }

  std::string name() const override { return name_; }

  std::unique_ptr<Device> open() override {
    check_not_lost();
    return std::make_unique<CudaDevice>(device_, pool_.get(), limits_);
  }

  MemoryKind kind_of(const void* memory) override {
    check_not_lost();
    cudaPointerAttributes attributes{};
    const cudaError_t error = cudaPointerGetAttributes(&attributes, memory);
    check(error, "cudaPointerGetAttributes", device_, "");
    if (attributes.type == cudaMemoryTypeManaged) return MemoryKind::managed;
    if (attributes.type != cudaMemoryTypeDevice) return MemoryKind::host;
    if (attributes.device != device_) {
      throw CallError(TAILFIT_INVALID_ARGUMENT,
                      "memory of CUDA device " + std::to_string(attributes.device) +
                          " was given, expected that of the context's device, " +
                          std::to_string(device_));
    }
    return MemoryKind::device;
  }

 private:
  int device_;
  DeviceLimits limits_;
  std::string name_;
  MemoryPool pool_;
};

}  // namespace

DeviceSearch find_cuda_device() noexcept {
  try {
    check_not_lost();
    int n_devices = 0;
    const cudaError_t error = cudaGetDeviceCount(&n_devices);
    if (error == cudaErrorNoDevice || error == cudaErrorInsufficientDriver) {
      cudaGetLastError();
      int driver = 0;
      // Without any driver the runtime says that it is too old.
      const bool has_driver = cudaDriverGetVersion(&driver) == cudaSuccess && driver > 0;
      return {nullptr, TAILFIT_NO_DEVICE,
              has_driver ? cudaGetErrorString(error) : "there is no NVIDIA driver"};
    }
    check(error, "cudaGetDeviceCount", 0, "");
    if (n_devices == 0) return {nullptr, TAILFIT_NO_DEVICE, "the driver lists none"};
    int device = 0;
    check(cudaGetDevice(&device), "cudaGetDevice", 0, "");
    return {std::make_shared<CudaProvider>(device), TAILFIT_OK, ""};
  } catch (const CallError& error) {
    // Whichever call it was: there may be a device, but none that can be used.
    const bool is_lost = error.code() == TAILFIT_DEVICE_LOST;
    return {nullptr, is_lost ? TAILFIT_DEVICE_LOST : TAILFIT_NO_DEVICE, error.what()};
  } catch (const std::bad_alloc&) {
    return {nullptr, TAILFIT_OUT_OF_MEMORY, "out of memory"};
  } catch (const std::exception& error) {
    return {nullptr, TAILFIT_INTERNAL, error.what()};
  }
}

}  // namespace tailfit::host
