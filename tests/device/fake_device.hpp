// A device made of host memory: it does what the CUDA kernels do, lane by lane, with the launches
// it is handed, and can fail at any call.
//
// Copies, launches and releases are queued and only run by synchronize(), in order, so that a run
// that forgets to wait shows. One that fails loses what was queued and says so once, as CUDA
// reports the error of queued work. Memory comes poisoned, is counted, and shared memory is exactly
// as large as a launch says, so that AddressSanitizer sees what is written beside it.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/device/device.hpp"
#include "host/error.hpp"
#include "host/fp_environment.hpp"
#include "kernels/fit/fit_batch.hpp"
#include "kernels/group/fibre_block.hpp"
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
  return {232448, 233472, 1024, 132, 2048, std::int64_t{50} << 20};
}

class FakeDevice final : public host::Device {
 public:
  explicit FakeDevice(host::DeviceLimits limits = limits_of_h200()) : limits_(limits) {}
  // As the real one: nothing may use the caller's memory afterwards.
  ~FakeDevice() override { run_queue(); }

  // The k-th call from now on fails (1: the next), out of memory if it allocates, else with `code`.
  void fail_at(std::int64_t k, tailfit_code code = TAILFIT_DEVICE_ERROR) {
    calls_left_ = k;
    failure_ = code;
  }
  void forget_failure() { calls_left_ = 0; }
  std::int64_t n_calls = 0;
  std::uint64_t bytes_held = 0;
  std::uint64_t most_bytes_held = 0;
  std::uint64_t memory = std::uint64_t{1} << 62;
  // What a launch takes beside all that is held, or was since the last trim().
  std::uint64_t launch_memory = 0;
  bool use_lanes = true;  // false: each series by one lane, which is faster

  host::DeviceLimits limits() const override { return limits_; }
  void* allocate(std::uint64_t bytes) override {
    const UncountedAllocations uncounted;
    const bool failed = fails();
    if (failed || bytes > memory - bytes_held) {
      throw host::CallError(TAILFIT_OUT_OF_MEMORY,
                            "fake allocation of " + std::to_string(bytes) + " bytes failed");
    }
    bytes_held += bytes;
    most_bytes_held = std::max(most_bytes_held, bytes_held);
    bytes_kept_ = std::max(bytes_kept_, bytes_held);
    ExactMemory block(bytes);
    char* const data = block.data();
    blocks_.emplace(data, std::pair(std::move(block), bytes));
    return data;
  }
  // Waits for nothing: other work may take the memory when all that is queued now has run.
  void release(void* data) noexcept override {
    const UncountedAllocations uncounted;
    const auto found = blocks_.find(static_cast<char*>(data));
    bytes_held -= found->second.second;
    queue_.push_back({[=, this] { blocks_.erase(found); }, true});
  }
  void copy_to_device(void* to, const void* from, std::uint64_t bytes) override {
    call("copy to the device", [=] { std::memcpy(to, from, bytes); });
  }
  void copy_to_host(void* to, const void* from, std::uint64_t bytes) override {
    call("copy to the host", [=] { std::memcpy(to, from, bytes); });
  }
  void fill(void* data, unsigned char byte, std::uint64_t bytes) override {
    call("fill", [=] { std::memset(data, byte, bytes); });
  }
  void extract(const kernels::FitBatch& batch, const kernels::ExtractLaunch& launch) override {
    take_launch_memory();
    call("extract", [=, this] {
      if (batch.series.is_double) {
        extract_all<double>(batch, launch);
      } else {
        extract_all<float>(batch, launch);
      }
    });
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
  void synchronize() override {
    const UncountedAllocations uncounted;
    if (fails()) {
      std::erase_if(queue_, [](const Queued& queued) { return !queued.is_release; });
      throw host::CallError(failure_, "fake synchronize");
    }
    run_queue();
  }
  void drain() noexcept override { run_queue(); }
  void trim() noexcept override {
    run_queue();
    bytes_kept_ = bytes_held;
  }

 private:
  struct Queued {
    std::function<void()> work;
    bool is_release;
  };

  template <class Work>
  void call(const char* what, const Work& work) {
    const UncountedAllocations uncounted;
    if (fails()) throw host::CallError(failure_, std::string("fake ") + what);
    queue_.push_back({work, false});
  }
  void take_launch_memory() const {
    if (launch_memory <= memory - bytes_kept_) return;
    throw host::CallError(TAILFIT_OUT_OF_MEMORY, "fake launch found no memory");
  }
  bool fails() {
    ++n_calls;
    return calls_left_ > 0 && --calls_left_ == 0;
  }
  void run_queue() noexcept {
    const UncountedAllocations uncounted;
    const host::ScopedFpEnvironment environment;  // the caller's does not reach a device
    for (const Queued& queued : queue_) queued.work();
    queue_.clear();
  }

  template <class T>
  void extract_all(const kernels::FitBatch& batch, const kernels::ExtractLaunch& launch) {
    using Key = typename kernels::KeyOf<T>::Key;
    const int lanes = launch.lanes > 0 ? launch.lanes : launch.threads;
    const std::int64_t keys = kernels::key_bytes<T>(batch.series.length, lanes);
    for (std::int64_t fit = 0; fit < batch.series.n_fits; ++fit) {
      if (launch.lanes > 0) {
        const ExactMemory shared(static_cast<std::size_t>(launch.series_bytes));
        extract_one<T>(batch, fit, lanes, reinterpret_cast<Key*>(shared.data()),
                       reinterpret_cast<std::uint32_t*>(shared.data() + keys));
      } else {
        char* own = launch.block_memory + fit % launch.blocks * launch.block_bytes;
        extract_one<T>(batch, fit, lanes, reinterpret_cast<Key*>(own),
                       reinterpret_cast<std::uint64_t*>(own + keys));
      }
    }
  }
  template <class T, class Counter>
  void extract_one(const kernels::FitBatch& batch, std::int64_t fit, int lanes,
                   typename kernels::KeyOf<T>::Key* keys, Counter* counters) {
    if (!use_lanes) lanes = 1;
    kernels::run_fibre_block(lanes, seed_++, [&](const kernels::FibreBlock& group) {
      kernels::extract_fit<T>(group, batch, fit, keys, counters);
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
      const bool by_warp = tail.k <= kernels::greatest_warp_tail;
      const ExactMemory shared(32 * kernels::canonical_accumulator_bytes);
      char* const scratch =
          by_warp ? shared.data()
                  : launch.block_scratch +
                        t % launch.blocks * kernels::solve_block_bytes(launch.greatest_k);
      const int lanes = !use_lanes ? 1 : by_warp ? 32 : 64;
      kernels::run_fibre_block(lanes, seed_++, [&](const kernels::FibreBlock& group) {
        kernels::solve_tail_of_batch<intervals>(group, batch, tail, scratch);
      });
    }
  }

  host::DeviceLimits limits_;
  std::uint64_t bytes_kept_ = 0;
  std::int64_t calls_left_ = 0;
  tailfit_code failure_ = TAILFIT_DEVICE_ERROR;
  std::uint64_t seed_ = 1;
  std::map<char*, std::pair<ExactMemory, std::uint64_t>> blocks_;
  std::vector<Queued> queue_;
};

}  // namespace
}  // namespace tailfit::tests
