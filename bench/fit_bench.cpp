// Fits of rows on one core, beside one read of the same memory and beside plain C++: sort-free
// thresholds by std::nth_element, a histogram by division, no tails. Axes: length x dtype.
//
//   fit_bench --benchmark_counters_tabular=true
//
// Counters, all of them rates: fits_per_s, values_per_s, and share_of_read, the share of the read
// bandwidth that the same run measured for this block (1 would be one read of the input and no
// more).
#include <benchmark/benchmark.h>

#include <tailfit/tailfit.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace {

constexpr std::int64_t n_values = std::int64_t{1} << 22;

template <class T>
const std::vector<T>& values() {
  static const std::vector<T> block = [] {
    std::mt19937_64 random(1);
    std::student_t_distribution<double> student(4.0);
    std::vector<T> x(n_values);
    for (T& value : x) value = static_cast<T>(student(random));
    return x;
  }();
  return block;
}

// One read of the block: the floor of everything that looks at each value.
template <class T>
double read_once(const std::vector<T>& block) {
  T sums[16] = {};
  for (std::size_t i = 0; i < block.size(); i += 16) {
    for (std::size_t j = 0; j < 16; ++j) sums[j] = std::max(sums[j], block[i + j]);
  }
  return *std::max_element(sums, sums + 16);
}

template <class T>
double seconds_of_a_read() {
  static const double seconds = [] {
    double best = 1e9;
    for (int repeat = 0; repeat < 20; ++repeat) {
      const auto start = std::chrono::steady_clock::now();
      benchmark::DoNotOptimize(read_once(values<T>()));
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      best = std::min(best, took.count());
    }
    return best;
  }();
  return seconds;
}

void report(benchmark::State& state, std::int64_t n_fits, double read_seconds) {
  const auto fits = static_cast<double>(n_fits * state.iterations());
  state.counters["fits_per_s"] = benchmark::Counter(fits, benchmark::Counter::kIsRate);
  state.counters["values_per_s"] = benchmark::Counter(fits * static_cast<double>(n_values / n_fits),
                                                      benchmark::Counter::kIsRate);
  state.counters["share_of_read"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * read_seconds, benchmark::Counter::kIsRate);
}

template <class T>
void fit_rows(benchmark::State& state) {
  const std::int64_t length = state.range(0);
  const std::int64_t n_series = n_values / length;
  const tailfit::Context context({.threads = 1});
  const auto series = tailfit::SeriesView<T>::rows(values<T>().data(), n_series, length);
  // 5 rather than 10, so that the tails of the shortest series are fitted too.
  const tailfit::FitOptions options{.min_exceedances = 5};
  const double read_seconds = seconds_of_a_read<T>();
  for (auto _ : state) {
    benchmark::DoNotOptimize(tailfit::fit(context, series, options));
  }
  report(state, n_series, read_seconds);
}

// Four order statistics and a histogram, series by series, as one would write them by hand.
template <class T>
void plain_body(benchmark::State& state) {
  const std::int64_t length = state.range(0);
  const std::int64_t n_series = n_values / length;
  const double read_seconds = seconds_of_a_read<T>();
  std::vector<T> scratch(static_cast<std::size_t>(length));
  std::vector<std::uint32_t> counts(100);
  for (auto _ : state) {
    for (std::int64_t s = 0; s < n_series; ++s) {
      const T* x = values<T>().data() + s * length;
      std::copy_n(x, length, scratch.begin());
      const auto lower = scratch.begin() + length / 20;
      const auto upper = scratch.begin() + (length - 1 - length / 20);
      std::nth_element(scratch.begin(), lower, scratch.end());
      std::nth_element(lower, upper, scratch.end());
      const double scale = 100.0 / static_cast<double>(*upper - *lower);
      std::fill(counts.begin(), counts.end(), 0u);
      for (std::int64_t t = 0; t < length; ++t) {
        if (x[t] < *lower || x[t] > *upper) continue;
        const auto bin = static_cast<std::size_t>(static_cast<double>(x[t] - *lower) * scale);
        ++counts[std::min<std::size_t>(bin, 99)];
      }
      benchmark::DoNotOptimize(counts.data());
    }
  }
  report(state, n_series, read_seconds);
}

BENCHMARK(fit_rows<float>)->RangeMultiplier(4)->Range(64, 1 << 20)->Unit(benchmark::kMillisecond);
BENCHMARK(fit_rows<double>)->RangeMultiplier(4)->Range(64, 1 << 20)->Unit(benchmark::kMillisecond);
BENCHMARK(plain_body<float>)->RangeMultiplier(4)->Range(64, 1 << 20)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
