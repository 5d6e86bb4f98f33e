// What the benchmarks fit, and the time that reading it once takes.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <thread>
#include <vector>

namespace tailfit::bench {

// In every block of values, so that it lies in memory and not in a cache: 16 and 32 MB.
constexpr std::int64_t n_values = std::int64_t{1} << 22;

enum class Data { student, rounded, trending };

// Student-t(4); the same to one decimal, so that most values tie; the same along a steep trend.
template <class T>
const std::vector<T>& values(Data data = Data::student) {
  static std::map<Data, std::vector<T>> blocks;
  std::vector<T>& block = blocks[data];
  if (!block.empty()) return block;
  std::mt19937_64 random(1);
  std::student_t_distribution<double> student(4.0);
  block.resize(n_values);
  for (std::size_t i = 0; i < block.size(); ++i) {
    double x = student(random);
    if (data == Data::rounded) x = std::round(10.0 * x) / 10.0;
    if (data == Data::trending) x += static_cast<double>(i);
    block[i] = static_cast<T>(x);
  }
  return block;
}

// One read of a part of the block: the floor of everything that looks at each value.
template <class T>
T greatest(const T* begin, const T* end) {
  constexpr std::ptrdiff_t lanes = 64;
  T most[lanes] = {};
  for (; end - begin >= lanes; begin += lanes) {
    for (std::ptrdiff_t j = 0; j < lanes; ++j) most[j] = std::max(most[j], begin[j]);
  }
  return *std::max_element(most, most + lanes);
}

// Seconds that so many threads take to read the block once; the best of twenty times.
template <class T>
double seconds_of_a_read(int threads) {
  static std::map<int, double> known;
  const auto found = known.find(threads);
  if (found != known.end()) return found->second;
  const std::vector<T>& block = values<T>();
  double best = 1e9;
  for (int repeat = 0; repeat < 20; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> readers;
    const auto part = static_cast<std::ptrdiff_t>(block.size()) / threads;
    for (int i = 1; i < threads; ++i) {
      readers.emplace_back([&block, part, i] {
        benchmark::DoNotOptimize(greatest(block.data() + i * part, block.data() + (i + 1) * part));
      });
    }
    benchmark::DoNotOptimize(greatest(block.data(), block.data() + part));
    for (std::thread& reader : readers) reader.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
  }
  return known[threads] = best;
}

// fits_per_s; time_per_value in seconds; share_of_read, how near the run comes to reading its
// values once (n_read of them) with as many threads.
template <class T>
void report(benchmark::State& state, std::int64_t n_fits, std::int64_t n_read, int threads) {
  using benchmark::Counter;
  const auto runs = static_cast<double>(state.iterations());
  const auto read = static_cast<double>(n_read);
  const double floor = seconds_of_a_read<T>(threads) * read / static_cast<double>(n_values);
  state.counters["fits_per_s"] = Counter(runs * static_cast<double>(n_fits), Counter::kIsRate);
  state.counters["time_per_value"] = Counter(runs * read, Counter::kIsRate | Counter::kInvert);
  state.counters["share_of_read"] = Counter(runs * floor, Counter::kIsRate);
}

}  // namespace tailfit::bench
