// Calls on a device that fail, the device's and the host's: nothing is lost, nothing is used too
// late.
#include <algorithm>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "tests/device/device_call.hpp"

namespace {

namespace host = tailfit::host;
using namespace tailfit::tests;
using tailfit::FitOptions;
using tailfit::SeriesView;

TEST(DeviceRun, AFailureAtAnyCallLosesNoMemoryAndTheNextRunIsRight) {
  const std::vector<double> values = mixed_batch(70, 9, 60);
  const auto series = SeriesView<double>::rows(values.data(), 9, 60);
  const FitOptions options{.bins = 10, .min_exceedances = 2};
  FakeDevice device;
  expect_cpu_bits(device, series, options, {.greatest_chunk = 4});
  const std::int64_t n_calls = device.state.n_calls;
  const std::int64_t n_allocations = device.state.n_allocations;
  ASSERT_GT(n_calls, 20);
  std::int64_t n_failed = 0;
  for (std::int64_t k = 1; k <= n_calls; ++k) {
    Results results(9, options.c_options());
    device.fail_at(k);
    const host::CallError error = run(device, series, options, results, {.greatest_chunk = 4});
    device.forget_failure();
    // An allocation that fails is tried again with smaller chunks.
    n_failed += error.code() != TAILFIT_OK ? 1 : 0;
    EXPECT_TRUE(device.holds_nothing()) << "after the failure of call " << k;
    expect_cpu_bits(device, series, options, {.greatest_chunk = 4});
  }
  EXPECT_EQ(n_failed, n_calls - n_allocations);
}

struct FailingCase {
  const char* name;
  SeriesView<double> series;
  Use use;
};

TEST(DeviceRun, AFailureAtAnyCallOfAnyLayoutLosesNothing) {
  const std::vector<double> values = mixed_batch(76, 9, 60);
  const auto rows = SeriesView<double>::rows(values.data(), 9, 60);
  const auto columns = SeriesView<double>::columns(values.data(), 9, 60);
  const std::vector<std::int64_t> offsets = {0, 50, 90, 200, 201};
  const Use on_device{
      .greatest_chunk = 3, .input = TAILFIT_MEMORY_DEVICE, .output = TAILFIT_MEMORY_DEVICE};
  const FailingCase cases[] = {
      {"rows on the device", rows, on_device},
      {"columns", columns, {.greatest_chunk = 4}},
      {"columns on the device", columns, on_device},
      {"windows", SeriesView<double>::rolling(rows, 40, 7), {.greatest_chunk = 5}},
      {"windows on the device", SeriesView<double>::rolling(rows, 40, 7), on_device},
      {"windows of columns", SeriesView<double>::rolling(columns, 40, 9), {.greatest_chunk = 5}},
      {"ragged", SeriesView<double>::ragged(values.data(), offsets), {.greatest_chunk = 2}},
      {"ragged on the device", SeriesView<double>::ragged(values.data(), offsets), on_device}};
  const FitOptions options{.bins = 10, .min_exceedances = 2};
  for (const FailingCase& one : cases) {
    SCOPED_TRACE(one.name);
    FakeDevice device;
    device.state.use_lanes = false;
    expect_cpu_bits(device, one.series, options, one.use);
    const std::int64_t n_calls = device.state.n_calls;
    ASSERT_GT(n_calls, 4);
    std::int64_t n_failed = 0;
    for (std::int64_t k = 1; k <= n_calls; ++k) {
      Results results(one.series.n_fits(), options.c_options());
      device.fail_at(k);
      n_failed += run(device, one.series, options, results, one.use).code() != TAILFIT_OK ? 1 : 0;
      device.forget_failure();
      EXPECT_TRUE(device.holds_nothing()) << "after the failure of call " << k;
      expect_cpu_bits(device, one.series, options, one.use);
    }
    EXPECT_GT(n_failed, 2);
  }
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
    EXPECT_TRUE(device.holds_nothing());
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
    EXPECT_TRUE(device.holds_nothing());
  }
}

// The run with its n-th allocation of host memory failing, for every n.
template <class T>
void try_every_allocation(const SeriesView<T>& series, const FitOptions& options, const Use& use,
                          const tailfit_context& context = tailfit_context{}) {
  tailfit_series_view view = series.c_view();
  view.memory = use.input;
  const tailfit_fit_options c_options = options.c_options();
  bool failed = true;
  for (std::int64_t n = 1; failed; ++n) {
    ASSERT_LT(n, 200);
    FakeDevice device;
    Results results(series.n_fits(), c_options);
    results.view.memory = use.output;
    new_calls_left = n;
    try {
      host::run_on_devices({{shared(device)}}, context, view, c_options, results.view,
                           {use.available, use.pinned}, use.greatest_chunk);
      failed = new_calls_left == 0;
    } catch (const std::bad_alloc&) {
    }
    new_calls_left = 0;
    EXPECT_TRUE(device.holds_nothing());
  }
}

TEST(DeviceRun, AnyAllocationOfTheHostMayFail) {
  const std::vector<double> values = mixed_batch(77, 9, 60);
  const std::vector<double> own(4, 0.5);
  const std::vector<std::int64_t> offsets = {0, 50, 90, 200, 200};
  const FitOptions options{.upper = tailfit::per_series(own), .bins = 5};
  const Use use{.greatest_chunk = 2};
  try_every_allocation(SeriesView<double>::rows(values.data(), 4, 20, 130), options, use);
  try_every_allocation(SeriesView<double>::ragged(values.data(), offsets), options, use);
  tailfit_context cancelled{};
  cancelled.progress = [](void*, std::int64_t, std::int64_t) { return 1; };
  try_every_allocation(SeriesView<double>::rows(values.data(), 4, 20), {},
                       {.greatest_chunk = 2, .output = TAILFIT_MEMORY_DEVICE}, cancelled);
}

// A launch may want memory of its own, which a chunk of the planned size leaves none of.
TEST(DeviceRun, ALaunchWithoutMemoryMakesSmallerChunks) {
  const std::vector<double> values = mixed_batch(78, 100, 100);
  const auto series = SeriesView<double>::rows(values.data(), 100, 100);
  FakeDevice device;
  device.state.memory = 200'000;
  device.state.launch_memory = 150'000;
  expect_cpu_bits(device, series, {});
  EXPECT_GT(device.state.most_bytes_held, 50'000u);
  device.state.launch_memory = 199'000;
  Results results(100, FitOptions{}.c_options());
  EXPECT_EQ(run(device, series, {}, results).code(), TAILFIT_OUT_OF_MEMORY);
  EXPECT_TRUE(device.holds_nothing());
}

struct Reports {
  std::vector<std::int64_t> n_done;
  std::int64_t cancel_at;
};

std::int32_t keep_report(void* user, std::int64_t n_done, std::int64_t) {
  auto& reports = *static_cast<Reports*>(user);
  reports.n_done.push_back(n_done);
  return n_done >= reports.cancel_at ? 1 : 0;
}

// What was reported as done is not done again, and a run that was cancelled stays so: but for the
// chunks that were in flight.
TEST(DeviceRun, OutOfMemoryAtAnyCallGoesOnWithSmallerChunks) {
  const std::vector<double> values = mixed_batch(79, 12, 60);
  const auto rows = SeriesView<double>::rows(values.data(), 12, 60);
  const std::vector<double> own(12, 0.5);
  const FitOptions options{.upper = tailfit::per_series(own), .bins = 8, .min_exceedances = 2};
  const Results expected = on_cpu(rows, options);
  for (const std::int64_t cancel_at : {100, 3}) {
    for (const auto output : {TAILFIT_MEMORY_HOST, TAILFIT_MEMORY_DEVICE}) {
      bool failed = true;
      for (std::int64_t k = 1; failed; ++k) {
        SCOPED_TRACE("call " + std::to_string(k));
        FakeDevice device;
        Results results(12, options.c_options());
        Reports reports{{}, cancel_at};
        tailfit_context context{};
        context.progress = &keep_report;
        context.progress_user = &reports;
        device.fail_at(k, TAILFIT_OUT_OF_MEMORY);
        EXPECT_STREQ(
            run(device, rows, options, results, {.greatest_chunk = 2, .output = output}, context)
                .what(),
            no_error().what());
        failed = device.state.n_calls >= k;
        EXPECT_TRUE(device.holds_nothing());
        ASSERT_FALSE(reports.n_done.empty());
        const std::int64_t n_reported = reports.n_done.back();
        const auto* const status = results.view.status;
        const std::int64_t n_run = std::find(status, status + 12, TAILFIT_STATUS_NOT_RUN) - status;
        EXPECT_EQ(std::adjacent_find(reports.n_done.begin(), reports.n_done.end(),
                                     std::greater_equal<std::int64_t>()),
                  reports.n_done.end());
        EXPECT_TRUE(cancel_at > 12 ? n_run == 12 && n_reported == 12
                                   : n_reported >= 3 && n_run >= n_reported && n_run <= 8)
            << n_reported << " reported, " << n_run << " run";
        for (std::int64_t i = n_run; i < 12; ++i) EXPECT_EQ(status[i], TAILFIT_STATUS_NOT_RUN) << i;
        if (n_run == 12) {
          EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
        }
      }
    }
  }
}

// Runs with the k-th call out of memory, for every k: all fits are the CPU's.
template <class T>
void lose_at_any_call(const SeriesView<T>& series, const FitOptions& options,
                      std::int64_t greatest_chunk) {
  const Results expected = on_cpu(series, options);
  bool failed = true;
  for (std::int64_t k = 1; failed; ++k) {
    SCOPED_TRACE("call " + std::to_string(k));
    FakeDevice device;
    device.state.use_lanes = false;
    Results results(series.n_fits(), options.c_options());
    device.fail_at(k, TAILFIT_OUT_OF_MEMORY);
    EXPECT_STREQ(run(device, series, options, results, {.greatest_chunk = greatest_chunk}).what(),
                 no_error().what());
    failed = device.state.n_calls >= k;
    EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
    EXPECT_TRUE(device.holds_nothing());
  }
}

// Queued work that finds no memory is reported by whichever call waits for it, once: at the end,
// before what is staged is used again, where counts may overflow.
TEST(DeviceRun, WhatAFailedWaitLosesIsFittedAgain) {
  const std::vector<double> values = mixed_batch(80, 12, 60);
  const auto rows = SeriesView<double>::rows(values.data(), 12, 60);
  const std::vector<double> own(12, 0.5);
  lose_at_any_call(rows, {.bins = 8, .min_exceedances = 2}, 4);
  lose_at_any_call(rows, {.upper = tailfit::per_series(own), .bins = 8, .min_exceedances = 2}, 4);
  const std::vector<double> long_values = mixed_batch(81, 4, 66'000);
  lose_at_any_call(SeriesView<double>::rows(long_values.data(), 4, 66'000),
                   {.bins = 200, .counts = tailfit::Counts::u16}, 2);
}

// Nothing is smaller than one chunk of one fit.
TEST(DeviceRun, WhatIsLostAgainAndAgainIsReported) {
  const std::vector<double> values = mixed_batch(82, 1, 60);
  const auto series = SeriesView<double>::rows(values.data(), 1, 60);
  FakeDevice device;
  Results results(1, FitOptions{}.c_options());
  run(device, series, {}, results);
  device.fail_at(device.state.n_calls, TAILFIT_OUT_OF_MEMORY);  // the last one waits
  EXPECT_EQ(run(device, series, {}, results).code(), TAILFIT_OUT_OF_MEMORY);
  EXPECT_TRUE(device.holds_nothing());
}

}  // namespace
