// What gpu_bench holds for all its measurements: memory, data, and the rates of this device and
// bus.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "bench/gpu_bench_kernels.hpp"
#include "tests/cuda/fits_block.hpp"
#include "tests/cuda/gpu_memory.hpp"
#include "tests/cuda/gpu_program.hpp"

namespace tailfit::bench {
namespace {

using gpu::check_cuda;
using gpu::Place;
using gpu::PlacedMemory;

constexpr std::int64_t gib = std::int64_t{1} << 30;

// Two events around some work.
class EventTimer {
 public:
  EventTimer() {
    check_cuda(cudaEventCreate(&begin_), "cudaEventCreate");
    check_cuda(cudaEventCreate(&end_), "cudaEventCreate");
  }
  ~EventTimer() {
    cudaEventDestroy(begin_);
    cudaEventDestroy(end_);
  }
  EventTimer(const EventTimer&) = delete;
  EventTimer& operator=(const EventTimer&) = delete;

  void start(cudaStream_t stream = nullptr) {
    check_cuda(cudaEventRecord(begin_, stream), "cudaEventRecord");
  }
  void stop(cudaStream_t stream = nullptr) {
    check_cuda(cudaEventRecord(end_, stream), "cudaEventRecord");
  }
  // Waits for the end.
  double seconds() {
    check_cuda(cudaEventSynchronize(end_), "cudaEventSynchronize");
    float milliseconds = 0.0f;
    check_cuda(cudaEventElapsedTime(&milliseconds, begin_, end_), "cudaEventElapsedTime");
    return 1e-3 * static_cast<double>(milliseconds);
  }

 private:
  cudaEvent_t begin_ = nullptr;
  cudaEvent_t end_ = nullptr;
};

// The least of some repeats: what the device can do.
template <class Work>
double best_seconds(int repeats, const Work& work) {
  EventTimer timer;
  double best = INFINITY;
  for (int i = 0; i < repeats; ++i) {
    timer.start();
    work();
    timer.stop();
    best = std::min(best, timer.seconds());
  }
  return best;
}

inline std::int64_t free_bytes() {
  std::size_t free = 0;
  std::size_t total = 0;
  check_cuda(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  return static_cast<std::int64_t>(free);
}

// Bytes of a batch: 2 GiB, or a sixth of what is free.
inline std::int64_t batch_bytes() {
  static const std::int64_t bytes = std::min(2 * gib, free_bytes() / 6 / 4096 * 4096);
  return bytes;
}

// One buffer on the device, filled with values of the type that was asked for last.
class StudentData {
 public:
  template <class T>
  static const T* values() {
    static StudentData data;
    const int size = static_cast<int>(sizeof(T));
    if (data.filled_with_ != size) {
      const std::int64_t n = batch_bytes() / size;
      check_cuda(
          static_cast<cudaError_t>(make_student(reinterpret_cast<T*>(data.memory_.data()), n, 1)),
          "make_student");
      data.filled_with_ = size;
    }
    return reinterpret_cast<const T*>(data.memory_.data());
  }

 private:
  StudentData() : memory_(Place::device, static_cast<std::size_t>(batch_bytes())) {}
  PlacedMemory memory_;
  int filled_with_ = 0;
};

// ---- rates in bytes a second, measured once, before what is compared with them

struct Rates {
  double copy;  // on the device, reading and writing both counted
  double read;  // by a kernel
  double to_device;
  double to_host;  // both pinned
};

inline Rates measure_rates() {
  const std::int64_t bytes = std::min(gib, free_bytes() / 8 / 4096 * 4096);
  const auto size = static_cast<std::size_t>(bytes);
  const auto moved = static_cast<double>(bytes);
  PlacedMemory from(Place::device, size);
  PlacedMemory to(Place::device, size);
  PlacedMemory sink(Place::device, 256);
  from.fill(1);
  const auto copy = [size](const PlacedMemory& target, const PlacedMemory& source,
                           std::size_t share) {
    check_cuda(
        cudaMemcpyAsync(target.data(), source.data(), size / share, cudaMemcpyDefault, nullptr),
        "cudaMemcpyAsync");
  };
  Rates rates{};
  rates.copy = 2.0 * moved / best_seconds(20, [&] { copy(to, from, 1); });
  rates.read = moved / best_seconds(20, [&] {
                 check_cuda(static_cast<cudaError_t>(read_once(
                                from.data(), bytes, reinterpret_cast<std::uint32_t*>(sink.data()))),
                            "read_once");
               });
  PlacedMemory pinned(Place::pinned, size / 4);
  pinned.fill(1);
  rates.to_device = moved / 4 / best_seconds(8, [&] { copy(to, pinned, 4); });
  rates.to_host = moved / 4 / best_seconds(8, [&] { copy(pinned, to, 4); });
  return rates;
}

inline const Rates& rates() {
  static const Rates measured = measure_rates();
  return measured;
}

// ---- counters. No NaN and no infinity: JSON has neither.

inline void set_counter(benchmark::State& state, const char* name, double value) {
  state.counters[name] = std::isfinite(value) ? value : 0.0;
}

struct Work {
  std::int64_t n_fits;  // of one iteration
  std::int64_t length;
  double bytes;  // that have to be moved
  double whole;  // rate to compare with, in bytes a second
  const char* share_name;
};

// seconds: of all iterations.
inline void set_counters(benchmark::State& state, const Work& work, double seconds) {
  const double n = static_cast<double>(state.iterations());
  const double fits = static_cast<double>(work.n_fits);
  set_counter(state, "fits_per_s", n * fits / seconds);
  set_counter(state, "values_per_s", n * fits * static_cast<double>(work.length) / seconds);
  set_counter(state, "GBps", 1e-9 * n * work.bytes / seconds);
  set_counter(state, work.share_name, n * work.bytes / seconds / work.whole);
}

// Calls work() once to warm up and then as often as the benchmark wants; returns the seconds.
template <class Call>
double run_timed(benchmark::State& state, const Call& call) {
  call();
  double total = 0.0;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    call();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(took.count());
    total += took.count();
  }
  return total;
}

inline bool a_benchmark_failed = false;

// All of them together take less on a device that is worth measuring; a slow one gives an
// incomplete report rather than one that is cut off.
constexpr double greatest_seconds = 65.0;

inline const gpu::Stopwatch& clock_of_all() {
  static const gpu::Stopwatch clock;
  return clock;
}

// A benchmark's body whose errors end up in the report and in the exit status.
template <class Body>
void guarded(benchmark::State& state, const Body& body) {
  if (clock_of_all().seconds() > greatest_seconds) {
    state.SkipWithError("left out: the time was up");
    return;
  }
  try {
    body();
  } catch (const std::exception& error) {
    a_benchmark_failed = true;
    state.SkipWithError(error.what());
  }
}

}  // namespace
}  // namespace tailfit::bench
