#include "kernels/fit/canonical_sum.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

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

TEST(CanonicalSum, UsesThirtyTwoAccumulatorsAndAnXorTreeUpTo8192Terms) {
  const std::vector<double> terms = random_terms(65);
  std::vector<double> lanes(32, 0.0);
  for (std::size_t g = 0; g < terms.size(); ++g) lanes[g % 32] += terms[g];
  for (std::size_t distance : {16u, 8u, 4u, 2u, 1u}) {
    const std::vector<double> before = lanes;
    for (std::size_t a = 0; a < 32; ++a) lanes[a] = before[a] + before[a ^ distance];
  }
  std::vector<double> scratch(1024 * 8);
  EXPECT_EQ(sum_of_groups(k::SerialGroup{}, terms, scratch.data()), lanes[0]);
}

TEST(CanonicalSum, IsTheSameForEveryNumberOfLanes) {
  for (const std::int64_t n : {65, 500, 2048, 2049, 5000}) {
    const std::vector<double> terms = random_terms(n);
    std::vector<double> scratch(1024 * 8);
    const double expected = sum_of_groups(k::SerialGroup{}, terms, scratch.data());
    for (const int lanes : {2, 7, 32}) {
      std::vector<double> results(static_cast<std::size_t>(lanes));
      k::run_host_block(lanes, [&](const k::HostBlock& block) {
        results[static_cast<std::size_t>(block.rank())] =
            sum_of_groups(block, terms, scratch.data());
      });
      for (const double result : results) EXPECT_EQ(result, expected) << n << " in " << lanes;
    }
  }
}

}  // namespace
