// Ragged batches whose series take every regime, on the fake device: the bits of the CPU whatever
// the lengths, chunks and memory, and no larger chunks for one long series.
#include <cmath>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/device/device_plan.hpp"
#include "tests/device/device_call.hpp"
#include "tests/sanitized.hpp"

namespace {

namespace host = tailfit::host;
namespace kernels = tailfit::kernels;
using namespace tailfit::tests;
using kernels::ExtractRegime;
using tailfit::FitOptions;
using tailfit::SeriesView;

// A ragged batch of series of these lengths, after `origin` values that belong to none.
template <class T>
struct RaggedBatch {
  RaggedBatch(std::uint64_t seed, const std::vector<std::int64_t>& lengths, std::int64_t origin = 0)
      : offsets{origin} {
    for (const std::int64_t length : lengths) offsets.push_back(offsets.back() + length);
    const std::vector<double> mixed = mixed_batch(seed, 24, offsets.back() / 24 + 1);
    values.assign(mixed.begin(), mixed.end());
  }
  SeriesView<T> view() const { return SeriesView<T>::ragged(values.data(), offsets); }
  std::int64_t n() const { return static_cast<std::int64_t>(offsets.size()) - 1; }

  std::vector<std::int64_t> offsets;
  std::vector<T> values;
};

// Few series of the longer lengths, in no order, some empty.
std::vector<std::int64_t> mixed_lengths(std::uint64_t seed, std::size_t n, std::int64_t longest) {
  std::mt19937_64 random(seed);
  std::vector<std::int64_t> lengths;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int64_t most = longest >> (random() % 13);
    lengths.push_back(random() % 9 == 0 ? 0 : static_cast<std::int64_t>(random()) % (most + 1));
    if (lengths.back() < 0) lengths.back() = -lengths.back();
  }
  lengths[random() % n] = longest;
  return lengths;
}

// Classes of 3 multiprocessors with 14 KB of shared memory and clusters of up to four blocks.
host::LengthClasses classes_of(const host::DeviceLimits& limits, bool is_double,
                               std::int64_t longest, const FitOptions& options) {
  return host::length_classes(host::tile_options(options.c_options()), is_double, longest, limits);
}

TEST(RaggedRun, EveryRegimeInOneChunkGivesTheBitsOfTheCpu) {
  const host::DeviceLimits limits = limits_of_small_device(14'000, 4);
  const FitOptions options{.lower = tailfit::tail_mass(0.1), .min_exceedances = 2};
  const host::LengthClasses classes = classes_of(limits, false, 21'000, options);
  bool has[4] = {};
  for (int c = 0; c < classes.n; ++c) {
    has[static_cast<int>(classes.of[static_cast<std::size_t>(c)].extract.regime)] = true;
  }
  for (const bool one : has) EXPECT_TRUE(one);
  // Each class's longest and shortest.
  std::vector<std::int64_t> lengths;
  for (int c = 0; c < classes.n; ++c) {
    lengths.push_back(classes.of[static_cast<std::size_t>(c)].longest);
    lengths.push_back(classes.shortest(c));
  }
  std::shuffle(lengths.begin(), lengths.end(), std::mt19937_64(5));
  const RaggedBatch<float> batch(801, lengths, 3);
  FakeDevice device(limits);
  expect_cpu_bits(device, batch.view(), options);
}

TEST(RaggedRun, EveryChunkSizeAndMemoryGivesTheBitsOfTheCpu) {
  const host::DeviceLimits limits = limits_of_small_device(14'000, 4);
  const RaggedBatch<double> batch(802, mixed_lengths(802, 25, 9'000), 7);
  const RaggedBatch<float> floats(803, mixed_lengths(803, 25, 22'000), 2);
  const FitOptions options{.bins = 15, .min_exceedances = 3};
  for (std::int64_t chunk = 0; chunk <= batch.n(); chunk += chunk < 3               ? 1
                                                            : tailfit::is_sanitized ? 11
                                                                                    : 5) {
    for (const auto input : {TAILFIT_MEMORY_HOST, TAILFIT_MEMORY_DEVICE}) {
      for (const auto output : {TAILFIT_MEMORY_HOST, TAILFIT_MEMORY_DEVICE}) {
        SCOPED_TRACE("chunks of " + std::to_string(chunk));
        FakeDevice device(limits);
        device.state.use_lanes = chunk == 2 || chunk == 0;
        const Use use{.greatest_chunk = chunk, .input = input, .output = output};
        expect_cpu_bits(device, batch.view(), options, use);
        expect_cpu_bits(device, floats.view(), options, use);
      }
    }
  }
}

TEST(RaggedRun, RandomLengthsAndOptionsGiveTheBitsOfTheCpu) {
  const std::vector<FitOptions> all = {
      {.lower = tailfit::given(-0.5), .upper = tailfit::given(0.5), .bins = 30},
      {.lower = tailfit::tail_mass(0.0), .upper = tailfit::tail_mass(0.3)},
      {.lower = tailfit::count(9), .upper = tailfit::count(400), .bins = 200},
      {.lower = tailfit::histogram_range(-3.0, 4.0, 0.1), .bins = 40},
      {.lower = tailfit::tail_mass(1.0), .upper = tailfit::tail_mass(1.0), .min_exceedances = 1},
      {.upper = tailfit::tail_mass(0.1), .bins = 3, .resolution = 0.5}};
  for (std::uint64_t seed = 810; seed < 810 + tailfit::few_if_sanitized(24); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const FitOptions& options = all[seed % all.size()];
    const std::int64_t longest = 401 + static_cast<std::int64_t>(random() % 5000);
    const std::size_t n = 1 + random() % 40;
    FakeDevice device(limits_of_small_device(8'000 + static_cast<std::int64_t>(random() % 8'000),
                                             1 << random() % 4));
    device.state.use_lanes = seed % 4 == 0;
    device.state.seed = seed;
    const Use use{.greatest_chunk = static_cast<std::int64_t>(random() % 20),
                  .input = random() % 2 == 0 ? TAILFIT_MEMORY_HOST : TAILFIT_MEMORY_DEVICE};
    expect_cpu_bits(device, RaggedBatch<double>(seed, mixed_lengths(seed, n, longest)).view(),
                    options, use);
    expect_cpu_bits(device, RaggedBatch<float>(seed, mixed_lengths(seed + 9, n, longest)).view(),
                    options, use);
  }
}

TEST(RaggedRun, OddBatchesGiveTheBitsOfTheCpu) {
  const host::DeviceLimits limits = limits_of_small_device(14'000, 4);
  std::vector<std::int64_t> one_long(70, 13);
  one_long[40] = 20'000;
  std::vector<std::int64_t> long_first = one_long;
  std::swap(long_first[0], long_first[40]);
  const std::vector<std::vector<std::int64_t>> all = {{0},
                                                      {0, 0, 0},
                                                      {1},
                                                      {20'000},
                                                      {0, 20'000, 0},
                                                      one_long,
                                                      long_first,
                                                      std::vector<std::int64_t>(2100, 3)};
  for (const auto& lengths : all) {
    for (const std::int64_t chunk : {0, 1, 9}) {
      if (lengths.size() > 1000 && chunk == 1) continue;
      FakeDevice device(limits);
      device.state.use_lanes = chunk == 0;
      const RaggedBatch<float> batch(850, lengths);
      expect_cpu_bits(device, batch.view(), {.bins = 7, .min_exceedances = 2},
                      {.greatest_chunk = chunk});
    }
  }
}

// A length that the caller names without having such a series.
TEST(RaggedRun, TheLongestNeedNotBeThere) {
  const RaggedBatch<double> batch(851, {40, 0, 700, 13});
  tailfit_series_view view = batch.view().c_view();
  view.length = 60'000;
  const FitOptions options{.bins = 10, .min_exceedances = 2};
  const Results expected = on_cpu(batch.view(), options);
  FakeDevice device(limits_of_small_device(14'000, 4));
  Results results(4, options.c_options());
  host::run_on_devices({{shared(device)}}, tailfit_context{}, view, options.c_options(),
                       results.view, {unlimited, unlimited}, 0);
  EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
}

TEST(RaggedRun, AFailureAtAnyCallLosesNoMemoryAndTheNextRunIsRight) {
  const host::DeviceLimits limits = limits_of_small_device(14'000, 4);
  const RaggedBatch<float> batch(852, {10, 20'000, 300, 0, 2'000, 50, 60});
  const FitOptions options{.bins = 10, .min_exceedances = 2};
  FakeDevice device(limits);
  device.state.use_lanes = false;
  expect_cpu_bits(device, batch.view(), options, {.greatest_chunk = 3});
  const std::int64_t n_calls = device.state.n_calls;
  const std::int64_t n_allocations = device.state.n_allocations;
  std::int64_t n_failed = 0;
  for (std::int64_t k = 1; k <= n_calls; ++k) {
    Results results(batch.n(), options.c_options());
    device.fail_at(k);
    const host::CallError error =
        run(device, batch.view(), options, results, {.greatest_chunk = 3});
    device.forget_failure();
    n_failed += error.code() != TAILFIT_OK ? 1 : 0;
    EXPECT_TRUE(device.holds_nothing()) << "after the failure of call " << k;
  }
  EXPECT_EQ(n_failed, n_calls - n_allocations);
  expect_cpu_bits(device, batch.view(), options, {.greatest_chunk = 3});
}

TEST(RaggedRun, TakesNoMoreMemoryThanItMay) {
  const RaggedBatch<double> batch(853, mixed_lengths(853, 200, 3'000));
  const FitOptions options{.bins = 10, .min_exceedances = 2};
  const Results expected = on_cpu(batch.view(), options);
  for (const std::uint64_t available : {90'000ull, 200'000ull, 2'000'000ull}) {
    FakeDevice device;
    device.state.use_lanes = false;
    Results results(batch.n(), options.c_options());
    EXPECT_STREQ(run(device, batch.view(), options, results, {.available = available}).what(),
                 no_error().what());
    EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
    EXPECT_LE(device.state.most_bytes_held, available);
  }
}

// Plans ------------------------------------------------------------------------------------------

host::DevicePlan plan_of(const tailfit_series_view& view, const tailfit_fit_options& options,
                         bool is_resident, std::int64_t greatest_chunk = 0,
                         std::uint64_t available = unlimited) {
  return host::make_device_plan({view,
                                 options,
                                 limits_of_h200(),
                                 {available, unlimited},
                                 view.n_series,
                                 greatest_chunk,
                                 is_resident ? 1 : 0,
                                 is_resident,
                                 false,
                                 is_resident});
}

// Offsets of series that are nowhere.
struct PlannedBatch {
  PlannedBatch(std::int64_t n_short, std::int64_t length, std::int64_t longest) {
    for (std::int64_t i = 0; i < n_short; ++i) {
      if (i == n_short / 2) offsets.push_back(offsets.back() + longest);
      offsets.push_back(offsets.back() + length);
    }
  }
  tailfit_series_view view(std::int32_t memory) const {
    return SeriesView<float>::ragged(&value, offsets)
        .in(static_cast<tailfit::Memory>(memory))
        .c_view();
  }
  std::vector<std::int64_t> offsets = {0};
  float value = 0.0f;
};

TEST(RaggedPlan, OneLongSeriesMakesNoMoreChunks) {
  const PlannedBatch batch(100'000, 300, 1'000'000);
  const PlannedBatch short_ones(100'000, 300, 300);
  const tailfit_fit_options options = FitOptions{}.c_options();
  for (const std::int32_t memory : {TAILFIT_MEMORY_HOST, TAILFIT_MEMORY_DEVICE}) {
    const auto plan = plan_of(batch.view(memory), options, false);
    const auto without = plan_of(short_ones.view(memory), options, false);
    EXPECT_LE(plan.n_chunks, without.n_chunks + 4);
    EXPECT_LE(plan.n_chunks, 40);
    // The one's own keys and the solver's scratch memory aside.
    EXPECT_LE(plan.layout.bytes, 2 * without.layout.bytes + (std::uint64_t{40} << 20));
    EXPECT_EQ(plan.extract_blocks, 1);
  }
}

TEST(RaggedPlan, AsynchronousFitsTakeTheMemoryOfTheirValues) {
  const PlannedBatch batch(100'000, 300, 1'000'000);
  tailfit_series_view view = batch.view(TAILFIT_MEMORY_DEVICE);
  view.offsets_memory = TAILFIT_MEMORY_DEVICE;
  view.n_values = batch.offsets.back();
  const auto plan = plan_of(view, FitOptions{}.c_options(), true);
  EXPECT_LE(plan.n_chunks, 3);
  // No more than twice what the values take; as many rows of the longest would take 80 GB.
  EXPECT_LE(plan.layout.bytes, 2 * static_cast<std::uint64_t>(view.n_values) * sizeof(float));
  const auto within = plan_of(view, FitOptions{}.c_options(), true, 0, std::uint64_t{64} << 20);
  EXPECT_LE(within.layout.bytes, std::uint64_t{64} << 20);
}

// Chunks follow each other and none has more than the plan has room for.
TEST(RaggedPlan, ChunksHaveRoom) {
  const tailfit_fit_options options = FitOptions{}.c_options();
  for (std::uint64_t seed = 870; seed < 890; ++seed) {
    const RaggedBatch<float> batch(1, mixed_lengths(seed, 700, 4'000), 5);
    tailfit_series_view view = batch.view().c_view();
    for (const std::int64_t greatest : {0, 1, 2, 50, 333}) {
      const auto plan = plan_of(view, options, false, greatest);
      std::int64_t n_chunks = 0;
      for (std::int64_t begin = 0; begin < batch.n(); ++n_chunks) {
        const std::int64_t n = host::fits_of_chunk(plan, view, begin, batch.n());
        ASSERT_GE(n, 1);
        ASSERT_LE(n, plan.chunk_fits);
        ASSERT_LE(batch.offsets[static_cast<std::size_t>(begin + n)] -
                      batch.offsets[static_cast<std::size_t>(begin)],
                  plan.chunk_values);
        begin += n;
      }
      EXPECT_EQ(n_chunks, plan.n_chunks);
      // No more than twice as many as of series of one length, and what is left at the ends.
      EXPECT_LE(n_chunks, 3 * ((batch.n() + plan.chunk_fits - 1) / plan.chunk_fits));
    }
  }
}

// Bounds that no machine has the memory for.
TEST(RaggedPlan, SizesDoNotWrapAround) {
  const std::int64_t offset = 0;
  for (const int log_values : {20, 40, 48}) {
    for (const int log_series : {0, 18, 40, 48}) {
      for (const int log_length : {0, 20, 48}) {
        const auto series =
            SeriesView<double>::ragged_on_device(nullptr, &offset, std::int64_t{1} << log_series,
                                                 std::int64_t{1} << log_values, std::int64_t{0});
        tailfit_series_view view = series.c_view();
        view.length = std::int64_t{1} << log_length;
        const std::uint64_t available = std::uint64_t{1} << 58;
        const auto plan = plan_of(view, FitOptions{.counts = tailfit::Counts::none}.c_options(),
                                  true, 0, available);
        EXPECT_GE(plan.chunk_fits, 1);
        EXPECT_LE(plan.layout.bytes, available);
        EXPECT_GE(plan.layout.bytes, 8 * static_cast<std::uint64_t>(plan.chunk_fits));
      }
    }
  }
}

}  // namespace
