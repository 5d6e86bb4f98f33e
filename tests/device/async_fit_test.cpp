// Fits that only queue work: nothing runs before the stream does, nothing is allocated, a replay
// fits what lies there then, and the bits are those of any other fit.
#include <unistd.h>

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/device/cuda.hpp"
#include "tests/device/device_call.hpp"

namespace {

namespace host = tailfit::host;
using namespace tailfit::tests;
using tailfit::FitOptions;
using tailfit::SeriesView;

const FitOptions few{.bins = 10, .min_exceedances = 3};

// A context on a fake device, and a stream of the caller's.
struct AsyncDevice {
  explicit AsyncDevice(const host::DeviceLimits& limits = limits_of_h200()) : device(limits) {
    device.state.use_lanes = false;
    context.backend = TAILFIT_BACKEND_CUDA;
    context.process_id = ::getpid();
    context.devices.push_back(shared(device));
  }
  tailfit_device_stream* handle() { return reinterpret_cast<tailfit_device_stream*>(&stream); }

  FakeDevice device;
  FakeQueue stream{device.state};
  tailfit_context context{};
};

template <class T>
tailfit_async_plan plan_of(AsyncDevice& on, const SeriesView<T>& series, const FitOptions& options,
                           std::uint64_t most = 0) {
  const tailfit_fit_options c_options = options.c_options();
  tailfit_async_plan plan{};
  plan.struct_size = sizeof plan;
  EXPECT_EQ(tailfit_plan_fit_async(&on.context, &series.c_view(), &c_options, most, &plan),
            TAILFIT_OK)
      << tailfit_last_error();
  return plan;
}

template <class T>
tailfit_code queue(AsyncDevice& on, const tailfit_async_plan& plan, const SeriesView<T>& series,
                   const FitOptions& options, Results& results, void* workspace) {
  const tailfit_fit_options c_options = options.c_options();
  results.view.memory = TAILFIT_MEMORY_DEVICE;
  return tailfit_fit_async(&on.context, &plan, &series.c_view(), &c_options, &results.view,
                           workspace, on.handle());
}

// series: as if on the host; of any layout that is not ragged.
template <class T>
void expect_cpu_bits_async(const SeriesView<T>& series, const FitOptions& options,
                           std::uint64_t most) {
  const Results expected = on_cpu(series, options);
  const auto on_device = series.in(tailfit::Memory::device);
  AsyncDevice on;
  const tailfit_async_plan plan = plan_of(on, on_device, options, most);
  EXPECT_LE(plan.workspace_bytes, most == 0 ? unlimited : most);
  const ExactMemory workspace(plan.workspace_bytes);
  Results results(series.n_fits(), options.c_options());
  const std::vector<char> poisoned = results.block;
  EXPECT_EQ(queue(on, plan, on_device, options, results, workspace.data()), TAILFIT_OK)
      << tailfit_last_error();
  EXPECT_TRUE(results.block == poisoned);
  on.stream.synchronize();
  EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
  EXPECT_EQ(on.device.state.n_allocations, 0);
}

TEST(AsyncFit, EveryLayoutAndWorkspaceGivesTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(501, 24, 120);
  const std::vector<float> floats(values.begin(), values.end());
  const auto rows = SeriesView<double>::rows(values.data(), 24, 120);
  for (const std::uint64_t most : {0ull, 20'000ull, 5'000ull}) {
    expect_cpu_bits_async(rows, few, most);
    expect_cpu_bits_async(SeriesView<float>::rows(floats.data(), 24, 120), few, most);
    expect_cpu_bits_async(SeriesView<double>::columns(values.data(), 120, 24), few, most);
    expect_cpu_bits_async(SeriesView<double>::rolling(rows, 80, 10), few, most);
    expect_cpu_bits_async(rows, {.upper = tailfit::tail_mass(0.2), .resolution = 0.5}, most);
  }
}

// A workspace that has room for a fit and none for the row that its column would become.
TEST(AsyncFit, APlanWithoutRoomForRowsIsUsed) {
  const std::vector<double> values = mixed_batch(510, 4, 3000);
  const auto panel = SeriesView<double>::columns(values.data(), 4, 3000);
  expect_cpu_bits_async(SeriesView<double>::rolling(panel, 60, 50), few, 9'000);
  expect_cpu_bits_async(SeriesView<double>::rolling(panel, 60, 50), few, 40'000);
}

TEST(AsyncFit, WithoutWindowsThereAreNoFits) {
  const double value = 0.0;
  const auto columns = SeriesView<double>::columns(&value, 4, 10).in(tailfit::Memory::device);
  tailfit_series_view view = columns.c_view();
  view.n_windows = 0;
  AsyncDevice on;
  tailfit_async_plan plan{};
  plan.struct_size = sizeof plan;
  EXPECT_EQ(tailfit_plan_fit_async(&on.context, &view, nullptr, 0, &plan), TAILFIT_OK);
  EXPECT_EQ(plan.n_fits, 0);
}

TEST(AsyncFit, NoFitsAreNone) {
  const double value = 0.0;
  expect_cpu_bits_async(SeriesView<double>::rows(&value, 0, 100), few, 0);
  expect_cpu_bits_async(SeriesView<double>::rows(nullptr, 5, 0), few, 0);
}

TEST(AsyncFit, ThresholdsOfSeriesAreReadWhereTheyLie) {
  const std::vector<double> values = mixed_batch(502, 12, 120);
  const auto rows = SeriesView<double>::rows(values.data(), 12, 120);
  const auto windows = SeriesView<double>::rolling(rows, 100, 10);
  std::vector<double> own(36);
  for (std::size_t i = 0; i < own.size(); ++i) own[i] = 0.1 * static_cast<double>(i % 7);
  own[5] = std::nan("");
  const auto of_series = tailfit::per_series(std::span(own).first(12));
  for (const std::uint64_t most : {0ull, 6'000ull}) {
    expect_cpu_bits_async(rows, {.upper = of_series, .bins = 10}, most);
    expect_cpu_bits_async(
        windows, {.lower = of_series, .upper = tailfit::per_series(own), .bins = 10}, most);
  }
}

TEST(AsyncFit, AReplayFitsWhatLiesThereThen) {
  std::vector<double> values = mixed_batch(503, 40, 80);
  const auto rows = SeriesView<double>::rows(values.data(), 40, 80);
  const auto on_device = rows.in(tailfit::Memory::device);
  AsyncDevice on;
  const tailfit_async_plan plan = plan_of(on, on_device, few, 2'000);
  ASSERT_GT(plan.n_chunks, 1);
  const ExactMemory workspace(plan.workspace_bytes);
  Results results(40, few.c_options());
  ASSERT_EQ(queue(on, plan, on_device, few, results, workspace.data()), TAILFIT_OK);
  const std::function<void()> graph = on.stream.capture();
  for (int replay = 0; replay < 3; ++replay) {
    const Results expected = on_cpu(rows, few);
    graph();
    EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
    for (double& x : values) x = 3.0 * x - 1.0;
  }
}

TEST(AsyncFit, AllocatesNothingOnTheHost) {
  const std::vector<double> values = mixed_batch(504, 10, 80);
  const std::vector<double> own(10, 0.5);
  const auto series = SeriesView<double>::rows(values.data(), 10, 80).in(tailfit::Memory::device);
  const FitOptions options{.upper = tailfit::per_series(own), .bins = 10};
  AsyncDevice on;
  const tailfit_async_plan plan = plan_of(on, series, options, 2'000);
  const ExactMemory workspace(plan.workspace_bytes);
  Results results(10, options.c_options());
  new_calls_left = 1;
  const tailfit_code code = queue(on, plan, series, options, results, workspace.data());
  EXPECT_EQ(new_calls_left, 1);
  new_calls_left = 0;
  EXPECT_EQ(code, TAILFIT_OK);
  on.stream.synchronize();  // while the memory is there
}

// Ragged series, offsets on the device -----------------------------------------------------------

struct RaggedFits {
  RaggedFits(const std::vector<double>& values, const std::vector<std::int64_t>& offsets,
             std::int64_t n_values, std::int64_t longest, std::uint64_t most,
             const host::DeviceLimits& limits = limits_of_h200())
      : results(static_cast<std::int64_t>(offsets.size()) - 1, few.c_options()) {
    const auto n = static_cast<std::int64_t>(offsets.size()) - 1;
    const auto series =
        SeriesView<double>::ragged_on_device(values.data(), offsets.data(), n, n_values, longest);
    AsyncDevice on(limits);
    const tailfit_async_plan plan = plan_of(on, series, few, most);
    EXPECT_LE(plan.workspace_bytes, most == 0 ? unlimited : most);
    const ExactMemory workspace(plan.workspace_bytes);
    EXPECT_EQ(queue(on, plan, series, few, results, workspace.data()), TAILFIT_OK)
        << tailfit_last_error();
    on.stream.synchronize();
    n_chunks = plan.n_chunks;
  }
  Results results;
  std::int64_t n_chunks = 0;
};

TEST(AsyncFit, RaggedSeriesGiveTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(505, 20, 300);
  std::vector<std::int64_t> offsets = {7};
  for (std::int64_t i = 0; offsets.back() < 5000; ++i) {
    offsets.push_back(offsets.back() + (i * i * 37) % 701);
  }
  const Results expected = on_cpu(SeriesView<double>::ragged(values.data(), offsets), few);
  for (const std::uint64_t most : {0ull, 12'000ull}) {
    const RaggedFits found(values, offsets, 6000, 701, most);
    EXPECT_TRUE(same_bits(found.results.block.data(), expected.block.data(), expected.bytes));
  }
}

TEST(AsyncFit, RaggedSeriesOfEveryRegimeGiveTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(508, 8, 9'000);
  std::vector<std::int64_t> offsets = {1};
  for (const std::int64_t length : {3, 0, 700, 20'000, 12, 1'500, 0, 9'000, 300, 3'000, 6'000, 1}) {
    offsets.push_back(offsets.back() + length);
  }
  const Results expected = on_cpu(SeriesView<double>::ragged(values.data(), offsets), few);
  for (const std::uint64_t most : {0ull, 450'000ull}) {
    const RaggedFits found(values, offsets, 72'000, 20'000, most,
                           limits_of_small_device(24'000, 4));
    EXPECT_EQ(found.n_chunks == 1, most == 0);
    EXPECT_TRUE(same_bits(found.results.block.data(), expected.block.data(), expected.bytes));
  }
}

// Series share values by offsets that go back in between: from the first one on that has, with all
// before it, more values than there are, all are bad, whatever the chunks.
TEST(AsyncFit, SeriesBeyondAllValuesAreBadInEveryChunk) {
  const std::vector<double> values = mixed_batch(509, 4, 100);
  std::vector<std::int64_t> offsets;
  for (std::int64_t i = 0; i < 12; ++i) {  // every second one has 90 values, the others none
    offsets.push_back(i);
    offsets.push_back(i + 90);
  }
  const RaggedFits whole(values, offsets, 400, 100, 0);
  for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
    const bool is_good = i % 2 == 0 && 90 * (i / 2 + 1) <= 400;
    EXPECT_EQ((whole.results.view.status[i] & TAILFIT_STATUS_BAD_OFFSETS) == 0, is_good) << i;
    EXPECT_EQ(whole.results.view.n[i] > 0, is_good) << i;
  }
  EXPECT_EQ(whole.n_chunks, 1);
  for (const std::uint64_t most : {2'048ull, 2'600ull, 3'500ull}) {
    const RaggedFits parts(values, offsets, 400, 100, most);
    EXPECT_GT(parts.n_chunks, 1);
    EXPECT_TRUE(
        same_bits(parts.results.block.data(), whole.results.block.data(), whole.results.bytes));
  }
}

TEST(AsyncFit, AReplayOfRaggedSeriesCountsItsValuesAnew) {
  const std::vector<double> values = mixed_batch(511, 4, 100);
  const std::vector<std::int64_t> offsets = {0, 100, 190, 300, 310, 400};
  const Results expected = on_cpu(SeriesView<double>::ragged(values.data(), offsets), few);
  const auto series =
      SeriesView<double>::ragged_on_device(values.data(), offsets.data(), 5, 400, 110);
  AsyncDevice on;
  const tailfit_async_plan plan = plan_of(on, series, few, 2'500);
  ASSERT_GT(plan.n_chunks, 1);
  const ExactMemory workspace(plan.workspace_bytes);
  Results results(5, few.c_options());
  ASSERT_EQ(queue(on, plan, series, few, results, workspace.data()), TAILFIT_OK);
  const std::function<void()> graph = on.stream.capture();
  for (int replay = 0; replay < 3; ++replay) {
    graph();
    EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
    std::fill_n(results.block.data(), results.block.size(), char{0x5A});
  }
}

// Each kind of offset that leads nowhere, beside series that are fitted as ever.
TEST(AsyncFit, BadOffsetsBecomeAStatus) {
  const std::vector<double> values = mixed_batch(506, 4, 100);
  const std::vector<std::int64_t> offsets = {0, 100, 60, 160, -5, 100, 401, 100, 400, 300, 400};
  const bool good[] = {true, false, true, false, false, false, false, false, false, true};
  const RaggedFits found(values, offsets, 400, 120, 0);
  for (std::size_t i = 0; i < 10; ++i) {
    SCOPED_TRACE(i);
    const std::uint32_t status = found.results.view.status[i];
    EXPECT_EQ((status & TAILFIT_STATUS_BAD_OFFSETS) == 0, good[i]);
    EXPECT_EQ((status & TAILFIT_STATUS_EMPTY) == 0, good[i]);
    EXPECT_EQ(found.results.view.n[i] == 0, !good[i]);
    if (!good[i]) continue;
    const auto one =
        SeriesView<double>::rows(values.data() + offsets[i], 1, offsets[i + 1] - offsets[i]);
    const Results expected = on_cpu(one, few);
    EXPECT_EQ(found.results.view.upper.threshold[i], expected.view.upper.threshold[0]);
    EXPECT_EQ(status, expected.view.status[0]);
  }
}

// Bad calls ---------------------------------------------------------------------------------------

std::string message_of(tailfit_code code) {
  EXPECT_NE(code, TAILFIT_OK);
  return tailfit_last_error();
}

TEST(AsyncFit, CallsThatCannotBeAreNamed) {
  const std::vector<double> values(20 * 100, 1.0);
  const auto host_series = SeriesView<double>::rows(values.data(), 20, 100);
  const auto series = host_series.in(tailfit::Memory::device);
  AsyncDevice on;
  const tailfit_async_plan plan = plan_of(on, series, few);
  const ExactMemory workspace(plan.workspace_bytes + 1);
  Results results(20, few.c_options());
  const auto message = [&](const tailfit_async_plan& with, const SeriesView<double>& of,
                           const FitOptions& options, void* memory) {
    return message_of(queue(on, with, of, options, results, memory));
  };
  EXPECT_EQ(message(plan, host_series, few, workspace.data()),
            "tailfit: series.memory is 0 (host), expected 1 (device): nothing is copied");
  EXPECT_EQ(message(plan, series, few, nullptr),
            "tailfit: workspace is null, expected plan.workspace_bytes of the device's memory at a "
            "multiple of 256 bytes");
  EXPECT_EQ(message(plan, series, few, workspace.data() + 1),
            "tailfit: workspace is " +
                std::to_string(reinterpret_cast<std::uintptr_t>(workspace.data() + 1)) +
                ", an address, expected plan.workspace_bytes of the device's memory at a multiple "
                "of 256 bytes");
  const auto shorter = SeriesView<double>::rows(values.data(), 20, 60).in(tailfit::Memory::device);
  EXPECT_EQ(message(plan, shorter, few, workspace.data()).substr(0, 43),
            "tailfit: plan is one for 20 fits in chunks ");
  tailfit_async_plan elsewhere = plan;
  elsewhere.device = plan.device + 1;
  EXPECT_NE(message(elsewhere, series, few, workspace.data())
                .find("bytes, device 1, expected that of these series, options and context"),
            std::string::npos);
  tailfit_async_plan unknown{};
  EXPECT_EQ(message(unknown, series, few, workspace.data()),
            "tailfit: tailfit_async_plan.struct_size is 0, expected sizeof(tailfit_async_plan) = " +
                std::to_string(sizeof unknown));
  EXPECT_EQ(message_of(tailfit_plan_fit_async(&on.context, &series.c_view(), nullptr, 0, &unknown)),
            "tailfit: tailfit_async_plan.struct_size is 0, expected sizeof(tailfit_async_plan) = " +
                std::to_string(sizeof unknown));
  unknown.struct_size = sizeof unknown;
  EXPECT_EQ(message(unknown, series, few, workspace.data()),
            "tailfit: plan.chunk_fits is 0, expected >= 1");
  const std::vector<std::int64_t> offsets = {0, 100};
  const auto ragged =
      SeriesView<double>::ragged(values.data(), offsets).in(tailfit::Memory::device);
  tailfit_async_plan other{};
  other.struct_size = sizeof other;
  const tailfit_fit_options options = few.c_options();
  EXPECT_EQ(message_of(tailfit_plan_fit_async(&on.context, &ragged.c_view(), &options, 0, &other)),
            "tailfit: series.offsets_memory is 0 (host), expected 1 (device): nothing is copied");
  EXPECT_EQ(message_of(tailfit_plan_fit_async(&on.context, &series.c_view(), &options, 10, &other))
                .substr(0, 46),
            "tailfit: memory for the device is 10 bytes, ex");
  const auto on_device =
      SeriesView<double>::ragged_on_device(values.data(), offsets.data(), 1, 100, 100);
  EXPECT_EQ(message_of(tailfit_fit_into(&on.context, &on_device.c_view(), &options, &results.view)),
            "tailfit: series.offsets_memory is 1 (device), expected 0 (host): only "
            "tailfit_fit_async leaves them where they are");
}

TEST(AsyncFit, CountsThatCouldOverflowAreRefused) {
  AsyncDevice on;
  const double value = 1.0;
  const auto series = SeriesView<double>::rows(&value, 1, 65'536).in(tailfit::Memory::device);
  const tailfit_fit_options options = FitOptions{.counts = tailfit::Counts::u16}.c_options();
  tailfit_async_plan plan{};
  plan.struct_size = sizeof plan;
  EXPECT_EQ(message_of(tailfit_plan_fit_async(&on.context, &series.c_view(), &options, 0, &plan)),
            "tailfit: length is 65536, expected at most 65535, which counts of the asked type can "
            "hold");
}

TEST(AsyncFit, NeedsADevice) {
  const tailfit::Context cpu({.backend = tailfit::Backend::cpu});
  const double value = 1.0;
  const auto series = SeriesView<double>::rows(&value, 1, 1).in(tailfit::Memory::device);
  tailfit_async_plan plan{};
  plan.struct_size = sizeof plan;
  const tailfit_code code =
      tailfit_plan_fit_async(cpu.c_handle(), &series.c_view(), nullptr, 0, &plan);
  if (host::is_compiled_with_cuda()) {
    EXPECT_EQ(code, TAILFIT_INVALID_ARGUMENT);
  } else {
    EXPECT_EQ(code, TAILFIT_NOT_COMPILED);
    EXPECT_THROW(tailfit::plan_fit_async(cpu, series), tailfit::NotCompiled);
    EXPECT_THROW(tailfit::DeviceStream().wait_for(cpu, &plan), tailfit::NotCompiled);
  }
}

TEST(AsyncFit, AStreamWaitsForAnEvent) {
  AsyncDevice on;
  int n_waits = 0;
  EXPECT_EQ(tailfit_device_stream_wait_for(&on.context, on.handle(), &n_waits), TAILFIT_OK);
  EXPECT_EQ(n_waits, 0);
  on.stream.synchronize();
  EXPECT_EQ(n_waits, 1);
  EXPECT_EQ(tailfit_device_stream_wait_for(&on.context, on.handle(), nullptr),
            TAILFIT_INVALID_ARGUMENT);
}

TEST(AsyncFit, AnyLaunchThatFailsIsReportedAndTheNextCallIsRight) {
  const std::vector<double> values = mixed_batch(507, 10, 80);
  const auto series = SeriesView<double>::rows(values.data(), 10, 80);
  const auto on_device = series.in(tailfit::Memory::device);
  const Results expected = on_cpu(series, few);
  AsyncDevice on;
  on.device.state.use_lanes = false;
  const tailfit_async_plan plan = plan_of(on, on_device, few, 2'000);
  const ExactMemory workspace(plan.workspace_bytes);
  std::int64_t n_failed = 0;
  for (;; ++n_failed) {
    ASSERT_LT(n_failed, 100);
    Results results(10, few.c_options());
    on.device.fail_at(n_failed + 1);
    const tailfit_code code = queue(on, plan, on_device, few, results, workspace.data());
    on.device.forget_failure();
    on.stream.synchronize();
    if (code == TAILFIT_OK) break;
    EXPECT_EQ(code, TAILFIT_DEVICE_ERROR);
    EXPECT_EQ(queue(on, plan, on_device, few, results, workspace.data()), TAILFIT_OK);
    on.stream.synchronize();
    EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
  }
  EXPECT_GE(n_failed, 3);
}

}  // namespace
