#include "host/device/device_plan.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "host/error.hpp"
#include "host/fits_storage.hpp"
#include "host/kernel_views.hpp"

namespace tailfit::host {
namespace {

// A chunk fills the device a few times over, so that the last blocks to finish do not weigh much.
constexpr std::int64_t waves_per_chunk = 4;

// Sizes beyond everything are the greatest number there is: shapes may be such that no machine has
// the memory, and a sum that wrapped around would be a size that some machine has.
constexpr std::uint64_t beyond = std::numeric_limits<std::uint64_t>::max();

std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? beyond : result;
}
std::uint64_t product(std::int64_t a, std::int64_t b) {
  return product(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b));
}

// The offset after so many bytes from `begin` on, which is aligned.
std::uint64_t end_of(std::uint64_t begin, std::uint64_t bytes) {
  std::uint64_t end = 0;
  if (__builtin_add_overflow(begin, bytes, &end) || end > beyond - 255) return beyond;
  return (end + 255) / 256 * 256;
}

// The most values that so many neighbouring fits have. Of ragged series only the longest is known.
std::uint64_t greatest_values(const tailfit_series_view& series, std::int64_t fits) {
  const std::uint64_t values = product(fits, series.length);
  if (series.offsets == nullptr) return values;
  return std::min(values,
                  static_cast<std::uint64_t>(series.offsets[series.n_series] - series.offsets[0]));
}

// Everything that does not depend on the number of fits in a chunk.
DevicePlan shapes_of(const DevicePlanInput& input) {
  const kernels::TileOptions options = tile_options(input.options);
  const tailfit_series_view& series = input.series;
  DevicePlan plan{};
  plan.n_fits = series.n_series * series.n_windows;
  plan.excess_pitch = kernels::fit_excess_pitch(options, series.length);
  plan.greatest_k = kernels::greatest_tail(options, series.length);
  const bool is_double = series.dtype == TAILFIT_F64;
  plan.extract = choose_extract(options, is_double, series.length, input.limits);
  plan.extract_block_bytes =
      plan.extract.lanes > 0
          ? 0
          : kernels::extract_block_bytes(options, is_double, series.length, plan.extract.threads);
  plan.extract_blocks = plan.extract.lanes > 0 ? 0 : plan.extract.resident;
  const bool has_block_tails = plan.greatest_k > kernels::greatest_warp_tail;
  plan.solve_blocks = has_block_tails ? 2 * input.limits.multiprocessors : 0;
  return plan;
}

ChunkLayout layout_of(const DevicePlanInput& input, const DevicePlan& plan, std::int64_t fits) {
  const auto n = static_cast<std::uint64_t>(fits);
  const std::uint64_t values =
      input.series.memory == TAILFIT_MEMORY_DEVICE
          ? 0
          : product(greatest_values(input.series, fits),
                    static_cast<std::uint64_t>(size_of_value(input.series)));
  const std::uint64_t results =
      input.results_on_device ? 0
                              : FitsLayout(fits, input.options.bins, input.options.counts).bytes();
  ChunkLayout layout{};
  std::uint64_t end = 0;
  const auto place = [&end](std::uint64_t& offset, std::uint64_t bytes) {
    offset = end;
    end = end_of(end, bytes);
  };
  place(layout.input, values);
  place(layout.results, results);
  place(layout.offsets, input.series.offsets == nullptr ? 0 : (n + 1) * sizeof(std::int64_t));
  const bool per_series = input.options.lower.kind == TAILFIT_THRESHOLD_PER_SERIES ||
                          input.options.upper.kind == TAILFIT_THRESHOLD_PER_SERIES;
  place(layout.thresholds, per_series ? 2 * n * sizeof(double) : 0);
  place(layout.excess, product(product(fits, plan.excess_pitch), sizeof(double)));
  place(layout.to_solve, 2 * n * sizeof(std::int64_t));
  place(layout.extract, product(std::min(plan.extract_blocks, fits), plan.extract_block_bytes));
  place(layout.scratch, product(std::min(plan.solve_blocks, 2 * fits),
                                kernels::solve_block_bytes(plan.greatest_k)));
  place(layout.overflow, sizeof(std::uint64_t));
  layout.bytes = end;
  return layout;
}

// As many fits as fill the device without the excesses leaving its level-two cache.
std::int64_t suitable_chunk(const DevicePlanInput& input, const DevicePlan& plan) {
  const std::int64_t in_cache =
      input.limits.level_two_cache / 2 / (plan.excess_pitch * static_cast<std::int64_t>(8));
  return std::max(in_cache, waves_per_chunk * plan.extract.resident);
}

}  // namespace

DevicePlan make_device_plan(const DevicePlanInput& input) {
  DevicePlan plan = shapes_of(input);
  plan.minimum_bytes = layout_of(input, plan, 1).bytes;
  if (plan.minimum_bytes > input.available) {
    throw CallError(TAILFIT_BUDGET_TOO_SMALL,
                    "memory for the device is " + std::to_string(input.available) +
                        " bytes, expected at least " + std::to_string(plan.minimum_bytes) +
                        " for series of length " + std::to_string(input.series.length) + " and " +
                        std::to_string(input.options.bins) + " bins");
  }
  std::int64_t chunk = std::clamp<std::int64_t>(suitable_chunk(input, plan), 1,
                                                std::max<std::int64_t>(plan.n_fits, 1));
  if (input.greatest_chunk > 0) chunk = std::min(chunk, input.greatest_chunk);
  while (layout_of(input, plan, chunk).bytes > input.available) chunk = (chunk + 1) / 2;
  plan.layout = layout_of(input, plan, chunk);
  plan.chunk_fits = chunk;
  plan.n_chunks = (plan.n_fits + chunk - 1) / chunk;
  return plan;
}

}  // namespace tailfit::host
