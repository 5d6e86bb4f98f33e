#include "kernels/fit/canonical_sum.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "kernels/group/fibre_block.hpp"
#include "kernels/group/host_block.hpp"
#include "kernels/group/serial_group.hpp"

namespace {

namespace k = tailfit::kernels;

struct Sum {
  double value = 0.0;
  void merge(const Sum& other) { value += other.value; }
};

std::vector<double> random_terms(std::int64_t n) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  std::vector<double> terms(static_cast<std::size_t>(n));
  for (double& term : terms) term = uniform(random);
  return terms;
}

template <class Group>
double sum_of_groups(const Group& group, const std::vector<double>& terms, double* scratch) {
  const auto k = static_cast<std::int64_t>(terms.size()) * 4;  // one term per group of four
  return k::canonical_sum<Sum>(group, k, scratch,
                               [&](Sum& sum, std::int64_t four) {
                                 sum.value += terms[static_cast<std::size_t>(four)];
                               })
      .value;
}

TEST(CanonicalSum, AddsInSequenceUpTo256Terms) {
  const std::vector<double> terms = random_terms(64);
  double expected = 0.0;
  for (const double term : terms) expected += term;
  EXPECT_EQ(sum_of_groups(k::SerialGroup{}, terms, nullptr), expected);
}

// As the header says it, word by word.
double sum_by_the_book(const std::vector<double>& terms) {
  const std::size_t accumulators = terms.size() <= 2048 ? 32 : 1024;
  std::vector<double> sums(accumulators, 0.0);
  for (std::size_t g = 0; g < terms.size(); ++g) sums[g % accumulators] += terms[g];
  for (std::size_t distance = accumulators / 2; distance > 0; distance /= 2) {
    const std::vector<double> before = sums;
    for (std::size_t a = 0; a < accumulators; ++a) sums[a] = before[a] + before[a ^ distance];
  }
  return sums[0];
}

// Also where the last groups reach few accumulators, and with no more memory than is asked for.
TEST(CanonicalSum, IsAnXorTreeOverAccumulatorsForEveryNumberOfLanes) {
  constexpr double untouched = -77.5;
  for (const std::int64_t n : {65, 66, 95, 96, 97, 500, 2047, 2048, 2049, 3071, 3072, 5000}) {
    const std::vector<double> terms = random_terms(n);
    const double expected = sum_by_the_book(terms);
    for (const int lanes : {1, 2, 3, 4, 7, 8, 16, 31, 32, 33, 64, 128, 256, 1100}) {
      const std::int64_t bytes = k::canonical_scratch_bytes(4 * n, lanes);
      EXPECT_LE(bytes, k::canonical_scratch_bytes(4 * n));
      const auto doubles =
          static_cast<std::size_t>(bytes / k::canonical_accumulator_bytes);  // one an accumulator
      std::vector<double> scratch(doubles + 8, untouched);
      std::vector<double> results(static_cast<std::size_t>(lanes));
      k::run_fibre_block(lanes, 11, [&](const k::FibreBlock& block) {
        results[static_cast<std::size_t>(block.rank())] =
            sum_of_groups(block, terms, scratch.data());
      });
      for (const double result : results) ASSERT_EQ(result, expected) << n << " in " << lanes;
      for (std::size_t i = doubles; i < scratch.size(); ++i) ASSERT_EQ(scratch[i], untouched);
    }
  }
}

// A result for each level of the tree that a lane combines alone.
TEST(CanonicalSum, TakesLittleSharedMemory) {
  constexpr std::int64_t one = k::canonical_accumulator_bytes;
  EXPECT_EQ(k::canonical_scratch_bytes(256, 1), 0);
  EXPECT_EQ(k::canonical_scratch_bytes(257, 1), 5 * one);
  EXPECT_EQ(k::canonical_scratch_bytes(257, 4), 4 * 3 * one);
  EXPECT_EQ(k::canonical_scratch_bytes(8192, 16), 16 * one);
  EXPECT_EQ(k::canonical_scratch_bytes(8192, 32), 32 * one);
  EXPECT_EQ(k::canonical_scratch_bytes(8192, 64), 32 * one);
  EXPECT_EQ(k::canonical_scratch_bytes(8193, 1), 10 * one);
  EXPECT_EQ(k::canonical_scratch_bytes(8193, 32), 32 * 5 * one);
  EXPECT_EQ(k::canonical_scratch_bytes(8193, 48), 32 * 5 * one);
  EXPECT_EQ(k::canonical_scratch_bytes(8193, 256), 256 * 2 * one);
}

TEST(CanonicalSum, IsTheSameForRealThreads) {
  for (const std::int64_t n : {65, 2049}) {
    const std::vector<double> terms = random_terms(n);
    for (const int lanes : {2, 7, 32}) {
      std::vector<double> scratch(1024);
      std::vector<double> results(static_cast<std::size_t>(lanes));
      k::run_host_block(lanes, [&](const k::HostBlock& block) {
        results[static_cast<std::size_t>(block.rank())] =
            sum_of_groups(block, terms, scratch.data());
      });
      for (const double result : results) {
        EXPECT_EQ(result, sum_by_the_book(terms)) << n << " in " << lanes;
      }
    }
  }
}

}  // namespace
