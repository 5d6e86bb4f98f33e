#include "host/device/pipeline_slot.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "host/device/chunk_launch.hpp"
#include "host/device/fit_array_list.hpp"
#include "host/error.hpp"
#include "host/fit_outcome.hpp"
#include "host/fits_storage.hpp"
#include "host/kernel_views.hpp"

namespace tailfit::host {
namespace {

template <class T>
T* as(char* memory) {
  return reinterpret_cast<T*>(memory);
}

}  // namespace

PipelineSlot::PipelineSlot(const DeviceCall& call, const DevicePlan& plan)
    : call_(call),
      plan_(plan),
      queue_(call.provider.open()),
      memory_(*queue_, plan.layout.bytes),
      staging_(call.provider, plan.staging.bytes) {
  stages_ = call.series.memory != TAILFIT_MEMORY_DEVICE || !call.results_on_device() ||
            call.series.offsets != nullptr || has_own_thresholds(call.options) ||
            counts_may_overflow();
}

PipelineSlot::~PipelineSlot() { queue_->drain(); }

void PipelineSlot::queue(std::int64_t begin, std::int64_t n) {
  const StageMark mark(*queue_, "tailfit: queue a chunk");
  kernels::FitBatch batch{};
  bring_input(begin, n, batch.series);
  batch.options = tile_options(call_.options);
  bring_thresholds(begin, n, batch.series);
  const bool direct = call_.results_on_device();
  const tailfit_fits_view results =
      direct ? call_.out
             : FitsLayout(n, call_.options.bins, call_.options.counts)
                   .view(as<std::byte>(on_device(plan_.layout.results)), call_.options.laplace);
  batch.out = fit_arrays(results, direct ? begin : 0);
  launch_chunk(*queue_, plan_, memory_.data(), batch, counts_of(begin, n));
  if (!direct) take_results(results, begin, n);
  if (counts_may_overflow()) {
    queue_->copy_to_host(staged(plan_.staging.overflow), batch.tails.overflow,
                         sizeof(std::uint64_t));
  }
  begin_ = begin;
  n_ = n;
}

// How many of a chunk's fits each class of length has.
ClassCounts PipelineSlot::counts_of(std::int64_t begin, std::int64_t n) const {
  if (plan_.classes.n == 0) return {};
  return count_classes(plan_.classes, call_.series.offsets + begin, n);
}

void PipelineSlot::bring_input(std::int64_t begin, std::int64_t n, kernels::SeriesBatch& batch) {
  const ChunkInput input = describe_input(call_.series, begin, n);
  batch = input.batch;
  if (call_.series.offsets != nullptr) bring_offsets(begin, n, batch);
  if (input.bytes == 0) return;
  char* const memory = on_device(plan_.layout.input);
  batch.values = memory + input.values_at;
  if (call_.input_is_pinned && can_copy_in_place(input)) {
    copy_in_place(*queue_, input, memory);
    return;
  }
  char* const staging = staged(plan_.staging.input);
  {
    const StageMark mark(*queue_, "tailfit: stage input");
    stage_input(call_.workers, call_.series, begin, input, staging);
  }
  queue_->copy_to_device(memory, staging, static_cast<std::uint64_t>(input.bytes));
}

// They count from the chunk's first value.
void PipelineSlot::bring_offsets(std::int64_t begin, std::int64_t n, kernels::SeriesBatch& batch) {
  auto* const offsets = as<std::int64_t>(staged(plan_.staging.offsets));
  const std::int64_t* const from = call_.series.offsets + begin;
  for (std::int64_t i = 0; i <= n; ++i) offsets[i] = from[i] - from[0];
  char* const to = on_device(plan_.layout.offsets);
  queue_->copy_to_device(to, offsets, static_cast<std::uint64_t>(n + 1) * sizeof(std::int64_t));
  batch.offsets = as<std::int64_t>(to);
}

// Thresholds that each series has for itself, fit by fit.
void PipelineSlot::bring_thresholds(std::int64_t begin, std::int64_t n,
                                    kernels::SeriesBatch& batch) {
  auto* const thresholds = as<double>(staged(plan_.staging.thresholds));
  char* const to = on_device(plan_.layout.thresholds);
  std::int64_t used = 0;
  const auto bring = [&](const tailfit_threshold_rule& rule, const double*& place) {
    if (rule.kind != TAILFIT_THRESHOLD_PER_SERIES) return;
    place = as<double>(to) + used;
    for (std::int64_t i = 0; i < n; ++i) {
      thresholds[used + i] = own_threshold(rule, call_.series, begin + i);
    }
    used += n;
  };
  bring(call_.options.lower, batch.lower);
  bring(call_.options.upper, batch.upper);
  if (used == 0) return;
  queue_->copy_to_device(to, thresholds, static_cast<std::uint64_t>(used) * sizeof(double));
}

void PipelineSlot::take_results(const tailfit_fits_view& results, std::int64_t begin,
                                std::int64_t n) {
  if (!call_.results_in_place) {
    queue_->copy_to_host(staged(plan_.staging.results), on_device(plan_.layout.results),
                         FitsLayout(n, call_.options.bins, call_.options.counts).bytes());
    return;
  }
  const FitArrayList targets = arrays_of(call_.out);
  const ArrayOfFits* target = targets.begin();
  for (const ArrayOfFits& source : arrays_of(results)) {
    const std::uint64_t bytes = source.fit_bytes;
    queue_->copy_to_host(target++->data + static_cast<std::uint64_t>(begin) * bytes, source.data,
                         static_cast<std::uint64_t>(n) * bytes);
  }
}

bool PipelineSlot::counts_may_overflow() const {
  return call_.series.length > greatest_count(call_.options.counts);
}

void PipelineSlot::finish() {
  {
    const StageMark mark(*queue_, "tailfit: wait for a chunk");
    queue_->synchronize();
  }
  const std::int64_t n = std::exchange(n_, 0);
  const std::int64_t begin = begin_;
  begin_ += n;
  if (counts_may_overflow()) {
    const std::uint64_t first = *as<std::uint64_t>(staged(plan_.staging.overflow));
    if (first != std::numeric_limits<std::uint64_t>::max()) {
      throw count_overflow(begin + static_cast<std::int64_t>(first), call_.options.counts);
    }
  }
  if (call_.results_on_device() || call_.results_in_place) return;
  const tailfit_fits_view results =
      FitsLayout(n, call_.options.bins, call_.options.counts)
          .view(as<std::byte>(staged(plan_.staging.results)), call_.options.laplace);
  const FitArrayList targets = arrays_of(call_.out);
  CopyRows copies[std::tuple_size_v<decltype(FitArrayList::arrays)>];
  std::int64_t n_copies = 0;
  for (const ArrayOfFits& source : arrays_of(results)) {
    const auto bytes = static_cast<std::int64_t>(source.fit_bytes);
    char* const to = targets.begin()[n_copies].data + begin * bytes;
    copies[n_copies++] = {source.data, 0, to, 0, n * bytes, 1};
  }
  const StageMark mark(*queue_, "tailfit: write results");
  copy_rows(call_.workers, copies, n_copies);
}

void PipelineSlot::write_cancelled(std::int64_t begin, std::int64_t n) {
  if (!call_.results_on_device()) {
    for (std::int64_t fit = begin; fit < begin + n; ++fit) write_not_run(call_.out, fit);
    return;
  }
  const auto one = allocate_fits(1, call_.options, call_.context.memory);
  write_not_run(one->view, 0);
  const FitArrayList targets = arrays_of(call_.out);
  const ArrayOfFits* target = targets.begin();
  for (const ArrayOfFits& source : arrays_of(one->view)) {
    write_repeated(source, target++->data + static_cast<std::uint64_t>(begin) * source.fit_bytes,
                   static_cast<std::uint64_t>(n));
  }
}

// One fit's part of an array, for each of so many, in pieces of about a megabyte.
void PipelineSlot::write_repeated(const ArrayOfFits& one, char* to, std::uint64_t n) {
  const std::uint64_t bytes = one.fit_bytes;
  const std::uint64_t at_once =
      std::clamp<std::uint64_t>((std::uint64_t{1} << 20) / bytes, 1, std::max<std::uint64_t>(n, 1));
  std::vector<char> repeated(at_once * bytes);
  for (std::uint64_t i = 0; i < at_once; ++i) {
    std::memcpy(repeated.data() + i * bytes, one.data, bytes);
  }
  for (std::uint64_t fit = 0; fit < n; fit += at_once) {
    queue_->copy_to_device(to + fit * bytes, repeated.data(), std::min(at_once, n - fit) * bytes);
  }
  queue_->synchronize();  // before what is copied from goes
}

}  // namespace tailfit::host
