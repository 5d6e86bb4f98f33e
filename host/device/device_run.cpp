#include "host/device/device_run.hpp"

#include <algorithm>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "host/device/device_call.hpp"
#include "host/device/device_input.hpp"
#include "host/device/fit_array_list.hpp"
#include "host/device/pipeline_slot.hpp"
#include "host/error.hpp"
#include "host/fp_environment.hpp"

namespace tailfit::host {
namespace {

bool is_pinned(DeviceProvider& provider, const void* memory) {
  const MemoryKind kind = provider.place_of(memory).kind;
  return kind == MemoryKind::pinned || kind == MemoryKind::managed;
}

// As a whole, if its ends are.
bool is_pinned(DeviceProvider& provider, const InputRange& range) {
  return range.bytes > 0 && is_pinned(provider, range.begin) &&
         is_pinned(provider, range.begin + range.bytes - 1);
}

bool results_are_pinned(DeviceProvider& provider, const tailfit_fits_view& out) {
  if (out.memory == TAILFIT_MEMORY_DEVICE) return false;
  const FitArrayList arrays = arrays_of(out);
  return std::all_of(arrays.begin(), arrays.end(), [&](const ArrayOfFits& array) {
    const std::uint64_t bytes = static_cast<std::uint64_t>(out.n_fits) * array.fit_bytes;
    return is_pinned(provider, array.data) && is_pinned(provider, array.data + bytes - 1);
  });
}

// Slots that are destroyed in the reverse order: each makes the device current for its thread, and
// the former one again.
struct Slots {
  Slots() = default;
  ~Slots() {
    while (!slots.empty()) slots.pop_back();
  }
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;
  std::deque<PipelineSlot> slots;  // a deque: they do not move
};

// The fits of one device.
class DeviceRun {
 public:
  DeviceRun(const DeviceCall& call, RunProgress& progress, std::int64_t begin, std::int64_t end)
      : call_(call), progress_(progress), end_(end), n_queued_(begin), n_done_(begin) {}

  void run(DeviceBudget budget, std::int64_t greatest_chunk) {
    const DeviceLimits limits = call_.provider.limits();
    std::int64_t greatest = greatest_chunk;
    std::int64_t greatest_slots = 0;
    while (n_done_ < end_) {
      const DevicePlan plan = make_device_plan(
          {call_.series, call_.options, limits, budget, end_ - n_done_, greatest, greatest_slots,
           call_.results_on_device(), call_.results_in_place, false, n_done_});
      try {
        run_chunks(plan);
      } catch (const CallError& error) {
        const bool is_least = plan.chunk_fits <= 1 && plan.n_slots <= 1;
        if (error.code() != TAILFIT_OUT_OF_MEMORY || is_least) throw;
        // Somebody else may hold the memory, which a launch can want too (for the kernel's code,
        // for its stack): what this call and those before it held is given back, so that smaller
        // chunks can go on where this one failed.
        call_.provider.trim();
        greatest = std::max<std::int64_t>(1, plan.chunk_fits / 2);
        if (plan.chunk_fits == 1) greatest_slots = plan.n_slots - 1;
        n_queued_ = n_done_;
      }
    }
  }

 private:
  // From the first fit that is not known to be done. A chunk counts once all of it is.
  void run_chunks(const DevicePlan& plan) {
    Slots owner;
    std::deque<PipelineSlot>& slots = owner.slots;
    for (std::int64_t i = 0; i < plan.n_slots; ++i) slots.emplace_back(call_, plan);
    std::size_t oldest = 0;
    while (n_queued_ < end_) {
      PipelineSlot& slot = slots[oldest];
      if (slot.must_wait() || !progress_.is_silent()) finish(slot);
      if (progress_.is_cancelled()) break;
      const std::int64_t n = fits_of_chunk(plan, call_.series, n_queued_, end_);
      slot.queue(n_queued_, n);
      n_queued_ += n;
      oldest = (oldest + 1) % slots.size();
    }
    for (std::size_t i = 0; i < slots.size(); ++i) {
      finish(slots[(oldest + i) % slots.size()]);
    }
    while (n_done_ < end_) {
      const std::int64_t n = std::min(plan.chunk_fits, end_ - n_done_);
      slots.front().write_cancelled(n_done_, n);
      n_done_ += n;
    }
  }

  void finish(PipelineSlot& slot) {
    if (!slot.is_busy()) return;
    const std::int64_t end = slot.end();
    slot.finish();
    const std::int64_t n = end - n_done_;
    n_done_ = end;
    progress_.add(n);
  }

  const DeviceCall& call_;
  RunProgress& progress_;
  const std::int64_t end_;
  std::int64_t n_queued_;  // where the fits begin that are not queued yet
  std::int64_t n_done_;    // where those begin that are not known to be written
};

// One fit() call on all its devices.
class DevicesRun {
 public:
  DevicesRun(const tailfit_context& context, const tailfit_series_view& series,
             const tailfit_fit_options& options, const tailfit_fits_view& out, DeviceBudget budget,
             std::int64_t greatest_chunk)
      : context_(context),
        series_(series),
        options_(options),
        out_(out),
        budget_(budget),
        greatest_chunk_(greatest_chunk),
        n_fits_(series.n_series * series.n_windows),
        progress_(context, n_fits_) {}

  void run(std::span<const std::shared_ptr<DeviceProvider>> providers) {
    if (n_fits_ == 0) return;
    n_devices_ = static_cast<std::int64_t>(providers.size());
    DeviceProvider& first = *providers.front();
    const bool is_on_device = series_.memory == TAILFIT_MEMORY_DEVICE;
    const InputRange range = is_on_device ? InputRange{nullptr, 0} : range_of_input(series_);
    std::optional<RegisteredInput> registered;
    if (context_.registered != nullptr && range.bytes > 0) {
      registered.emplace(*context_.registered, first, range.begin, range.bytes);
    }
    using Result = RegisteredRanges::Result;
    const Result result = registered ? registered->result() : Result::not_registered;
    input_is_pinned_ = result == Result::registered ||
                       (result == Result::not_registered && is_pinned(first, range));
    results_in_place_ = results_are_pinned(first, out_);
    {
      std::vector<std::jthread> threads;  // joined at the end of the block, whatever happens
      threads.reserve(providers.size());
      for (std::size_t i = 1; i < providers.size(); ++i) {
        threads.emplace_back([&, i] {
          const ScopedFpEnvironment environment;
          run_share(*providers[i], static_cast<std::int64_t>(i));
        });
      }
      run_share(*providers[0], 0);
    }
    if (first_error_ != nullptr) std::rethrow_exception(first_error_);
  }

 private:
  // Neighbouring fits, as many for each device. Where one fails the others need not go on.
  void run_share(DeviceProvider& provider, std::int64_t i) noexcept {
    try {
      if (i > 0) provider.use_for_this_thread();
      const std::int64_t begin = share_of(i);
      const std::int64_t end = share_of(i + 1);
      if (begin == end) return;
      const std::int32_t threads = std::max(1, threads_of_call(context_));
      const auto each = std::max(1, threads / static_cast<std::int32_t>(n_devices_));
      const DeviceCall call{provider,
                            context_,
                            series_,
                            options_,
                            out_,
                            {each, context_.use_callers_arena && i == 0},
                            input_is_pinned_,
                            results_in_place_};
      DeviceRun(call, progress_, begin, end).run(budget_, greatest_chunk_);
    } catch (...) {
      keep_error(std::current_exception());
      progress_.cancel();
    }
  }

  // The first is the cause; what the others meet while they stop may come from it.
  void keep_error(const std::exception_ptr& error) noexcept {
    const std::lock_guard lock(error_mutex_);
    if (first_error_ == nullptr) first_error_ = error;
  }

  std::int64_t share_of(std::int64_t i) const {
    return n_fits_ / n_devices_ * i + std::min(i, n_fits_ % n_devices_);
  }

  const tailfit_context& context_;
  const tailfit_series_view& series_;
  const tailfit_fit_options& options_;
  const tailfit_fits_view& out_;
  const DeviceBudget budget_;
  const std::int64_t greatest_chunk_;
  const std::int64_t n_fits_;
  std::int64_t n_devices_ = 1;
  bool input_is_pinned_ = false;
  bool results_in_place_ = false;
  RunProgress progress_;
  std::mutex error_mutex_;
  std::exception_ptr first_error_;
};

}  // namespace

void run_on_devices(std::span<const std::shared_ptr<DeviceProvider>> providers,
                    const tailfit_context& context, const tailfit_series_view& series,
                    const tailfit_fit_options& options, const tailfit_fits_view& out,
                    DeviceBudget budget, std::int64_t greatest_chunk) {
  DevicesRun(context, series, options, out, budget, greatest_chunk).run(providers);
}

}  // namespace tailfit::host
