// fit_async() on a device: streams, graphs, offsets that lead nowhere; bits of the CPU.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/cuda/fits_block.hpp"
#include "tests/cuda/gpu_test.hpp"

namespace {

using namespace tailfit::gpu;
using tailfit::AsyncPlan;
using tailfit::Backend;
using tailfit::Context;
using tailfit::DeviceStream;
using tailfit::FitOptions;
using tailfit::SeriesView;
using tailfit::tests::heavy_batch;
using tailfit::tests::same_bits;

class GpuAsync : public OnDevice {
 protected:
  void SetUp() override {
    OnDevice::SetUp();
    if (IsSkipped()) return;
    context_ = std::make_unique<Context>(Context::Options{.backend = Backend::cuda});
    check_cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
  }
  void TearDown() override {
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
  }
  DeviceStream stream() const { return DeviceStream(stream_); }
  void wait() const { check_cuda(cudaStreamSynchronize(stream_), "cudaStreamSynchronize"); }

  std::unique_ptr<Context> context_;
  cudaStream_t stream_ = nullptr;
};

// Series on the device, their results there and what the CPU says of them.
struct AsyncCase {
  AsyncCase(const std::vector<float>& values, std::int64_t n, std::int64_t n_values,
            const FitOptions& how)
      : n_fits(n),
        length(n_values),
        options(how),
        layout(n, how.c_options()),
        input(Place::device, values.size() * sizeof(float)),
        output(Place::device, layout.bytes()) {
    set(values);
  }
  void set(const std::vector<float>& values) {
    input.write(values.data());
    output.fill(0x33);
    expected.assign(layout.bytes(), char{0x33});
    fit_into(Context({.backend = Backend::cpu}),
             SeriesView<float>::rows(values.data(), n_fits, length), options,
             layout.view(expected.data(), TAILFIT_MEMORY_HOST));
  }
  SeriesView<float> series() const {
    return SeriesView<float>::rows(reinterpret_cast<const float*>(input.data()), n_fits, length)
        .in(tailfit::Memory::device);
  }
  tailfit_fits_view out() const { return layout.view(output.data(), TAILFIT_MEMORY_DEVICE); }
  bool is_right() const {
    std::vector<char> found(layout.bytes());
    output.read(found.data());
    return same_bits(found.data(), expected.data(), expected.size());
  }

  std::int64_t n_fits;
  std::int64_t length;
  FitOptions options;
  FitsBlock layout;
  PlacedMemory input;
  PlacedMemory output;
  std::vector<char> expected;
};

TEST_F(GpuAsync, EveryWorkspaceGivesTheBitsOfTheCpu) {
  for (const std::int64_t length : {100, 1000, 20'000, 60'000}) {
    const std::int64_t n = 3'000'000 / (length + 900);
    AsyncCase fits(heavy_batch<float>(601, n, length), n, length, {.min_exceedances = 3});
    for (const std::uint64_t most : {std::uint64_t{0}, std::uint64_t{8} << 20}) {
      const AsyncPlan plan = plan_fit_async(*context_, fits.series(), fits.options, most);
      PlacedMemory workspace(Place::device, plan.workspace_bytes);
      fits.output.fill(0x33);
      fit_async(*context_, plan, fits.series(), fits.options, fits.out(), workspace.data(),
                stream());
      wait();
      EXPECT_TRUE(fits.is_right()) << length << ", " << plan.n_chunks << " chunks";
    }
  }
}

TEST_F(GpuAsync, AGraphIsCapturedAndReplayed) {
  constexpr std::int64_t n = 2000;
  AsyncCase fits(heavy_batch<float>(602, n, 500), n, 500, {});
  const AsyncPlan plan = plan_fit_async(*context_, fits.series(), fits.options, 1 << 20);
  PlacedMemory workspace(Place::device, plan.workspace_bytes);
  const auto queue = [&] {
    fit_async(*context_, plan, fits.series(), fits.options, fits.out(), workspace.data(), stream());
  };
  queue();
  wait();
  EXPECT_TRUE(fits.is_right());
  cudaGraph_t graph = nullptr;
  check_cuda(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeGlobal), "begin of a capture");
  queue();
  check_cuda(cudaStreamEndCapture(stream_, &graph), "end of a capture");
  cudaGraphExec_t executable = nullptr;
  check_cuda(cudaGraphInstantiate(&executable, graph, 0), "cudaGraphInstantiate");
  for (std::uint64_t replay = 0; replay < 3; ++replay) {
    fits.set(heavy_batch<float>(603 + replay, n, 500));
    check_cuda(cudaGraphLaunch(executable, stream_), "cudaGraphLaunch");
    wait();
    EXPECT_TRUE(fits.is_right()) << replay;
  }
  cudaGraphExecDestroy(executable);
  cudaGraphDestroy(graph);
}

TEST_F(GpuAsync, RaggedSeriesOfEveryLengthGiveTheBitsOfTheCpu) {
  const std::int64_t long_ones[] = {300'000, 0, 2'000, 60'000, 4'000, 1'025, 20'000, 513};
  std::vector<std::int64_t> offsets = {0};
  for (std::int64_t i = 0; i < 2400; ++i) {
    const std::int64_t length = i % 300 == 7 ? long_ones[i / 300] : (i * i * 37) % 301;
    offsets.push_back(offsets.back() + length);
  }
  const std::int64_t n = static_cast<std::int64_t>(offsets.size()) - 1;
  const std::vector<float> values = heavy_batch<float>(611, 1, offsets.back());
  PlacedMemory input(Place::device, values.size() * sizeof(float));
  PlacedMemory on_device(Place::device, offsets.size() * sizeof(std::int64_t));
  input.write(values.data());
  on_device.write(offsets.data());
  const auto series = SeriesView<float>::ragged_on_device(
      reinterpret_cast<const float*>(input.data()),
      reinterpret_cast<const std::int64_t*>(on_device.data()), n, offsets.back(), 300'000);
  const FitOptions options{.min_exceedances = 3};
  const FitsBlock layout(n, options.c_options());
  std::vector<char> expected(layout.bytes(), char{0x33});
  fit_into(Context({.backend = Backend::cpu}), SeriesView<float>::ragged(values.data(), offsets),
           options, layout.view(expected.data(), TAILFIT_MEMORY_HOST));
  PlacedMemory output(Place::device, layout.bytes());
  for (const std::uint64_t most : {std::uint64_t{0}, std::uint64_t{4} << 20}) {
    const AsyncPlan plan = plan_fit_async(*context_, series, options, most);
    PlacedMemory workspace(Place::device, plan.workspace_bytes);
    output.fill(0x33);
    fit_async(*context_, plan, series, options, layout.view(output.data(), TAILFIT_MEMORY_DEVICE),
              workspace.data(), stream());
    wait();
    std::vector<char> found(layout.bytes());
    output.read(found.data());
    EXPECT_TRUE(same_bits(found.data(), expected.data(), expected.size())) << plan.n_chunks;
  }
}

TEST_F(GpuAsync, BadOffsetsBecomeAStatus) {
  const std::vector<float> values = heavy_batch<float>(610, 4, 100);
  const std::vector<std::int64_t> offsets = {0, 100, 60, 160, -5, 100, 401, 100, 400};
  const std::int64_t n = static_cast<std::int64_t>(offsets.size()) - 1;
  PlacedMemory input(Place::device, values.size() * sizeof(float));
  PlacedMemory on_device(Place::device, offsets.size() * sizeof(std::int64_t));
  input.write(values.data());
  on_device.write(offsets.data());
  const auto series = SeriesView<float>::ragged_on_device(
      reinterpret_cast<const float*>(input.data()),
      reinterpret_cast<const std::int64_t*>(on_device.data()), n, 400, 120);
  const FitOptions options{.min_exceedances = 3};
  const AsyncPlan plan = plan_fit_async(*context_, series, options);
  PlacedMemory workspace(Place::device, plan.workspace_bytes);
  const FitsBlock layout(n, options.c_options());
  PlacedMemory output(Place::device, layout.bytes());
  fit_async(*context_, plan, series, options, layout.view(output.data(), TAILFIT_MEMORY_DEVICE),
            workspace.data(), stream());
  wait();
  std::vector<char> block(layout.bytes());
  output.read(block.data());
  const tailfit_fits_view found = layout.view(block.data(), TAILFIT_MEMORY_HOST);
  for (std::int64_t i = 0; i < n; ++i) {
    const bool is_bad = (found.status[i] & TAILFIT_STATUS_BAD_OFFSETS) != 0;
    EXPECT_EQ(is_bad, i != 0 && i != 2) << i;
    EXPECT_EQ(found.n[i], is_bad ? 0 : 100) << i;
  }
}

TEST_F(GpuAsync, AStreamWaitsForAnEvent) {
  cudaEvent_t event = nullptr;
  check_cuda(cudaEventCreate(&event), "cudaEventCreate");
  check_cuda(cudaEventRecord(event, stream_), "cudaEventRecord");
  stream().wait_for(*context_, event);
  wait();
  cudaEventDestroy(event);
}

}  // namespace
