// How the library looks for devices and drives one, with a CUDA runtime whose calls fail as the
// test says: what a device that cannot be used is called, what memory is asked for and given back,
// and that nothing is left behind. And what the programs for a GPU call no device, after the same
// calls.
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "host/device/cuda.hpp"
#include "host/device/cuda_error.hpp"
#include "host/error.hpp"
#include "tests/cuda/gpu_program.hpp"

namespace {

// The call that fails, and how; the memory pools that there are.
std::string failing_call;
cudaError_t failure = cudaSuccess;
int n_pools = 0;
int driver_version = 13000;  // 0: there is no driver
int current_device = 0;
int n_pinned = 0;
unsigned register_flags = 0;
cudaMemoryType memory_type = cudaMemoryTypeUnregistered;

cudaError_t result_of(const char* call) { return failing_call == call ? failure : cudaSuccess; }

}  // namespace

extern "C" {

cudaError_t cudaGetLastError() { return cudaSuccess; }
const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaErrorNoKernelImageForDevice:
      return "no kernel image";
    case cudaErrorNoDevice:
      return "no device is detected";
    case cudaErrorInsufficientDriver:
      return "the driver is too old";
    default:
      return "another error";
  }
}
cudaError_t cudaGetDeviceCount(int* count) {
  *count = 2;
  return result_of("cudaGetDeviceCount");
}
cudaError_t cudaDriverGetVersion(int* version) {
  *version = driver_version;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
  *device = current_device;
  return result_of("cudaGetDevice");
}
cudaError_t cudaSetDevice(int device) {
  current_device = device;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  std::memset(static_cast<void*>(properties), 0, sizeof *properties);
  std::strcpy(properties->name, "Fake");
  return result_of("cudaGetDeviceProperties");
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr, int) {
  *value = 1;
  return result_of("cudaDeviceGetAttribute");
}
cudaError_t cudaMemPoolCreate(cudaMemPool_t* pool, const cudaMemPoolProps*) {
  const cudaError_t error = result_of("cudaMemPoolCreate");
  if (error != cudaSuccess) return error;
  ++n_pools;
  *pool = reinterpret_cast<cudaMemPool_t>(&n_pools);
  return cudaSuccess;
}
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) {
  return result_of("cudaMemPoolSetAttribute");
}
cudaError_t cudaMemPoolDestroy(cudaMemPool_t) {
  --n_pools;
  return cudaSuccess;
}
cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, std::size_t) { return cudaSuccess; }
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void*) {
  attributes->type = memory_type;
  attributes->device = 1;
  return result_of("cudaPointerGetAttributes");
}
cudaError_t cudaHostAlloc(void** memory, std::size_t bytes, unsigned) {
  const cudaError_t error = result_of("cudaHostAlloc");
  if (error != cudaSuccess) return error;
  ++n_pinned;
  *memory = ::operator new(bytes);
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void* memory) {
  --n_pinned;
  ::operator delete(memory);
  return cudaSuccess;
}
cudaError_t cudaHostRegister(void*, std::size_t, unsigned flags) {
  register_flags = flags;
  return result_of("cudaHostRegister");
}
cudaError_t cudaHostUnregister(void*) { return cudaSuccess; }
cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  *free_bytes = 1000;
  *total_bytes = 5000;
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned) {
  return result_of("cudaStreamWaitEvent");
}
cudaError_t cudaMemcpy2DAsync(void*, std::size_t, const void*, std::size_t, std::size_t,
                              std::size_t, cudaMemcpyKind, cudaStream_t) {
  return result_of("cudaMemcpy2DAsync");
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t*, unsigned) { return cudaSuccess; }
cudaError_t cudaStreamDestroy(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaMalloc(void**, std::size_t) { return cudaSuccess; }
cudaError_t cudaFree(void*) { return cudaSuccess; }
cudaError_t cudaMallocFromPoolAsync(void**, std::size_t, cudaMemPool_t, cudaStream_t) {
  return result_of("cudaMallocFromPoolAsync");
}
cudaError_t cudaFreeAsync(void*, cudaStream_t) { return cudaSuccess; }
cudaError_t cudaMemcpyAsync(void*, const void*, std::size_t, cudaMemcpyKind, cudaStream_t) {
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void*, int, std::size_t, cudaStream_t) { return cudaSuccess; }

}  // extern "C"

namespace tailfit::kernels {

int launch_transpose(const ColumnPanel&, void*) { return 0; }
int launch_bin_by_length(const FitBatch&, const LengthBins&, void*) { return 0; }
int launch_extract(const FitBatch&, const ExtractLaunch&, void*) { return 0; }
int launch_solve(const FitBatch&, const SolveLaunch&, void*) { return 0; }
int launch_evaluate(const EvaluateBatch&, const EvaluateLaunch&, void*) { return 0; }
int launch_gradients(const GradientBatch&, const EvaluateLaunch&, void*) { return 0; }
int greatest_cluster(std::int64_t) { return 8; }
int prepare_kernels(std::int64_t) { return static_cast<int>(result_of("prepare_kernels")); }

}  // namespace tailfit::kernels

namespace {

namespace host = tailfit::host;

class CudaSearch : public testing::Test {
 protected:
  void SetUp() override {
    fail("", cudaSuccess);
    driver_version = 13000;
    current_device = 0;
  }
  static void fail(const char* call, cudaError_t error) {
    failing_call = call;
    failure = error;
  }
};

TEST_F(CudaSearch, FindsTheDeviceAndDestroysItsPool) {
  {
    const host::DeviceSearch found = host::find_cuda_devices({}, {});
    ASSERT_EQ(found.providers.size(), 1u) << found.reason;
    EXPECT_EQ(found.providers[0]->name(), "Fake");
    EXPECT_EQ(n_pools, 1);
  }
  EXPECT_EQ(n_pools, 0);
}

// As on a device that is older than every kernel that was compiled.
TEST_F(CudaSearch, ADeviceThatCannotRunTheKernelsIsNoDevice) {
  fail("prepare_kernels", cudaErrorNoKernelImageForDevice);
  const host::DeviceSearch found = host::find_cuda_devices({}, {});
  EXPECT_TRUE(found.providers.empty());
  EXPECT_EQ(found.code, TAILFIT_NO_DEVICE);
  EXPECT_NE(found.reason.find("no kernel image"), std::string::npos) << found.reason;
}

TEST_F(CudaSearch, AnyCallThatFailsMakesNoDeviceAndLeavesNothing) {
  for (const char* call :
       {"cudaGetDeviceCount", "cudaGetDevice", "cudaDeviceGetAttribute", "cudaGetDeviceProperties",
        "prepare_kernels", "cudaMemPoolCreate", "cudaMemPoolSetAttribute"}) {
    for (const cudaError_t error : {cudaErrorInvalidValue, cudaErrorMemoryAllocation}) {
      fail(call, error);
      const host::DeviceSearch found = host::find_cuda_devices({}, {});
      EXPECT_TRUE(found.providers.empty()) << call;
      EXPECT_EQ(found.code, TAILFIT_NO_DEVICE) << call;
      EXPECT_NE(found.reason.find("another error"), std::string::npos) << found.reason;
      EXPECT_EQ(n_pools, 0) << call;
    }
  }
}

// CUDA's own words, and the programs' status for a machine without a device.
TEST_F(CudaSearch, NoDriverOrNoDeviceIsNoDevice) {
  fail("cudaGetDeviceCount", cudaErrorNoDevice);
  EXPECT_EQ(host::find_cuda_devices({}, {}).code, TAILFIT_NO_DEVICE);
  EXPECT_EQ(host::find_cuda_devices({}, {}).reason, "no device is detected");
  EXPECT_EQ(tailfit::gpu::no_device_reason(), "no CUDA device: no device is detected");
  fail("cudaGetDeviceCount", cudaErrorInsufficientDriver);
  EXPECT_EQ(host::find_cuda_devices({}, {}).reason, "the driver is too old");
  EXPECT_EQ(tailfit::gpu::no_device_reason(), "no CUDA device: the driver is too old");
  driver_version = 0;
  EXPECT_EQ(host::find_cuda_devices({}, {}).reason, "there is no NVIDIA driver");
}

// A driver that does not start, or a device that is held or broken: the call that failed is named,
// whatever the driver's version, and no program may pass it off as a machine without a device.
TEST_F(CudaSearch, ADeviceThatCannotBeCountedIsAFailure) {
  for (const cudaError_t error : {cudaErrorInitializationError, cudaErrorDevicesUnavailable,
                                  cudaErrorSystemNotReady, cudaErrorUnknown}) {
    for (const int version : {0, 13000}) {
      driver_version = version;
      fail("cudaGetDeviceCount", error);
      const host::DeviceSearch found = host::find_cuda_devices({}, {});
      EXPECT_TRUE(found.providers.empty());
      EXPECT_EQ(found.code, TAILFIT_NO_DEVICE);  // none that can be used
      EXPECT_NE(found.reason.find("cudaGetDeviceCount"), std::string::npos) << found.reason;
      EXPECT_NE(found.reason.find("another error"), std::string::npos) << found.reason;
      EXPECT_EQ(tailfit::gpu::no_device_reason(), "");
    }
  }
}

TEST_F(CudaSearch, NamedDevicesAreTakenInTheirOrder) {
  const std::int32_t both[] = {1, 0};
  const host::DeviceSearch found = host::find_cuda_devices(both, {});
  ASSERT_EQ(found.providers.size(), 2u);
  EXPECT_EQ(found.providers[0]->ordinal(), 1);
  EXPECT_EQ(found.providers[1]->ordinal(), 0);
  EXPECT_EQ(n_pools, 2);
  EXPECT_EQ(current_device, 0);
  const std::int32_t missing[] = {0, 2};
  const host::DeviceSearch none = host::find_cuda_devices(missing, {});
  EXPECT_TRUE(none.providers.empty());
  EXPECT_EQ(none.code, TAILFIT_NO_DEVICE);
  EXPECT_EQ(none.reason, "there is no CUDA device 2, the driver lists 2");
  EXPECT_EQ(n_pools, 2);
}

TEST_F(CudaSearch, AQueueMakesItsDeviceCurrentAndTheFormerOneAgain) {
  const std::int32_t second[] = {1};
  const host::DeviceSearch found = host::find_cuda_devices(second, {});
  {
    const auto queue = found.providers.at(0)->open();
    EXPECT_EQ(current_device, 1);
  }
  EXPECT_EQ(current_device, 0);
  found.providers[0]->with_stream(
      nullptr,
      [](host::Device& queue, void*) {
        queue.wait_for(nullptr);
        EXPECT_EQ(current_device, 1);
      },
      nullptr);
  EXPECT_EQ(current_device, 0);
}

// What a call says that finds no memory.
template <class Call>
std::string out_of_memory(const Call& call) {
  try {
    call();
  } catch (const host::CallError& error) {
    EXPECT_EQ(error.code(), TAILFIT_OUT_OF_MEMORY);
    return error.what();
  }
  return "no error";
}

TEST_F(CudaSearch, OutOfMemorySaysWhatWasAskedAndWhatIsFree) {
  const host::DeviceSearch found = host::find_cuda_devices({}, {});
  const auto queue = found.providers.at(0)->open();
  fail("cudaMallocFromPoolAsync", cudaErrorMemoryAllocation);
  EXPECT_EQ(
      out_of_memory([&] { queue->allocate(7777); }),
      "tailfit: CUDA device 0 has no 7777 bytes of memory: 1000 bytes of 5000 bytes are free");
}

// A launch may find no memory for its stack.
TEST_F(CudaSearch, ALaunchWithoutMemorySaysWhatIsFree) {
  const host::DeviceSearch found = host::find_cuda_devices({}, {});
  const auto queue = found.providers.at(0)->open();
  fail("cudaMemcpy2DAsync", cudaErrorMemoryAllocation);
  EXPECT_EQ(out_of_memory([&] { queue->copy_rows_to_device(nullptr, 8, nullptr, 8, 8, 3); }),
            "tailfit: cudaMemcpy2DAsync(3 rows of 8 bytes to the device) on CUDA device 0 failed: "
            "another error: 1000 bytes of 5000 bytes are free");
}

TEST_F(CudaSearch, MemoryOfTheCallersIsAskedForInPlaceOfAPool) {
  std::string calls;
  const host::DeviceMemoryResource resource{
      [](void* user, std::size_t bytes, std::int32_t device, void*) -> void* {
        *static_cast<std::string*>(user) +=
            "take " + std::to_string(bytes) + " of " + std::to_string(device) + ";";
        return bytes > 100 ? nullptr : user;
      },
      [](void* user, void* memory, std::size_t bytes, std::int32_t, void*) {
        EXPECT_EQ(memory, user);
        *static_cast<std::string*>(user) += "give " + std::to_string(bytes) + ";";
      },
      &calls};
  const host::DeviceSearch found = host::find_cuda_devices({}, resource);
  EXPECT_EQ(n_pools, 0);
  const auto queue = found.providers.at(0)->open();
  { const host::DeviceMemory memory(*queue, 100); }
  EXPECT_EQ(calls, "take 100 of 0;give 100;");
  EXPECT_EQ(
      out_of_memory([&] { queue->allocate(101); }),
      "tailfit: device_allocate(101 bytes) for CUDA device 0 returned null: 1000 bytes of 5000 "
      "bytes are free");
}

TEST_F(CudaSearch, PinnedMemoryIsKeptAndGivenBack) {
  {
    const host::DeviceSearch found = host::find_cuda_devices({}, {});
    host::DeviceProvider& provider = *found.providers.at(0);
    { const host::PinnedMemory memory(provider, 1000); }
    { const host::PinnedMemory memory(provider, 1000); }
    EXPECT_EQ(n_pinned, 1);
    provider.trim();
    EXPECT_EQ(n_pinned, 0);
    fail("cudaHostAlloc", cudaErrorMemoryAllocation);
    EXPECT_THROW(provider.allocate_pinned(1000), host::CallError);
    fail("", cudaSuccess);
    { const host::PinnedMemory memory(provider, 1000); }
    EXPECT_EQ(n_pinned, 1);
  }
  EXPECT_EQ(n_pinned, 0);
}

TEST_F(CudaSearch, MemoryThatCannotBeRegisteredIsNoError) {
  const host::DeviceSearch found = host::find_cuda_devices({}, {});
  const int value = 0;
  EXPECT_TRUE(found.providers.at(0)->register_memory(&value, sizeof value));
  EXPECT_NE(register_flags & cudaHostRegisterReadOnly, 0u);
  fail("cudaHostRegister", cudaErrorHostMemoryAlreadyRegistered);
  EXPECT_FALSE(found.providers[0]->register_memory(&value, sizeof value));
}

TEST_F(CudaSearch, MemoryIsWhatTheRuntimeSaysItIs) {
  const host::DeviceSearch found = host::find_cuda_devices({}, {});
  const std::pair<cudaMemoryType, host::MemoryKind> kinds[] = {
      {cudaMemoryTypeUnregistered, host::MemoryKind::pageable},
      {cudaMemoryTypeHost, host::MemoryKind::pinned},
      {cudaMemoryTypeManaged, host::MemoryKind::managed},
      {cudaMemoryTypeDevice, host::MemoryKind::device}};
  for (const auto& [type, kind] : kinds) {
    memory_type = type;
    const host::MemoryPlace place = found.providers.at(0)->place_of(&memory_type);
    EXPECT_EQ(place.kind, kind);
    EXPECT_EQ(place.ordinal, kind == host::MemoryKind::device ? 1 : 0);
  }
}

// "leaves the process in an inconsistent state", in the runtime's header.
TEST_F(CudaSearch, YEveryErrorThatEndsCudaIsKnown) {
  for (const int number : {214, 226, 700, 702, 710, 714, 715, 716, 717, 718, 719, 721, 810, 911}) {
    try {
      host::check_cuda(static_cast<cudaError_t>(number), "a call", 0, "");
      ADD_FAILURE() << number;
    } catch (const host::CallError& error) {
      EXPECT_EQ(error.code(), TAILFIT_DEVICE_LOST) << number;
    }
  }
  for (const int number : {1, 98, 209, 701, 720, 900, 999}) {
    try {
      host::check_cuda(static_cast<cudaError_t>(number), "a call", 0, "");
      ADD_FAILURE() << number;
    } catch (const host::CallError& error) {
      EXPECT_EQ(error.code(), TAILFIT_DEVICE_ERROR) << number;
    }
  }
}

// The last test: CUDA stays lost in this process, as after the one before.
TEST_F(CudaSearch, ZAnErrorThatEndsCudaIsALostDevice) {
  fail("prepare_kernels", cudaErrorIllegalAddress);
  EXPECT_EQ(host::find_cuda_devices({}, {}).code, TAILFIT_DEVICE_LOST);
  fail("", cudaSuccess);
  EXPECT_EQ(host::find_cuda_devices({}, {}).code, TAILFIT_DEVICE_LOST);
}

}  // namespace
