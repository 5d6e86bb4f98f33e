// Where the lanes' keys lie in shared memory.
#include "kernels/fit/stage.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>

namespace {

namespace k = tailfit::kernels;

constexpr std::int64_t banks_of_words = 8;  // 128 bytes of shared memory, 16 a word

template <class Key>
void expect_layout(std::int64_t length, int lanes) {
  constexpr std::int64_t word = k::KeyWord<Key>::size;
  const k::KeyLayout layout = k::key_layout<Key>(length, lanes);
  EXPECT_GE(layout.chunk * lanes, length);
  EXPECT_EQ(layout.chunk % word, 0);
  EXPECT_EQ(layout.pitch % word, 0);
  EXPECT_GE(layout.pitch, layout.chunk);
  EXPECT_LE(layout.pitch, layout.chunk + word) << length << " values, " << lanes << " lanes";
  EXPECT_EQ(k::staged_keys<Key>(length, lanes), layout.pitch * lanes);
  if (lanes < banks_of_words) return;
  // Eight neighbouring lanes read a word each at the same time, anywhere in their parts.
  std::set<std::int64_t> banks;
  for (int lane = 0; lane < banks_of_words; ++lane) {
    banks.insert(layout.pitch / word * lane % banks_of_words);
  }
  EXPECT_EQ(banks.size(), 8u) << length << " values, " << lanes << " lanes";
}

TEST(KeyLayout, NeighbouringLanesReadDifferentBanks) {
  for (const int lanes : {1, 8, 16, 32, 64, 96, 256, 512, 768, 4096}) {
    for (std::int64_t length = 0; length < 300'000; length = length * 5 / 4 + 1) {
      expect_layout<std::uint32_t>(length, lanes);
      expect_layout<std::uint64_t>(length, lanes);
    }
  }
}

// Step by step, as load_keys() walks; whatever the size of a step is to a chunk.
TEST(KeyLayout, AWalkComesToEveryPlace) {
  for (const int lanes : {2, 8, 32, 256}) {
    for (const std::int64_t length : {1, 5, 31, 64, 1000, 4111}) {
      const k::KeyLayout layout = k::key_layout<std::uint32_t>(length, lanes);
      for (const k::LaneCount step : {lanes, lanes * 4}) {
        for (std::int64_t first = 0; first < step && first < length; ++first) {
          auto walk = k::walk_from(layout, reinterpret_cast<std::uint32_t*>(4096), first, step);
          for (std::int64_t t = first; t < length; t += step) {
            const std::int64_t place = t / layout.chunk * layout.pitch + t % layout.chunk;
            ASSERT_EQ(walk.place, reinterpret_cast<std::uint32_t*>(4096) + place) << length;
            walk.advance();
          }
        }
      }
    }
  }
}

}  // namespace
