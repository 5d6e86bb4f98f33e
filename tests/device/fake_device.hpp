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
#include "kernels/cuda/evaluate_rows.hpp"
#include "kernels/cuda/length_bins.hpp"
#include "kernels/cuda/transpose_tile.hpp"
#include "kernels/fit/fit_batch.hpp"
#include "kernels/group/fibre_block.hpp"
#include "kernels/group/fibre_cluster.hpp"
#include "tests/device/failing_allocations.hpp"

namespace tailfit::tests {
namespace {

// Aligned memory that is exactly as large as it should be.
class ExactMemory {
 public:
  explicit ExactMemory(std::size_t bytes)
      : data_(static_cast<char*>(::operator new (bytes, std::align_val_t{256}))) {
    std::memset(data_.get(), 0xA5, bytes);
  }
  char* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(char* data) const { ::operator delete (data, std::align_val_t{256}); }
  };
  std::unique_ptr<char, Free> data_;
};

inline host::DeviceLimits limits_of_h200() {
  return {232448, 233472, 1024, 132, 2048, 32, std::int64_t{50} << 20, 8};
}

// What the queues of a fake share.
struct FakeState {
  std::int64_t n_calls = 0;
  std::int64_t n_allocations = 0;  // of these, on the device or pinned
  std::int64_t calls_left = 0;
  tailfit_code failure = TAILFIT_DEVICE_ERROR;
  std::uint64_t bytes_held = 0;
  std::uint64_t most_bytes_held = 0;
  std::uint64_t bytes_kept = 0;
  std::uint64_t memory = std::uint64_t{1} << 62;
  // What a launch takes beside all that is held, or was since the last trim().
  std::uint64_t launch_memory = 0;
  std::uint64_t seed = 1;
  bool use_lanes = true;         // false: each series by one lane, which is faster
  std::int64_t n_in_flight = 0;  // extractions that are queued
  std::int64_t most_in_flight = 0;
  std::set<int> solve_lanes;      // by how many of a warp or block tails of over 256 were solved
  std::int64_t n_transposed = 0;  // values
  std::int64_t n_together = 0;    // windows that were brought on chip with others
  std::int64_t n_in_place = 0;    // copies to the device from memory that is not the fake's own
  std::map<char*, std::pair<ExactMemory, std::uint64_t>> blocks;
  std::map<char*, std::pair<ExactMemory, std::uint64_t>> pinned;

  bool is_own(const void* data) const {
    return std::any_of(pinned.begin(), pinned.end(), [=](const auto& block) {
      return data >= block.first && data < block.first + block.second.second;
    });
  }

  bool fails() {
    ++n_calls;
    return calls_left > 0 && --calls_left == 0;
  }
};

class FakeQueue : public host::Device {
 public:
  explicit FakeQueue(FakeState& state) : state_(state) {}
  // As the real one: nothing may use the caller's memory afterwards.
  ~FakeQueue() override { run_queue(); }

  void* allocate(std::uint64_t bytes) override {
    const UncountedAllocations uncounted;
    ++state_.n_allocations;
    const bool failed = state_.fails();
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
    call("transpose", [=, this] {
      if (panel.is_double) {
        transpose_all<double>(panel);
      } else {
        transpose_all<float>(panel);
      }
    });
  }
  void bin_by_length(const kernels::FitBatch& batch, const kernels::LengthBins& bins) override {
    take_launch_memory();
    call("bin by length", [=, this] { bin_all(batch, bins); });
  }
  void extract(const kernels::FitBatch& batch, const kernels::ExtractLaunch& launch) override {
    take_launch_memory();
    call("extract", [=, this] {
      --state_.n_in_flight;
      if (batch.series.is_double) {
        extract_all<double>(batch, launch);
      } else {
        extract_all<float>(batch, launch);
      }
    });
    state_.most_in_flight = std::max(state_.most_in_flight, ++state_.n_in_flight);
  }
  void solve(const kernels::FitBatch& batch, const kernels::SolveLaunch& launch) override {
    take_launch_memory();
    call("solve", [=, this] {
      if (batch.options.resolution > 0.0) {
        solve_all<true>(batch, launch);
      } else {
        solve_all<false>(batch, launch);
      }
    });
  }
  void evaluate(const kernels::EvaluateBatch& batch,
                const kernels::EvaluateLaunch& launch) override {
    take_launch_memory();
    call("evaluate", [=, this] { evaluate_all(batch, launch); });
  }
  void differentiate(const kernels::GradientBatch& batch,
                     const kernels::EvaluateLaunch& launch) override {
    take_launch_memory();
    call("differentiate", [=] {
      each_item(batch, launch, [&](std::int64_t item, char* memory) {
        if (batch.rows.are_given) {
          kernels::differentiate_item<true>(batch, launch, item, memory);
        } else {
          kernels::differentiate_item<false>(batch, launch, item, memory);
        }
      });
    });
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
    if (state_.fails()) {
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
    if (state_.fails()) throw host::CallError(state_.failure, std::string("fake ") + what);
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

  template <class T>
  void transpose_all(const kernels::ColumnPanel& panel) {
    state_.n_transposed += panel.n_series * panel.length;
    for (std::int64_t number = 0; number < kernels::tiles_of(panel); ++number) {
      const ExactMemory tile(kernels::tile_values * sizeof(T));
      kernels::run_fibre_block(
          state_.use_lanes ? 64 : 1, state_.seed++, [&](const kernels::FibreBlock& group) {
            kernels::transpose_tile<T>(group, panel, number, reinterpret_cast<T*>(tile.data()));
          });
    }
  }

  // item(i, memory): by its group's memory, exactly as large as the launch says.
  template <class Batch, class Item>
  static void each_item(const Batch& batch, const kernels::EvaluateLaunch& launch,
                        const Item& item) {
    const std::int64_t n_items =
        batch.rows.n_rows * kernels::parts_of_row(batch.request.n_points, launch.part_points);
    for (std::int64_t group = launch.groups; group-- > 0;) {
      for (std::int64_t i = group; i < n_items; i += launch.groups) {
        item(i, launch.memory + group * launch.group_bytes);
      }
    }
  }
  void evaluate_all(const kernels::EvaluateBatch& batch, const kernels::EvaluateLaunch& launch) {
    const auto by = [&](const auto& group, std::int64_t item, char* memory) {
      if (batch.rows.are_given) {
        kernels::evaluate_item<true>(group, batch, launch, item, memory);
      } else {
        kernels::evaluate_item<false>(group, batch, launch, item, memory);
      }
    };
    each_item(batch, launch, [&](std::int64_t item, char* memory) {
      if (!state_.use_lanes || launch.lanes == 1) return by(kernels::SerialGroup{}, item, memory);
      kernels::run_fibre_block(launch.lanes, state_.seed++,
                               [&](const kernels::FibreBlock& group) { by(group, item, memory); });
    });
  }

  void bin_all(const kernels::FitBatch& batch, const kernels::LengthBins& bins) {
    const std::int64_t n_stretches = kernels::bin_stretches(batch.series.n_fits);
    const int lanes = state_.use_lanes ? 64 : 1;
    for (std::int64_t stretch = n_stretches; bins.values_before != nullptr && stretch-- > 0;) {
      kernels::run_fibre_block(lanes, state_.seed++, [&](const kernels::FibreBlock& group) {
        kernels::sum_values(group, batch, bins, stretch);
      });
    }
    for (std::int64_t stretch = n_stretches; stretch-- > 0;) {
      kernels::run_fibre_block(lanes, state_.seed++, [&](const kernels::FibreBlock& group) {
        kernels::sum_stretch(group, batch, bins, stretch);
      });
    }
    for (std::int64_t stretch = n_stretches; stretch-- > 0;) {
      std::int64_t places[kernels::greatest_length_classes];
      kernels::run_fibre_block(lanes, state_.seed++, [&](const kernels::FibreBlock& group) {
        kernels::place_stretch(group, batch, bins, stretch, places);
      });
    }
  }

  // Each block's memory is its own; what one writes to another's goes there by the group alone.
  template <class T>
  void extract_by_cluster(const kernels::FitBatch& batch, std::int64_t fit,
                          const kernels::ExtractLaunch& launch) {
    using Key = typename kernels::KeyOf<T>::Key;
    if (!state_.use_lanes) {
      const std::int64_t all = kernels::key_bytes<T>(batch.series.length, 1);
      const ExactMemory shared(static_cast<std::size_t>(
          all + kernels::counter_bytes<std::uint32_t>(batch.options.bins)));
      extract_one<T>(batch, fit, 1, reinterpret_cast<Key*>(shared.data()),
                     reinterpret_cast<std::uint32_t*>(shared.data() + all));
      return;
    }
    const std::int64_t keys =
        kernels::key_bytes_of_block<T>(batch.series.length, launch.cluster, launch.threads);
    std::vector<ExactMemory> blocks;
    std::vector<char*> begins;
    for (int b = 0; b < launch.cluster; ++b) {
      blocks.emplace_back(
          static_cast<std::size_t>(launch.series_bytes - kernels::cluster_slot_bytes));
      begins.push_back(blocks.back().data());
    }
    const auto body = [&](const kernels::FibreCluster& group, char* own) {
      kernels::extract_fit<T>(group, batch, fit, reinterpret_cast<Key*>(own),
                              reinterpret_cast<std::uint32_t*>(own + keys));
    };
    kernels::run_fibre_cluster(begins, launch.threads, state_.seed++, body);
  }

  // A block's windows of one series first, then group by group.
  template <class T>
  void extract_windows(const kernels::FitBatch& batch, const kernels::ExtractLaunch& launch) {
    using Key = typename kernels::KeyOf<T>::Key;
    if (batch.chosen.fits != nullptr) throw std::logic_error("windows out of their order");
    const std::int64_t groups = launch.threads / launch.lanes;
    const std::int64_t keys = kernels::key_bytes<T>(batch.series.length, launch.lanes);
    for (std::int64_t first = 0; first < batch.series.n_fits; first += groups) {
      const ExactMemory shared(static_cast<std::size_t>(launch.union_bytes));
      kernels::WindowUnion<Key> windows{};
      const int lanes = state_.use_lanes ? launch.threads : 1;
      kernels::run_fibre_block(lanes, state_.seed++, [&](const kernels::FibreBlock& group) {
        windows = kernels::stage_windows<T>(group, batch.series, first, groups,
                                            reinterpret_cast<Key*>(shared.data()));
      });
      state_.n_together += windows.n;
      for (std::int64_t i = 0; i < std::min(groups, batch.series.n_fits - first); ++i) {
        const ExactMemory own(static_cast<std::size_t>(launch.series_bytes));
        extract_one<T>(batch, first + i, launch.lanes, reinterpret_cast<Key*>(own.data()),
                       reinterpret_cast<std::uint32_t*>(own.data() + keys), windows.keys_of(i));
      }
    }
  }

  template <class T>
  void extract_all(const kernels::FitBatch& batch, const kernels::ExtractLaunch& launch) {
    if (launch.union_bytes > 0) return extract_windows<T>(batch, launch);
    using Key = typename kernels::KeyOf<T>::Key;
    const int lanes = launch.lanes > 0 ? launch.lanes : launch.threads;
    const std::int64_t keys = kernels::key_bytes<T>(batch.series.length, lanes);
    const std::int64_t slots =
        launch.regime == kernels::ExtractRegime::shared_block ? kernels::block_slot_bytes : 0;
    std::int64_t fit = 0;
    for (std::int64_t i = 0; (fit = kernels::fit_of_group(batch, i)) >= 0; ++i) {
      if (i >= launch.fits) throw std::logic_error("more fits than were launched for");
      if (launch.regime == kernels::ExtractRegime::cluster) {
        extract_by_cluster<T>(batch, fit, launch);
      } else if (launch.regime != kernels::ExtractRegime::global_block) {
        const ExactMemory shared(static_cast<std::size_t>(launch.series_bytes - slots));
        extract_one<T>(batch, fit, lanes, reinterpret_cast<Key*>(shared.data()),
                       reinterpret_cast<std::uint32_t*>(shared.data() + keys));
      } else {
        char* own = launch.block_memory + i % launch.blocks * launch.block_bytes;
        extract_one<T>(batch, fit, lanes, reinterpret_cast<Key*>(own),
                       reinterpret_cast<std::uint64_t*>(own + keys));
      }
    }
  }
  template <class T, class Counter>
  void extract_one(const kernels::FitBatch& batch, std::int64_t fit, int lanes,
                   typename kernels::KeyOf<T>::Key* keys, Counter* counters,
                   const typename kernels::KeyOf<T>::Key* staged = nullptr) {
    if (!state_.use_lanes) lanes = 1;
    kernels::run_fibre_block(lanes, state_.seed++, [&](const kernels::FibreBlock& group) {
      kernels::extract_fit<T>(group, batch, fit, keys, counters, staged);
    });
  }

  template <bool intervals>
  void solve_all(const kernels::FitBatch& batch, const kernels::SolveLaunch& launch) {
    for (std::int64_t t = 0; t < 2 * batch.series.n_fits; ++t) {
      const kernels::TailOfBatch tail = kernels::tail_of_batch(batch, t);
      if (tail.k == 0) continue;
      if (tail.k > launch.greatest_k) throw std::logic_error("a longer tail than was planned");
      if (tail.k <= kernels::canonical_serial_terms) {
        kernels::solve_tail_of_batch<intervals>(kernels::SerialGroup{}, batch, tail, nullptr);
        continue;
      }
      const bool is_long = tail.k > kernels::greatest_warp_tail;
      const int lanes = !state_.use_lanes ? 1 : is_long ? launch.long_lanes : launch.lanes;
      state_.solve_lanes.insert(lanes);
      const ExactMemory shared(
          static_cast<std::size_t>(kernels::canonical_scratch_bytes(tail.k, lanes)));
      kernels::run_fibre_block(lanes, state_.seed++, [&](const kernels::FibreBlock& group) {
        kernels::solve_tail_of_batch<intervals>(group, batch, tail, shared.data());
      });
    }
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
    if (state.fails() || bytes > pinned_memory - pinned_held) {
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
