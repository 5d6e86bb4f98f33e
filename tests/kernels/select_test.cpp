#include "kernels/fit/select.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/group/host_block.hpp"

namespace {

namespace k = tailfit::kernels;

template <class T>
using KeyVector = std::vector<typename k::KeyOf<T>::Key>;

template <class T>
KeyVector<T> keys_of(const std::vector<T>& values) {
  KeyVector<T> keys;
  for (const T value : values) keys.push_back(k::ordered_key(value));
  return keys;
}

template <class T>
void expect_selection_sorts(const std::vector<T>& values, const std::string& what) {
  KeyVector<T> keys = keys_of(values);
  KeyVector<T> kept(keys.size());
  std::vector<std::uint64_t> counters(2 * k::select_buckets);
  std::vector<T> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<std::int64_t>(values.size());
  const auto base = k::begin_selection(k::SerialGroup{}, keys.data(), n, counters.data());
  for (std::int64_t rank = 0; rank < n; rank += std::max<std::int64_t>(1, n / 97)) {
    const auto pair = k::select_pair(k::SerialGroup{}, base, rank, kept.data(),
                                     counters.data() + k::select_buckets);
    const auto at = [&](std::int64_t r) {
      return static_cast<double>(sorted[static_cast<std::size_t>(std::min(r, n - 1))]);
    };
    ASSERT_EQ(k::value_of_key(pair.first), at(rank)) << what << ", rank " << rank;
    ASSERT_EQ(k::value_of_key(pair.second), at(rank + 1)) << what << ", rank " << rank;
  }
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
