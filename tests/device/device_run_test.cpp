// The code that drives a device, driving a fake one: every result is the CPU backend's, bit by bit,
// whatever the chunks, layouts, memory and failures.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "host/device/device_run.hpp"
#include "host/fits_storage.hpp"
#include "tests/device/fake_device.hpp"
#include "tests/host/series_samples.hpp"

namespace {

namespace host = tailfit::host;
using tailfit::FitOptions;
using tailfit::SeriesView;
using tailfit::tests::FakeDevice;
using tailfit::tests::mixed_batch;
using tailfit::tests::same_bits;

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

// A fit's arrays, poisoned, as one block that can be compared.
struct Results {
  explicit Results(std::int64_t n_fits, const tailfit_fit_options& options)
      : bytes(host::FitsLayout(n_fits, options.bins, options.counts).bytes()), block(bytes + 1) {
    std::fill_n(block.data(), block.size(), char{0x5A});
    view = host::FitsLayout(n_fits, options.bins, options.counts)
               .view(reinterpret_cast<std::byte*>(block.data()), options.laplace);
  }
  std::uint64_t bytes;
  std::vector<char> block;
  tailfit_fits_view view;
};

host::CallError no_error() { return {TAILFIT_OK, "none"}; }

// How a device is used.
struct Use {
  std::int64_t greatest_chunk = 0;
  std::uint64_t available = unlimited;
  std::int32_t input = TAILFIT_MEMORY_HOST;
  std::int32_t output = TAILFIT_MEMORY_HOST;
};

template <class T>
host::CallError run(FakeDevice& device, const SeriesView<T>& series, const FitOptions& options,
                    Results& results, const Use& use = {},
                    const tailfit_context& context = tailfit_context{}) {
  tailfit_series_view view = series.c_view();
  view.memory = use.input;
  results.view.memory = use.output;
  try {
    host::run_on_device(device, context, view, options.c_options(), results.view, use.available,
                        use.greatest_chunk);
  } catch (const host::CallError& error) {
    return error;
  }
  return no_error();
}

template <class T>
Results on_cpu(const SeriesView<T>& series, const FitOptions& options) {
  const tailfit_fit_options c_options = options.c_options();
  Results results(series.n_fits(), c_options);
  tailfit::fit_into(tailfit::Context({.backend = tailfit::Backend::cpu}), series, options,
                    results.view);
  return results;
}

template <class T>
void expect_cpu_bits(FakeDevice& device, const SeriesView<T>& series, const FitOptions& options,
                     const Use& use = {}) {
  const Results expected = on_cpu(series, options);
  Results results(series.n_fits(), options.c_options());
  EXPECT_STREQ(run(device, series, options, results, use).what(), no_error().what());
  EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
  EXPECT_EQ(device.bytes_held, 0u);
}

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
    EXPECT_LE(device.most_bytes_held, available);
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
  device.memory = 60'000;
  Results results(100, FitOptions{}.c_options());
  EXPECT_STREQ(run(device, series, {}, results).what(), no_error().what());
  EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
  device.memory = 3'000;
  EXPECT_EQ(run(device, series, {}, results).code(), TAILFIT_OUT_OF_MEMORY);
}

TEST(DeviceRun, AFailureAtAnyCallLosesNoMemoryAndTheNextRunIsRight) {
  const std::vector<double> values = mixed_batch(70, 9, 60);
  const auto series = SeriesView<double>::rows(values.data(), 9, 60);
  const FitOptions options{.bins = 10, .min_exceedances = 2};
  FakeDevice device;
  expect_cpu_bits(device, series, options, {.greatest_chunk = 4});
  const std::int64_t n_calls = device.n_calls;
  ASSERT_GT(n_calls, 20);
  std::int64_t n_failed = 0;
  for (std::int64_t k = 1; k <= n_calls; ++k) {
    Results results(9, options.c_options());
    device.fail_at(k);
    const host::CallError error = run(device, series, options, results, {.greatest_chunk = 4});
    device.forget_failure();
    // An allocation that fails is tried again with smaller chunks.
    n_failed += error.code() != TAILFIT_OK ? 1 : 0;
    EXPECT_EQ(device.bytes_held, 0u) << "after the failure of call " << k;
    expect_cpu_bits(device, series, options, {.greatest_chunk = 4});
  }
  EXPECT_EQ(n_failed, n_calls - 1);
}

// Packed input, offsets and thresholds are staged: they must outlive the copies from them.
TEST(DeviceRun, WhatIsStagedOutlivesAFailure) {
  const std::vector<double> values = mixed_batch(75, 9, 60);
  const auto sparse = SeriesView<double>::rows(values.data(), 4, 20, 130);
  const std::vector<std::int64_t> offsets = {0, 50, 90, 200};
  const std::vector<double> own(4, 0.5);
  const auto ragged = SeriesView<double>::ragged(values.data(), offsets);
  for (std::int64_t k = 1; k < 40; ++k) {
    FakeDevice device;
    const FitOptions options{.upper = tailfit::per_series(own), .bins = 5};
    Results results(4, options.c_options());
    device.fail_at(k);
    run(device, sparse, options, results, {.greatest_chunk = 2});
    Results others(3, FitOptions{.bins = 5}.c_options());
    device.fail_at(k);
    run(device, ragged, {.bins = 5}, others, {.greatest_chunk = 2});
    EXPECT_EQ(device.bytes_held, 0u);
  }
}

TEST(DeviceRun, CountsThatDoNotFitNameTheFirstFit) {
  std::vector<float> values = tailfit::tests::heavy_batch<float>(71, 3, 70'000);
  std::fill(values.begin() + 70'000 + 2'000, values.end(), 0.25f);
  const auto series = SeriesView<float>::rows(values.data(), 3, 70'000);
  for (const std::int64_t chunk : {1, 2, 3}) {
    FakeDevice device;
    device.use_lanes = false;
    const FitOptions options{.bins = 2, .counts = tailfit::Counts::u16};
    Results results(3, options.c_options());
    const host::CallError error = run(device, series, options, results, {.greatest_chunk = chunk});
    EXPECT_EQ(error.code(), TAILFIT_COUNT_OVERFLOW);
    EXPECT_NE(std::string(error.what()).find("fit 1 has a bin with more than 65535"),
              std::string::npos);
  }
}

TEST(DeviceRun, ACancelledRunWritesTheRestAsNotRun) {
  const std::vector<double> values = mixed_batch(72, 10, 80);
  const auto series = SeriesView<double>::rows(values.data(), 10, 80);
  for (const auto output : {TAILFIT_MEMORY_HOST, TAILFIT_MEMORY_DEVICE}) {
    tailfit_context context{};
    context.progress = [](void*, std::int64_t n_done, std::int64_t) { return n_done >= 6 ? 1 : 0; };
    FakeDevice device;
    Results results(10, FitOptions{}.c_options());
    EXPECT_STREQ(
        run(device, series, {}, results, {.greatest_chunk = 3, .output = output}, context).what(),
        no_error().what());
    for (std::size_t i = 0; i < 10; ++i) {
      EXPECT_EQ(results.view.status[i] == TAILFIT_STATUS_NOT_RUN, i >= 6) << i;
    }
    EXPECT_TRUE(std::isnan(results.view.upper.shape[9]));
    EXPECT_EQ(static_cast<const std::uint32_t*>(results.view.counts)[999], 0u);
  }
}

// What is written for fits that are not run is staged, too.
TEST(DeviceRun, ACancelledRunMayFailAtAnyCall) {
  const std::vector<double> values = mixed_batch(76, 10, 40);
  const auto series = SeriesView<double>::rows(values.data(), 10, 40);
  tailfit_context context{};
  context.progress = [](void*, std::int64_t, std::int64_t) { return 1; };
  for (std::int64_t k = 1; k < 60; ++k) {
    FakeDevice device;
    Results results(10, FitOptions{}.c_options());
    device.fail_at(k);
    run(device, series, {}, results, {.greatest_chunk = 3, .output = TAILFIT_MEMORY_DEVICE},
        context);
    EXPECT_EQ(device.bytes_held, 0u);
  }
}

}  // namespace
