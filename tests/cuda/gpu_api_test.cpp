// What the interface promises of a device beside the results.
#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/cuda/gpu_test.hpp"

namespace {

using namespace tailfit::gpu;
using tailfit::Backend;
using tailfit::Context;
using tailfit::FitOptions;
using tailfit::SeriesView;
using tailfit::tests::heavy_batch;
using tailfit::tests::same_bits;

template <class Call>
std::string invalid_argument_of(const Call& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "no std::invalid_argument";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class GpuApi : public OnDevice {
 protected:
  static const Context& cuda() {
    static const Context context({.backend = Backend::cuda});
    return context;
  }
  std::vector<float> values_ = heavy_batch<float>(300, 20, 300);
};

TEST_F(GpuApi, AutomaticTakesTheDeviceAndNamesIt) {
  const Context context;
  EXPECT_EQ(context.backend(), Backend::cuda);
  EXPECT_EQ(context.describe().rfind("cuda, ", 0), 0u) << context.describe();
}

TEST_F(GpuApi, DevicesThatAreNamedAreTaken) {
  const Context all({.backend = Backend::cuda, .devices = {0}});
  const auto series = SeriesView<float>::rows(values_.data(), 20, 300);
  const auto expected = tailfit::fit(cuda(), series);
  const auto found = tailfit::fit(all, series);
  EXPECT_TRUE(
      same_bits(found.upper().shape.data(), expected.upper().shape.data(), 20 * sizeof(double)));
  EXPECT_THROW(Context({.backend = Backend::cuda, .devices = {1000}}), tailfit::NoDevice);
}

TEST_F(GpuApi, ResultsThatStayOnTheDeviceAreTheSame) {
  const auto series = SeriesView<float>::rows(values_.data(), 20, 300);
  const auto expected = tailfit::fit(cuda(), series);
  auto context = std::make_unique<Context>(Context::Options{.backend = Backend::cuda});
  const auto there = tailfit::fit_on_device(*context, series);
  context.reset();
  cudaPointerAttributes place{};
  check_cuda(cudaPointerGetAttributes(&place, there.upper().shape.data()), "attributes");
  EXPECT_EQ(place.type, cudaMemoryTypeDevice);
  const auto found = tailfit::to_host(cuda(), there);
  EXPECT_TRUE(
      same_bits(found.upper().shape.data(), expected.upper().shape.data(), 20 * sizeof(double)));
  EXPECT_TRUE(same_bits(found.counts_u32().data(), expected.counts_u32().data(),
                        20 * 100 * sizeof(std::uint32_t)));
}

// A budget of 16 MB makes many chunks of it.
TEST_F(GpuApi, RegisteredInputGivesTheSameBits) {
  const std::vector<float> values = heavy_batch<float>(301, 20'000, 1000);
  const auto series = SeriesView<float>::rows(values.data(), 20'000, 1000);
  const auto expected = tailfit::fit(Context({.backend = Backend::cpu}), series);
  for (const bool register_input : {false, true}) {
    const Context context({.backend = Backend::cuda,
                           .memory_budget = std::uint64_t{16} << 20,
                           .register_input = register_input});
    const auto found = tailfit::fit(context, series);
    EXPECT_TRUE(same_bits(found.upper().shape.data(), expected.upper().shape.data(),
                          20'000 * sizeof(double)));
  }
}

class CountingMemory final : public tailfit::DeviceMemoryResource {
 public:
  void* allocate(std::size_t bytes, std::int32_t, void*) override {
    void* memory = nullptr;
    if (bytes > most || cudaMalloc(&memory, bytes) != cudaSuccess) return nullptr;
    ++n_held;
    ++n_allocations;
    return memory;
  }
  void deallocate(void* memory, std::size_t, std::int32_t, void* stream) noexcept override {
    cudaStreamSynchronize(static_cast<cudaStream_t>(stream));
    cudaFree(memory);
    --n_held;
  }
  std::size_t most = std::size_t{1} << 40;
  int n_held = 0;
  int n_allocations = 0;
};

TEST_F(GpuApi, ScratchComesFromTheCallersResource) {
  CountingMemory memory;
  const Context context({.backend = Backend::cuda, .device_memory_resource = &memory});
  const auto series = SeriesView<float>::rows(values_.data(), 20, 300);
  tailfit::fit(context, series);
  EXPECT_GT(memory.n_allocations, 0);
  EXPECT_EQ(memory.n_held, 0);
  memory.most = 100;
  EXPECT_THROW(tailfit::fit(context, series), tailfit::OutOfMemory);
  EXPECT_EQ(memory.n_held, 0);
}

TEST_F(GpuApi, ADevicePointerThatIsCalledHostIsInvalid) {
  PlacedMemory input(Place::device, values_.size() * sizeof(float));
  input.write(values_.data());
  const auto series =
      SeriesView<float>::rows(reinterpret_cast<const float*>(input.data()), 20, 300);
  const std::string text = invalid_argument_of([&] { tailfit::fit(cuda(), series); });
  EXPECT_TRUE(contains(text, "series.memory")) << text;
  EXPECT_TRUE(contains(text, "device")) << text;
}

TEST_F(GpuApi, AHostPointerThatIsCalledDeviceIsInvalid) {
  const auto series = SeriesView<float>::rows(values_.data(), 20, 300).in(tailfit::Memory::device);
  const std::string text = invalid_argument_of([&] { tailfit::fit(cuda(), series); });
  EXPECT_TRUE(contains(text, "series.memory")) << text;
  EXPECT_TRUE(contains(text, "0 (host)")) << text;
}

TEST_F(GpuApi, ResultsInMemoryOfTheOtherKindAreInvalid) {
  const auto series = SeriesView<float>::rows(values_.data(), 20, 300);
  const FitsBlock layout(20, FitOptions{}.c_options());
  const PlacedMemory on_device(Place::device, layout.bytes());
  const PlacedMemory on_host(Place::pageable, layout.bytes());
  const auto into = [&](const PlacedMemory& memory, std::int32_t called) {
    return invalid_argument_of([&] {
      tailfit::fit_into(cuda(), series, FitOptions{}, layout.view(memory.data(), called));
    });
  };
  const std::string as_host = into(on_device, TAILFIT_MEMORY_HOST);
  const std::string as_device = into(on_host, TAILFIT_MEMORY_DEVICE);
  EXPECT_TRUE(contains(as_host, "out.memory")) << as_host;
  EXPECT_TRUE(contains(as_device, "out.memory")) << as_device;
}

TEST_F(GpuApi, AContextOnTheCpuTakesNoDeviceMemory) {
  const auto series = SeriesView<float>::rows(values_.data(), 20, 300).in(tailfit::Memory::device);
  const std::string text = invalid_argument_of([&] { tailfit::fit(cpu_context(), series); });
  EXPECT_TRUE(contains(text, "series.memory")) << text;
}

TEST_F(GpuApi, TheCurrentDeviceStaysAsItIs) {
  int n_devices = 0;
  check_cuda(cudaGetDeviceCount(&n_devices), "cudaGetDeviceCount");
  for (int device = 0; device < n_devices; ++device) {
    check_cuda(cudaSetDevice(0), "cudaSetDevice");
    const Context context({.backend = Backend::cuda});
    check_cuda(cudaSetDevice(device), "cudaSetDevice");
    tailfit::fit(context, SeriesView<float>::rows(values_.data(), 20, 300));
    int now = -1;
    check_cuda(cudaGetDevice(&now), "cudaGetDevice");
    EXPECT_EQ(now, device);
  }
  check_cuda(cudaSetDevice(0), "cudaSetDevice");
}

TEST_F(GpuApi, EightThreadsShareAContext) {
  constexpr int n_threads = 8;
  std::vector<std::string> differences(n_threads);
  std::vector<std::thread> threads;
  for (int t = 0; t < n_threads; ++t) {
    threads.emplace_back([t, &difference = differences[static_cast<std::size_t>(t)]] {
      const std::int64_t length = 100 + 300 * t;
      const auto values = heavy_batch<double>(static_cast<std::uint64_t>(310 + t), 50, length);
      tailfit_series_view view = SeriesView<double>::rows(values.data(), 50, length).c_view();
      view.values = nullptr;
      for (int repeat = 0; repeat < 10 && difference.empty(); ++repeat) {
        const Place place = repeat % 2 == 0 ? Place::pageable : Place::device;
        difference =
            compare_fit(cuda(), cpu_context(),
                        FitCall<double>{values, 0, view, FitOptions{}.c_options(), place, place})
                .difference;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& difference : differences) EXPECT_EQ(difference, "");
}

TEST_F(GpuApi, ResultsOutliveTheirContext) {
  const auto series = SeriesView<float>::rows(values_.data(), 20, 300);
  const auto expected = tailfit::fit(cpu_context(), series);
  const auto fits = [&] {
    const Context context({.backend = Backend::cuda});
    return tailfit::fit(context, series);
  }();
  EXPECT_TRUE(same_bits(fits, expected));
  EXPECT_EQ(tailfit::quantile(cuda(), fits, 0.01), tailfit::quantile(cpu_context(), fits, 0.01));
}

// The budget makes chunks of a few fits; the callback stops after the first of them.
TEST_F(GpuApi, ACancelledRunWritesTheRestAsNotRun) {
  const std::vector<double> values = heavy_batch<double>(320, 400, 300);
  std::int64_t n_done = 0;
  const Context context({.backend = Backend::cuda,
                         .threads = 0,
                         .memory_budget = 200'000,
                         .progress = [&](std::int64_t done, std::int64_t) {
                           n_done = done;
                           return false;
                         }});
  for (const Place output : {Place::pageable, Place::device}) {
    const FitsBlock layout(400, FitOptions{}.c_options());
    PlacedMemory block(output, layout.bytes());
    block.fill(gpu_poison);
    tailfit::fit_into(context, SeriesView<double>::rows(values.data(), 400, 300), FitOptions{},
                      layout.view(block.data(), memory_of(output)));
    std::vector<char> found(layout.bytes());
    block.read(found.data());
    const tailfit_fits_view fits = layout.view(found.data(), TAILFIT_MEMORY_HOST);
    ASSERT_GT(n_done, 0);
    ASSERT_LT(n_done, 400);
    for (std::int64_t i = 0; i < 400; ++i) {
      ASSERT_EQ(fits.status[i] == TAILFIT_STATUS_NOT_RUN, i >= n_done) << i;
    }
    EXPECT_TRUE(std::isnan(fits.upper.shape[399]));
    EXPECT_EQ(static_cast<const std::uint32_t*>(fits.counts)[400 * 100 - 1], 0u);
    EXPECT_TRUE(layout.gaps_hold(found.data(), gpu_poison));
  }
}

TEST_F(GpuApi, CountsThatDoNotFitNameTheFirstFit) {
  std::vector<float> values = heavy_batch<float>(330, 3, 70'000);
  for (std::size_t i = 72'000; i < values.size(); ++i) values[i] = 0.25f;
  const auto series = SeriesView<float>::rows(values.data(), 3, 70'000);
  const FitOptions options{.bins = 2, .counts = tailfit::Counts::u16};
  try {
    tailfit::fit(cuda(), series, options);
    ADD_FAILURE() << "no exception";
  } catch (const tailfit::CountOverflow& error) {
    EXPECT_TRUE(contains(error.what(), "fit 1 has a bin with more than 65535")) << error.what();
  }
  expect_cpu_bits(values, series, {.bins = 2, .counts = tailfit::Counts::u32});
}

}  // namespace
