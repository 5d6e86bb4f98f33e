// How kernels are launched, over a table of architectures.
#include "host/device/launch_policy.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/device/architectures.hpp"

namespace {

namespace host = tailfit::host;
namespace k = tailfit::kernels;
using k::ExtractRegime;
using tailfit::tests::Architecture;
using tailfit::tests::architectures;
using tailfit::tests::expect_legal;
using tailfit::tests::limits_of;
using tailfit::tests::options_with;

TEST(LaunchPolicy, LaunchesAreLegalEverywhere) {
  for (const Architecture& on : architectures) {
    for (const bool is_double : {false, true}) {
      for (const std::int64_t bins : {1, 100, 5000, 1 << 20}) {
        for (std::int64_t length = 0; length < 800'000; length = length * 17 / 16 + 1) {
          SCOPED_TRACE(std::string(on.name) + ", " + std::to_string(length) + " values, " +
                       std::to_string(bins) + " bins");
          expect_legal(host::choose_extract(options_with(bins), is_double, length, on.limits),
                       is_double, length, on.limits);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST(LaunchPolicy, LaunchesOfRollingWindowsAreLegalEverywhere) {
  for (const Architecture& on : architectures) {
    for (const bool is_double : {false, true}) {
      for (const std::int64_t step : {std::int64_t{1}, std::int64_t{7}, std::int64_t{100},
                                      std::int64_t{1} << 62, std::int64_t{-3}}) {
        for (std::int64_t length = 0; length < 800'000; length = length * 9 / 8 + 1) {
          SCOPED_TRACE(std::string(on.name) + ", " + std::to_string(length) + " values, step " +
                       std::to_string(step));
          const auto alone = host::choose_extract(options_with(100), is_double, length, on.limits);
          const auto policy =
              host::choose_extract(options_with(100), is_double, length, on.limits, step);
          expect_legal(policy, is_double, length, on.limits);
          ASSERT_EQ(policy.regime, alone.regime);
          ASSERT_EQ(policy.lanes, alone.lanes);
          if (policy.union_bytes == 0) {
            ASSERT_EQ(policy.resident, alone.resident);
            continue;
          }
          const std::int64_t windows = policy.threads / policy.lanes;
          ASSERT_GE(windows, 2);
          ASSERT_LE((windows - 1) * step, length);
          ASSERT_EQ(policy.union_bytes, k::extract_union_bytes(is_double, length, windows, step));
          ASSERT_GE(4 * policy.resident, 3 * alone.resident);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

// Windows are brought on chip together where lanes of a warp take them and threads enough are left.
TEST(LaunchPolicy, OverlappingWindowsShareABlock) {
  const host::DeviceLimits& limits = limits_of("9.0");
  const auto policy = [&](std::int64_t length, std::int64_t step, bool is_double = false) {
    return host::choose_extract(options_with(100), is_double, length, limits, step);
  };
  for (const std::int64_t length :
       {64, 250, 256, 500, 512, 750, 1000, 1024, 1500, 2000, 2100, 2300, 2500, 2900}) {
    EXPECT_GT(policy(length, 1).union_bytes, 0) << length;
  }
  for (const std::int64_t length : {64, 250, 256, 500, 512, 750}) {
    EXPECT_GT(policy(length, 1, true).union_bytes, 0) << length;
  }
  EXPECT_EQ(policy(1024, 1, true).union_bytes, 0);  // 16 instead of 24 on a multiprocessor
  EXPECT_EQ(5 * policy(1024, 1).resident, 4 * policy(1024, 0).resident);
  EXPECT_EQ(policy(1024, 0).union_bytes, 0);
  EXPECT_EQ(policy(1024, 1025).union_bytes, 0);
  EXPECT_EQ(policy(4096, 1).union_bytes, 0);  // a block each
}

// A launch has the union where its windows lie as they were planned.
TEST(LaunchPolicy, OnlyWindowsThatLieAsPlannedShareABlock) {
  const auto policy = host::choose_extract(options_with(100), false, 1024, limits_of("9.0"), 5);
  ASSERT_GT(policy.union_bytes, 0);
  k::SeriesBatch batch{nullptr, false, 100, 0, 10, 1024, 2000, 5, 1};
  EXPECT_EQ(host::union_bytes_of(policy, batch), policy.union_bytes);
  const auto without = [&](auto k::SeriesBatch::*member, std::int64_t value) {
    k::SeriesBatch other = batch;
    other.*member = value;
    return host::union_bytes_of(policy, other);
  };
  EXPECT_EQ(without(&k::SeriesBatch::n_windows, 1), 0);
  EXPECT_EQ(without(&k::SeriesBatch::value_stride, 2), 0);
  EXPECT_EQ(without(&k::SeriesBatch::window_stride, -5), 0);
  EXPECT_EQ(without(&k::SeriesBatch::window_stride, 0), 0);
  EXPECT_EQ(without(&k::SeriesBatch::window_stride, 50), 0);
  EXPECT_EQ(host::union_bytes_of(
                host::choose_extract(options_with(100), false, 1024, limits_of("9.0")), batch),
            0);
}

// A longer series never comes back to shared memory, nor leaves more of its like on chip; but for a
// few, where sizes of blocks fit a multiprocessor better.
TEST(LaunchPolicy, LongerSeriesTakeMore) {
  for (const Architecture& on : architectures) {
    for (const bool is_double : {false, true}) {
      host::ExtractPolicy before = host::choose_extract(options_with(100), is_double, 1, on.limits);
      for (std::int64_t length = 2; length < 1'200'000; length = length + 1 + length / 50) {
        const auto policy = host::choose_extract(options_with(100), is_double, length, on.limits);
        if (before.regime >= ExtractRegime::cluster) {
          ASSERT_GE(policy.regime, before.regime) << on.name << " " << length;
        }
        if (policy.regime < ExtractRegime::cluster) {
          ASSERT_LE(policy.resident * 4, before.resident * 5) << on.name << " " << length;
        }
        before = policy;
      }
    }
  }
}

struct Choice {
  const char* architecture;
  bool is_double;
  std::int64_t length;
  ExtractRegime regime;
  int threads_of_series;
  std::int64_t series_on_multiprocessor;
};

TEST(LaunchPolicy, ChoosesWhatFillsAMultiprocessor) {
  constexpr auto lanes = ExtractRegime::lanes;
  constexpr auto block = ExtractRegime::shared_block;
  constexpr auto global = ExtractRegime::global_block;
  const Choice choices[] = {
      {"7.5", false, 1024, lanes, 16, 12},   {"7.5", false, 8192, block, 256, 1},
      {"7.5", false, 16384, global, 256, 2}, {"7.5", true, 4096, block, 128, 1},
      {"8.0", false, 1024, lanes, 16, 28},   {"8.0", false, 16384, block, 384, 2},
      {"8.0", true, 16384, block, 512, 1},   {"8.6", false, 4096, block, 128, 4},
      {"8.6", false, 16384, block, 512, 1},  {"9.0", false, 256, lanes, 8, 80},
      {"9.0", false, 1024, lanes, 16, 40},   {"9.0", false, 2048, lanes, 32, 20},
      {"9.0", false, 4096, block, 96, 8},    {"9.0", false, 16384, block, 256, 3},
      {"9.0", false, 49152, block, 768, 1},  {"9.0", true, 2048, block, 64, 10},
      {"9.0", true, 16384, block, 512, 1},   {"9.0", false, 1 << 20, global, 256, 4},
      {"8.0", false, 65536, global, 256, 4}};
  for (const Choice& choice : choices) {
    const host::DeviceLimits& limits = limits_of(choice.architecture);
    const auto policy =
        host::choose_extract(options_with(100), choice.is_double, choice.length, limits);
    const std::string what = std::string(choice.architecture) +
                             (choice.is_double ? ", fp64, " : ", fp32, ") +
                             std::to_string(choice.length);
    EXPECT_EQ(policy.regime, choice.regime) << what;
    EXPECT_EQ(host::threads_of_series(policy), choice.threads_of_series) << what;
    EXPECT_EQ(policy.resident / limits.multiprocessors, choice.series_on_multiprocessor) << what;
  }
}

// A cluster has the fewest blocks that hold a series.
TEST(LaunchPolicy, ClustersTakeWhatABlockCannotHold) {
  const host::DeviceLimits& limits = limits_of("9.0");
  const std::pair<std::int64_t, int> sizes[] = {
      {60'000, 2}, {100'000, 2}, {200'000, 4}, {400'000, 8}, {800'000, 16}};
  for (const auto& [length, blocks] : sizes) {
    const auto policy = host::choose_extract(options_with(100), false, length, limits);
    EXPECT_EQ(policy.regime, ExtractRegime::cluster) << length;
    EXPECT_EQ(policy.cluster, blocks) << length;
    EXPECT_GE(policy.threads, 608) << length;
  }
  // A device of one multiprocessor has no room for two such blocks.
  host::DeviceLimits small = limits;
  small.multiprocessors = 1;
  EXPECT_EQ(host::choose_extract(options_with(100), false, 400'000, small).regime,
            ExtractRegime::global_block);
  small.multiprocessors = 8;
  expect_legal(host::choose_extract(options_with(100), false, 800'000, small), false, 800'000,
               small);
  // Portable clusters have eight blocks at most; other devices none.
  host::DeviceLimits portable = limits;
  portable.greatest_cluster = 8;
  const auto regime = [](std::int64_t length, const host::DeviceLimits& on) {
    return host::choose_extract(options_with(100), false, length, on).regime;
  };
  EXPECT_EQ(regime(400'000, portable), ExtractRegime::cluster);
  EXPECT_EQ(regime(500'000, portable), ExtractRegime::global_block);
  for (const char* without : {"7.5", "8.0", "8.6", "8.9"}) {
    EXPECT_EQ(regime(60'000, limits_of(without)), ExtractRegime::global_block);
  }
}

TEST(LaunchPolicy, SeriesOfUsualLengthsStayInSharedMemory) {
  for (const Architecture& on : architectures) {
    for (const std::int64_t length : {256, 512, 1024, 2048, 4096}) {
      for (const bool is_double : {false, true}) {
        EXPECT_NE(host::choose_extract(options_with(100), is_double, length, on.limits).regime,
                  ExtractRegime::global_block);
      }
    }
    EXPECT_EQ(host::choose_extract(options_with(100), true, 1 << 20, on.limits).regime,
              ExtractRegime::global_block);
  }
}

// Enough threads to hide the latency of shared memory, whatever the length.
TEST(LaunchPolicy, AnH200IsFilled) {
  const host::DeviceLimits& limits = limits_of("9.0");
  for (std::int64_t length = 256; length <= 50'000; length = length * 9 / 8) {
    const auto policy = host::choose_extract(options_with(100), false, length, limits);
    EXPECT_GE(policy.resident * host::threads_of_series(policy), limits.multiprocessors * 400)
        << length;
  }
}

void expect_legal(const host::SolvePolicy& policy, std::int64_t k, bool intervals,
                  const host::DeviceLimits& limits) {
  ASSERT_GE(policy.lanes, 1);
  ASSERT_LE(policy.lanes, 32);
  ASSERT_EQ(policy.lanes & (policy.lanes - 1), 0);
  ASSERT_GE(policy.long_lanes, 32);
  ASSERT_LE(policy.long_lanes, k::solve_block_threads);
  ASSERT_EQ(policy.long_lanes & (policy.long_lanes - 1), 0);
  // No more shared memory than every kernel has without asking for it.
  const std::int64_t most = std::min<std::int64_t>(49152, limits.shared_per_block);
  const std::int64_t shorter = std::min(k, k::greatest_warp_tail);
  ASSERT_LE(k::solve_warp_threads / policy.lanes * k::solve_tail_bytes(shorter, policy.lanes),
            most);
  const int tails_of_block = std::max(1, k::solve_warp_threads / policy.long_lanes);
  ASSERT_LE(tails_of_block * k::solve_tail_bytes(k, policy.long_lanes) + k::block_slot_bytes, most);
  const std::int64_t threads = policy.long_resident / limits.multiprocessors * policy.long_lanes;
  ASSERT_GE(threads, policy.long_lanes);
  ASSERT_LE(threads, std::max(256, policy.long_lanes == 32
                                       ? static_cast<int>(65536 / host::solve_registers(intervals))
                                       : 0));
}

TEST(SolvePolicy, LaunchesAreLegalEverywhere) {
  for (const Architecture& on : architectures) {
    for (const bool intervals : {false, true}) {
      for (std::int64_t tails = 1; tails < std::int64_t{1} << 40; tails = tails * 5 / 2 + 1) {
        for (std::int64_t k = 0; k < std::int64_t{1} << 40; k = k * 7 / 3 + 50) {
          SCOPED_TRACE(std::string(on.name) + ", " + std::to_string(tails) + " tails of " +
                       std::to_string(k));
          expect_legal(host::choose_solve(tails, k, intervals, on.limits), k, intervals, on.limits);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

// A tail alone has nothing to wait for but its own lanes. Of very many each takes one, or two where
// one would leave a multiprocessor of little shared memory with few threads.
TEST(SolvePolicy, FewTailsTakeManyLanesAndManyTakeFew) {
  for (const Architecture& on : architectures) {
    for (const std::int64_t k : {257, 820, 8192, 8193, 1'000'000}) {
      const auto few = host::choose_solve(2, k, false, on.limits);
      EXPECT_EQ(few.lanes, 32) << on.name << " " << k;
      if (k > 8192) EXPECT_EQ(few.long_lanes, 256) << on.name << " " << k;
      const auto many = host::choose_solve(1 << 22, k, false, on.limits);
      EXPECT_LE(many.lanes, on.limits.shared_per_multiprocessor < 100'000 ? 2 : 1)
          << on.name << " " << k;
      // Of the longest ones the part that lanes repeat is too small to tell.
      if (k < 1'000'000) EXPECT_EQ(many.long_lanes, 32) << on.name << " " << k;
    }
  }
}

struct SolveChoice {
  const char* architecture;
  std::int64_t tails;
  std::int64_t k;
  int lanes;
  int long_lanes;
};

// The tails of a chunk of series of 6,000, 16,384 and 163,840 values, and others.
TEST(SolvePolicy, ChoosesWhatFillsTheDeviceOnce) {
  const SolveChoice choices[] = {
      {"9.0", 11'000, 300, 4, 32},  {"9.0", 3800, 820, 8, 32},     {"9.0", 1500, 820, 32, 32},
      {"9.0", 50'000, 820, 1, 32},  {"9.0", 380, 8192, 32, 64},    {"9.0", 100, 45'000, 32, 256},
      {"9.0", 380, 45'000, 32, 64}, {"9.0", 2000, 45'000, 16, 32}, {"8.6", 3800, 820, 2, 32},
      {"8.6", 100, 820, 32, 64},    {"7.5", 3800, 820, 2, 32},     {"8.0", 3800, 820, 8, 32}};
  for (const SolveChoice& choice : choices) {
    const auto policy =
        host::choose_solve(choice.tails, choice.k, false, limits_of(choice.architecture));
    const std::string what = std::string(choice.architecture) + ", " +
                             std::to_string(choice.tails) + " tails of " + std::to_string(choice.k);
    EXPECT_EQ(policy.lanes, choice.lanes) << what;
    EXPECT_EQ(policy.long_lanes, choice.long_lanes) << what;
  }
}

}  // namespace
