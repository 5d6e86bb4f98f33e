// Pinned memory between calls: used again, and never more of it than calls at one time have taken.
#include "host/device/pinned_cache.hpp"

#include <gtest/gtest.h>

#include <map>
#include <new>

namespace {

using tailfit::host::PinnedCache;

std::map<void*, std::uint64_t> blocks;
std::uint64_t held = 0;
std::uint64_t room = 0;
int n_allocations = 0;

void* allocate(std::uint64_t bytes) {
  if (held + bytes > room) return nullptr;
  ++n_allocations;
  held += bytes;
  void* const memory = ::operator new(1);
  blocks[memory] = bytes;
  return memory;
}

void release(void* memory) {
  held -= blocks.at(memory);
  blocks.erase(memory);
  ::operator delete(memory);
}

class PinnedCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    held = 0;
    room = 1'000'000;
    n_allocations = 0;
  }
  void TearDown() override { EXPECT_EQ(held, 0u); }
};

TEST_F(PinnedCacheTest, GivesTheSameMemoryAgain) {
  PinnedCache cache(&allocate, &release);
  void* const first = cache.take(1000);
  cache.give(first);
  EXPECT_EQ(cache.take(1000), first);
  void* const second = cache.take(1000);
  EXPECT_NE(second, first);
  cache.give(first);
  cache.give(second);
  EXPECT_EQ(n_allocations, 2);
  cache.trim();
  EXPECT_EQ(held, 0u);
}

TEST_F(PinnedCacheTest, DoesNotWasteALargeBlockOnASmallCall) {
  PinnedCache cache(&allocate, &release);
  void* const large = cache.take(1000);
  cache.give(large);
  void* const small = cache.take(100);
  EXPECT_EQ(n_allocations, 2);
  EXPECT_EQ(held, 100u);  // both together would be more than was ever taken
  cache.give(small);
}

TEST_F(PinnedCacheTest, HoldsNoMoreThanCallsHaveTakenAtATime) {
  PinnedCache cache(&allocate, &release);
  for (std::uint64_t bytes = 1000; bytes < 100'000; bytes = bytes * 5 / 2) {
    void* const one = cache.take(bytes);
    void* const other = cache.take(bytes / 3);
    EXPECT_LE(held, bytes + bytes / 3);
    cache.give(other);
    cache.give(one);
  }
}

TEST_F(PinnedCacheTest, GivesBackWhatIsKeptBeforeItFails) {
  room = 10'000;
  PinnedCache cache(&allocate, &release);
  void* const one = cache.take(6'000);
  void* const other = cache.take(4'000);
  cache.give(one);
  cache.give(other);
  void* const whole = cache.take(10'000);
  ASSERT_NE(whole, nullptr);
  EXPECT_EQ(cache.take(1), nullptr);
  cache.give(whole);
}

// A call that found none has not taken anything: what it asked for is no room to keep more.
TEST_F(PinnedCacheTest, WhatWasNotFoundDoesNotCount) {
  PinnedCache cache(&allocate, &release);
  EXPECT_EQ(cache.take(5'000'000), nullptr);
  void* const one = cache.take(1'000);
  cache.give(one);
  void* const other = cache.take(900);
  EXPECT_EQ(held, 900u);
  cache.give(other);
}

}  // namespace
