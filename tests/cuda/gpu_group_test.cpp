// The members of CudaLanes, CudaWarpPart and CudaBlock against plain loops.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "tests/bits/hash.hpp"
#include "tests/cuda/gpu_test.hpp"
#include "tests/cuda/group_kernels.hpp"

namespace {

using namespace tailfit::gpu;

// Any bits for unsigned integers, whose sums wrap; sums of the signed ones stay in range.
template <class Integer>
std::vector<Integer> random_values(std::uint64_t seed, int n) {
  tailfit::bits::Generator generator(seed);
  std::vector<Integer> values(static_cast<std::size_t>(n));
  for (Integer& value : values) {
    value = static_cast<Integer>(generator.next());
    if (std::is_signed_v<Integer>) value = static_cast<Integer>(value / 2048);
  }
  return values;
}

// The results of one group are those of a loop over its values.
template <class Integer>
void expect_members(const Integer* values, const MemberResults<Integer>* results, int size) {
  const Integer sum = std::accumulate(values, values + size, Integer{0});
  const Integer least = *std::min_element(values, values + size);
  const Integer greatest = *std::max_element(values, values + size);
  Integer before = 0;
  using Counter = std::make_unsigned_t<Integer>;
  std::vector<std::pair<Counter, Counter>> counted;  // what was before, what was added
  for (int i = 0; i < size; ++i) {
    const MemberResults<Integer>& found = results[i];
    ASSERT_EQ(found.add, sum) << i;
    ASSERT_EQ(found.min, least) << i;
    ASSERT_EQ(found.max, greatest) << i;
    ASSERT_EQ(found.scan, before) << i;
    ASSERT_EQ(found.broadcast, values[broadcast_from]) << i;
    before = static_cast<Integer>(before + values[i]);
    counted.emplace_back(found.before,
                         static_cast<Counter>(1 + static_cast<Counter>(values[i]) % Counter{256}));
  }
  // In some order, each lane found the sum of those before it.
  std::sort(counted.begin(), counted.end());
  Counter total = 0;
  for (const auto& [found, added] : counted) {
    ASSERT_EQ(found, total);
    total = static_cast<Counter>(total + added);
  }
  for (int i = 0; i < size; ++i) ASSERT_EQ(results[i].counted, total) << i;
}

// lanes 0: a block.
template <class Integer>
void try_members(int lanes, int threads) {
  SCOPED_TRACE(std::to_string(lanes) + " lanes, blocks of " + std::to_string(threads) + ", " +
               std::to_string(sizeof(Integer)) + " bytes");
  constexpr int blocks = 7;
  const auto values =
      random_values<Integer>(static_cast<std::uint64_t>(lanes + threads), blocks * threads);
  const auto results = call_members<Integer>(lanes, threads, blocks, values);
  const int size = lanes == 0 ? threads : lanes;
  for (int first = 0; first < blocks * threads; first += size) {
    expect_members(values.data() + first, results.data() + first, size);
    if (testing::Test::HasFatalFailure()) return;
  }
}

void try_every_integer(int lanes, int threads) {
  try_members<std::int32_t>(lanes, threads);
  try_members<std::uint32_t>(lanes, threads);
  try_members<std::int64_t>(lanes, threads);
  try_members<std::uint64_t>(lanes, threads);
}

template <class Integer>
void try_part(int lanes, int threads) {
  constexpr int blocks = 7;
  const auto values =
      random_values<Integer>(static_cast<std::uint64_t>(lanes + threads), blocks * threads);
  const auto results = call_part<Integer>(lanes, threads, blocks, values);
  for (int i = 0; i < blocks * threads; ++i) {
    const Integer* const group = values.data() + i / lanes * lanes;
    const auto at = static_cast<std::size_t>(i);
    ASSERT_EQ(results[at].add, std::accumulate(group, group + lanes, Integer{0})) << i;
    ASSERT_EQ(results[at].max, *std::max_element(group, group + lanes)) << i;
  }
}

// What call_diverging() does, one group after another; without_scan: call_diverging_parts().
std::vector<std::uint32_t> diverging(int lanes, std::vector<std::uint32_t> values,
                                     bool without_scan = false) {
  const auto size = static_cast<std::size_t>(lanes);
  for (std::size_t group = 0; group * size < values.size(); ++group) {
    std::uint32_t* own = values.data() + group * size;
    for (std::size_t round = 0; round < group % 5; ++round) {
      std::rotate(own, own + 1, own + size);
      const std::uint32_t sum = std::accumulate(own, own + size, 0u);
      std::uint32_t before = 0;
      for (std::size_t i = 0; i < size; ++i) {
        const std::uint32_t value = own[i];
        own[i] = value + sum + (without_scan ? 0u : before);
        before += value;
      }
    }
  }
  return values;
}

class GpuGroup : public OnDevice {};

TEST_F(GpuGroup, LanesCallEveryMember) {
  for (const int lanes : {8, 16, 32}) {
    for (const int threads : {32, 128, 1024}) try_every_integer(lanes, threads);
  }
}

TEST_F(GpuGroup, PartsOfAWarpCallTheirMembers) {
  for (const int lanes : {1, 2, 4, 8, 16, 32}) {
    SCOPED_TRACE(lanes);
    for (const int threads : {32, 64, 1024}) {
      try_part<std::int32_t>(lanes, threads);
      try_part<std::uint64_t>(lanes, threads);
    }
  }
}

TEST_F(GpuGroup, BlocksCallEveryMember) {
  for (const int threads : {32, 64, 256, 1024}) try_every_integer(0, threads);
}

TEST_F(GpuGroup, GroupsOfAWarpNeedNotGoTogether) {
  for (const int lanes : {8, 16, 32}) {
    for (const int threads : {32, 128}) {
      const auto values = random_values<std::uint32_t>(9, 40 * threads);
      EXPECT_EQ(call_diverging(lanes, threads, 40, values), diverging(lanes, values)) << lanes;
    }
  }
}

TEST_F(GpuGroup, PartsOfAWarpNeedNotGoTogether) {
  for (const int lanes : {1, 2, 4, 8, 16, 32}) {
    for (const int threads : {32, 128}) {
      const auto values = random_values<std::uint32_t>(10, 40 * threads);
      EXPECT_EQ(call_diverging_parts(lanes, threads, 40, values), diverging(lanes, values, true))
          << lanes;
    }
  }
}

// Small ones, for compute-sanitizer.
class SanitizerGroup : public OnDevice {};

TEST_F(SanitizerGroup, Lanes) {
  for (const int lanes : {8, 16, 32}) try_members<std::uint32_t>(lanes, 64);
  try_members<std::uint64_t>(8, 32);
}

TEST_F(SanitizerGroup, PartsOfAWarp) {
  const auto values = random_values<std::uint32_t>(10, 64);
  for (const int lanes : {1, 4, 8, 32}) {
    try_part<std::uint64_t>(lanes, 64);
    EXPECT_EQ(call_diverging_parts(lanes, 64, 1, values), diverging(lanes, values, true));
  }
}

TEST_F(SanitizerGroup, Blocks) {
  try_members<std::uint32_t>(0, 64);
  try_members<std::uint64_t>(0, 96);
}

TEST_F(SanitizerGroup, DivergingLanes) {
  const auto values = random_values<std::uint32_t>(9, 64);
  for (const int lanes : {8, 16, 32}) {
    EXPECT_EQ(call_diverging(lanes, 64, 1, values), diverging(lanes, values));
  }
}

}  // namespace
