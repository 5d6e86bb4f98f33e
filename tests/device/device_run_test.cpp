// The code that drives a device, driving a fake one: every result is the CPU backend's, bit by bit,
// whatever the chunks, layouts and memory.
#include <cmath>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "tests/device/device_call.hpp"
#include "tests/sanitized.hpp"

namespace {

namespace host = tailfit::host;
namespace kernels = tailfit::kernels;
using namespace tailfit::tests;
using tailfit::FitOptions;
using tailfit::SeriesView;

TEST(DeviceRun, EveryChunkSizeGivesTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(61, 40, 150);
  const auto series = SeriesView<double>::rows(values.data(), 40, 150);
  for (const std::int64_t chunk : {1, 7, 39, 40, 0}) {
    FakeDevice device;
    expect_cpu_bits(device, series, {.bins = 20, .min_exceedances = 3}, {.greatest_chunk = chunk});
  }
}

TEST(DeviceRun, InputAndResultsMayLieOnTheDevice) {
  const std::vector<double> values = mixed_batch(62, 24, 200);
  const auto series = SeriesView<double>::rows(values.data(), 24, 200);
  for (const auto input : {TAILFIT_MEMORY_HOST, TAILFIT_MEMORY_DEVICE}) {
    for (const auto output : {TAILFIT_MEMORY_HOST, TAILFIT_MEMORY_DEVICE}) {
      FakeDevice device;
      expect_cpu_bits(device, series, {.counts = tailfit::Counts::u16},
                      {.greatest_chunk = 5, .input = input, .output = output});
    }
  }
}

TEST(DeviceRun, EveryLengthAndRegimeGivesTheBitsOfTheCpu) {
  std::uint64_t seed = 63;
  for (const std::int64_t length : {0, 1, 3, 31, 257, 511, 1000, 1537, 4096, 5000}) {
    FakeDevice device;
    const std::vector<double> values = mixed_batch(seed++, 8, length);
    const std::vector<float> floats(values.begin(), values.end());
    const FitOptions options{.lower = tailfit::tail_mass(0.1), .min_exceedances = 2};
    expect_cpu_bits(device, SeriesView<double>::rows(values.data(), 8, length), options);
    expect_cpu_bits(device, SeriesView<float>::rows(floats.data(), 8, length), options);
  }
}

TEST(DeviceRun, LongSeriesAndLongTailsGiveTheBitsOfTheCpu) {
  const std::vector<float> values = tailfit::tests::heavy_batch<float>(64, 1, 60'000);
  const auto series = SeriesView<float>::rows(values.data(), 1, 60'000);
  FakeDevice device;
  expect_cpu_bits(device, series,
                  {.lower = tailfit::tail_mass(0.2), .upper = tailfit::tail_mass(0.01)});
}

// The more tails there are, the fewer lanes solve each of them.
TEST(DeviceRun, TailsSolvedByAnyNumberOfLanesHaveTheBitsOfTheCpu) {
  host::DeviceLimits limits = limits_of_h200();
  limits.multiprocessors = 1;
  const std::vector<double> values = mixed_batch(100, 200, 1000);
  // Interval fits take a hundred times as long, and go the same way.
  const struct {
    double resolution;
    std::int64_t n_series;
    std::vector<std::int64_t> chunks;
  } cases[] = {{0.0, 200, {5, 9, 20, 40, 90, 190}}, {0.25, 24, {5, 24}}};
  for (const auto& each : cases) {
    const auto series = SeriesView<double>::rows(values.data(), each.n_series, 1000);
    std::set<int> lanes;
    for (const std::int64_t chunk : each.chunks) {
      FakeDevice device(limits);
      expect_cpu_bits(device, series,
                      {.lower = tailfit::tail_mass(0.27),
                       .upper = tailfit::tail_mass(0.3),
                       .resolution = each.resolution},
                      {.greatest_chunk = chunk,
                       .input = TAILFIT_MEMORY_DEVICE,
                       .output = TAILFIT_MEMORY_DEVICE});
      lanes.merge(device.state.solve_lanes);
    }
    if (each.resolution == 0.0) {
      EXPECT_EQ(lanes, (std::set<int>{1, 2, 4, 8, 16, 32}));
    } else {
      EXPECT_GE(lanes.size(), 2u);
    }
  }
}

TEST(DeviceRun, LongTailsSolvedByAnyNumberOfLanesHaveTheBitsOfTheCpu) {
  std::set<int> lanes;
  for (const std::int64_t n : {1, 2, 3, 12}) {
    host::DeviceLimits limits = limits_of_h200();
    limits.multiprocessors = n == 3 ? 10 : 1;
    const std::vector<float> values = tailfit::tests::heavy_batch<float>(101, n, 16'700);
    const auto series = SeriesView<float>::rows(values.data(), n, 16'700);
    FakeDevice device(limits);
    // 8,182 to 8,350 excesses: at the end of what fewer lanes may take, and beyond.
    expect_cpu_bits(device, series,
                    {.lower = tailfit::tail_mass(0.5), .upper = tailfit::tail_mass(0.49)},
                    {.input = TAILFIT_MEMORY_DEVICE, .output = TAILFIT_MEMORY_DEVICE});
    lanes.merge(device.state.solve_lanes);
  }
  for (const int wanted : {32, 64, 128, 256}) EXPECT_TRUE(lanes.contains(wanted)) << wanted;
}

TEST(DeviceRun, ClustersGiveTheBitsOfTheCpu) {
  const std::vector<FitOptions> all = {
      {.lower = tailfit::tail_mass(0.1), .min_exceedances = 2},
      {.lower = tailfit::histogram_range(-3.0, 4.0, 0.1),
       .upper = tailfit::histogram_range(-2.0, 2.5, 0.2),
       .bins = 30},
      {.lower = tailfit::given(-1.0), .upper = tailfit::count(40), .bins = 700},
      {.upper = tailfit::tail_mass(0.2), .bins = 1, .resolution = 0.5}};
  std::uint64_t seed = 81;
  for (const std::int64_t greatest : {2, 4, 8, 16}) {
    if (tailfit::is_sanitized && greatest != 4) continue;
    const host::DeviceLimits of_f32 = limits_of_small_device(14'000, greatest);
    const host::DeviceLimits of_f64 = limits_of_small_device(24'000, greatest);
    const std::int64_t length = 2'200 * greatest + 3;
    for (const FitOptions& options : all) {
      const std::vector<double> values = mixed_batch(seed++, 2, length);
      const std::vector<float> floats(values.begin(), values.end());
      ASSERT_EQ(regime_on(of_f32, false, length, options), kernels::ExtractRegime::cluster);
      FakeDevice device(of_f32);
      expect_cpu_bits(device, SeriesView<float>::rows(floats.data(), 2, length), options);
      ASSERT_EQ(regime_on(of_f64, true, length, options), kernels::ExtractRegime::cluster);
      FakeDevice wider(of_f64);
      expect_cpu_bits(wider, SeriesView<double>::rows(values.data(), 2, length), options);
    }
  }
}

// Some blocks of a cluster have no value at all, or none that is finite.
TEST(DeviceRun, ClustersTakeShortSeriesOfARaggedBatch) {
  const host::DeviceLimits limits = limits_of_small_device(14'000, 8);
  std::vector<double> values = mixed_batch(99, 8, 4000);
  std::fill(values.begin() + 9000, values.begin() + 11'000, std::nan(""));
  const std::vector<float> floats(values.begin(), values.end());
  const std::vector<std::int64_t> offsets = {0, 0, 1, 700, 1700, 9'000, 10'000, 27'700};
  ASSERT_EQ(regime_on(limits, false, 17'700, {}), kernels::ExtractRegime::cluster);
  FakeDevice device(limits);
  expect_cpu_bits(device, SeriesView<float>::ragged(floats.data(), offsets),
                  {.min_exceedances = 2});
}

TEST(DeviceRun, EveryOptionGivesTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(65, 16, 300);
  const auto series = SeriesView<double>::rows(values.data(), 16, 300);
  const std::vector<FitOptions> all = {
      {.lower = tailfit::given(-1.0), .upper = tailfit::given(0.5)},
      {.lower = tailfit::given(1.0), .upper = tailfit::given(0.5)},
      {.lower = tailfit::tail_mass(0.0), .upper = tailfit::tail_mass(0.2)},
      {.lower = tailfit::tail_mass(1.0), .upper = tailfit::tail_mass(1.0)},
      {.bins = 1, .counts = tailfit::Counts::none},
      {.bins = 5000, .counts = tailfit::Counts::u16},
      {.min_exceedances = 1, .take_higher_boundary = true, .laplace = 0.5},
      {.upper = tailfit::tail_mass(0.2), .resolution = 0.5}};
  for (const FitOptions& options : all) {
    FakeDevice device;
    expect_cpu_bits(device, series, options, {.greatest_chunk = 9});
  }
}

TEST(DeviceRun, RaggedSeriesGiveTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(74, 20, 300);
  const std::vector<float> floats(values.begin(), values.end());
  std::vector<std::int64_t> offsets = {7};
  for (std::int64_t i = 0; offsets.back() < 5000; ++i) {
    offsets.push_back(offsets.back() + (i * i * 37) % 701);
  }
  const FitOptions options{.bins = 15, .min_exceedances = 3};
  for (const std::int64_t chunk : {1, 4, 0}) {
    for (const auto input : {TAILFIT_MEMORY_HOST, TAILFIT_MEMORY_DEVICE}) {
      FakeDevice device;
      const Use use{.greatest_chunk = chunk, .input = input};
      expect_cpu_bits(device, SeriesView<double>::ragged(values.data(), offsets), options, use);
      expect_cpu_bits(device, SeriesView<float>::ragged(floats.data(), offsets), options, use);
    }
  }
}

TEST(DeviceRun, EveryThresholdRuleGivesTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(73, 12, 300);
  const auto rows = SeriesView<double>::rows(values.data(), 12, 300);
  const auto windows = SeriesView<double>::rolling(rows, 200, 50);
  std::vector<double> own(36, 0.5);
  for (std::size_t i = 0; i < own.size(); ++i) own[i] = 0.1 * static_cast<double>(i % 7);
  own[5] = std::nan("");
  const auto of_series = tailfit::per_series(std::span(own).first(12));
  for (const std::int64_t chunk : {1, 5, 0}) {
    const Use use{.greatest_chunk = chunk};
    FakeDevice device;
    expect_cpu_bits(device, rows, {.upper = of_series}, use);
    expect_cpu_bits(device, windows, {.lower = of_series, .upper = tailfit::per_series(own)}, use);
    expect_cpu_bits(device, windows, {.lower = tailfit::count(20), .upper = tailfit::count(1)},
                    use);
    expect_cpu_bits(device, rows,
                    {.lower = tailfit::histogram_range(-3.0, 4.0, 0.1),
                     .upper = tailfit::histogram_range(-2.0, 2.5, 0.2)},
                    use);
  }
}

TEST(DeviceRun, WindowsAndStridesGiveTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(66, 12, 500);
  const auto rows = SeriesView<double>::rows(values.data(), 6, 300, 500);
  const auto backwards = SeriesView<double>::rows(values.data() + 11 * 500, 12, 400, -500);
  const auto sparse = SeriesView<double>::rows(values.data(), 3, 100, 2000);
  for (const std::int64_t chunk : {1, 5, 0}) {
    for (const auto input : {TAILFIT_MEMORY_HOST, TAILFIT_MEMORY_DEVICE}) {
      FakeDevice device;
      const Use use{.greatest_chunk = chunk, .input = input};
      const FitOptions options{.bins = 10, .min_exceedances = 4};
      expect_cpu_bits(device, rows, options, use);
      expect_cpu_bits(device, backwards, options, use);
      expect_cpu_bits(device, sparse, options, use);
      expect_cpu_bits(device, SeriesView<double>::rolling(rows, 150, 40), options, use);
      expect_cpu_bits(device, SeriesView<double>::rolling(backwards, 399), options, use);
    }
  }
}

// Four neighbouring values share no aligned 16 bytes: the series begin anywhere.
TEST(DeviceRun, UnalignedSeriesGiveTheBitsOfTheCpu) {
  const std::vector<float> values = tailfit::tests::heavy_batch<float>(67, 10, 203);
  for (int shift = 0; shift < 4; ++shift) {
    FakeDevice device;
    expect_cpu_bits(device, SeriesView<float>::rows(values.data() + shift, 9, 203), {},
                    {.input = TAILFIT_MEMORY_DEVICE});
  }
}

TEST(DeviceRun, TakesNoMoreMemoryThanItMay) {
  const std::vector<double> values = mixed_batch(68, 100, 100);
  const auto series = SeriesView<double>::rows(values.data(), 100, 100);
  const Results expected = on_cpu(series, {});
  for (const std::uint64_t available : {20'000ull, 50'000ull, 1'000'000ull}) {
    FakeDevice device;
    Results results(100, FitOptions{}.c_options());
    EXPECT_STREQ(run(device, series, {}, results, {.available = available}).what(),
                 no_error().what());
    EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
    EXPECT_LE(device.state.most_bytes_held, available);
  }
  FakeDevice device;
  Results results(100, FitOptions{}.c_options());
  const host::CallError error = run(device, series, {}, results, {.available = 1000});
  EXPECT_EQ(error.code(), TAILFIT_BUDGET_TOO_SMALL);
  EXPECT_NE(std::string(error.what()).find("1000 bytes, expected at least "), std::string::npos);
}

TEST(DeviceRun, LessMemoryThanPlannedMakesSmallerChunks) {
  const std::vector<double> values = mixed_batch(69, 100, 100);
  const auto series = SeriesView<double>::rows(values.data(), 100, 100);
  const Results expected = on_cpu(series, {});
  FakeDevice device;
  device.state.memory = 60'000;
  Results results(100, FitOptions{}.c_options());
  EXPECT_STREQ(run(device, series, {}, results).what(), no_error().what());
  EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
  device.state.memory = 3'000;
  EXPECT_EQ(run(device, series, {}, results).code(), TAILFIT_OUT_OF_MEMORY);
}

TEST(DeviceRun, CountsThatDoNotFitNameTheFirstFit) {
  std::vector<float> values = tailfit::tests::heavy_batch<float>(71, 3, 70'000);
  std::fill(values.begin() + 70'000 + 2'000, values.end(), 0.25f);
  const auto series = SeriesView<float>::rows(values.data(), 3, 70'000);
  for (const std::int64_t chunk : {1, 2, 3}) {
    FakeDevice device;
    device.state.use_lanes = false;
    const FitOptions options{.bins = 2, .counts = tailfit::Counts::u16};
    Results results(3, options.c_options());
    const host::CallError error = run(device, series, options, results, {.greatest_chunk = chunk});
    EXPECT_EQ(error.code(), TAILFIT_COUNT_OVERFLOW);
    EXPECT_NE(std::string(error.what()).find("fit 1 has a bin with more than 65535"),
              std::string::npos);
  }
}

// Three chunks are in flight when the second one's end is heard of: they are fitted.
TEST(DeviceRun, ACancelledRunWritesTheRestAsNotRun) {
  const std::vector<double> values = mixed_batch(72, 20, 80);
  const auto series = SeriesView<double>::rows(values.data(), 20, 80);
  for (const auto output : {TAILFIT_MEMORY_HOST, TAILFIT_MEMORY_DEVICE}) {
    tailfit_context context{};
    context.progress = [](void*, std::int64_t n_done, std::int64_t) { return n_done >= 6 ? 1 : 0; };
    FakeDevice device;
    Results results(20, FitOptions{}.c_options());
    EXPECT_STREQ(
        run(device, series, {}, results, {.greatest_chunk = 3, .output = output}, context).what(),
        no_error().what());
    for (std::size_t i = 0; i < 20; ++i) {
      EXPECT_EQ(results.view.status[i] == TAILFIT_STATUS_NOT_RUN, i >= 12) << i;
    }
    EXPECT_TRUE(std::isnan(results.view.upper.shape[19]));
    EXPECT_EQ(static_cast<const std::uint32_t*>(results.view.counts)[1999], 0u);
  }
}

}  // namespace
