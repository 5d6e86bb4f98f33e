// Chunks in flight, what is staged for them and what is not, and several devices at once.
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "host/run_fit.hpp"
#include "tests/device/device_call.hpp"

namespace {

namespace host = tailfit::host;
using namespace tailfit::tests;
using tailfit::FitOptions;
using tailfit::SeriesView;

const FitOptions few{.bins = 10, .min_exceedances = 3};

TEST(Pipeline, ThreeChunksAreInFlight) {
  const std::vector<double> values = mixed_batch(401, 30, 60);
  const auto series = SeriesView<double>::rows(values.data(), 30, 60);
  FakeDevice device;
  expect_cpu_bits(device, series, few, {.greatest_chunk = 4});
  EXPECT_EQ(device.n_queues, 3);
  EXPECT_EQ(device.state.most_in_flight, 3);
}

// Nothing has to come back before the next chunk can be queued.
TEST(Pipeline, WhatLiesOnTheDeviceIsQueuedAtOnce) {
  const std::vector<double> values = mixed_batch(402, 30, 60);
  const auto series = SeriesView<double>::rows(values.data(), 30, 60);
  FakeDevice device;
  expect_cpu_bits(
      device, series, few,
      {.greatest_chunk = 4, .input = TAILFIT_MEMORY_DEVICE, .output = TAILFIT_MEMORY_DEVICE});
  EXPECT_EQ(device.n_queues, 1);
  EXPECT_EQ(device.state.most_in_flight, 8);
}

TEST(Pipeline, AChunkAloneHasOneQueue) {
  const std::vector<double> values = mixed_batch(403, 6, 60);
  FakeDevice device;
  expect_cpu_bits(device, SeriesView<double>::rows(values.data(), 6, 60), few);
  EXPECT_EQ(device.n_queues, 1);
}

// Pinned input, whatever its layout: bits, and which of them the device copies by itself.
TEST(Pipeline, PinnedInputIsCopiedFromWhereItLies) {
  const std::vector<double> values = mixed_batch(404, 80, 100);
  std::vector<std::int64_t> offsets = {3};
  while (offsets.back() < 7000) offsets.push_back(offsets.back() + 80 + 7 * (offsets.back() % 9));
  const auto rows = SeriesView<double>::rows(values.data(), 80, 60, 100);
  const auto back = SeriesView<double>::rows(values.data() + 79 * 100, 80, 60, -100);
  const auto columns = SeriesView<double>::columns(values.data(), 100, 80);
  struct Case {
    SeriesView<double> series;
    std::int64_t chunk;
    bool in_place;
  };
  const std::vector<Case> cases = {
      {SeriesView<double>::rows(values.data(), 80, 100), 7, true},
      {rows, 7, true},
      {back, 40, false},  // the device copies no rows backwards
      {columns, 40, true},
      {SeriesView<double>::columns(values.data(), 8, 80, 100), 8, false},  // rows of 64 bytes
      {SeriesView<double>::rolling(rows, 30, 10), 7, true},
      {SeriesView<double>::rolling(columns, 70, 10), 80, true},
      {SeriesView<double>::ragged(values.data(), offsets), 7, true}};
  for (std::size_t i = 0; i < cases.size(); ++i) {
    for (const std::int64_t chunk : {cases[i].chunk, std::int64_t{0}}) {
      SCOPED_TRACE(std::to_string(i) + ", chunk " + std::to_string(chunk));
      FakeDevice device;
      device.state.use_lanes = false;
      expect_cpu_bits(device, cases[i].series, few, {.greatest_chunk = chunk});
      EXPECT_EQ(device.state.n_in_place, 0);
      device.pin(values.data(), values.size() * sizeof(double));
      expect_cpu_bits(device, cases[i].series, few, {.greatest_chunk = chunk});
      EXPECT_EQ(device.state.n_in_place > 0, cases[i].in_place);
    }
  }
}

TEST(Pipeline, ARangeThatIsPinnedInPartIsStaged) {
  const std::vector<double> values = mixed_batch(405, 20, 60);
  FakeDevice device;
  device.pin(values.data(), 19 * 60 * sizeof(double));
  expect_cpu_bits(device, SeriesView<double>::rows(values.data(), 20, 60), few);
  EXPECT_EQ(device.state.n_in_place, 0);
}

TEST(Pipeline, ResultsGoToPinnedMemoryDirectly) {
  const std::vector<double> values = mixed_batch(406, 20, 60);
  const auto series = SeriesView<double>::rows(values.data(), 20, 60);
  const Results expected = on_cpu(series, few);
  FakeDevice device;
  Results results(20, few.c_options());
  device.pin(results.block.data(), results.block.size());
  EXPECT_EQ(run(device, series, few, results, {.greatest_chunk = 3}).code(), TAILFIT_OK);
  EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
  const std::uint64_t in_place = device.most_pinned_held;
  run(device, series, few, results, {.greatest_chunk = 3});
  FakeDevice other;
  run(other, series, few, results, {.greatest_chunk = 3});
  EXPECT_LT(in_place, other.most_pinned_held);
}

TEST(Pipeline, TakesNoMorePinnedMemoryThanItMay) {
  const std::vector<double> values = mixed_batch(407, 100, 100);
  const auto series = SeriesView<double>::rows(values.data(), 100, 100);
  for (const std::uint64_t pinned : {3'000ull, 10'000ull, 100'000ull}) {
    FakeDevice device;
    device.state.use_lanes = false;
    expect_cpu_bits(device, series, few, {.pinned = pinned});
    EXPECT_LE(device.most_pinned_held, pinned);
  }
  FakeDevice device;
  Results results(100, few.c_options());
  const host::CallError error = run(device, series, few, results, {.pinned = 500});
  EXPECT_EQ(error.code(), TAILFIT_BUDGET_TOO_SMALL);
  EXPECT_NE(std::string(error.what()).find("500 bytes, expected at least "), std::string::npos)
      << error.what();
}

TEST(Pipeline, LessPinnedMemoryThanPlannedMakesSmallerChunks) {
  const std::vector<double> values = mixed_batch(408, 100, 100);
  const auto series = SeriesView<double>::rows(values.data(), 100, 100);
  FakeDevice device;
  device.state.use_lanes = false;
  device.pinned_memory = 20'000;
  expect_cpu_bits(device, series, few);
  device.pinned_memory = 100;
  Results results(100, few.c_options());
  EXPECT_EQ(run(device, series, few, results).code(), TAILFIT_OUT_OF_MEMORY);
  EXPECT_TRUE(device.holds_nothing());
}

TEST(Pipeline, InputMayBeRegistered) {
  const std::vector<double> values = mixed_batch(409, 20, 60);
  const auto series = SeriesView<double>::rows(values.data(), 20, 60);
  const Results expected = on_cpu(series, few);
  tailfit_context context{};
  context.registered = std::make_shared<host::RegisteredRanges>();
  for (const bool can_register : {true, false}) {
    FakeDevice device;
    device.can_register = can_register;
    Results results(20, few.c_options());
    EXPECT_EQ(run(device, series, few, results, {.greatest_chunk = 3}, context).code(), TAILFIT_OK);
    EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
    EXPECT_EQ(device.state.n_in_place > 0, can_register);
    EXPECT_TRUE(device.holds_nothing());
    device.fail_at(9);
    EXPECT_EQ(run(device, series, few, results, {.greatest_chunk = 3}, context).code(),
              TAILFIT_DEVICE_ERROR);
    EXPECT_TRUE(device.holds_nothing());
  }
}

// Calls at one time share what one of them has pinned, until the last of them has ended.
TEST(Pipeline, RegisteredRangesAreShared) {
  using Result = host::RegisteredRanges::Result;
  FakeDevice device;
  host::RegisteredRanges ranges;
  const std::vector<char> memory(1000);
  const char* const data = memory.data();
  EXPECT_EQ(ranges.take(device, data, 500), Result::registered);
  EXPECT_EQ(ranges.take(device, data + 100, 200), Result::registered);
  EXPECT_EQ(ranges.take(device, data + 400, 200), Result::overlaps);
  EXPECT_EQ(ranges.take(device, data + 500, 500), Result::registered);
  EXPECT_EQ(device.n_registered, 2);
  ranges.give(device, data);
  EXPECT_EQ(device.n_registered, 2);
  ranges.give(device, data + 100);
  EXPECT_EQ(device.n_registered, 1);
  ranges.give(device, data + 500);
  EXPECT_EQ(device.n_registered, 0);
  device.can_register = false;
  EXPECT_EQ(ranges.take(device, data, 500), Result::not_registered);
}

// Room for one or two chunks of one fit, not for three.
TEST(Pipeline, FewerChunksAreInFlightWhereMemoryIsShort) {
  const std::vector<double> values = mixed_batch(420, 3, 2000);
  const auto series = SeriesView<double>::rows(values.data(), 3, 2000);
  FakeDevice device;
  device.state.use_lanes = false;
  expect_cpu_bits(device, series, few, {.greatest_chunk = 1});
  const std::uint64_t three = device.state.most_bytes_held;
  for (const std::uint64_t share : {std::uint64_t{2}, std::uint64_t{3}}) {
    FakeDevice smaller;
    smaller.state.use_lanes = false;
    smaller.state.memory = three / share + 100;
    expect_cpu_bits(smaller, series, few, {.greatest_chunk = 1});
    FakeDevice pinned;
    pinned.state.use_lanes = false;
    pinned.pinned_memory = device.most_pinned_held / share + 100;
    expect_cpu_bits(pinned, series, few, {.greatest_chunk = 1});
  }
}

// Several devices -------------------------------------------------------------------------------

struct Devices {
  explicit Devices(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      all.push_back(std::make_shared<FakeDevice>(limits_of_h200(), static_cast<std::int32_t>(i)));
      all.back()->state.use_lanes = false;
      providers.push_back(all.back());
    }
  }
  std::vector<std::shared_ptr<FakeDevice>> all;
  std::vector<std::shared_ptr<host::DeviceProvider>> providers;
};

tailfit_code run_on(const Devices& devices, const tailfit_context& context,
                    const SeriesView<double>& series, Results& results, std::int64_t chunk = 0) {
  try {
    host::run_on_devices(devices.providers, context, series.c_view(), few.c_options(), results.view,
                         {unlimited, unlimited}, chunk);
  } catch (const host::CallError& error) {
    return error.code();
  }
  return TAILFIT_OK;
}

TEST(Devices, ShareTheFits) {
  const std::vector<double> values = mixed_batch(410, 11, 60);
  for (const std::int64_t n_fits : {0, 1, 2, 11}) {
    const auto series = SeriesView<double>::rows(values.data(), n_fits, 60);
    const Results expected = on_cpu(series, few);
    for (const std::size_t n : {1u, 2u, 3u}) {
      Devices devices(n);
      Results results(n_fits, few.c_options());
      EXPECT_EQ(run_on(devices, {}, series, results, 2), TAILFIT_OK);
      EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
      for (std::size_t i = 0; i < n; ++i) {
        EXPECT_EQ(devices.all[i]->n_queues > 0, static_cast<std::int64_t>(i) < n_fits);
        EXPECT_TRUE(devices.all[i]->holds_nothing());
      }
    }
  }
}

TEST(Devices, OneThatFailsFailsTheCall) {
  const std::vector<double> values = mixed_batch(411, 30, 60);
  const auto series = SeriesView<double>::rows(values.data(), 30, 60);
  for (std::int64_t k = 1; k < 36; k += 3) {
    for (const std::size_t which : {0u, 1u}) {
      Devices devices(2);
      devices.all[which]->fail_at(k, TAILFIT_DEVICE_LOST);
      Results results(30, few.c_options());
      const tailfit_code code = run_on(devices, {}, series, results, 3);
      // Its allocations are tried again with smaller chunks.
      EXPECT_TRUE(code == TAILFIT_DEVICE_LOST || (k <= 6 && code == TAILFIT_OK)) << k;
      for (const auto& device : devices.all) EXPECT_TRUE(device->holds_nothing());
    }
  }
}

TEST(Devices, ReportTogetherAndAreCancelledTogether) {
  const std::vector<double> values = mixed_batch(412, 40, 60);
  const auto series = SeriesView<double>::rows(values.data(), 40, 60);
  std::vector<std::int64_t> reports;
  tailfit_context context{};
  context.progress_user = &reports;
  context.progress = [](void* user, std::int64_t n_done, std::int64_t n_total) {
    auto& all = *static_cast<std::vector<std::int64_t>*>(user);
    all.push_back(n_done);
    return n_total == 40 ? 0 : 1;
  };
  Devices devices(2);
  Results results(40, few.c_options());
  EXPECT_EQ(run_on(devices, context, series, results, 2), TAILFIT_OK);
  ASSERT_EQ(reports.size(), 20u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(reports[i], static_cast<std::int64_t>(2 * i + 2));
  context.progress = [](void*, std::int64_t, std::int64_t) { return 1; };
  EXPECT_EQ(run_on(devices, context, series, results, 2), TAILFIT_OK);
  for (const std::int64_t last : {19, 39}) {
    EXPECT_EQ(results.view.status[last], TAILFIT_STATUS_NOT_RUN);
  }
}

// Memory of a device: the call runs there, or is refused with the device's number.
class OwnedDevice final : public host::DeviceProvider {
 public:
  OwnedDevice(FakeDevice& fake, host::MemoryPlace place) : fake_(fake), place_(place) {}
  std::string name() const override { return fake_.name(); }
  std::int32_t ordinal() const override { return fake_.ordinal(); }
  host::DeviceLimits limits() const override { return fake_.limits(); }
  std::unique_ptr<host::Device> open() override { return fake_.open(); }
  host::MemoryPlace place_of(const void*) override { return place_; }
  void use_for_this_thread() override {}
  void with_stream(void* stream, void (*work)(host::Device& queue, void* user),
                   void* user) override {
    fake_.with_stream(stream, work, user);
  }
  void* allocate_pinned(std::uint64_t bytes) override { return fake_.allocate_pinned(bytes); }
  void release_pinned(void* memory) noexcept override { fake_.release_pinned(memory); }
  void trim() noexcept override { fake_.trim(); }
  bool register_memory(const void*, std::uint64_t) noexcept override { return false; }
  void unregister_memory(const void*) noexcept override {}

 private:
  FakeDevice& fake_;
  host::MemoryPlace place_;
};

std::string run_fit_with(std::vector<std::int64_t>& n_queues, host::MemoryPlace place,
                         std::int32_t claimed) {
  const std::vector<double> values = mixed_batch(413, 8, 60);
  FakeDevice fakes[2] = {FakeDevice(limits_of_h200(), 0), FakeDevice(limits_of_h200(), 1)};
  tailfit_context context{};
  context.backend = TAILFIT_BACKEND_CUDA;
  for (FakeDevice& fake : fakes) {
    context.devices.push_back(std::make_shared<OwnedDevice>(fake, place));
  }
  auto view = SeriesView<double>::rows(values.data(), 8, 60).c_view();
  view.memory = claimed;
  Results results(8, few.c_options());
  results.view.memory = claimed;
  std::string message;
  try {
    host::run_fit(context, view, few.c_options(), results.view);
  } catch (const host::CallError& error) {
    message = error.what();
  }
  n_queues = {fakes[0].n_queues, fakes[1].n_queues};
  return message;
}

TEST(Devices, FitWhatLiesInTheirMemory) {
  using Queues = std::vector<std::int64_t>;
  Queues queues;
  EXPECT_EQ(run_fit_with(queues, {host::MemoryKind::device, 1}, TAILFIT_MEMORY_DEVICE), "");
  EXPECT_EQ(queues, (Queues{0, 1}));
  EXPECT_EQ(run_fit_with(queues, {host::MemoryKind::managed, 0}, TAILFIT_MEMORY_DEVICE), "");
  EXPECT_EQ(queues, (Queues{1, 0}));
  EXPECT_EQ(run_fit_with(queues, {host::MemoryKind::managed, 0}, TAILFIT_MEMORY_HOST), "");
  EXPECT_EQ(queues, (Queues{1, 1}));
  EXPECT_EQ(run_fit_with(queues, {host::MemoryKind::pageable, 0}, TAILFIT_MEMORY_HOST), "");
  EXPECT_EQ(queues, (Queues{1, 1}));
  EXPECT_EQ(run_fit_with(queues, {host::MemoryKind::device, 2}, TAILFIT_MEMORY_DEVICE),
            "tailfit: series.memory: memory of CUDA device 2 was given, expected that of the "
            "context's device or of the call's other memory: 0, 1");
  EXPECT_EQ(run_fit_with(queues, {host::MemoryKind::device, 1}, TAILFIT_MEMORY_HOST),
            "tailfit: series.memory is 0 (host), expected 1 (device): that is where the pointer "
            "points");
  EXPECT_EQ(run_fit_with(queues, {host::MemoryKind::pinned, 0}, TAILFIT_MEMORY_DEVICE),
            "tailfit: series.memory is 1 (device), expected 0 (host): the pointer is not to a "
            "device's memory");
}

}  // namespace
