// A device made of host memory: it does what the CUDA kernels do, lane by lane, with the launches
// it is handed, and can fail at any call.
//
// Copies, launches and releases are queued and only run by synchronize(), in order, so that a run
// that forgets to wait shows; each queue runs its own. One that fails loses what its queue holds
// and says so once, as CUDA reports the error of queued work. Memory comes poisoned, is counted,
// and shared memory is exactly as large as a launch says, so that AddressSanitizer sees what is
// written beside it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/device/device_provider.hpp"
#include "host/error.hpp"
#include "host/fp_environment.hpp"
#include "tests/device/failing_allocations.hpp"
#include "tests/device/fake_kernels.hpp"
#include "tests/device/fake_state.hpp"

namespace tailfit::tests {
namespace {

class FakeQueue : public host::Device {
 public:
  explicit FakeQueue(FakeState& state) : state_(state) {}
  // As the real one: nothing may use the caller's memory afterwards.
  ~FakeQueue() override { run_queue(); }

  void* allocate(std::uint64_t bytes) override {
    const UncountedAllocations uncounted;
    ++state_.n_allocations;
    const bool failed = state_.fails("allocate");
    if (failed || bytes > state_.memory - state_.bytes_held) {
      throw host::CallError(TAILFIT_OUT_OF_MEMORY,
                            "fake allocation of " + std::to_string(bytes) + " bytes failed");
    }
    state_.bytes_held += bytes;
    state_.most_bytes_held = std::max(state_.most_bytes_held, state_.bytes_held);
    state_.bytes_kept = std::max(state_.bytes_kept, state_.bytes_held);
    ExactMemory block(bytes);
    char* const data = block.data();
    state_.blocks.emplace(data, std::pair(std::move(block), bytes));
    return data;
  }
  // Waits for nothing: other work may take the memory when all that is queued now has run.
  void release(void* data, std::uint64_t bytes) noexcept override {
    const UncountedAllocations uncounted;
    const auto found = state_.blocks.find(static_cast<char*>(data));
    if (found->second.second != bytes) std::abort();
    state_.bytes_held -= bytes;
    queue_.push_back({[=, this] { state_.blocks.erase(found); }, true});
  }
  void copy_to_device(void* to, const void* from, std::uint64_t bytes) override {
    state_.n_in_place += state_.is_own(from) ? 0 : 1;
    call("copy to the device", [=] { std::memcpy(to, from, bytes); });
  }
  void copy_rows_to_device(void* to, std::uint64_t to_pitch, const void* from,
                           std::uint64_t from_pitch, std::uint64_t bytes,
                           std::uint64_t rows) override {
    if (to_pitch < bytes || from_pitch < bytes) throw std::logic_error("rows that overlap");
    state_.n_in_place += state_.is_own(from) ? 0 : 1;
    call("copy of rows", [=] {
      for (std::uint64_t row = 0; row < rows; ++row) {
        std::memcpy(static_cast<char*>(to) + row * to_pitch,
                    static_cast<const char*>(from) + row * from_pitch, bytes);
      }
    });
  }
  void copy_to_host(void* to, const void* from, std::uint64_t bytes) override {
    call("copy to the host", [=] { std::memcpy(to, from, bytes); });
  }
  void fill(void* data, unsigned char byte, std::uint64_t bytes) override {
    call("fill", [=] { std::memset(data, byte, bytes); });
  }
  void transpose(const kernels::ColumnPanel& panel) override {
    take_launch_memory();
    call("transpose", [=, this] { run_transpose(state_, panel); });
  }
  void bin_by_length(const kernels::FitBatch& batch, const kernels::LengthBins& bins) override {
    take_launch_memory();
    call("bin by length", [=, this] { run_bin_by_length(state_, batch, bins); });
  }
  void extract(const kernels::FitBatch& batch, const kernels::ExtractLaunch& launch) override {
    take_launch_memory();
    call("extract", [=, this] {
      --state_.n_in_flight;
      run_extract(state_, batch, launch);
    });
    state_.most_in_flight = std::max(state_.most_in_flight, ++state_.n_in_flight);
  }
  void solve(const kernels::FitBatch& batch, const kernels::SolveLaunch& launch) override {
    take_launch_memory();
    call("solve", [=, this] { run_solve(state_, batch, launch); });
  }
  void evaluate(const kernels::EvaluateBatch& batch,
                const kernels::EvaluateLaunch& launch) override {
    take_launch_memory();
    call("evaluate", [=, this] { run_evaluate(state_, batch, launch); });
  }
  void differentiate(const kernels::GradientBatch& batch,
                     const kernels::EvaluateLaunch& launch) override {
    take_launch_memory();
    call("differentiate", [=] { run_differentiate(batch, launch); });
  }
  void wait_for(void* event) override {
    call("wait for an event", [=] { ++*static_cast<int*>(event); });
  }
  // What is queued, as something that can be run any number of times; the queue is then empty.
  std::function<void()> capture() {
    return [queued = std::exchange(queue_, {})] {
      for (const Queued& each : queued) each.work();
    };
  }
  void synchronize() override {
    const UncountedAllocations uncounted;
    if (state_.fails("synchronize")) {
      std::erase_if(queue_, [](const Queued& queued) { return !queued.is_release; });
      throw host::CallError(state_.failure, "fake synchronize");
    }
    run_queue();
  }
  void drain() noexcept override { run_queue(); }
  void begin_stage(const char*) noexcept override { ++stage_; }
  void end_stage() noexcept override {
    if (--stage_ < 0) std::abort();
  }

 private:
  struct Queued {
    std::function<void()> work;
    bool is_release;
  };

  template <class Work>
  void call(const char* what, const Work& work) {
    const UncountedAllocations uncounted;
    if (state_.fails(what)) throw host::CallError(state_.failure, std::string("fake ") + what);
    queue_.push_back({work, false});
  }
  void take_launch_memory() const {
    if (state_.launch_memory <= state_.memory - state_.bytes_kept) return;
    throw host::CallError(TAILFIT_OUT_OF_MEMORY, "fake launch found no memory");
  }
  void run_queue() noexcept {
    const UncountedAllocations uncounted;
    const host::ScopedFpEnvironment environment;  // the caller's does not reach a device
    for (const Queued& queued : queue_) queued.work();
    queue_.clear();
  }

  FakeState& state_;
  int stage_ = 0;
  std::vector<Queued> queue_;
};

class FakeDevice final : public host::DeviceProvider {
 public:
  explicit FakeDevice(host::DeviceLimits limits = limits_of_h200(), std::int32_t ordinal = 0)
      : limits_(limits), ordinal_(ordinal) {}

  // Everything that has been set and counted; `memory` is the device's.
  FakeState state;
  std::uint64_t pinned_held = 0;
  std::uint64_t most_pinned_held = 0;
  std::uint64_t pinned_memory = std::uint64_t{1} << 62;
  bool can_register = true;
  std::int64_t n_registered = 0;
  std::int64_t n_queues = 0;  // that were opened

  // Memory that the caller has pinned.
  void pin(const void* memory, std::uint64_t bytes) {
    const auto* begin = static_cast<const char*>(memory);
    callers_.push_back({begin, begin + bytes});
  }

  // The k-th call from now on fails (1: the next), out of memory if it allocates, else with `code`.
  void fail_at(std::int64_t k, tailfit_code code = TAILFIT_DEVICE_ERROR) {
    state.calls_left = k;
    state.failure = code;
  }
  void forget_failure() { state.calls_left = 0; }
  bool holds_nothing() const {
    return state.bytes_held == 0 && state.blocks.empty() && pinned_held == 0 && n_registered == 0;
  }

  std::string name() const override { return "fake device"; }
  std::int32_t ordinal() const override { return ordinal_; }
  host::DeviceLimits limits() const override { return limits_; }
  std::unique_ptr<host::Device> open() override {
    ++n_queues;
    return std::make_unique<FakeQueue>(state);
  }
  void use_for_this_thread() override {}
  // A stream is a FakeQueue of the test's.
  void with_stream(void* stream, void (*work)(host::Device& queue, void* user),
                   void* user) override {
    work(*static_cast<FakeQueue*>(stream), user);
  }
  host::MemoryPlace place_of(const void* memory) override {
    const bool is_pinned = std::any_of(callers_.begin(), callers_.end(), [=](const Range& range) {
      return memory >= range.begin && memory < range.end;
    });
    const auto after = state.blocks.upper_bound(static_cast<char*>(const_cast<void*>(memory)));
    const auto block = after == state.blocks.begin() ? state.blocks.end() : std::prev(after);
    if (block != state.blocks.end() && memory < block->first + block->second.second) {
      return {host::MemoryKind::device, ordinal_};
    }
    return {is_pinned ? host::MemoryKind::pinned : host::MemoryKind::pageable, ordinal_};
  }
  void* allocate_pinned(std::uint64_t bytes) override {
    const UncountedAllocations uncounted;
    ++state.n_allocations;
    if (state.fails("allocate pinned") || bytes > pinned_memory - pinned_held) {
      throw host::CallError(TAILFIT_OUT_OF_MEMORY, "fake pinned allocation failed");
    }
    pinned_held += bytes;
    most_pinned_held = std::max(most_pinned_held, pinned_held);
    ExactMemory block(bytes);
    char* const data = block.data();
    state.pinned.emplace(data, std::pair(std::move(block), bytes));
    return data;
  }
  void release_pinned(void* data) noexcept override {
    const UncountedAllocations uncounted;
    const auto found = state.pinned.find(static_cast<char*>(data));
    pinned_held -= found->second.second;
    state.pinned.erase(found);
  }
  void trim() noexcept override { state.bytes_kept = state.bytes_held; }
  bool register_memory(const void* memory, std::uint64_t bytes) noexcept override {
    if (!can_register) return false;
    ++n_registered;
    pin(memory, bytes);
    return true;
  }
  void unregister_memory(const void* memory) noexcept override {
    --n_registered;
    std::erase_if(callers_, [=](const Range& range) { return range.begin == memory; });
  }

 private:
  struct Range {
    const char* begin;
    const char* end;
  };

  host::DeviceLimits limits_;
  std::int32_t ordinal_;
  std::vector<Range> callers_;
};

// As run_on_devices() is handed one that the test owns.
inline std::shared_ptr<host::DeviceProvider> shared(FakeDevice& device) {
  return {&device, [](host::DeviceProvider*) {}};
}

}  // namespace
}  // namespace tailfit::tests
