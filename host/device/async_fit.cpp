#include "host/device/async_fit.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "host/device/chunk_launch.hpp"
#include "host/device/device_input.hpp"
#include "host/device/device_plan.hpp"
#include "host/device/queue_device.hpp"
#include "host/error.hpp"
#include "host/fit_outcome.hpp"
#include "host/kernel_views.hpp"

namespace tailfit::host {
namespace {

DeviceProvider& device_of(const tailfit_context& context) {
  return device_to_queue_on(context, "tailfit_fit");
}

void require_device(const char* name, std::int32_t memory) {
  if (memory == TAILFIT_MEMORY_DEVICE) return;
  fail_invalid(name, std::string("0 (host)"), "1 (device): nothing is copied");
}

// Nobody could be told that a count did not fit.
void check_counts(const tailfit_series_view& series, const tailfit_fit_options& options) {
  const std::int64_t most = greatest_count(options.counts);
  if (series.length <= most) return;
  fail_invalid("length", series.length,
               "at most " + std::to_string(most) + ", which counts of the asked type can hold");
}

void check_input(const tailfit_series_view& series, const tailfit_fit_options& options) {
  require_device("series.memory", series.memory);
  if (series.offsets != nullptr) require_device("series.offsets_memory", series.offsets_memory);
  check_counts(series, options);
}

DevicePlan plan_chunks(DeviceProvider& provider, const tailfit_series_view& series,
                       const tailfit_fit_options& options, std::uint64_t most_workspace,
                       std::int64_t greatest_chunk) {
  const std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
  const DeviceLimits limits = provider.limits();
  return make_device_plan({series,
                           options,
                           limits,
                           {most_workspace == 0 ? unlimited : most_workspace, unlimited},
                           series.n_series * series.n_windows,
                           greatest_chunk,
                           1,
                           true,
                           false,
                           true});
}

void use_thresholds(const tailfit_threshold_rule& rule, const tailfit_series_view& series,
                    const double*& thresholds, std::int64_t& windows) {
  if (rule.kind != TAILFIT_THRESHOLD_PER_SERIES) return;
  thresholds = rule.per_series;
  windows = fits_per_threshold(rule, series);
}

kernels::SeriesBatch batch_of(const tailfit_series_view& series, const tailfit_fit_options& options,
                              std::int64_t begin, std::int64_t n) {
  kernels::SeriesBatch batch = describe_input(series, begin, n).batch;
  batch.first_fit = begin;
  use_thresholds(options.lower, series, batch.lower, batch.lower_windows);
  use_thresholds(options.upper, series, batch.upper, batch.upper_windows);
  return batch;
}

struct QueuedFit {
  const DevicePlan& plan;
  const tailfit_series_view& series;
  const tailfit_fit_options& options;
  const tailfit_fits_view& out;
  char* workspace;

  void queue_on(Device& queue) const {
    for (std::int64_t begin = 0; begin < plan.n_fits; begin += plan.chunk_fits) {
      const std::int64_t n = std::min(plan.chunk_fits, plan.n_fits - begin);
      kernels::FitBatch batch{};
      batch.series = batch_of(series, options, begin, n);
      batch.options = tile_options(options);
      batch.out = fit_arrays(out, begin);
      launch_chunk(queue, plan, workspace, batch,
                   greatest_counts(plan.classes, n, plan.chunk_values));
    }
  }
};

}  // namespace

tailfit_async_plan make_async_plan(const tailfit_context& context,
                                   const tailfit_series_view& series,
                                   const tailfit_fit_options& options,
                                   std::uint64_t most_workspace) {
  DeviceProvider& provider = device_of(context);
  check_input(series, options);
  const DevicePlan chunks = plan_chunks(provider, series, options, most_workspace, 0);
  tailfit_async_plan plan{};
  plan.struct_size = sizeof plan;
  plan.n_fits = chunks.n_fits;
  plan.chunk_fits = chunks.chunk_fits;
  plan.n_chunks = chunks.n_chunks;
  plan.workspace_bytes = chunks.layout.bytes;
  plan.device = provider.ordinal();
  return plan;
}

void queue_fit(const tailfit_context& context, const tailfit_async_plan& plan,
               const tailfit_series_view& series, const tailfit_fit_options& options,
               const tailfit_fits_view& out, void* workspace, tailfit_device_stream* stream) {
  DeviceProvider& provider = device_of(context);
  check_input(series, options);
  require_device("out.memory", out.memory);
  if (reinterpret_cast<std::uintptr_t>(workspace) % 256 != 0 || workspace == nullptr) {
    fail_invalid("workspace",
                 workspace == nullptr
                     ? std::string("null")
                     : std::to_string(reinterpret_cast<std::uintptr_t>(workspace)) + ", an address",
                 "plan.workspace_bytes of the device's memory at a multiple of 256 bytes");
  }
  if (plan.chunk_fits < 1) fail_invalid("plan.chunk_fits", plan.chunk_fits, ">= 1");
  if (plan.workspace_bytes == 0) {
    fail_invalid("plan.workspace_bytes", std::int64_t{0}, "what tailfit_plan_fit_async wrote");
  }
  // With its own size as the most there may be the plan is made again as it was made.
  const DevicePlan chunks =
      plan_chunks(provider, series, options, plan.workspace_bytes, plan.chunk_fits);
  if (chunks.n_fits != plan.n_fits || chunks.chunk_fits != plan.chunk_fits ||
      chunks.layout.bytes != plan.workspace_bytes || provider.ordinal() != plan.device) {
    fail_invalid("plan",
                 "one for " + std::to_string(plan.n_fits) + " fits in chunks of " +
                     std::to_string(plan.chunk_fits) + ", " + std::to_string(plan.workspace_bytes) +
                     " bytes, device " + std::to_string(plan.device),
                 "that of these series, options and context: " + std::to_string(chunks.n_fits) +
                     " fits in chunks of " + std::to_string(chunks.chunk_fits) + ", " +
                     std::to_string(chunks.layout.bytes) + " bytes, device " +
                     std::to_string(provider.ordinal()));
  }
  QueuedFit fit{chunks, series, options, out, static_cast<char*>(workspace)};
  provider.with_stream(
      stream,
      [](Device& queue, void* state) { static_cast<const QueuedFit*>(state)->queue_on(queue); },
      &fit);
}

void queue_wait(const tailfit_context& context, tailfit_device_stream* stream, void* event) {
  device_of(context).with_stream(
      stream, [](Device& queue, void* state) { queue.wait_for(state); }, event);
}

}  // namespace tailfit::host
