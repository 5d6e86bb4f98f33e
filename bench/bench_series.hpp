// What the benchmarks fit, and what they report of it.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "bench/read_bandwidth.hpp"

namespace tailfit::bench {

// In every block of values: 16 and 32 MB, so that a core's own caches do not hold it.
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

struct Work {
  std::int64_t n_fits;
  std::int64_t n_read;  // values
  int threads;
};

// Runs `body` as often as the state asks. Counters, by processor time with one thread and by wall
// time with more: fits_per_s; time_per_value in seconds; share_of_read, 1 for a run that takes no
// longer than as many threads take to read its values, of type T, from memory once.
template <class T, class Body>
void measure(benchmark::State& state, const Work& work, const Body& body) {
  const double start = clock_seconds(work.threads);
  for (auto _ : state) body();
  const double seconds =
      (clock_seconds(work.threads) - start) / static_cast<double>(state.iterations());
  const auto n_read = static_cast<double>(work.n_read);
  const double bytes_read = n_read * sizeof(T);
  const double read_rate = read_rates().of(work.threads);
  state.counters["fits_per_s"] = static_cast<double>(work.n_fits) / seconds;
  state.counters["time_per_value"] = seconds / n_read;
  if (read_rate > 0.0) state.counters["share_of_read"] = bytes_read / read_rate / seconds;
}

}  // namespace tailfit::bench
