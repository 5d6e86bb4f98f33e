// How fast memory is read: the floor of everything that looks at each value once.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <barrier>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tailfit::bench {

// The clock of what so many threads do, in seconds. One thread's is its processor time, from which
// others on the machine take little; that of more would also count what they wait.
inline double clock_seconds(int threads) {
  timespec now{};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Reads a block of memory that no cache holds, by all threads from end to end at once.
class ReadBandwidth {
 public:
  ReadBandwidth() : words_(block_bytes() / sizeof(std::uint64_t)) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] = i;
  }

  std::size_t bytes() const { return words_.size() * sizeof(std::uint64_t); }

  // Bytes a second: the best of fifty times, as others may use the memory too.
  double measure(int threads) const {
    constexpr int n_repeats = 50;
    std::barrier all(threads);
    double best = 1e9;
    const auto read_part = [&](int thread) {
      const auto part = words_.size() / static_cast<std::size_t>(threads);
      const std::uint64_t* const begin = words_.data() + part * static_cast<std::size_t>(thread);
      for (int repeat = 0; repeat < n_repeats; ++repeat) {
        all.arrive_and_wait();
        const double start = clock_seconds(threads);
        benchmark::DoNotOptimize(sum(begin, part));
        all.arrive_and_wait();  // the last thread's end is everyone's
        if (thread == 0) best = std::min(best, clock_seconds(threads) - start);
      }
    };
    std::vector<std::thread> others;
    for (int thread = 1; thread < threads; ++thread) others.emplace_back(read_part, thread);
    read_part(0);
    for (std::thread& other : others) other.join();
    return static_cast<double>(bytes()) / best;
  }

 private:
  static std::size_t block_bytes() {
    int largest_cache = 32 << 20;
    for (const auto& cache : benchmark::CPUInfo::Get().caches) {
      largest_cache = std::max(largest_cache, cache.size);
    }
    return 8 * static_cast<std::size_t>(largest_cache);
  }

  // A cache line at a time, and four of them in turn, so that no addition waits for the last one.
  static std::uint64_t sum(const std::uint64_t* words, std::size_t n) {
    typedef std::uint64_t Line __attribute__((vector_size(64), aligned(8), may_alias));
    constexpr std::size_t n_sums = 4;
    constexpr std::size_t words_per_step = n_sums * sizeof(Line) / sizeof(std::uint64_t);
    Line sums[n_sums] = {};
    for (; n >= words_per_step; n -= words_per_step, words += words_per_step) {
      const Line* const lines = reinterpret_cast<const Line*>(words);
      for (std::size_t i = 0; i < n_sums; ++i) sums[i] += lines[i];
    }
    const Line all = sums[0] + sums[1] + sums[2] + sums[3];
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < sizeof(Line) / sizeof(std::uint64_t); ++i) total += all[i];
    return total;
  }

  std::vector<std::uint64_t> words_;
};

// Measured once for each number of threads, before anything else runs, and put into the report's
// head: on the console and in JSON.
class ReadRates {
 public:
  template <class Threads>
  void measure(const Threads& numbers) {
    const ReadBandwidth bandwidth;
    for (const int threads : numbers) {
      const double rate = bytes_per_second_[threads] = bandwidth.measure(threads);
      const std::string name = "read_GB_per_s/threads:" + std::to_string(threads);
      benchmark::AddCustomContext(name, std::to_string(rate / 1e9));
    }
    benchmark::AddCustomContext("read_block_MiB", std::to_string(bandwidth.bytes() >> 20));
  }
  // Bytes a second; 0 if it was not measured.
  double of(int threads) const {
    const auto found = bytes_per_second_.find(threads);
    return found == bytes_per_second_.end() ? 0.0 : found->second;
  }

 private:
  std::map<int, double> bytes_per_second_;
};

// Takes --without_read out of a program's arguments: false if it was there.
inline bool take_measures_read(int& argc, char** argv) {
  char** const end = std::remove_if(argv + 1, argv + argc, [](const char* argument) {
    return std::string_view(argument) == "--without_read";
  });
  const bool measures_read = end == argv + argc;
  argc = static_cast<int>(end - argv);
  return measures_read;
}

inline ReadRates& read_rates() {
  static ReadRates rates;
  return rates;
}

}  // namespace tailfit::bench
