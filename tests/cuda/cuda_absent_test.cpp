// A library with CUDA on a machine without a device: it says so and works on the CPU. Skipped where
// there is a device.
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/cuda/gpu_program.hpp"
#include "tests/host/series_samples.hpp"

namespace {

class CudaAbsent : public testing::Test {
 protected:
  void SetUp() override {
    reason_ = tailfit::gpu::no_device_reason();
    if (reason_.empty())
      GTEST_SKIP() << "this machine has a CUDA device, or one that does not start";
    reason_ = reason_.substr(std::string("no CUDA device: ").size());
    // Without any driver CUDA calls it too old; the library says that there is none.
    int driver = 0;
    if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0) {
      reason_ = "there is no NVIDIA driver";
    }
  }
  std::string reason_;  // CUDA's own words where there is a driver
};

TEST_F(CudaAbsent, AutomaticFitsOnTheCpuAndSaysWhy) {
  const tailfit::Context context;
  EXPECT_EQ(context.backend(), tailfit::Backend::cpu);
  EXPECT_NE(context.describe().find("no CUDA device: " + reason_), std::string::npos)
      << context.describe();
  const std::vector<double> values = tailfit::tests::mixed_batch(400, 10, 300);
  const auto series = tailfit::SeriesView<double>::rows(values.data(), 10, 300);
  const tailfit::Context cpu({.backend = tailfit::Backend::cpu});
  EXPECT_TRUE(tailfit::tests::same_bits(tailfit::fit(context, series), tailfit::fit(cpu, series)));
}

TEST_F(CudaAbsent, CudaIsNoDeviceAndSaysWhy) {
  try {
    const tailfit::Context context({.backend = tailfit::Backend::cuda});
    ADD_FAILURE() << "a context on " << context.describe();
  } catch (const tailfit::NoDevice& error) {
    EXPECT_NE(std::string(error.what()).find(reason_), std::string::npos) << error.what();
  }
}

TEST_F(CudaAbsent, TheCpuIsNotAskedForADevice) {
  const tailfit::Context context({.backend = tailfit::Backend::cpu});
  EXPECT_EQ(context.describe().find("CUDA"), std::string::npos) << context.describe();
}

TEST_F(CudaAbsent, DeviceMemoryIsInvalid) {
  const std::vector<float> values(300, 1.0f);
  const auto series = tailfit::SeriesView<float>::rows(values.data(), 3, 100);
  EXPECT_THROW(tailfit::fit(tailfit::Context(), series.in(tailfit::Memory::device)),
               std::invalid_argument);
}

}  // namespace
