// A tail is solved by as many lanes as suit a device: the bits are those of one lane.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "kernels/fit/fit_series.hpp"
#include "kernels/group/fibre_block.hpp"

namespace {

namespace k = tailfit::kernels;

struct Solved {
  double shape;
  double scale;
  double loglik;
  std::int64_t flags;
  bool operator==(const Solved& other) const {
    return std::memcmp(this, &other, sizeof *this) == 0;
  }
};

template <bool intervals, class Group>
Solved solve(const Group& group, std::vector<double>& excess, char* scratch) {
  const k::Threshold rule{k::ThresholdKind::tail_mass, 0.05};
  const k::TileOptions options{
      rule, rule, 20, 5, k::CountsKind::u32, false, intervals ? 0.25 : 0.0};
  const k::TailFit fit = k::solve_tail<intervals>(
      group, options, excess.data(), static_cast<std::int64_t>(excess.size()), scratch);
  return {fit.shape, fit.scale, fit.loglik, fit.flags};
}

// Every lane's result, from no more memory than is asked for.
template <bool intervals>
void expect_bits_of_one_lane(const std::vector<double>& excess, int lanes) {
  const auto n = static_cast<std::int64_t>(excess.size());
  std::vector<double> own = excess;
  std::vector<char> memory(static_cast<std::size_t>(k::canonical_scratch_bytes(n)));
  const Solved expected = solve<intervals>(k::SerialGroup{}, own, memory.data());
  const auto bytes = static_cast<std::size_t>(k::canonical_scratch_bytes(n, lanes));
  std::vector<char> scratch(bytes + 64, char{0x5A});
  std::vector<double> shared = excess;
  std::vector<Solved> found(static_cast<std::size_t>(lanes));
  k::run_fibre_block(lanes, 3, [&](const k::FibreBlock& group) {
    found[static_cast<std::size_t>(group.rank())] = solve<intervals>(group, shared, scratch.data());
  });
  for (const Solved& each : found) {
    ASSERT_TRUE(each == expected) << n << " excesses, " << lanes << " lanes: shape " << each.shape
                                  << ", expected " << expected.shape;
  }
  for (std::size_t i = bytes; i < scratch.size(); ++i) ASSERT_EQ(scratch[i], 0x5A);
}

// Pareto excesses of this shape; `grain` > 0: multiples of it, so that many tie.
std::vector<double> excesses(std::uint64_t seed, std::int64_t n, double shape, double grain) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(1e-9, 1.0);
  std::vector<double> values(static_cast<std::size_t>(n));
  for (double& y : values) {
    const double z = -std::log(uniform(random));
    y = shape == 0.0 ? z : std::expm1(shape * z) / shape;
    if (grain > 0.0) y = grain * std::ceil(y / grain);
  }
  return values;
}

// Around the ends of the regimes, with whole and partial last groups, for light and heavy tails and
// for ones whose passes are of every kind (near zero, far from it, beyond the joint limit).
TEST(SolveLanes, EveryNumberOfLanesHasTheBitsOfOne) {
  std::uint64_t seed = 1;
  for (const std::int64_t n : {257, 258, 259, 260, 384, 819, 1025}) {
    for (const double shape : {-0.4, 0.0, 0.3, 1.5, 60.0}) {
      const std::vector<double> values = excesses(seed++, n, shape, 0.0);
      for (const int lanes : {2, 4, 8, 16, 32}) expect_bits_of_one_lane<false>(values, lanes);
    }
  }
  for (const std::int64_t n : {8191, 8192, 8193, 8194, 8197, 12'291}) {
    const std::vector<double> values = excesses(seed++, n, 0.2, 0.0);
    for (const int lanes : {4, 8, 32, 64, 128, 256}) expect_bits_of_one_lane<false>(values, lanes);
  }
}

TEST(SolveLanes, TiesAndEqualExcessesHaveTheBitsOfOneLane) {
  for (const int lanes : {2, 4, 8, 16, 32}) {
    expect_bits_of_one_lane<false>(excesses(77, 700, 0.2, 0.5), lanes);
    expect_bits_of_one_lane<false>(std::vector<double>(300, 2.5), lanes);
    std::vector<double> few(301, 1.0);
    few[300] = 3.0;  // alone in the last group
    expect_bits_of_one_lane<false>(few, lanes);
  }
}

TEST(SolveLanes, IntervalsHaveTheBitsOfOneLane) {
  for (const std::int64_t n : {257, 903}) {
    const std::vector<double> values = excesses(78, n, 0.2, 0.25);
    for (const int lanes : {2, 4, 8, 16, 32}) expect_bits_of_one_lane<true>(values, lanes);
  }
  const std::vector<double> values = excesses(79, 8195, 0.2, 0.25);
  for (const int lanes : {8, 32, 64, 256}) expect_bits_of_one_lane<true>(values, lanes);
}

}  // namespace
