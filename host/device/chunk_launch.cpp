#include "host/device/chunk_launch.hpp"

#include <algorithm>

#include "host/device/columns.hpp"

namespace tailfit::host {
namespace {

std::int64_t* words_at(char* memory, std::uint64_t offset) {
  return reinterpret_cast<std::int64_t*>(memory + offset);
}

// What one chunk's kernel writes of the values so far the next one's reads.
kernels::LengthBins bins_of(const DevicePlan& plan, char* memory,
                            const kernels::SeriesBatch& series) {
  kernels::LengthBins bins{};
  bins.n_classes = plan.classes.n;
  for (int c = 0; c < plan.classes.n; ++c) {
    bins.bound[c] = plan.classes.of[static_cast<std::size_t>(c)].longest;
  }
  bins.order = words_at(memory, plan.layout.order);
  bins.class_begin = words_at(memory, plan.layout.class_begin);
  bins.excess_begin = words_at(memory, plan.layout.excess_begin);
  bins.sums = words_at(memory, plan.layout.bin_sums);
  if (series.offset_limit >= 0) {
    std::int64_t* const values = words_at(memory, plan.layout.values_before);
    const std::int64_t number = series.first_fit / plan.chunk_fits;
    bins.values_before = values + number % 2;
    bins.values_after = values + (number + 1) % 2;
  }
  return bins;
}

// A launch for each class that has fits. Returns the length of the longest of these.
std::int64_t extract_classes(Device& queue, const DevicePlan& plan, char* memory,
                             kernels::FitBatch& batch, const ClassCounts& counts) {
  const kernels::LengthBins bins = bins_of(plan, memory, batch.series);
  if (bins.values_before != nullptr && batch.series.first_fit == 0) {
    queue.fill(words_at(memory, plan.layout.values_before), 0, sizeof(std::int64_t));
  }
  queue.bin_by_length(batch, bins);
  batch.tails.excess_begin = bins.excess_begin;
  std::int64_t longest = 0;
  for (int c = 0; c < plan.classes.n; ++c) {
    const std::int64_t n = counts[static_cast<std::size_t>(c)];
    if (n == 0) continue;
    const LengthClass& of = plan.classes.of[static_cast<std::size_t>(c)];
    kernels::FitBatch own = batch;
    own.series.length = longest = of.longest;
    own.chosen = {bins.order, bins.class_begin + c};
    queue.extract(own, extract_launch(plan, of.extract, n, memory));
  }
  return longest;
}

}  // namespace

void launch_chunk(Device& queue, const DevicePlan& plan, char* memory, kernels::FitBatch& batch,
                  const ClassCounts& counts) {
  const auto at = [memory](std::uint64_t offset) { return memory + offset; };
  const std::int64_t n = batch.series.n_fits;
  make_rows(queue, plan.row_pitch, at(plan.layout.rows), batch.series);
  batch.tails = {reinterpret_cast<double*>(at(plan.layout.excess)), plan.excess_pitch,
                 words_at(memory, plan.layout.to_solve),
                 reinterpret_cast<std::uint64_t*>(at(plan.layout.overflow))};
  queue.fill(batch.tails.overflow, 0xFF, sizeof(std::uint64_t));
  std::int64_t greatest_k = plan.greatest_k;
  if (plan.classes.n == 0) {
    kernels::ExtractLaunch launch = extract_launch(plan, plan.extract, n, memory);
    launch.union_bytes = union_bytes_of(plan.extract, batch.series);
    queue.extract(batch, launch);
  } else {
    const std::int64_t longest = extract_classes(queue, plan, memory, batch, counts);
    greatest_k = kernels::greatest_tail(batch.options, longest);
  }
  queue.solve(batch, {greatest_k, plan.solve.lanes, plan.solve.long_lanes,
                      std::min(plan.solve.long_resident, 2 * n)});
}

}  // namespace tailfit::host
