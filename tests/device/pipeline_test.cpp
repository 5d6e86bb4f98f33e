// Chunks in flight, what is staged for them and what is not.
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

}  // namespace
