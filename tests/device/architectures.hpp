// The devices that launches are planned for in tests, and what a legal launch is.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "host/device/launch_policy.hpp"

namespace tailfit::tests {
namespace {

struct Architecture {
  const char* name;
  host::DeviceLimits limits;
};

// From the CUDA programming guide's table of compute capabilities: T4, A100, RTX 3090, L40, H200,
// B200, RTX 5090.
inline const std::vector<Architecture> architectures = {
    {"7.5", {65536, 65536, 0, 40, 1024, 16, 4 << 20, 1, 32}},
    {"8.0", {166912, 167936, 1024, 108, 2048, 32, 40 << 20, 1, 2}},
    {"8.6", {101376, 102400, 1024, 82, 1536, 16, 6 << 20, 1, 64}},
    {"8.9", {101376, 102400, 1024, 142, 1536, 24, 96 << 20, 1, 64}},
    {"9.0", {232448, 233472, 1024, 132, 2048, 32, 50 << 20, 16, 2}},
    {"10.0", {232448, 233472, 1024, 148, 2048, 32, 126 << 20, 16, 2}},
    {"12.0", {101376, 102400, 1024, 170, 1536, 24, 96 << 20, 8, 64}}};

inline const host::DeviceLimits& limits_of(const std::string& name) {
  const auto found =
      std::find_if(architectures.begin(), architectures.end(),
                   [&](const Architecture& architecture) { return name == architecture.name; });
  return found->limits;
}

inline kernels::TileOptions options_with(std::int64_t bins) {
  const kernels::Threshold rule{kernels::ThresholdKind::tail_mass, 0.05};
  return {rule, rule, bins, 10, kernels::CountsKind::u32, false, 0.0};
}

inline std::int64_t series_of_block(const host::ExtractPolicy& policy) {
  return policy.lanes > 0 ? policy.threads / policy.lanes : 1;
}

// What one block takes of its multiprocessor's shared memory.
inline std::int64_t block_bytes(const host::ExtractPolicy& policy) {
  return series_of_block(policy) * policy.series_bytes + policy.union_bytes;
}

inline void expect_legal(const host::ExtractPolicy& policy, bool is_double, std::int64_t length,
                         const host::DeviceLimits& limits) {
  ASSERT_GT(policy.resident, 0);
  ASSERT_GT(policy.threads, 0);
  ASSERT_EQ(policy.threads % 32, 0);
  ASSERT_LE(policy.threads, 1024);
  ASSERT_LE(block_bytes(policy), limits.shared_per_block);
  if (policy.regime == kernels::ExtractRegime::global_block) return;
  if (policy.regime == kernels::ExtractRegime::cluster) {
    ASSERT_GE(policy.cluster, 2);
    ASSERT_LE(policy.cluster, limits.greatest_cluster);
    ASSERT_LE(policy.cluster, limits.multiprocessors);  // each of its blocks fills one
    ASSERT_EQ(policy.cluster & (policy.cluster - 1), 0);
    ASSERT_LE(policy.threads, kernels::cluster_threads(is_double));
    ASSERT_GE(length / host::threads_of_series(policy), 32);
    return;
  }
  ASSERT_EQ(policy.cluster, 1);
  const std::int64_t blocks = policy.resident / limits.multiprocessors / series_of_block(policy);
  ASSERT_GE(blocks, 1);
  ASSERT_LE(blocks, limits.blocks_per_multiprocessor);
  ASSERT_LE(blocks * (block_bytes(policy) + limits.shared_reserved),
            limits.shared_per_multiprocessor);
  ASSERT_LE(blocks * policy.threads, limits.threads_per_multiprocessor);
  if (policy.regime == kernels::ExtractRegime::lanes) {
    ASSERT_EQ(policy.threads % policy.lanes, 0);
    ASSERT_LE(blocks * policy.threads, 65536 / host::extract_registers);
  } else {
    ASSERT_LE(policy.threads, kernels::shared_block_threads(is_double));
    ASSERT_LE(blocks * policy.threads, 65536 / host::shared_block_registers(is_double));
    ASSERT_GE(length / policy.threads, 32);
  }
}

}  // namespace
}  // namespace tailfit::tests
