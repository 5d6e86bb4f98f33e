#include "host/plan.hpp"

#include <algorithm>
#include <string>

#include "host/column_tile.hpp"
#include "host/error.hpp"
#include "host/fits_storage.hpp"
#include "host/kernel_views.hpp"
#include "kernels/cpu/cpu_kernels.hpp"

namespace tailfit::host {
namespace {

// Enough values that handing out a chunk costs nothing beside fitting it.
constexpr std::int64_t chunk_values = 131072;
// Of a time-major panel a chunk is a tile: as wide as a cache line, or more, for series up to some
// 16,000 values, and not larger than the second cache.
constexpr std::int64_t tiled_chunk_values = 262144;
// Chunks per worker at least, so that the last one to finish does not keep the others waiting.
constexpr std::int64_t chunks_per_worker = 8;
// An excess of the interval likelihood takes 5 to 25 us, with all the passes over it, a value of an
// exact fit 20 to 100 ns. With this many of these for one of those a chunk of interval fits takes 5
// to 30 ms (or one fit): a slow machine, too, calls progress and can be cancelled every 0.1 s.
constexpr std::int64_t values_per_interval = 200;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// Values beyond a threshold in one series, most likely: every one where only the data could tell.
std::int64_t likely_exceedances(const tailfit_threshold_rule& rule, std::int64_t length) {
  switch (rule.kind) {
    case TAILFIT_THRESHOLD_TAIL_MASS:
    case TAILFIT_THRESHOLD_HISTOGRAM_RANGE:
      if (rule.value == 0.0) return 0;
      return std::min(length,
                      static_cast<std::int64_t>(rule.value * static_cast<double>(length)) + 1);
    case TAILFIT_THRESHOLD_COUNT:
      return std::min(length, rule.count);
    default:
      return length;
  }
}

// What a fit costs, in values of an exact one.
std::int64_t cost_of_fit(const tailfit_series_view& series, const tailfit_fit_options& options) {
  std::int64_t cost = std::max<std::int64_t>(series.length, 1);
  if (options.resolution > 0.0) {
    cost += values_per_interval *
            std::min(series.length, likely_exceedances(options.lower, series.length) +
                                        likely_exceedances(options.upper, series.length));
  }
  return cost;
}

}  // namespace

std::uint64_t worker_bytes(const tailfit_series_view& series, const tailfit_fit_options& options) {
  const kernels::CpuKernels& kernels = kernels::cpu_kernels();
  const auto bytes = series.dtype == TAILFIT_F32 ? kernels.bytes_f32 : kernels.bytes_f64;
  return static_cast<std::uint64_t>(kernels::tail_queue_bytes +
                                    bytes(tile_options(options), series.length));
}

std::uint64_t result_bytes(std::int64_t n_fits, const tailfit_fit_options& options) {
  return FitsLayout(n_fits, options.bins, options.counts).bytes();
}

tailfit_fit_plan make_plan(const tailfit_series_view& series, const tailfit_fit_options& options,
                           std::int32_t threads, std::uint64_t memory_budget) {
  const std::int64_t n_fits = series.n_series * series.n_windows;
  const std::uint64_t of_kernels = worker_bytes(series, options);
  const std::uint64_t minimum = of_kernels + tile_bytes(series, 1);
  if (memory_budget != 0 && memory_budget < minimum) {
    throw CallError(TAILFIT_BUDGET_TOO_SMALL,
                    "memory_budget is " + std::to_string(memory_budget) +
                        " bytes, expected at least " + std::to_string(minimum) +
                        " for series of length " + std::to_string(series.length) + " and " +
                        std::to_string(options.bins) + " bins");
  }
  std::int64_t workers = threads;
  if (memory_budget != 0) {
    workers = std::min(workers, static_cast<std::int64_t>(
                                    std::min<std::uint64_t>(memory_budget / minimum, 65536)));
  }
  const std::int64_t by_values =
      (is_tiled(series) ? tiled_chunk_values : chunk_values) / cost_of_fit(series, options);
  const std::int64_t by_workers = n_fits / (workers * chunks_per_worker);
  std::int64_t chunk =
      std::clamp<std::int64_t>(by_values, 1, std::max<std::int64_t>(by_workers, 1));
  if (memory_budget != 0) {
    const std::uint64_t share = memory_budget / static_cast<std::uint64_t>(workers);
    while (of_kernels + tile_bytes(series, chunk) > share) chunk = (chunk + 1) / 2;
  }
  const std::int64_t n_chunks = ceil_div(n_fits, chunk);
  workers = std::clamp<std::int64_t>(n_chunks, 1, workers);

  tailfit_fit_plan plan{};
  plan.struct_size = sizeof plan;
  plan.n_fits = n_fits;
  plan.chunk_fits = chunk;
  plan.n_chunks = n_chunks;
  plan.workers = static_cast<std::int32_t>(workers);
  plan.scratch_bytes =
      (of_kernels + tile_bytes(series, chunk)) * static_cast<std::uint64_t>(workers);
  plan.minimum_budget = minimum;
  plan.result_bytes = result_bytes(n_fits, options);
  return plan;
}

}  // namespace tailfit::host
