// Ragged series by their length: by hand, and against a plain loop over random offsets, by threads
// and by fibres in shuffled order.
#include "kernels/cuda/length_bins.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include "kernels/group/fibre_block.hpp"
#include "kernels/group/host_block.hpp"

namespace {

namespace k = tailfit::kernels;

constexpr std::int64_t poison = -77;

k::TileOptions options_of(double mass) {
  const k::Threshold rule{k::ThresholdKind::tail_mass, mass};
  return {rule, rule, 10, 5, k::CountsKind::u32, false, 0.0};
}

// Offsets of a batch, and what binning makes of them.
struct Binned {
  Binned(std::vector<std::int64_t> all_offsets, std::vector<std::int64_t> bounds,
         std::int64_t offset_limit = -1, std::int64_t values_so_far = 0)
      : offsets(std::move(all_offsets)), limit(offset_limit), values{values_so_far, poison} {
    batch.series.n_fits = static_cast<std::int64_t>(offsets.size()) - 1;
    batch.series.length = bounds.back();
    batch.series.offsets = offsets.data();
    batch.series.offset_limit = limit;
    batch.options = options_of(0.1);
    const auto n = static_cast<std::size_t>(batch.series.n_fits);
    order.assign(n, poison);
    excess_begin.assign(n, poison);
    class_begin.assign(bounds.size() + 1, poison);
    sums.assign(static_cast<std::size_t>(k::bin_stretches(batch.series.n_fits)) * k::bin_columns,
                poison);
    bins.n_classes = static_cast<int>(bounds.size());
    std::copy(bounds.begin(), bounds.end(), bins.bound);
    bins.order = order.data();
    bins.class_begin = class_begin.data();
    bins.excess_begin = excess_begin.data();
    bins.sums = sums.data();
    if (limit >= 0) {
      bins.values_before = &values[0];
      bins.values_after = &values[1];
    }
  }
  Binned(const Binned&) = delete;
  Binned& operator=(const Binned&) = delete;

  // step(body) runs body(group, stretch) for each stretch.
  template <class Step>
  void run(const Step& step) {
    if (limit >= 0) {
      step([this](const auto& group, std::int64_t s, k::BinMemory&) {
        k::sum_values(group, batch, bins, s);
      });
    }
    step([this](const auto& group, std::int64_t s, k::BinMemory& memory) {
      k::sum_stretch(group, batch, bins, s, memory);
    });
    step([this](const auto& group, std::int64_t s, k::BinMemory& memory) {
      k::place_stretch(group, batch, bins, s, memory);
    });
  }
  std::int64_t n_stretches() const { return k::bin_stretches(batch.series.n_fits); }

  void run_serial() {
    run([this](const auto& body) {
      for (std::int64_t s = 0; s < n_stretches(); ++s) {
        k::BinMemory memory;
        body(k::SerialGroup{}, s, memory);
      }
    });
  }
  void run_fibres(int lanes, std::uint64_t seed) {
    run([&, this](const auto& body) {
      for (std::int64_t s = n_stretches(); s-- > 0;) {
        k::BinMemory memory;
        k::run_fibre_block(lanes, seed++,
                           [&](const k::FibreBlock& group) { body(group, s, memory); });
      }
    });
  }
  // All stretches of a step at the same time.
  void run_threads(int lanes) {
    run([&, this](const auto& body) {
      std::vector<std::thread> blocks;
      for (std::int64_t s = 0; s < n_stretches(); ++s) {
        blocks.emplace_back([&, s] {
          k::BinMemory memory;
          k::run_host_block(lanes, [&](const k::HostBlock& group) { body(group, s, memory); });
        });
      }
      for (std::thread& block : blocks) block.join();
    });
  }

  std::vector<std::int64_t> offsets;
  std::int64_t limit;
  std::int64_t values[2];
  k::FitBatch batch{};
  k::LengthBins bins{};
  std::vector<std::int64_t> order;
  std::vector<std::int64_t> excess_begin;
  std::vector<std::int64_t> class_begin;
  std::vector<std::int64_t> sums;
};

// The same by plain loops.
struct Expected {
  explicit Expected(const Binned& of) {
    const auto n = of.offsets.size() - 1;
    std::vector<std::vector<std::int64_t>> classes(static_cast<std::size_t>(of.bins.n_classes));
    std::int64_t excess = 0;
    values = of.values[0];
    for (std::size_t i = 0; i < n; ++i) {
      const std::int64_t begin = of.offsets[i];
      const std::int64_t end = of.offsets[i + 1];
      bool is_bad = false;
      if (of.limit >= 0) {
        is_bad = begin < 0 || end < begin || end > of.limit || end - begin > of.batch.series.length;
        values += is_bad ? 0 : end - begin;
        is_bad = is_bad || values > of.limit;
      }
      const std::int64_t length = is_bad ? 0 : end - begin;
      std::size_t c = 0;
      while (length > of.bins.bound[c]) ++c;
      classes[c].push_back(static_cast<std::int64_t>(i));
      excess_begin.push_back(is_bad ? -1 : excess);
      if (!is_bad) excess += k::excess_pitch_of(of.batch.options, length);
    }
    for (const auto& fits : classes) {
      class_begin.push_back(static_cast<std::int64_t>(order.size()));
      order.insert(order.end(), fits.begin(), fits.end());
    }
    class_begin.push_back(static_cast<std::int64_t>(order.size()));
    n_excess = excess;
  }
  std::vector<std::int64_t> order;
  std::vector<std::int64_t> class_begin;
  std::vector<std::int64_t> excess_begin;
  std::int64_t values = 0;
  std::int64_t n_excess = 0;
};

void expect_same(const Binned& found) {
  const Expected expected(found);
  EXPECT_EQ(found.order, expected.order);
  EXPECT_EQ(found.class_begin, expected.class_begin);
  EXPECT_EQ(found.excess_begin, expected.excess_begin);
  if (found.limit < 0) return;
  EXPECT_EQ(std::min(found.values[1], found.limit + 1), std::min(expected.values, found.limit + 1));
}

TEST(LengthBins, ByHand) {
  // Lengths 5, 0, 40, 10, 11, 100, 41; tails of 2 + (n-1)/10 values each at most.
  Binned binned({7, 12, 12, 52, 62, 73, 173, 214}, {10, 40, 100});
  binned.run_serial();
  EXPECT_EQ(binned.order, (std::vector<std::int64_t>{0, 1, 3, 2, 4, 5, 6}));
  EXPECT_EQ(binned.class_begin, (std::vector<std::int64_t>{0, 3, 5, 7}));
  // Room for 4, 0, 10, 4, 6, 22, 12 excesses, each in fours and four more.
  EXPECT_EQ(binned.excess_begin, (std::vector<std::int64_t>{0, 8, 12, 28, 36, 48, 76}));
}

TEST(LengthBins, BadOffsetsByHand) {
  // Backwards, before the values, beyond them, too long: none of them counts.
  Binned binned({0, 5, 3, 8, -1, 4, 201, 10, 111, 121}, {10, 100}, 200);
  binned.run_serial();
  EXPECT_EQ(binned.excess_begin, (std::vector<std::int64_t>{0, -1, 8, -1, -1, -1, -1, -1, 16}));
  EXPECT_EQ(binned.order, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(binned.class_begin, (std::vector<std::int64_t>{0, 9, 9}));
  EXPECT_EQ(binned.values[1], 20);
}

// Series that share values with others, by offsets that go back in between.
TEST(LengthBins, SeriesBeyondAllValuesAreBad) {
  const std::vector<std::int64_t> offsets = {0, 60, 0, 40, 0, 1, 1};
  Binned binned(offsets, {10, 100}, 100);
  binned.run_serial();
  EXPECT_EQ(binned.excess_begin[0], 0);
  EXPECT_GT(binned.excess_begin[2], 0);
  EXPECT_EQ(binned.excess_begin[4], -1);
  EXPECT_EQ(binned.excess_begin[5], -1);  // whatever its own length
  EXPECT_EQ(binned.class_begin, (std::vector<std::int64_t>{0, 4, 6}));
  EXPECT_EQ(binned.values[1], 101);
  // The same, with values in the chunks before.
  Binned later(offsets, {10, 100}, 100, 41);
  later.run_serial();
  EXPECT_EQ(later.excess_begin, (std::vector<std::int64_t>{-1, -1, -1, -1, -1, -1}));
  EXPECT_EQ(later.values[1], 101);
}

// Lengths of every size up to `longest`; of offsets that are not good some lead anywhere.
std::vector<std::int64_t> random_offsets(std::mt19937_64& random, std::size_t n,
                                         std::int64_t longest, bool are_good) {
  std::vector<std::int64_t> offsets = {static_cast<std::int64_t>(random() % 5)};
  while (offsets.size() <= n) {
    const auto size = static_cast<std::int64_t>(random() % 12);
    const std::int64_t most = std::max<std::int64_t>(longest >> size, 1);
    const bool is_empty = random() % 2 == 0;
    const auto length = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most + 1));
    // Behind an offset that leads anywhere there may be no room for a series.
    const bool has_room = offsets.back() < INT64_MAX - 2 * longest;
    std::int64_t next = offsets.back() + (is_empty || !has_room ? 0 : length);
    if (!are_good && random() % 20 == 0) {
      const std::int64_t too_long = has_room ? next + longest + 1 : INT64_MAX;
      const std::int64_t odd[] = {-1, INT64_MIN, INT64_MAX, too_long, 0};
      next = odd[random() % 5];
    }
    offsets.push_back(next);
  }
  return offsets;
}

TEST(LengthBins, FibresPlaceEveryFit) {
  std::mt19937_64 random(701);
  for (int round = 0; round < 24; ++round) {
    const bool has_stretches = round % 8 < 2;
    const std::size_t n = 1 + random() % (has_stretches ? 4000 : 600);
    const bool are_good = round % 2 == 0;
    std::vector<std::int64_t> bounds;
    const auto n_classes = 1 + random() % k::greatest_length_classes;
    for (std::size_t c = 0; c < n_classes; ++c) {
      bounds.push_back(static_cast<std::int64_t>(c * c * 17 + 30));
    }
    const std::int64_t limit = are_good ? -1 : static_cast<std::int64_t>(random() % (n * 400));
    Binned binned(random_offsets(random, n, bounds.back(), are_good), bounds, limit,
                  static_cast<std::int64_t>(random() % 300));
    const int lanes[] = {1, 32, 64, 256, 511};  // the more of them, the longer a barrier takes
    binned.run_fibres(lanes[random() % (has_stretches ? 3 : 5)], random());
    SCOPED_TRACE(testing::Message() << "round " << round << ", " << n << " fits");
    expect_same(binned);
    if (testing::Test::HasFailure()) return;
  }
}

// Counts of a class that leave no room in their word: all fits of a stretch, or all but one.
TEST(LengthBins, AClassMayHaveAWholeStretch) {
  std::vector<std::int64_t> bounds;
  for (std::int64_t c = 0; c < k::greatest_length_classes; ++c) bounds.push_back(10 * c);
  for (std::int64_t c = 0; c < k::greatest_length_classes; ++c) {
    for (const int odd : {-1, 0, 700, 1023}) {
      std::vector<std::int64_t> offsets{0};
      for (int fit = 0; fit < k::bin_stretch; ++fit) {
        const std::int64_t odd_length = c == 0 ? 10 : 10 * c - 10;
        offsets.push_back(offsets.back() + (fit == odd ? odd_length : 10 * c));
      }
      Binned binned(offsets, bounds);
      binned.run_fibres(256, 704);
      SCOPED_TRACE(testing::Message() << "class " << c << ", fit " << odd << " of another one");
      expect_same(binned);
    }
  }
}

TEST(LengthBins, ThreadsPlaceEveryFit) {
  std::mt19937_64 random(702);
  for (const bool are_good : {true, false}) {
    Binned binned(random_offsets(random, are_good ? 1100 : 300, 3000, are_good),
                  {40, 200, 1000, 3000}, are_good ? -1 : 60'000);
    binned.run_threads(4);
    expect_same(binned);
  }
}

// Whatever the offsets, what good series take is in the bound that the plan counts on.
TEST(LengthBins, ExcessesStayInTheirBound) {
  std::mt19937_64 random(703);
  for (int round = 0; round < 300; ++round) {
    const std::size_t n = 1 + random() % 200;
    const std::int64_t longest = 1 + static_cast<std::int64_t>(random() % 5000);
    const std::int64_t limit = static_cast<std::int64_t>(random() % (n * 500 + 1));
    Binned binned(random_offsets(random, n, longest, false), {longest}, limit);
    k::TileOptions options = options_of(static_cast<double>(random() % 101) / 100.0);
    if (round % 5 == 1) options.lower = {k::ThresholdKind::given, 0.5};
    if (round % 5 == 2) options.upper = {k::ThresholdKind::count, 0.0, 1 + round};
    if (round % 5 == 3) options.resolution = 0.5;
    binned.batch.options = options;
    binned.run_serial();
    const Expected expected(binned);
    const std::int64_t n_values = std::min(limit, static_cast<std::int64_t>(n) * longest);
    const std::int64_t bound =
        k::fit_excess_bound(options, static_cast<std::int64_t>(n), n_values, longest);
    ASSERT_LE(expected.n_excess, bound) << "round " << round;
    ASSERT_LE(bound, static_cast<std::int64_t>(n) * k::fit_excess_pitch(options, longest));
    ASSERT_LE(bound, n_values + 7 * static_cast<std::int64_t>(n));
  }
}

// Rounded up, masses' products could be one more than the sum's.
TEST(LengthBins, TheBoundHoldsForEveryEqualLength) {
  for (const double mass : {0.01, 0.05, 0.1, 0.29, 1.0 / 3.0, 0.57, 1.0}) {
    const k::TileOptions options = options_of(mass);
    for (std::int64_t length = 0; length < 1200; ++length) {
      for (const std::int64_t n : {std::int64_t{1}, std::int64_t{7}, std::int64_t{100'000}}) {
        const std::int64_t bound = k::fit_excess_bound(options, n, n * length, length + 1000);
        ASSERT_GE(bound, n * k::fit_excess_pitch(options, length)) << mass << " " << length;
      }
    }
  }
}

}  // namespace
