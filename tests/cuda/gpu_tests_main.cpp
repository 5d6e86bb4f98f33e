// As gtest_main, but status 77 where every test was skipped because there is no device.
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/cuda/gpu_program.hpp"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const bool lists = GTEST_FLAG_GET(list_tests);
  const int status = RUN_ALL_TESTS();
  if (lists || status != 0) return status;
  const std::string reason = tailfit::gpu::no_device_reason();
  if (reason.empty()) return 0;
  std::printf("%s\n", reason.c_str());
  return tailfit::gpu::no_device_status;
}
