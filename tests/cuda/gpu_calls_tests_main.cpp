// As gtest_main, but only with a device: elsewhere these tests would be those of the CPU again.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include <tailfit/tailfit.hpp>

#include "tests/cuda/gpu_program.hpp"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const std::string reason = tailfit::gpu::no_device_reason();
  if (!reason.empty()) {
    std::printf("%s\n", reason.c_str());
    return tailfit::gpu::no_device_status;
  }
  if (tailfit::Context().backend() != tailfit::Backend::cuda) {
    std::printf("the automatic context is on %s\n", tailfit::Context().describe().c_str());
    return 1;
  }
  return RUN_ALL_TESTS();
}
