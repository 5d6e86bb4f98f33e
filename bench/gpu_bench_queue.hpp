// The kernels of a fit of device memory, launched as the library does, with events around each.
#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

#include "bench/gpu_bench_device.hpp"
#include "host/device/chunk_launch.hpp"
#include "host/device/cuda.hpp"
#include "host/device/device_input.hpp"
#include "host/device/device_plan.hpp"
#include "host/kernel_views.hpp"

namespace tailfit::bench {
namespace {

struct KernelSeconds {
  double extract = 0.0;  // with all that comes before the solver
  double solve = 0.0;
};

// The default stream as a queue that knows when each chunk's solver begins and ends.
class TimedQueue final : public host::Device {
 public:
  explicit TimedQueue(std::int64_t n_chunks) : timers_(static_cast<std::size_t>(2 * n_chunks)) {}

  void begin_chunk() { timers_.at(2 * n_chunks_).start(); }
  KernelSeconds end() {
    KernelSeconds seconds;
    for (std::size_t i = 0; i < n_chunks_; ++i) {
      seconds.extract += timers_[2 * i].seconds();
      seconds.solve += timers_[2 * i + 1].seconds();
    }
    n_chunks_ = 0;
    return seconds;
  }

  void fill(void* memory, unsigned char byte, std::uint64_t bytes) override {
    check_cuda(cudaMemsetAsync(memory, byte, bytes, nullptr), "cudaMemsetAsync");
  }
  void transpose(const kernels::ColumnPanel& panel) override {
    check(kernels::launch_transpose(panel, nullptr), "transpose");
  }
  void bin_by_length(const kernels::FitBatch& batch, const kernels::LengthBins& bins) override {
    check(kernels::launch_bin_by_length(batch, bins, nullptr), "bin by length");
  }
  void extract(const kernels::FitBatch& batch, const kernels::ExtractLaunch& launch) override {
    check(kernels::launch_extract(batch, launch, nullptr), "extract");
  }
  void solve(const kernels::FitBatch& batch, const kernels::SolveLaunch& launch) override {
    timers_.at(2 * n_chunks_).stop();
    timers_.at(2 * n_chunks_ + 1).start();
    check(kernels::launch_solve(batch, launch, nullptr), "solve");
    timers_.at(2 * n_chunks_ + 1).stop();
    ++n_chunks_;
  }
  void evaluate(const kernels::EvaluateBatch&, const kernels::EvaluateLaunch&) override {
    unused();
  }
  void differentiate(const kernels::GradientBatch&, const kernels::EvaluateLaunch&) override {
    unused();
  }
  void* allocate(std::uint64_t) override { return unused(); }
  void release(void*, std::uint64_t) noexcept override {}
  void copy_to_device(void*, const void*, std::uint64_t) override { unused(); }
  void copy_rows_to_device(void*, std::uint64_t, const void*, std::uint64_t, std::uint64_t,
                           std::uint64_t) override {
    unused();
  }
  void copy_to_host(void*, const void*, std::uint64_t) override { unused(); }
  void wait_for(void*) override { unused(); }
  void synchronize() override { check(cudaStreamSynchronize(nullptr), "cudaStreamSynchronize"); }
  void drain() noexcept override {}
  void begin_stage(const char*) noexcept override {}
  void end_stage() noexcept override {}

 private:
  static void check(int error, const char* call) {
    check_cuda(static_cast<cudaError_t>(error), call);
  }
  static void* unused() { throw std::logic_error("a call that a resident fit does not make"); }

  std::vector<EventTimer> timers_;
  std::size_t n_chunks_ = 0;
};

// A fit of rows on the device, results there too.
class KernelRun {
 public:
  KernelRun(const tailfit_series_view& series, const tailfit_fit_options& options)
      : series_(series),
        options_(options),
        layout_(series.n_series, options),
        results_(Place::device, layout_.bytes()),
        out_(layout_.view(results_.data(), TAILFIT_MEMORY_DEVICE)),
        plan_(plan()),
        memory_(Place::device, plan_.layout.bytes),
        queue_(plan_.n_chunks) {}

  KernelSeconds run() {
    for (std::int64_t begin = 0; begin < plan_.n_fits; begin += plan_.chunk_fits) {
      const std::int64_t n = std::min(plan_.chunk_fits, plan_.n_fits - begin);
      kernels::FitBatch batch{};
      batch.series = host::describe_input(series_, begin, n).batch;
      batch.options = host::tile_options(options_);
      batch.out = host::fit_arrays(out_, begin);
      queue_.begin_chunk();
      host::launch_chunk(queue_, plan_, memory_.data(), batch, {});
    }
    return queue_.end();
  }

 private:
  host::DevicePlan plan() const {
    const host::DeviceSearch search = host::find_cuda_devices({}, {});
    if (search.providers.empty()) throw std::runtime_error(search.reason);
    const auto most = static_cast<std::uint64_t>(free_bytes());
    const host::DeviceLimits limits = search.providers.front()->limits();
    return host::make_device_plan(
        {series_, options_, limits, {most, most}, series_.n_series, 0, 1, true, false, true});
  }

  tailfit_series_view series_;
  tailfit_fit_options options_;
  gpu::FitsBlock layout_;
  PlacedMemory results_;
  tailfit_fits_view out_;
  host::DevicePlan plan_;
  PlacedMemory memory_;
  TimedQueue queue_;
};

}  // namespace
}  // namespace tailfit::bench
