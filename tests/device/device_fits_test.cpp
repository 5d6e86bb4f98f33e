// Results that the library keeps in a device's memory: whose they are, when they go, and that they
// come back with the bits of any other fit.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/device/device_fits.hpp"
#include "host/device/fit_array_list.hpp"
#include "tests/device/device_call.hpp"

namespace {

namespace host = tailfit::host;
using namespace tailfit::tests;
using tailfit::Counts;
using tailfit::FitOptions;
using tailfit::SeriesView;

struct Destroy {
  void operator()(tailfit_fits* fits) const { tailfit_fits_destroy(fits); }
};
using Fits = std::unique_ptr<tailfit_fits, Destroy>;

std::unique_ptr<tailfit_context> context_on(std::vector<FakeDevice*> devices) {
  auto context = std::make_unique<tailfit_context>();
  context->backend = TAILFIT_BACKEND_CUDA;
  context->process_id = ::getpid();
  for (FakeDevice* device : devices) context->devices.push_back(shared(*device));
  return context;
}

template <class T>
tailfit_code fit_there(tailfit_context& context, const SeriesView<T>& series,
                       const FitOptions& options, Fits& fits) {
  const tailfit_fit_options c_options = options.c_options();
  tailfit_fits* handle = nullptr;
  const tailfit_code code = tailfit_fit_on_device(&context, &series.c_view(), &c_options, &handle);
  fits.reset(handle);
  return code;
}

tailfit_code copy_back(tailfit_context& context, const tailfit_fits& fits, Fits& copy) {
  tailfit_fits* handle = nullptr;
  const tailfit_code code = tailfit_fits_to_host(&context, &fits.view, &handle);
  copy.reset(handle);
  return code;
}

// Series as any call has them, there and back.
template <class T>
void expect_cpu_bits_there_and_back(const SeriesView<T>& series, const FitOptions& options) {
  const Results expected = on_cpu(series, options);
  FakeDevice device;
  device.state.use_lanes = false;
  const auto context = context_on({&device});
  Fits fits;
  Fits copy;
  ASSERT_EQ(fit_there(*context, series, options, fits), TAILFIT_OK) << tailfit_last_error();
  EXPECT_EQ(fits->view.memory, TAILFIT_MEMORY_DEVICE);
  EXPECT_EQ(device.state.bytes_held, expected.bytes);
  ASSERT_EQ(copy_back(*context, *fits, copy), TAILFIT_OK) << tailfit_last_error();
  EXPECT_EQ(copy->view.memory, TAILFIT_MEMORY_HOST);
  EXPECT_EQ(copy->view.laplace, expected.view.laplace);
  // The arrays, not the block: between them may be anything.
  const host::FitArrayList right = host::arrays_of(expected.view);
  const host::ArrayOfFits* at = right.begin();
  for (const host::ArrayOfFits& array : host::arrays_of(copy->view)) {
    const auto bytes = static_cast<std::uint64_t>(series.n_fits()) * array.fit_bytes;
    EXPECT_TRUE(same_bits(array.data, at++->data, bytes));
  }
  fits.reset();
  EXPECT_TRUE(device.holds_nothing());
}

TEST(DeviceFits, EveryLayoutAndCountTypeComesBackWithTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(901, 24, 120);
  const std::vector<float> floats(values.begin(), values.end());
  const auto rows = SeriesView<double>::rows(values.data(), 24, 120);
  for (const Counts counts : {Counts::none, Counts::u16, Counts::u32}) {
    const FitOptions options{.bins = 10, .min_exceedances = 3, .counts = counts, .laplace = 0.5};
    expect_cpu_bits_there_and_back(rows, options);
    expect_cpu_bits_there_and_back(SeriesView<float>::columns(floats.data(), 120, 24), options);
    expect_cpu_bits_there_and_back(SeriesView<double>::rolling(rows, 80, 10), options);
  }
}

TEST(DeviceFits, OutliveTheirContextAndGoWithTheirOwner) {
  const std::vector<double> values = mixed_batch(902, 5, 90);
  FakeDevice device;
  auto context = context_on({&device});
  Fits fits;
  ASSERT_EQ(fit_there(*context, SeriesView<double>::rows(values.data(), 5, 90), {}, fits),
            TAILFIT_OK);
  context.reset();
  const std::uint64_t held = device.state.bytes_held;
  EXPECT_GT(held, 0u);
  // The C++ layer's spans are to the device's memory.
  tailfit::SplicedFits owner(fits.release());
  EXPECT_EQ(owner.memory(), tailfit::Memory::device);
  EXPECT_EQ(owner.size(), 5);
  EXPECT_EQ(device.state.bytes_held, held);
  {
    const auto moved = std::move(owner);
    EXPECT_EQ(device.state.bytes_held, held);
  }
  EXPECT_TRUE(device.holds_nothing());
}

TEST(DeviceFits, LieWhereTheSeriesLieElseOnTheFirstDevice) {
  const std::vector<double> values = mixed_batch(903, 3, 90);
  FakeDevice first(limits_of_h200(), 0);
  FakeDevice second(limits_of_h200(), 1);
  const auto context = context_on({&first, &second});
  Fits fits;
  ASSERT_EQ(fit_there(*context, SeriesView<double>::rows(values.data(), 3, 90), {}, fits),
            TAILFIT_OK);
  EXPECT_GT(first.state.bytes_held, 0u);
  EXPECT_EQ(second.state.bytes_held, 0u);
  EXPECT_EQ(second.n_queues, 0);
}

TEST(DeviceFits, NoFitsHaveNoMemory) {
  FakeDevice device;
  const auto context = context_on({&device});
  Fits fits;
  Fits copy;
  ASSERT_EQ(fit_there(*context, SeriesView<double>::rows(nullptr, 0, 10), {}, fits), TAILFIT_OK);
  EXPECT_TRUE(device.holds_nothing());
  ASSERT_EQ(copy_back(*context, *fits, copy), TAILFIT_OK);
  EXPECT_EQ(copy->view.n_fits, 0);
}

TEST(DeviceFits, AFailureAtAnyCallLosesNothing) {
  const std::vector<double> values = mixed_batch(904, 9, 60);
  const auto series = SeriesView<double>::rows(values.data(), 9, 60);
  const FitOptions options{.bins = 10, .min_exceedances = 2};
  FakeDevice device;
  device.state.use_lanes = false;
  const auto context = context_on({&device});
  std::int64_t n_failed = 0;
  std::int64_t k = 1;
  for (bool is_done = false; !is_done; ++k) {
    ASSERT_LT(k, 200);
    Fits fits;
    Fits copy;
    device.fail_at(k);
    tailfit_code code = fit_there(*context, series, options, fits);
    if (code == TAILFIT_OK) code = copy_back(*context, *fits, copy);
    is_done = device.state.calls_left > 0;  // so many calls there are not
    device.forget_failure();
    n_failed += code != TAILFIT_OK ? 1 : 0;
    EXPECT_EQ(code == TAILFIT_OK, copy != nullptr);
    fits.reset();
    EXPECT_TRUE(device.holds_nothing()) << "after the failure of call " << k;
  }
  EXPECT_GT(n_failed, 20);
  expect_cpu_bits_there_and_back(series, options);
}

TEST(DeviceFits, SayWhatIsMissing) {
  const std::vector<double> values = mixed_batch(905, 3, 90);
  const auto series = SeriesView<double>::rows(values.data(), 3, 90);
  tailfit::Context cpu({.backend = tailfit::Backend::cpu});
  FakeDevice device;
  Fits fits;
  EXPECT_EQ(fit_there(*cpu.c_handle(), series, {}, fits), TAILFIT_INVALID_ARGUMENT);
  EXPECT_STREQ(tailfit_last_error(),
               "tailfit: context is on the cpu, expected one on a device, for results in its "
               "memory");
  const auto context = context_on({&device});
  device.state.memory = 100;
  EXPECT_EQ(fit_there(*context, series, {}, fits), TAILFIT_OUT_OF_MEMORY);
  device.state.memory = unlimited / 2;
  ASSERT_EQ(fit_there(*context, series, {}, fits), TAILFIT_OK);
  Fits copy;
  EXPECT_EQ(copy_back(*cpu.c_handle(), *fits, copy), TAILFIT_INVALID_ARGUMENT);
  EXPECT_STREQ(tailfit_last_error(),
               "tailfit: fits.memory is 1 (device), expected 0 (host): this context runs on the "
               "cpu");
  double q[3];
  EXPECT_EQ(tailfit_quantile(context.get(), &fits->view, 0.5, q), TAILFIT_INVALID_ARGUMENT);
  EXPECT_STREQ(tailfit_last_error(),
               "tailfit: out is in host memory, expected memory of the device that the "
               "distributions are in");
}

// Fits in host memory are copied by any context.
TEST(DeviceFits, CopiesOfFitsInHostMemoryAreFitsToo) {
  const std::vector<double> values = mixed_batch(906, 4, 90);
  const auto series = SeriesView<double>::rows(values.data(), 4, 90);
  const tailfit::Context cpu({.backend = tailfit::Backend::cpu});
  const auto fits = tailfit::fit(cpu, series);
  const auto copy = tailfit::to_host(cpu, fits);
  EXPECT_NE(copy.upper().shape.data(), fits.upper().shape.data());
  EXPECT_TRUE(same_bits(copy.upper().shape.data(), fits.upper().shape.data(), 4 * sizeof(double)));
  EXPECT_TRUE(same_bits(copy.counts_u32().data(), fits.counts_u32().data(), 4 * 100 * 4));
}

#if !defined(__SANITIZE_THREAD__)  // it refuses a fork among threads
// Answers in the child's exit status.
template <class Child>
bool holds_in_child(const Child& child) {
  const pid_t id = ::fork();
  if (id == 0) ::_exit(child() ? 0 : 1);
  int status = 0;
  return id > 0 && ::waitpid(id, &status, 0) == id && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(DeviceFits, AreLeftAloneByAForkedChild) {
  FakeDevice device;
  auto block = std::make_unique<host::DeviceBlock>(shared(device), 64);
  const bool is_untouched = holds_in_child([&] {
    const std::int64_t n_queues = device.n_queues;
    block.reset();
    return device.n_queues == n_queues && !device.holds_nothing();
  });
  EXPECT_TRUE(is_untouched);
  block.reset();
  EXPECT_TRUE(device.holds_nothing());
}

TEST(DeviceFits, LeaveTheirDeviceToTheProcessThatMadeIt) {
  static bool is_destroyed;
  struct Provider {
    ~Provider() { is_destroyed = true; }
    bool is_of_this_process() const { return process_id == ::getpid(); }
    pid_t process_id = ::getpid();
  };
  is_destroyed = false;
  std::shared_ptr<Provider> provider = host::shared_in_process(std::make_unique<Provider>());
  EXPECT_TRUE(holds_in_child([&] {
    provider.reset();
    return !is_destroyed;
  }));
  provider.reset();
  EXPECT_TRUE(is_destroyed);
}
#endif

}  // namespace
