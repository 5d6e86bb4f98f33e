// Several devices at once: what each takes, and what becomes of the others where one fails.
#include <algorithm>
#include <cstdint>
#include <latch>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/run_fit.hpp"
#include "tests/device/device_call.hpp"

namespace {

namespace host = tailfit::host;
using namespace tailfit::tests;
using tailfit::FitOptions;
using tailfit::SeriesView;

const FitOptions few{.bins = 10, .min_exceedances = 3};

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

// Counts down when its thread ends: whatever the thread was to tell others has been told by then.
struct AtThreadEnd {
  ~AtThreadEnd() {
    if (latch != nullptr) latch->count_down();
  }
  std::latch* latch = nullptr;
};
thread_local AtThreadEnd at_thread_end;

// Three devices with ten chunks each. The others are held while they queue their third chunk; the
// last, which has a thread of its own, is lost at its second `failing` call once they are there,
// and they go on when its thread has ended.
struct OneFailsOfThree {
  explicit OneFailsOfThree(std::string_view failing) {
    devices.all[2]->state.before_call = [this, failing, n = 0](std::string_view call) mutable {
      if (call != failing || ++n != 2) return;
      others_are_there.wait();
      at_thread_end.latch = &has_failed;
      devices.all[2]->fail_at(1, TAILFIT_DEVICE_LOST);
    };
    for (const std::size_t i : {0u, 1u}) {
      devices.all[i]->state.before_call = [this, i](std::string_view call) {
        if (call != "extract" || ++n_chunks[i] != 3) return;
        wait_for_failure();
      };
    }
  }
  void wait_for_failure() {
    others_are_there.count_down();
    has_failed.wait();
  }
  void forget() {
    for (const auto& device : devices.all) {
      device->state.before_call = nullptr;
      device->forget_failure();
    }
  }
  std::latch others_are_there{2};
  std::latch has_failed{1};
  Devices devices{3};
  std::int64_t n_chunks[2] = {};
};

TEST(Devices, OneThatFailsStopsTheOthers) {
  const std::vector<double> values = mixed_batch(414, 60, 60);
  const auto series = SeriesView<double>::rows(values.data(), 60, 60);
  const Results expected = on_cpu(series, few);
  for (const char* failing : {"copy to the device", "extract", "synchronize"}) {
    SCOPED_TRACE(failing);
    OneFailsOfThree run(failing);
    Results results(60, few.c_options());
    EXPECT_EQ(run_on(run.devices, {}, series, results, 2), TAILFIT_DEVICE_LOST);
    EXPECT_EQ(run.n_chunks[0], 3);
    EXPECT_EQ(run.n_chunks[1], 3);
    for (const auto& device : run.devices.all) EXPECT_TRUE(device->holds_nothing());
    run.forget();
    EXPECT_EQ(run_on(run.devices, {}, series, results, 2), TAILFIT_OK);
    EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
  }
}

// Device 0, which is the first of the call, has an error of its own while it stops.
TEST(Devices, TheFirstErrorIsReported) {
  const std::vector<double> values = mixed_batch(415, 60, 60);
  const auto series = SeriesView<double>::rows(values.data(), 60, 60);
  OneFailsOfThree run("extract");
  run.devices.all[0]->state.before_call = [&, held = false](std::string_view call) mutable {
    if (call != "extract" || held) return;
    held = true;
    run.wait_for_failure();
    run.devices.all[0]->fail_at(1, TAILFIT_DEVICE_ERROR);
  };
  Results results(60, few.c_options());
  EXPECT_EQ(run_on(run.devices, {}, series, results, 2), TAILFIT_DEVICE_LOST);
  for (const auto& device : run.devices.all) EXPECT_TRUE(device->holds_nothing());
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
