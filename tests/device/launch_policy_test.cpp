// How kernels are launched, over a table of architectures.
#include "host/device/launch_policy.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

namespace host = tailfit::host;
namespace k = tailfit::kernels;

struct Architecture {
  const char* name;
  host::DeviceLimits limits;
};

// From the CUDA programming guide's table of compute capabilities.
const std::vector<Architecture> architectures = {
    {"7.5", {65536, 65536, 0, 40, 1024, 4 << 20}},
    {"8.0", {166912, 167936, 1024, 108, 2048, 40 << 20}},
    {"8.6", {101376, 102400, 1024, 84, 1536, 6 << 20}},
    {"9.0", {232448, 233472, 1024, 132, 2048, 50 << 20}},
    {"12.0", {101376, 102400, 1024, 170, 1536, 96 << 20}}};

k::TileOptions options_with(std::int64_t bins) {
  const k::Threshold rule{k::ThresholdKind::tail_mass, 0.05};
  return {rule, rule, bins, 10, k::CountsKind::u32, false, 0.0};
}

TEST(LaunchPolicy, BlocksFitTheDeviceEverywhere) {
  for (const Architecture& on : architectures) {
    for (const bool is_double : {false, true}) {
      for (const std::int64_t bins : {1, 100, 5000, 1 << 20}) {
        for (std::int64_t length = 0; length < 200'000; length = length * 5 / 3 + 1) {
          const auto policy =
              host::choose_extract(options_with(bins), is_double, length, on.limits);
          ASSERT_GT(policy.resident, 0) << on.name << " " << length;
          ASSERT_EQ(policy.threads % 32, 0);
          if (policy.lanes == 0) continue;
          ASSERT_EQ(policy.threads % policy.lanes, 0);
          ASSERT_LE(policy.threads / policy.lanes * policy.series_bytes, on.limits.shared_per_block)
              << on.name << " " << length;
        }
      }
    }
  }
}

TEST(LaunchPolicy, SeriesOfUsualLengthsStayInSharedMemory) {
  for (const Architecture& on : architectures) {
    for (const std::int64_t length : {256, 512, 1024, 2048, 4096}) {
      EXPECT_GT(host::choose_extract(options_with(100), false, length, on.limits).lanes, 0);
      EXPECT_GT(host::choose_extract(options_with(100), true, length, on.limits).lanes, 0);
    }
    EXPECT_EQ(host::choose_extract(options_with(100), true, 1 << 20, on.limits).lanes, 0);
  }
}

// Enough threads to hide the latency of shared memory: an eighth of those that fit.
TEST(LaunchPolicy, AnH200IsFilled) {
  const host::DeviceLimits limits = architectures[3].limits;
  for (const std::int64_t length : {256, 1024, 2048}) {
    const auto policy = host::choose_extract(options_with(100), false, length, limits);
    EXPECT_GE(policy.resident * policy.lanes, limits.multiprocessors * 2048 / 8) << length;
  }
}

}  // namespace
