// Classes of length, over a table of architectures.
#include "host/device/length_classes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/device/architectures.hpp"

namespace {

namespace host = tailfit::host;
namespace k = tailfit::kernels;
using k::ExtractRegime;
using tailfit::tests::Architecture;
using tailfit::tests::architectures;
using tailfit::tests::expect_legal;
using tailfit::tests::limits_of;
using tailfit::tests::options_with;

const host::LengthClass& at(const host::LengthClasses& classes, int c) {
  return classes.of[static_cast<std::size_t>(c)];
}

void expect_sound(const host::LengthClasses& classes, bool is_double, std::int64_t longest,
                  std::int64_t bins, const host::DeviceLimits& limits) {
  ASSERT_GE(classes.n, 1);
  ASSERT_LE(classes.n, k::greatest_length_classes);
  ASSERT_EQ(at(classes, classes.n - 1).longest, longest);
  for (int c = 0; c < classes.n; ++c) {
    const host::LengthClass& of = at(classes, c);
    expect_legal(of.extract, is_double, of.longest, limits);
    const auto alone = host::choose_extract(options_with(bins), is_double, of.longest, limits);
    ASSERT_EQ(of.extract.regime, alone.regime);
    ASSERT_EQ(of.extract.threads, alone.threads);
    ASSERT_EQ(of.extract.series_bytes, alone.series_bytes);
    if (c == 0) continue;
    ASSERT_NE(at(classes, c - 1).extract.regime, ExtractRegime::global_block);
    ASSERT_LT(at(classes, c - 1).longest, of.longest);
    ASSERT_EQ(classes.shortest(c), at(classes, c - 1).longest + 1);
  }
}

TEST(LengthClasses, AreSoundEverywhere) {
  for (const Architecture& on : architectures) {
    for (const bool is_double : {false, true}) {
      for (const std::int64_t bins : {1, 100, 5000, 1 << 20}) {
        for (std::int64_t longest = 0; longest < 3'000'000; longest = longest * 11 / 8 + 1) {
          SCOPED_TRACE(std::string(on.name) + ", " + std::to_string(longest) + " values, " +
                       std::to_string(bins) + " bins");
          expect_sound(host::length_classes(options_with(bins), is_double, longest, on.limits),
                       is_double, longest, bins, on.limits);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

// The greatest sizes that a call may name.
TEST(LengthClasses, EndWhereSizesDo) {
  for (const Architecture& on : architectures) {
    const auto classes =
        host::length_classes(options_with(100), true, std::int64_t{1} << 48, on.limits);
    EXPECT_LT(classes.n, k::greatest_length_classes) << on.name;
    EXPECT_EQ(at(classes, classes.n - 1).extract.regime, ExtractRegime::global_block);
    EXPECT_LE(at(classes, 0).longest, 512);
  }
}

// As many of a series' like are on chip as if all had its length, or a third of these at least:
// they may be half as long as their class's longest, and blocks are whole.
TEST(LengthClasses, AShortSeriesIsNotTakenAsALongOne) {
  for (const Architecture& on : architectures) {
    const auto classes = host::length_classes(options_with(100), false, 1'000'000, on.limits);
    for (std::int64_t length = 1; length <= 1'000'000; length += 1 + length / 7) {
      const host::LengthClass& of = at(classes, host::class_of(classes, length));
      const auto own = host::choose_extract(options_with(100), false, length, on.limits);
      ASSERT_LE(length, of.longest);
      if (length < 256) continue;  // those have no class of their own
      if (of.extract.regime == ExtractRegime::global_block) {
        ASSERT_GE(2 * length, at(classes, classes.n - 2).longest) << on.name << " " << length;
        continue;
      }
      ASSERT_GE(of.extract.resident * 3, own.resident) << on.name << " " << length;
    }
  }
}

TEST(LengthClasses, OneLengthIsOneClass) {
  for (const std::int64_t longest : {0, 1, 300, 512}) {
    EXPECT_EQ(host::length_classes(options_with(100), false, longest, limits_of("9.0")).n, 1);
  }
  EXPECT_EQ(host::length_classes(options_with(100), false, 1024, limits_of("9.0")).n, 2);
}

// Of some devices a length has no place on chip that a longer one has: by a block of more threads,
// or by a cluster.
TEST(LengthClasses, OnlyTheLongestHaveTheirKeysInGlobalMemory) {
  int n_odd = 0;
  for (std::int64_t shared = 6'000; shared < 20'000; shared += 500) {
    for (const bool is_double : {false, true}) {
      host::DeviceLimits limits = limits_of("9.0");
      limits.shared_per_block = shared;
      limits.shared_per_multiprocessor = shared + limits.shared_reserved;
      for (const std::int64_t longest : {3'000, 5'000, 9'000}) {
        const auto regime = [&](std::int64_t length) {
          return host::choose_extract(options_with(40), is_double, length, limits).regime;
        };
        n_odd += regime(longest) != ExtractRegime::global_block &&
                         regime(longest / 2) == ExtractRegime::global_block
                     ? 1
                     : 0;
        expect_sound(host::length_classes(options_with(40), is_double, longest, limits), is_double,
                     longest, 40, limits);
        if (HasFatalFailure()) return;
      }
    }
  }
  EXPECT_GT(n_odd, 0);
}

// What differs in nothing but its length is one class.
TEST(LengthClasses, EqualLaunchesAreOneClass) {
  const auto classes =
      host::length_classes(options_with(100), false, std::int64_t{1} << 40, limits_of("9.0"));
  int n_global = 0;
  for (int c = 0; c < classes.n; ++c) {
    n_global += at(classes, c).extract.regime == ExtractRegime::global_block ? 1 : 0;
  }
  EXPECT_EQ(n_global, 1);
}

TEST(LengthClasses, CountsAreOfTheLengths) {
  const auto classes = host::length_classes(options_with(100), false, 4000, limits_of("9.0"));
  ASSERT_EQ(classes.n, 4);  // up to 500, 1000, 2000, 4000
  const std::vector<std::int64_t> offsets = {3, 3, 503, 1004, 3004, 5005, 9005};
  const host::ClassCounts counts = host::count_classes(classes, offsets.data(), 6);
  EXPECT_EQ(counts[0], 2);
  EXPECT_EQ(counts[1], 1);
  EXPECT_EQ(counts[2], 1);
  EXPECT_EQ(counts[3], 2);
  const host::ClassCounts most = host::greatest_counts(classes, 6, 6000);
  EXPECT_EQ(most[0], 6);
  EXPECT_EQ(most[1], 6);
  EXPECT_EQ(most[2], 5);  // of 1,001 values or more
  EXPECT_EQ(most[3], 2);
  EXPECT_EQ(host::greatest_counts(classes, 6, 0)[0], 6);
  EXPECT_EQ(host::greatest_counts(classes, 6, 0)[3], 0);
}

}  // namespace
