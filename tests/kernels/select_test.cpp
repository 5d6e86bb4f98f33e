#include "kernels/fit/select.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/group/serial_group.hpp"

namespace {

namespace k = tailfit::kernels;

// A series that one lane has staged, and the memory that selection takes.
template <class T, class Counter>
struct Selection {
  using Key = typename k::KeyOf<T>::Key;

  explicit Selection(const std::vector<T>& values)
      : keys(values.size()),
        memory(static_cast<std::size_t>(k::select_bytes<Counter>(1)) / sizeof(Counter)),
        series(k::stage_series<T>(k::SerialGroup{},
                                  {values.data(), static_cast<std::int64_t>(values.size()), 1},
                                  keys[0].key)) {}
  void select(const std::int64_t (&ranks)[2], bool sets_aside) {
    k::select_pairs(k::SerialGroup{}, series, ranks, sets_aside, memory.data(), pairs);
  }

  std::vector<k::KeyWord<Key>> keys;
  std::vector<Counter> memory;
  k::StagedSeries<Key> series;
  k::KeyPair<Key> pairs[2];
};

template <class T, class Counter>
void expect_selection_sorts(const std::vector<T>& values, const std::string& what) {
  const auto n = static_cast<std::int64_t>(values.size());
  Selection<T, Counter> selection(values);
  const auto& pairs = selection.pairs;
  std::vector<T> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  ASSERT_EQ(selection.series.n, n);
  const auto at = [&](std::int64_t r) {
    return static_cast<double>(sorted[static_cast<std::size_t>(std::min(r, n - 1))]);
  };
  for (std::int64_t rank = 0; rank < n; rank += std::max<std::int64_t>(1, n / 97)) {
    const std::int64_t ranks[2] = {rank, n - 1 - rank / 2};
    selection.select(ranks, false);
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(k::value_of_key(pairs[i].first), at(ranks[i])) << what << ", rank " << ranks[i];
      ASSERT_EQ(k::value_of_key(pairs[i].second), at(ranks[i] + 1)) << what << ", " << ranks[i];
    }
  }
}

// The same where keys between the pairs are set aside: those that are not keep their order.
template <class T, class Counter>
void expect_inner_keys_set_aside(const std::vector<T>& values, const std::string& what) {
  using Key = typename k::KeyOf<T>::Key;
  const auto n = static_cast<std::int64_t>(values.size());
  std::vector<Key> all;
  for (const T x : values) all.push_back(k::ordered_key(x));
  std::vector<Key> sorted = all;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](std::int64_t r) {
    return sorted[static_cast<std::size_t>(std::min(r, n - 1))];
  };
  for (const double tail : {0.01, 0.05, 0.2, 0.45}) {
    const auto below = static_cast<std::int64_t>(tail * static_cast<double>(n));
    const std::int64_t ranks[2] = {below, n - 1 - below};
    Selection<T, Counter> selection(values);
    const auto& pairs = selection.pairs;
    const auto& series = selection.series;
    selection.select(ranks, true);
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(pairs[i].first, at(ranks[i])) << what << ", " << tail;
      ASSERT_EQ(pairs[i].second, at(ranks[i] + 1)) << what << ", " << tail;
    }
    const Key* const first = series.mine.keys;
    const std::vector<Key> mine(first, first + series.mine.n);
    std::vector<Key> inner(first + series.mine.n, first + series.mine.n + series.n_inner);
    for (const Key key : inner) {
      ASSERT_GT(key, pairs[0].second) << what << ", " << tail;
      ASSERT_LT(key, pairs[1].first) << what << ", " << tail;
    }
    // mine is what is left of all in its order, less the inner keys.
    std::sort(inner.begin(), inner.end());
    std::vector<Key> left;
    for (const Key key : all) {
      const auto found = std::lower_bound(inner.begin(), inner.end(), key);
      if (found != inner.end() && *found == key) {
        inner.erase(found);
      } else {
        left.push_back(key);
      }
    }
    ASSERT_TRUE(inner.empty());
    if (series.n_inner > 0) {
      // Ties of an inner key in the last word of mine may be another of them.
      ASSERT_EQ(left.size(), mine.size());
      const auto is_outer = [&](Key key) {
        return key <= pairs[0].second || key >= pairs[1].first;
      };
      std::vector<Key> outer_left;
      std::vector<Key> outer_mine;
      std::copy_if(left.begin(), left.end(), std::back_inserter(outer_left), is_outer);
      std::copy_if(mine.begin(), mine.end(), std::back_inserter(outer_mine), is_outer);
      ASSERT_EQ(outer_left, outer_mine) << what << ", " << tail;
    } else {
      ASSERT_EQ(mine, all) << what << ", " << tail;
    }
  }
}

template <class T>
void expect_selection_sorts(const std::vector<T>& values, const std::string& what) {
  expect_selection_sorts<T, std::uint64_t>(values, what);
  expect_selection_sorts<T, std::uint32_t>(values, what + ", 32-bit counters");
  expect_inner_keys_set_aside<T, std::uint64_t>(values, what);
  expect_inner_keys_set_aside<T, std::uint32_t>(values, what + ", 32-bit counters");
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

// Windows follow each other, and each holds the keys of its bucket.
template <class T>
void expect_buckets_tile(T least, T greatest, std::uint32_t magnitude, int bits) {
  using Key = typename k::KeyOf<T>::Key;
  const k::KeyRange<Key> range{k::ordered_key(least), k::ordered_key(greatest)};
  const auto map = k::make_bucket_map(range, magnitude, 3, bits);
  const int last = map.bucket(range.greatest);
  ASSERT_EQ(map.bucket(range.least), 0) << least << " " << greatest;
  ASSERT_LT(last, 1 << bits) << least << " " << greatest;
  Key next = map.window(0).begin;
  ASSERT_LE(next, range.least);
  for (int b = 0; b <= last; ++b) {
    const k::KeyWindow<Key> window = map.window(b);
    ASSERT_EQ(window.begin, next) << least << " " << greatest << ", bucket " << b;
    next = static_cast<Key>(window.begin + window.last + 1);
    const Key first = std::max(window.begin, range.least);
    const Key end = b == last ? range.greatest : static_cast<Key>(next - 1);
    for (const Key key : {first, static_cast<Key>(first + (end - first) / 2), end}) {
      ASSERT_EQ(map.bucket(key), b) << least << " " << greatest << " of " << bits << " bits";
    }
  }
}

// Gaps that begin nowhere, far below the range's magnitudes, and at the greatest of them.
template <class T>
void expect_buckets_tile(T least, T greatest, int bits) {
  using Key = typename k::KeyOf<T>::Key;
  const auto largest = k::magnitude_bits<Key>({k::ordered_key(least), k::ordered_key(greatest)});
  for (const std::uint32_t magnitude :
       {std::uint32_t{0}, largest / 2, largest - largest / 16, largest, ~std::uint32_t{0}}) {
    expect_buckets_tile(least, greatest, magnitude, bits);
  }
}

template <class T>
void expect_buckets_tile_all_ranges() {
  std::mt19937_64 random(16);
  using Key = typename k::KeyOf<T>::Key;
  const T greatest = std::numeric_limits<T>::max();
  const T tiny = std::numeric_limits<T>::denorm_min();
  for (const int bits : {7, 8, 10}) {
    for (const T x : {T{0}, tiny, T{1}, greatest}) {
      for (const T y : {T{0}, tiny, T{1}, greatest}) {
        expect_buckets_tile<T>(-x, y, bits);
        expect_buckets_tile<T>(std::min(x, y), std::max(x, y), bits);
        expect_buckets_tile<T>(std::min(-x, -y) + T{0}, std::max(-x, -y) + T{0}, bits);
      }
    }
    for (int i = 0; i < 3'000; ++i) {
      T pair[2];
      for (T& x : pair) {
        do x = k::number_of_key(static_cast<Key>(random()));
        while (!k::is_finite(x));
        if (i % 2 == 0) x = std::fmod(x, T{20});
        x += T{0};
      }
      if (i % 3 == 0) pair[1] = pair[0] * static_cast<T>(1.0001) + T{0};
      if (!k::is_finite(pair[1])) continue;
      expect_buckets_tile<T>(std::min(pair[0], pair[1]), std::max(pair[0], pair[1]), bits);
    }
  }
}

TEST(BucketMap, BucketsFollowEachOtherAndHoldTheirKeys) {
  expect_buckets_tile_all_ranges<float>();
  expect_buckets_tile_all_ranges<double>();
}

TEST(BucketMap, TailsHaveFractionsOfAnOctaveAndSmallNumbersShareABucket) {
  const std::uint32_t magnitude =
      k::magnitude_bits<std::uint32_t>({k::ordered_key(-2.1f), k::ordered_key(2.5f)});
  EXPECT_EQ(magnitude, k::ordered_key(2.5f) - k::ordered_key(0.0f));
  const auto expect_apart = [&](float greatest) {
    const auto map = k::make_bucket_map<std::uint32_t>(
        {k::ordered_key(-9.0f), k::ordered_key(greatest)}, magnitude, 3, 7);
    EXPECT_GT(map.bucket(k::ordered_key(2.5f)), map.bucket(k::ordered_key(1.9f))) << greatest;
    EXPECT_GT(map.bucket(k::ordered_key(-1.9f)), map.bucket(k::ordered_key(-2.5f))) << greatest;
    EXPECT_EQ(map.bucket(k::ordered_key(0.1f)), map.bucket(k::ordered_key(-0.1f))) << greatest;
  };
  expect_apart(11.0f);
  expect_apart(1e7f);  // a spike
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

TEST(Select, SetsMostKeysOfARandomSeriesAside) {
  std::mt19937_64 random(15);
  std::student_t_distribution<float> student(4.0f);
  std::vector<float> values(1000);
  for (float& x : values) x = student(random);
  Selection<float, std::uint32_t> selection(values);
  selection.select({50, 949}, true);
  EXPECT_GT(selection.series.n_inner, 800);
  EXPECT_EQ(selection.series.mine.n + selection.series.n_inner, 1000);
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
