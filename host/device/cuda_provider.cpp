// CUDA devices as providers: a memory pool and a cache of pinned memory each.
#include <cuda_runtime_api.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string>

#include "host/device/cuda.hpp"
#include "host/device/cuda_device.hpp"
#include "host/device/pinned_cache.hpp"
#include "host/error.hpp"

namespace tailfit::host {
namespace {

int attribute(int device, cudaDeviceAttr which) {
  int value = 0;
  check_cuda(cudaDeviceGetAttribute(&value, which, device), "cudaDeviceGetAttribute", device,
             std::to_string(static_cast<int>(which)));
  return value;
}

DeviceLimits limits_of(int device) {
  return {
      attribute(device, cudaDevAttrMaxSharedMemoryPerBlockOptin),
      attribute(device, cudaDevAttrMaxSharedMemoryPerMultiprocessor),
      attribute(device, cudaDevAttrReservedSharedMemoryPerBlock),
      attribute(device, cudaDevAttrMultiProcessorCount),
      attribute(device, cudaDevAttrMaxThreadsPerMultiProcessor),
      attribute(device, cudaDevAttrMaxBlocksPerMultiprocessor),
      attribute(device, cudaDevAttrL2CacheSize),
      1,
      std::max<std::int64_t>(1, attribute(device, cudaDevAttrSingleToDoublePrecisionPerfRatio))};
}

// A pool of the context's own: the device's default one belongs to the caller. What is freed stays
// in it until the context goes, so that the next fit need not ask the driver.
class MemoryPool {
 public:
  MemoryPool() = default;
  ~MemoryPool() {
    if (pool_ != nullptr) forget_error(cudaMemPoolDestroy(pool_));
  }
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  void create(int device) {
    cudaMemPoolProps properties{};
    properties.allocType = cudaMemAllocationTypePinned;
    properties.location.type = cudaMemLocationTypeDevice;
    properties.location.id = device;
    check_cuda(cudaMemPoolCreate(&pool_, &properties), "cudaMemPoolCreate", device, "");
    std::uint64_t keep = UINT64_MAX;
    check_cuda(cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &keep),
               "cudaMemPoolSetAttribute", device, "");
  }
  cudaMemPool_t get() const { return pool_; }  // null where none was created

 private:
  cudaMemPool_t pool_ = nullptr;
};

// Portable: any device copies from it.
void* allocate_pinned_pages(std::uint64_t bytes) {
  void* memory = nullptr;
  const cudaError_t error = cudaHostAlloc(&memory, bytes, cudaHostAllocPortable);
  forget_error(error);
  return error == cudaSuccess ? memory : nullptr;
}
void release_pinned_pages(void* memory) { forget_error(cudaFreeHost(memory)); }

class CudaProvider final : public DeviceProvider {
 public:
  CudaProvider(int device, const DeviceMemoryResource& resource)
      : device_(device),
        limits_(limits_of(device)),
        resource_(resource),
        pinned_(&allocate_pinned_pages, &release_pinned_pages) {
    const CurrentDevice current(device);
    cudaDeviceProp properties{};
    check_cuda(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties", device, "");
    name_ = properties.name;
    check_cuda(static_cast<cudaError_t>(kernels::prepare_kernels(limits_.shared_per_block)),
               "cudaFuncSetAttribute", device, "the library's kernels");
    if (attribute(device, cudaDevAttrClusterLaunch) != 0) {
      limits_.greatest_cluster = kernels::greatest_cluster(limits_.shared_per_block);
    }
    registers_read_only_ = attribute(device, cudaDevAttrHostRegisterReadOnlySupported) != 0;
    const bool wants_pool = resource.allocate == nullptr;
    if (wants_pool && attribute(device, cudaDevAttrMemoryPoolsSupported) != 0) pool_.create(device);
  }

  std::string name() const override { return name_; }
  std::int32_t ordinal() const override { return device_; }
  DeviceLimits limits() const override { return limits_; }

  std::unique_ptr<Device> open() override {
    check_not_lost();
    return std::make_unique<CudaDevice>(device_, CudaMemorySource{resource_, pool_.get()});
  }

  void with_stream(void* stream, void (*work)(Device& queue, void* state), void* state) override {
    check_not_lost();
    CudaDevice queue(device_, static_cast<cudaStream_t>(stream));
    work(queue, state);
  }

  MemoryPlace place_of(const void* memory) override {
    check_not_lost();
    const CurrentDevice current(device_);  // the runtime readies the current one
    cudaPointerAttributes attributes{};
    check_cuda(cudaPointerGetAttributes(&attributes, memory), "cudaPointerGetAttributes", device_,
               "");
    switch (attributes.type) {
      case cudaMemoryTypeManaged:
        return {MemoryKind::managed, device_};
      case cudaMemoryTypeDevice:
        return {MemoryKind::device, attributes.device};
      case cudaMemoryTypeHost:
        return {MemoryKind::pinned, device_};
      default:
        return {MemoryKind::pageable, device_};
    }
  }

  void* allocate_pinned(std::uint64_t bytes) override {
    const CurrentDevice current(device_);
    void* const memory = pinned_.take(bytes);
    if (memory != nullptr) return memory;
    throw CallError(TAILFIT_OUT_OF_MEMORY,
                    "cudaHostAlloc found no " + bytes_text(bytes) + " of pinned host memory");
  }
  void release_pinned(void* memory) noexcept override { pinned_.give(memory); }

  void trim() noexcept override {
    pinned_.trim();
    if (pool_.get() != nullptr) forget_error(cudaMemPoolTrimTo(pool_.get(), 0));
  }

  void use_for_this_thread() override {
    check_cuda(cudaSetDevice(device_), "cudaSetDevice", device_, "");
  }

  bool register_memory(const void* memory, std::uint64_t bytes) noexcept override {
    // The runtime has no pointer to constant memory; read-only pages are pinned as such.
    void* const pages = const_cast<void*>(memory);
    const unsigned flags =
        cudaHostRegisterPortable | (registers_read_only_ ? cudaHostRegisterReadOnly : 0u);
    try {
      const CurrentDevice current(device_);
      const cudaError_t error = cudaHostRegister(pages, bytes, flags);
      forget_error(error);
      return error == cudaSuccess;
    } catch (const CallError&) {
      return false;
    }
  }
  void unregister_memory(const void* memory) noexcept override {
    forget_error(cudaHostUnregister(const_cast<void*>(memory)));
  }

 private:
  int device_;
  DeviceLimits limits_;
  DeviceMemoryResource resource_;
  bool registers_read_only_ = false;
  std::string name_;
  MemoryPool pool_;
  PinnedCache pinned_;
};

DeviceSearch none(const char* why) { return {{}, TAILFIT_NO_DEVICE, why}; }

DeviceSearch find_devices(std::span<const std::int32_t> ordinals,
                          const DeviceMemoryResource& memory) {
  check_not_lost();
  int n_devices = 0;
  const cudaError_t error = cudaGetDeviceCount(&n_devices);
  if (error == cudaErrorNoDevice || error == cudaErrorInsufficientDriver) {
    cudaGetLastError();
    int driver = 0;
    // Without any driver the runtime says that it is too old.
    const bool has_driver = cudaDriverGetVersion(&driver) == cudaSuccess && driver > 0;
    return none(has_driver ? cudaGetErrorString(error) : "there is no NVIDIA driver");
  }
  check_cuda(error, "cudaGetDeviceCount", 0, "");
  if (n_devices == 0) return none("the driver lists none");
  DeviceSearch search{{}, TAILFIT_OK, ""};
  if (ordinals.empty()) {
    int device = 0;
    check_cuda(cudaGetDevice(&device), "cudaGetDevice", 0, "");
    search.providers.push_back(shared_in_process(std::make_unique<CudaProvider>(device, memory)));
  }
  for (const std::int32_t ordinal : ordinals) {
    if (ordinal >= n_devices) {
      return {{},
              TAILFIT_NO_DEVICE,
              "there is no CUDA device " + std::to_string(ordinal) + ", the driver lists " +
                  std::to_string(n_devices)};
    }
    search.providers.push_back(shared_in_process(std::make_unique<CudaProvider>(ordinal, memory)));
  }
  return search;
}

}  // namespace

bool is_compiled_with_cuda() noexcept { return true; }

DeviceSearch find_cuda_devices(std::span<const std::int32_t> ordinals,
                               const DeviceMemoryResource& memory) noexcept {
  try {
    return find_devices(ordinals, memory);
  } catch (const CallError& error) {
    // Whichever call it was: there may be a device, but none that can be used.
    const bool is_lost = error.code() == TAILFIT_DEVICE_LOST;
    return {{}, is_lost ? TAILFIT_DEVICE_LOST : TAILFIT_NO_DEVICE, error.what()};
  } catch (const std::bad_alloc&) {
    return {{}, TAILFIT_OUT_OF_MEMORY, "out of memory"};
  } catch (const std::exception& error) {
    return {{}, TAILFIT_INTERNAL, error.what()};
  }
}

}  // namespace tailfit::host
