#include "kernels/fit/select.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/group/serial_group.hpp"

namespace {

namespace k = tailfit::kernels;

template <class T, class Counter>
void expect_selection_sorts(const std::vector<T>& values, const std::string& what) {
  using Key = typename k::KeyOf<T>::Key;
  const auto n = static_cast<std::int64_t>(values.size());
  std::vector<k::KeyWord<Key>> keys(values.size());
  std::vector<Counter> memory(static_cast<std::size_t>(k::select_bytes<Counter>(1)) /
                              sizeof(Counter));
  std::vector<T> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const auto series = k::stage_series<T>(k::SerialGroup{}, {values.data(), n, 1}, keys[0].key);
  ASSERT_EQ(series.n, n);
  const auto at = [&](std::int64_t r) {
    return static_cast<double>(sorted[static_cast<std::size_t>(std::min(r, n - 1))]);
  };
  for (std::int64_t rank = 0; rank < n; rank += std::max<std::int64_t>(1, n / 97)) {
    const std::int64_t ranks[2] = {rank, n - 1 - rank / 2};
    k::KeyPair<Key> pairs[2];
    k::select_pairs(k::SerialGroup{}, series, ranks, memory.data(), pairs);
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(k::value_of_key(pairs[i].first), at(ranks[i])) << what << ", rank " << ranks[i];
      ASSERT_EQ(k::value_of_key(pairs[i].second), at(ranks[i] + 1)) << what << ", " << ranks[i];
    }
  }
}

template <class T>
void expect_selection_sorts(const std::vector<T>& values, const std::string& what) {
  expect_selection_sorts<T, std::uint64_t>(values, what);
  expect_selection_sorts<T, std::uint32_t>(values, what + ", 32-bit counters");
}

TEST(OrderedKey, SortsAsTheNumbersDoAndTurnsBackExactly) {
  const std::vector<double> increasing = {-1.7e308, -1.0,   -2.2e-308, -4.9e-324, 0.0,
                                          4.9e-324, 1e-300, 1.0,       1.0000001, 1.7e308};
  for (std::size_t i = 0; i < increasing.size(); ++i) {
    EXPECT_EQ(k::value_of_key(k::ordered_key(increasing[i])), increasing[i]);
    if (i > 0) EXPECT_LT(k::ordered_key(increasing[i - 1]), k::ordered_key(increasing[i]));
  }
  EXPECT_LT(k::ordered_key(-1.5f), k::ordered_key(-1.25f));
  EXPECT_LT(k::ordered_key(-0.5f), k::ordered_key(0.5f));
}

TEST(OrderedKey, ThresholdsBecomeTheKeysOfTheirNeighbours) {
  std::mt19937_64 random(14);
  for (int i = 0; i < 100'000; ++i) {
    const float x = k::float_of(static_cast<std::uint32_t>(random()));
    if (!k::is_finite(x)) continue;
    const double u =
        i % 3 == 0
            ? static_cast<double>(x)
            : k::double_of(k::bits_of(static_cast<double>(x)) + static_cast<unsigned>(i % 7)) + 0.0;
    const std::uint32_t above = k::key_at_or_above(std::uint32_t{}, u);
    const std::uint32_t below = k::key_at_or_below(std::uint32_t{}, u);
    ASSERT_GE(k::value_of_key(above), u);
    ASSERT_LT(k::value_of_key(above - 1), u);
    ASSERT_LE(k::value_of_key(below), u);
    ASSERT_GT(k::value_of_key(below + 1), u);
  }
  const auto no_finite = k::key_of_infinity<std::uint32_t>(true);
  EXPECT_EQ(k::key_at_or_above(std::uint32_t{}, 1e300), no_finite);
  EXPECT_EQ(k::key_at_or_below(std::uint32_t{}, 1e300), no_finite - 1);
  EXPECT_EQ(k::key_at_or_above(std::uint32_t{}, 0.0), k::ordered_key(0.0f));
  EXPECT_EQ(k::key_at_or_below(std::uint32_t{}, -0.0), k::ordered_key(0.0f));
  EXPECT_EQ(k::key_at_or_above(std::uint64_t{}, -1.5), k::ordered_key(-1.5));
}

TEST(Select, FindsEveryOrderStatisticOfRandomSeries) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal;
  for (const std::size_t n : {1u, 2u, 3u, 10u, 100u, 1000u, 5000u}) {
    std::vector<double> doubles(n);
    std::vector<float> floats(n);
    for (double& x : doubles) x = normal(random);
    for (float& x : floats) x = static_cast<float>(normal(random));
    expect_selection_sorts(doubles, "double, n = " + std::to_string(n));
    expect_selection_sorts(floats, "float, n = " + std::to_string(n));
  }
}

TEST(Select, HandlesTiesConstantsAndTwoClusters) {
  std::mt19937_64 random(12);
  std::vector<double> ties(3000);
  std::vector<double> clusters(3000);
  for (double& x : ties) x = static_cast<double>(random() % 5);
  for (double& x : clusters) x = random() % 2 == 0 ? 0.0 : 1e9;
  expect_selection_sorts(ties, "ties");
  expect_selection_sorts(clusters, "clusters");
  expect_selection_sorts(std::vector<double>(100, 4.25), "constant");
}

TEST(Select, HandlesNeighbouringAndExtremeNumbers) {
  std::mt19937_64 random(13);
  std::vector<double> neighbours(2000);
  for (double& x : neighbours) x = k::double_of(0x3FF0000000000000u + random() % 4000);
  std::vector<double> any;
  while (any.size() < 2000) {
    const double x = k::double_of(random());
    if (k::is_finite(x)) any.push_back(x + 0.0);
  }
  expect_selection_sorts(neighbours, "neighbours");
  expect_selection_sorts(any, "any bits");
}

}  // namespace
