// What a block brings on chip of its rolling windows, and what groups copy from there.
#include "kernels/fit/stage_windows.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "kernels/group/fibre_block.hpp"

namespace {

namespace k = tailfit::kernels;

// Any values, one of ten NaN, infinite or -0.
template <class T>
std::vector<T> values_of(std::int64_t n) {
  std::vector<T> values;
  for (std::int64_t i = 0; i < n; ++i) {
    const T odd[] = {std::numeric_limits<T>::quiet_NaN(), -std::numeric_limits<T>::infinity(),
                     std::numeric_limits<T>::infinity(), -T{0}};
    values.push_back(i % 10 == 3 ? odd[i / 10 % 4] : static_cast<T>(i * 37 % 101) - T{50});
  }
  return values;
}

template <class Key>
std::vector<k::KeyWord<Key>> words_for(std::int64_t keys) {
  EXPECT_EQ(keys % k::KeyWord<Key>::size, 0);
  return std::vector<k::KeyWord<Key>>(static_cast<std::size_t>(keys / k::KeyWord<Key>::size));
}

template <class T>
void expect_keys(const T* values, std::int64_t n, const typename k::KeyOf<T>::Key* keys) {
  ASSERT_NE(keys, nullptr);
  for (std::int64_t t = 0; t < n; ++t) ASSERT_EQ(keys[t], k::ordered_key(values[t] + T{0})) << t;
}

template <class T>
void expect_stretches(int lanes) {
  using Key = typename k::KeyOf<T>::Key;
  for (std::int64_t begin = 0; begin < 4; ++begin) {
    for (const std::int64_t n : {0, 1, 2, 3, 4, 5, 7, 8, 33, 512, 999}) {
      SCOPED_TRACE(std::to_string(n) + " from " + std::to_string(begin));
      std::vector<k::KeyWord<Key>> memory = words_for<Key>(k::union_keys<Key>(n, 1, 0));
      const std::vector<T> values = values_of<T>(begin + n);  // nothing may be read behind them
      const T* const first = values.data() + begin;
      k::run_fibre_block(lanes, 7, [&](const k::FibreBlock& group) {
        expect_keys(first, n, k::stage_stretch(group, first, n, memory[0].key));
      });
      // Nor has what lies before them been.
      const std::int64_t lead = begin % k::KeyWord<Key>::size;
      for (std::int64_t i = 0; i < lead; ++i) EXPECT_EQ(memory[0].key[i], Key{0});
    }
  }
}

TEST(StageWindows, EveryStretchHasItsKeys) {
  for (const int lanes : {1, 3, 32, 128}) {
    SCOPED_TRACE(lanes);
    expect_stretches<float>(lanes);
    expect_stretches<double>(lanes);
  }
}

// Every first fit of every number of groups: the windows of its series, and no others.
template <class T>
void expect_windows(std::int64_t length, std::int64_t step) {
  using Key = typename k::KeyOf<T>::Key;
  constexpr std::int64_t n_windows = 5;
  const std::int64_t pitch = length + (n_windows - 1) * step + 1;
  const std::vector<T> values = values_of<T>(3 * pitch);
  // Begins with window 2 and ends before the last one.
  const k::SeriesBatch batch{values.data(), sizeof(T) == 8, 12,   2, n_windows,
                             length,        pitch,          step, 1};
  for (std::int64_t first = 0; first < batch.n_fits; ++first) {
    for (const std::int64_t groups : {1, 2, 4, 16}) {
      SCOPED_TRACE(std::to_string(groups) + " groups from fit " + std::to_string(first));
      std::vector<k::KeyWord<Key>> memory =
          words_for<Key>(k::union_keys<Key>(length, groups, step));
      k::WindowUnion<Key> windows{};
      k::run_fibre_block(32, 5, [&](const k::FibreBlock& group) {
        windows = k::stage_windows<T>(group, batch, first, groups, memory[0].key);
      });
      for (std::int64_t i = 0; i < groups; ++i) {
        const std::int64_t number = batch.first_window + first + i;
        const bool is_there = first + i < batch.n_fits &&
                              number / n_windows == (batch.first_window + first) / n_windows;
        ASSERT_EQ(windows.keys_of(i) != nullptr, is_there) << i;
        if (!is_there) continue;
        expect_keys(values.data() + number / n_windows * pitch + number % n_windows * step, length,
                    windows.keys_of(i));
      }
    }
  }
}

TEST(StageWindows, HasTheFirstSeriesWindowsAndNoOthers) {
  for (const std::int64_t step : {1, 2, 3, 4, 5, 7}) {
    for (const std::int64_t length : {1, 7, 64, 101}) {
      SCOPED_TRACE(std::to_string(length) + ", step " + std::to_string(step));
      expect_windows<float>(length, step);
      expect_windows<double>(length, step);
    }
  }
}

// A group has the same lists from keys as from the values themselves.
template <class T>
void expect_same_lists(std::int64_t length, int lanes) {
  using Key = typename k::KeyOf<T>::Key;
  const std::vector<T> values = values_of<T>(length + 3);
  for (std::int64_t begin = 0; begin < 4; ++begin) {
    SCOPED_TRACE(std::to_string(length) + " from " + std::to_string(begin));
    std::vector<Key> staged;
    for (std::int64_t t = 0; t < length; ++t) {
      staged.push_back(k::ordered_key(values[static_cast<std::size_t>(t)] + T{0}));
    }
    staged.insert(staged.begin(), static_cast<std::size_t>(begin), Key{0});
    k::SeriesInput<T> from_values{values.data(), length, 1};
    k::SeriesInput<T> from_keys{nullptr, length, 1};
    from_keys.keys = staged.data() + begin;
    auto expected = words_for<Key>(k::staged_keys<Key>(length, lanes));
    auto found = expected;
    k::run_fibre_block(lanes, 3, [&](const k::FibreBlock& group) {
      const auto a = k::stage_series(group, from_values, expected.data()->key);
      const auto b = k::stage_series(group, from_keys, found.data()->key);
      EXPECT_EQ(a.n, b.n);
      EXPECT_EQ(a.n_missing, b.n_missing);
      EXPECT_EQ(a.has_infinite, b.has_infinite);
      EXPECT_EQ(a.range.least, b.range.least);
      EXPECT_EQ(a.range.greatest, b.range.greatest);
      ASSERT_EQ(a.mine.n, b.mine.n);
      for (k::LaneCount i = 0; i < a.mine.n; ++i) ASSERT_EQ(a.mine.keys[i], b.mine.keys[i]);
    });
  }
}

TEST(StageWindows, GroupsCopyWhatTheyWouldLoad) {
  for (const int lanes : {1, 8, 16, 32}) {
    for (const std::int64_t length : {1, 2, 3, 4, 5, 31, 64, 127, 128, 129, 1000}) {
      SCOPED_TRACE(lanes);
      expect_same_lists<float>(length, lanes);
      expect_same_lists<double>(length, lanes);
    }
  }
}

}  // namespace
