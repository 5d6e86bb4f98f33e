// How the library looks for a device, with a CUDA runtime whose calls fail as the test says: what a
// device that cannot be used is called, and that nothing is left behind. And what the programs for
// a GPU call no device, after the same calls.
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "host/device/cuda.hpp"
#include "tests/cuda/gpu_program.hpp"

namespace {

// The call that fails, and how; the memory pools that there are.
std::string failing_call;
cudaError_t failure = cudaSuccess;
int n_pools = 0;
int driver_version = 13000;  // 0: there is no driver

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
  *count = 1;
  return result_of("cudaGetDeviceCount");
}
cudaError_t cudaDriverGetVersion(int* version) {
  *version = driver_version;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return result_of("cudaGetDevice");
}
cudaError_t cudaSetDevice(int) { return cudaSuccess; }
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
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes*, const void*) { return cudaSuccess; }
cudaError_t cudaStreamCreateWithFlags(cudaStream_t*, unsigned) { return cudaSuccess; }
cudaError_t cudaStreamDestroy(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaMalloc(void**, std::size_t) { return cudaSuccess; }
cudaError_t cudaFree(void*) { return cudaSuccess; }
cudaError_t cudaMallocFromPoolAsync(void**, std::size_t, cudaMemPool_t, cudaStream_t) {
  return cudaSuccess;
}
cudaError_t cudaFreeAsync(void*, cudaStream_t) { return cudaSuccess; }
cudaError_t cudaMemcpyAsync(void*, const void*, std::size_t, cudaMemcpyKind, cudaStream_t) {
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void*, int, std::size_t, cudaStream_t) { return cudaSuccess; }

}  // extern "C"

namespace tailfit::kernels {

int launch_transpose(const ColumnPanel&, void*) { return 0; }
int launch_extract(const FitBatch&, const ExtractLaunch&, void*) { return 0; }
int launch_solve(const FitBatch&, const SolveLaunch&, void*) { return 0; }
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
  }
  static void fail(const char* call, cudaError_t error) {
    failing_call = call;
    failure = error;
  }
};

TEST_F(CudaSearch, FindsTheDeviceAndDestroysItsPool) {
  {
    const host::DeviceSearch found = host::find_cuda_device();
    ASSERT_NE(found.provider, nullptr) << found.reason;
    EXPECT_EQ(found.provider->name(), "Fake");
    EXPECT_EQ(n_pools, 1);
  }
  EXPECT_EQ(n_pools, 0);
}

// As on a device that is older than every kernel that was compiled.
TEST_F(CudaSearch, ADeviceThatCannotRunTheKernelsIsNoDevice) {
  fail("prepare_kernels", cudaErrorNoKernelImageForDevice);
  const host::DeviceSearch found = host::find_cuda_device();
  EXPECT_EQ(found.provider, nullptr);
  EXPECT_EQ(found.code, TAILFIT_NO_DEVICE);
  EXPECT_NE(found.reason.find("no kernel image"), std::string::npos) << found.reason;
}

TEST_F(CudaSearch, AnyCallThatFailsMakesNoDeviceAndLeavesNothing) {
  for (const char* call :
       {"cudaGetDeviceCount", "cudaGetDevice", "cudaDeviceGetAttribute", "cudaGetDeviceProperties",
        "prepare_kernels", "cudaMemPoolCreate", "cudaMemPoolSetAttribute"}) {
    for (const cudaError_t error : {cudaErrorInvalidValue, cudaErrorMemoryAllocation}) {
      fail(call, error);
      const host::DeviceSearch found = host::find_cuda_device();
      EXPECT_EQ(found.provider, nullptr) << call;
      EXPECT_EQ(found.code, TAILFIT_NO_DEVICE) << call;
      EXPECT_NE(found.reason.find("another error"), std::string::npos) << found.reason;
      EXPECT_EQ(n_pools, 0) << call;
    }
  }
}

// CUDA's own words, and the programs' status for a machine without a device.
TEST_F(CudaSearch, NoDriverOrNoDeviceIsNoDevice) {
  fail("cudaGetDeviceCount", cudaErrorNoDevice);
  EXPECT_EQ(host::find_cuda_device().code, TAILFIT_NO_DEVICE);
  EXPECT_EQ(host::find_cuda_device().reason, "no device is detected");
  EXPECT_EQ(tailfit::gpu::no_device_reason(), "no CUDA device: no device is detected");
  fail("cudaGetDeviceCount", cudaErrorInsufficientDriver);
  EXPECT_EQ(host::find_cuda_device().reason, "the driver is too old");
  EXPECT_EQ(tailfit::gpu::no_device_reason(), "no CUDA device: the driver is too old");
  driver_version = 0;
  EXPECT_EQ(host::find_cuda_device().reason, "there is no NVIDIA driver");
}

// A driver that does not start, or a device that is held or broken: the call that failed is named,
// whatever the driver's version, and no program may pass it off as a machine without a device.
TEST_F(CudaSearch, ADeviceThatCannotBeCountedIsAFailure) {
  for (const cudaError_t error : {cudaErrorInitializationError, cudaErrorDevicesUnavailable,
                                  cudaErrorSystemNotReady, cudaErrorUnknown}) {
    for (const int version : {0, 13000}) {
      driver_version = version;
      fail("cudaGetDeviceCount", error);
      const host::DeviceSearch found = host::find_cuda_device();
      EXPECT_EQ(found.provider, nullptr);
      EXPECT_EQ(found.code, TAILFIT_NO_DEVICE);  // none that can be used
      EXPECT_NE(found.reason.find("cudaGetDeviceCount"), std::string::npos) << found.reason;
      EXPECT_NE(found.reason.find("another error"), std::string::npos) << found.reason;
      EXPECT_EQ(tailfit::gpu::no_device_reason(), "");
    }
  }
}

// The last test: CUDA stays lost in this process.
TEST_F(CudaSearch, ZAnErrorThatEndsCudaIsALostDevice) {
  fail("prepare_kernels", cudaErrorIllegalAddress);
  EXPECT_EQ(host::find_cuda_device().code, TAILFIT_DEVICE_LOST);
  fail("", cudaSuccess);
  EXPECT_EQ(host::find_cuda_device().code, TAILFIT_DEVICE_LOST);
}

}  // namespace
