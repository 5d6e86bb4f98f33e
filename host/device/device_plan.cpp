#include "host/device/device_plan.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>

#include "host/device/columns.hpp"
#include "host/device/device_input.hpp"
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

bool is_ragged(const tailfit_series_view& series) { return series.offsets != nullptr; }

// Offsets on the device are not looked at before the kernels do.
bool has_known_offsets(const tailfit_series_view& series) {
  return is_ragged(series) && series.offsets_memory != TAILFIT_MEMORY_DEVICE;
}

// Of all ragged series, or among which they lie.
std::int64_t values_of_all(const tailfit_series_view& series) {
  if (!has_known_offsets(series)) return series.n_values;
  return series.offsets[series.n_series] - series.offsets[0];
}

std::int64_t mean_length(const tailfit_series_view& series) {
  return series.n_series == 0 ? 0 : values_of_all(series) / series.n_series;
}

// Room for the values of so many neighbouring fits. Where the lengths are known, a chunk ends where
// they have more than so many of the usual length: a long series among them makes it shorter, not
// all chunks larger.
std::uint64_t greatest_values(const tailfit_series_view& series, std::int64_t fits) {
  const std::uint64_t values = product(fits, series.length);
  if (!is_ragged(series)) return values;
  const std::uint64_t most = std::min(
      values, static_cast<std::uint64_t>(std::max<std::int64_t>(values_of_all(series), 0)));
  if (!has_known_offsets(series) || fits >= series.n_series) return most;
  const std::uint64_t usual = product(fits, mean_length(series) + 1);
  return std::min(most, std::max(usual, static_cast<std::uint64_t>(series.length)));
}

// Series of the class of the longest, of all that there are or at most.
std::int64_t count_longest(const tailfit_series_view& series, const LengthClasses& classes) {
  if (!has_known_offsets(series)) return std::numeric_limits<std::int64_t>::max();
  const ClassCounts counts = count_classes(classes, series.offsets, series.n_series);
  return counts[static_cast<std::size_t>(classes.n - 1)];
}

// Values from a window to the next one as a chunk's launch sees them, once columns are rows; 0
// where there are no windows, or their values do not lie side by side.
std::int64_t window_step(const tailfit_series_view& series, std::int64_t row_pitch) {
  if (series.n_windows < 2) return 0;
  if (row_pitch > 0) return series.window_stride / series.value_stride;
  return series.value_stride == 1 ? series.window_stride : 0;
}

// Everything that does not depend on the number of fits in a chunk.
DevicePlan shapes_of(const DevicePlanInput& input) {
  const kernels::TileOptions options = tile_options(input.options);
  const tailfit_series_view& series = input.series;
  DevicePlan plan{};
  plan.n_fits = input.n_fits;
  plan.excess_pitch = kernels::fit_excess_pitch(options, series.length);
  plan.greatest_k = kernels::greatest_tail(options, series.length);
  const bool is_double = series.dtype == TAILFIT_F64;
  plan.row_pitch = row_pitch(series);
  plan.extract = choose_extract(options, is_double, series.length, input.limits,
                                window_step(series, plan.row_pitch));
  if (is_ragged(series)) {
    plan.classes = length_classes(options, is_double, series.length, input.limits);
  }
  if (plan.extract.regime == kernels::ExtractRegime::global_block) {
    plan.extract_block_bytes =
        kernels::extract_block_bytes(options, is_double, series.length, plan.extract.threads);
    plan.extract_blocks = std::min(plan.extract.resident, count_longest(series, plan.classes));
  }
  return plan;
}

// Hands out offsets, one after the other.
class Places {
 public:
  void take(std::uint64_t& offset, std::uint64_t bytes) {
    offset = end_;
    end_ = end_of(end_, bytes);
  }
  std::uint64_t end() const { return end_; }

 private:
  std::uint64_t end_ = 0;
};

bool is_from_host(const DevicePlanInput& input) {
  return input.series.memory != TAILFIT_MEMORY_DEVICE;
}

bool brings_offsets(const DevicePlanInput& input) {
  return input.series.offsets != nullptr && !input.is_resident;
}

bool brings_thresholds(const DevicePlanInput& input) {
  return has_own_thresholds(input.options) && !input.is_resident;
}

std::uint64_t input_bytes(const DevicePlanInput& input, std::int64_t fits) {
  if (!is_from_host(input)) return 0;
  return product(greatest_values(input.series, fits),
                 static_cast<std::uint64_t>(size_of_value(input.series)));
}

std::uint64_t result_bytes(const DevicePlanInput& input, std::int64_t fits) {
  if (input.results_on_device) return 0;
  return FitsLayout(fits, input.options.bins, input.options.counts).bytes();
}

std::uint64_t offset_bytes(const DevicePlanInput& input, std::int64_t fits) {
  if (!brings_offsets(input)) return 0;
  return (static_cast<std::uint64_t>(fits) + 1) * sizeof(std::int64_t);
}

std::uint64_t row_bytes(const DevicePlanInput& input, const DevicePlan& plan, std::int64_t fits) {
  if (plan.row_pitch == 0) return 0;
  return product(product(greatest_rows(input.series, fits), plan.row_pitch),
                 static_cast<std::uint64_t>(size_of_value(input.series)));
}

std::uint64_t threshold_bytes(const DevicePlanInput& input, std::int64_t fits) {
  return brings_thresholds(input) ? 2 * static_cast<std::uint64_t>(fits) * sizeof(double) : 0;
}

// For the excesses of a chunk's fits, in doubles.
std::uint64_t excess_doubles(const DevicePlanInput& input, const DevicePlan& plan,
                             std::int64_t fits) {
  if (!is_ragged(input.series)) return product(fits, plan.excess_pitch);
  return static_cast<std::uint64_t>(kernels::fit_excess_bound(
      tile_options(input.options), fits,
      static_cast<std::int64_t>(greatest_values(input.series, fits)), input.series.length));
}

// Blocks of extraction with keys in global memory. Of ragged series no more than those of the
// greatest length can be: their keys then take no more memory than all values, and where more of
// them are shorter they take turns.
std::int64_t global_blocks(const DevicePlanInput& input, const DevicePlan& plan,
                           std::int64_t fits) {
  const std::int64_t blocks = std::min(plan.extract_blocks, fits);
  if (!is_ragged(input.series) || blocks == 0) return blocks;
  const std::uint64_t of_longest =
      greatest_values(input.series, fits) /
      static_cast<std::uint64_t>(std::max<std::int64_t>(input.series.length, 1));
  return std::min(blocks, static_cast<std::int64_t>(of_longest) + 1);
}

// What binning by length takes.
void take_bins(const DevicePlanInput& input, std::int64_t fits, Places& places,
               ChunkLayout& layout) {
  const std::uint64_t word = sizeof(std::int64_t);
  const std::uint64_t each = is_ragged(input.series) ? static_cast<std::uint64_t>(fits) * word : 0;
  const std::uint64_t one = is_ragged(input.series) ? word : 0;
  places.take(layout.order, each);
  places.take(layout.excess_begin, each);
  places.take(layout.class_begin, one * (kernels::greatest_length_classes + 1));
  places.take(layout.bin_sums,
              one == 0 ? 0 : static_cast<std::uint64_t>(kernels::bin_sum_bytes(fits)));
  places.take(layout.values_before, 2 * one);
}

ChunkLayout layout_of(const DevicePlanInput& input, const DevicePlan& plan, std::int64_t fits) {
  ChunkLayout layout{};
  Places places;
  places.take(layout.input, input_bytes(input, fits));
  places.take(layout.rows, row_bytes(input, plan, fits));
  places.take(layout.results, result_bytes(input, fits));
  places.take(layout.offsets, offset_bytes(input, fits));
  places.take(layout.thresholds, threshold_bytes(input, fits));
  take_bins(input, fits, places, layout);
  places.take(layout.excess, product(excess_doubles(input, plan, fits), sizeof(double)));
  places.take(layout.to_solve, 2 * static_cast<std::uint64_t>(fits) * sizeof(std::int64_t));
  places.take(layout.extract, product(global_blocks(input, plan, fits), plan.extract_block_bytes));
  places.take(layout.overflow, sizeof(std::uint64_t));
  layout.bytes = places.end();
  return layout;
}

StagingLayout staging_of(const DevicePlanInput& input, std::int64_t fits) {
  StagingLayout layout{};
  Places places;
  places.take(layout.input, input_bytes(input, fits));
  places.take(layout.offsets, offset_bytes(input, fits));
  places.take(layout.thresholds, threshold_bytes(input, fits));
  places.take(layout.results, input.results_in_place ? 0 : result_bytes(input, fits));
  places.take(layout.overflow, sizeof(std::uint64_t));
  // Steps of a sixteenth: calls of about the same size then use each other's memory again.
  constexpr std::uint64_t large = 1 << 20;
  const std::uint64_t step = places.end() < large ? 1 : std::bit_floor(places.end()) / 16;
  layout.bytes = places.end() > beyond - step ? beyond : (places.end() + step - 1) / step * step;
  return layout;
}

// Chunks in flight at a time: one on its way in, one being fitted, one on its way out. Where only
// small things are staged one of two waits for the device, and where nothing is, none has to wait.
std::int64_t suitable_slots(const DevicePlanInput& input) {
  if (is_from_host(input) || !input.results_on_device) return 3;
  return brings_offsets(input) || brings_thresholds(input) ? 2 : 1;
}

// Whether so many chunks of so many fits at a time are in the budget.
bool has_room(const DevicePlanInput& input, const DevicePlan& plan, std::int64_t slots,
              std::int64_t fits) {
  const auto n = static_cast<std::uint64_t>(slots);
  return layout_of(input, plan, fits).bytes <= input.budget.device / n &&
         staging_of(input, fits).bytes <= input.budget.host / n;
}

[[noreturn]] void fail_budget(const char* where, std::uint64_t budget, std::uint64_t minimum,
                              const DevicePlanInput& input) {
  throw CallError(TAILFIT_BUDGET_TOO_SMALL,
                  std::string("memory ") + where + " is " + std::to_string(budget) +
                      " bytes, expected at least " + std::to_string(minimum) +
                      " for series of length " + std::to_string(input.series.length) + " and " +
                      std::to_string(input.options.bins) + " bins");
}

void check_minimum(const DevicePlanInput& input, const DevicePlan& plan) {
  const std::uint64_t on_device = layout_of(input, plan, 1).bytes;
  const std::uint64_t on_host = staging_of(input, 1).bytes;
  if (on_device > input.budget.device) {
    fail_budget("for the device", input.budget.device, std::max(on_device, on_host), input);
  }
  if (on_host > input.budget.host) {
    fail_budget("to stage for the device", input.budget.host, std::max(on_device, on_host), input);
  }
}

// Fits whose transfer takes a bus long beside what it costs to start one (some 20 us, half a
// megabyte), and of which there are enough for copies and kernels to overlap.
std::int64_t transfer_chunk(const DevicePlanInput& input, const DevicePlan& plan) {
  constexpr double least = 8 << 20;
  constexpr double greatest = 64 << 20;
  const double share = static_cast<double>(plan.n_fits) /
                       static_cast<double>(input.series.n_series * input.series.n_windows);
  double values = static_cast<double>(input_bytes(input, plan.n_fits));
  if (is_from_host(input)) {  // windows overlap
    values = std::min(values, share * static_cast<double>(range_of_input(input.series).bytes));
  }
  const double bytes =
      values + static_cast<double>(plan.n_fits) * static_cast<double>(result_bytes(input, 1));
  const double wanted = std::clamp(bytes / static_cast<double>(4 * plan.n_slots), least, greatest);
  const double fits = wanted / bytes * static_cast<double>(plan.n_fits);
  return fits < 0x1p62 ? static_cast<std::int64_t>(fits) : std::int64_t{1} << 62;
}

// As many fits as fill the device without the excesses leaving its level-two cache; of ragged
// series as many as there would be if all had the usual length.
std::int64_t suitable_chunk(const DevicePlanInput& input, const DevicePlan& plan) {
  std::int64_t pitch = plan.excess_pitch;
  std::int64_t resident = plan.extract.resident;
  if (is_ragged(input.series)) {
    const std::int64_t usual = std::min(mean_length(input.series), input.series.length);
    pitch = kernels::fit_excess_pitch(tile_options(input.options), usual);
    resident =
        plan.classes.of[static_cast<std::size_t>(class_of(plan.classes, usual))].extract.resident;
  }
  const std::int64_t in_cache =
      input.limits.level_two_cache / 2 / (pitch * static_cast<std::int64_t>(sizeof(double)));
  return std::max(in_cache, waves_per_chunk * resident);
}

std::int64_t count_chunks(const DevicePlanInput& input, const DevicePlan& plan) {
  if (!has_known_offsets(input.series)) {
    return (plan.n_fits + plan.chunk_fits - 1) / plan.chunk_fits;
  }
  const std::int64_t end = input.first_fit + plan.n_fits;
  std::int64_t n_chunks = 0;
  for (std::int64_t begin = input.first_fit; begin < end; ++n_chunks) {
    begin += fits_of_chunk(plan, input.series, begin, end);
  }
  return n_chunks;
}

}  // namespace

DevicePlan make_device_plan(const DevicePlanInput& input) {
  DevicePlan plan = shapes_of(input);
  // Rows are for speed only.
  if (layout_of(input, plan, 1).bytes > input.budget.device) plan.row_pitch = 0;
  check_minimum(input, plan);
  plan.n_slots = suitable_slots(input);
  if (input.greatest_slots > 0) plan.n_slots = std::min(plan.n_slots, input.greatest_slots);
  while (plan.n_slots > 1 && !has_room(input, plan, plan.n_slots, 1)) --plan.n_slots;
  std::int64_t chunk = suitable_chunk(input, plan);
  if (is_from_host(input) || !input.results_on_device) {
    chunk = std::min(chunk, transfer_chunk(input, plan));
  }
  chunk = std::clamp<std::int64_t>(chunk, 1, std::max<std::int64_t>(plan.n_fits, 1));
  if (input.greatest_chunk > 0) chunk = std::min(chunk, input.greatest_chunk);
  while (!has_room(input, plan, plan.n_slots, chunk)) chunk = (chunk + 1) / 2;
  plan.layout = layout_of(input, plan, chunk);
  plan.staging = staging_of(input, chunk);
  plan.chunk_fits = chunk;
  plan.solve =
      choose_solve(2 * chunk, plan.greatest_k, input.options.resolution > 0.0, input.limits);
  plan.extract_blocks = global_blocks(input, plan, chunk);
  if (is_ragged(input.series)) {
    plan.chunk_values = static_cast<std::int64_t>(greatest_values(input.series, chunk));
  }
  plan.n_chunks = count_chunks(input, plan);
  plan.n_slots = std::min(plan.n_slots, std::max<std::int64_t>(plan.n_chunks, 1));
  return plan;
}

std::int64_t fits_of_chunk(const DevicePlan& plan, const tailfit_series_view& series,
                           std::int64_t begin, std::int64_t end) {
  const std::int64_t most = std::min(plan.chunk_fits, end - begin);
  if (!has_known_offsets(series)) return most;
  const std::int64_t* const ends = series.offsets + begin + 1;
  const std::int64_t* const too_far =
      std::upper_bound(ends, ends + most, series.offsets[begin] + plan.chunk_values);
  return std::max<std::int64_t>(too_far - ends, 1);
}

kernels::ExtractLaunch extract_launch(const DevicePlan& plan, const ExtractPolicy& how,
                                      std::int64_t n, char* memory) {
  return {how.regime,
          how.lanes,
          how.threads,
          how.cluster,
          how.series_bytes,
          std::min(plan.extract_blocks, n),
          memory + plan.layout.extract,
          plan.extract_block_bytes,
          n};
}

}  // namespace tailfit::host
