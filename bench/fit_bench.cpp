// Fits on the CPU: length x type x layout x threads, and the stages apart.
//
//   fit_bench --benchmark_counters_tabular=true --benchmark_filter='fit/f32/rows/.*/threads:1'
//
//   fit/TYPE/LAYOUT/LENGTH/threads:N   rows, columns (time-major), ragged (lengths from half of
//                                      LENGTH to one and a half), rolling (windows, step 1), and
//                                      rows of other data: rounded (ties), trending
//   extract/TYPE/LENGTH                the same without the tails' fits
//   tail/K                             one tail of K excesses
//   rounded_tail/K                     the same of values on a lattice, by interval likelihood
//   plain/TYPE/LENGTH                  the body as one would write it: nth_element, a histogram by
//                                      division; no tails, no missing values
//
// 2^22 values in each run, and two tails of 5 % with 100 bins a fit. What the counters mean stands
// at measure() in bench_series.hpp. The report's head has the bandwidth of reading memory with each
// number of threads; --without_read leaves that out, for tools that count instructions.
#include <tailfit/tailfit.hpp>

#include <limits>
#include <set>
#include <string>

#include "bench/bench_series.hpp"

namespace {

using tailfit::SeriesView;
using tailfit::bench::Data;
using tailfit::bench::measure;
using tailfit::bench::n_values;
using tailfit::bench::values;

// 5 rather than 10, so that the tails of series of 128 are fitted too.
tailfit::FitOptions options() { return {.min_exceedances = 5}; }

template <class T>
void run(benchmark::State& state, const SeriesView<T>& series, const tailfit::FitOptions& options,
         std::int64_t n_read, int threads) {
  const tailfit::Context context(
      {.backend = tailfit::Backend::cpu, .threads = static_cast<std::int32_t>(threads)});
  measure<T>(state, {series.n_fits(), n_read, threads},
             [&] { benchmark::DoNotOptimize(tailfit::fit(context, series, options)); });
}

// Series of half of `length` to one and a half, on average as long.
std::vector<std::int64_t> ragged_offsets(std::int64_t length) {
  std::mt19937_64 random(2);
  std::vector<std::int64_t> offsets{0};
  for (;;) {
    const auto part = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(length + 1));
    const std::int64_t end = offsets.back() + length / 2 + part;
    if (end > n_values) return offsets;
    offsets.push_back(end);
  }
}

template <class T>
void fit_layout(benchmark::State& state, const std::string& layout, std::int64_t length,
                int threads) {
  const std::int64_t n_series = n_values / length;
  const Data data = layout == "rounded"    ? Data::rounded
                    : layout == "trending" ? Data::trending
                                           : Data::student;
  const T* x = values<T>(data).data();
  const auto rows = SeriesView<T>::rows(x, n_series, length);
  if (layout == "columns") {
    run(state, SeriesView<T>::columns(x, n_series, length), options(), n_values, threads);
  } else if (layout == "ragged") {
    const std::vector<std::int64_t> offsets = ragged_offsets(length);
    run(state, SeriesView<T>::ragged(x, offsets), options(), offsets.back(), threads);
  } else if (layout == "rolling") {
    // As many windows as there are rows, so as many values to look at, of a much shorter panel.
    const auto panel = SeriesView<T>::rows(x, 1, n_series + length - 1);
    run(state, SeriesView<T>::rolling(panel, length, 1), options(), n_values, threads);
  } else {
    run(state, rows, options(), n_values, threads);
  }
}

template <class T>
void extract(benchmark::State& state, std::int64_t length) {
  tailfit::FitOptions no_tails = options();
  no_tails.min_exceedances = std::numeric_limits<std::int64_t>::max();
  const auto series = SeriesView<T>::rows(values<T>().data(), n_values / length, length);
  run(state, series, no_tails, n_values, 1);
}

// Positive values above a threshold of 0: every one is an excess of the upper tail. resolution > 0:
// they are multiples of it.
void tail(benchmark::State& state, std::int64_t k, double resolution) {
  const std::int64_t n = std::min<std::int64_t>(resolution > 0.0 ? 20 : 2000, n_values / k);
  std::vector<double> excesses(values<double>().begin(), values<double>().begin() + n * k);
  for (double& value : excesses) {
    value = std::abs(value) + 1e-9;
    if (resolution > 0.0) value = resolution * std::ceil(value / resolution);
  }
  tailfit::FitOptions upper_only{.lower = tailfit::given(0.0),
                                 .upper = tailfit::given(0.0),
                                 .bins = 1,
                                 .min_exceedances = 2,
                                 .counts = tailfit::Counts::none,
                                 .resolution = resolution};
  run(state, SeriesView<double>::rows(excesses.data(), n, k), upper_only, n * k, 1);
}

// Two order statistics and a histogram, series by series, as one would write them by hand.
template <class T>
void plain(benchmark::State& state, std::int64_t length) {
  const std::int64_t n_series = n_values / length;
  std::vector<T> scratch(static_cast<std::size_t>(length));
  std::vector<std::uint32_t> counts(100);
  const T* const all = values<T>().data();
  measure<T>(state, {n_series, n_values, 1}, [&] {
    for (std::int64_t s = 0; s < n_series; ++s) {
      const T* x = all + s * length;
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
  });
}

template <class Run>
void add(const std::string& name, const Run& run_it) {
  benchmark::RegisterBenchmark(name.c_str(), run_it)->Unit(benchmark::kMillisecond)->UseRealTime();
}

std::set<int> thread_numbers() {
  return {1, 2, static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))};
}

template <class T>
void add_type(const std::string& type) {
  for (std::int64_t length : {64, 128, 256, 1024, 4096, 16384, 65536, 262144, 1048576}) {
    const std::string of_length = std::string("/").append(std::to_string(length));
    for (const std::string layout :
         {"rows", "columns", "ragged", "rolling", "rounded", "trending"}) {
      for (const int threads : thread_numbers()) {
        add(std::string("fit/")
                .append(type)
                .append("/")
                .append(layout)
                .append(of_length)
                .append("/threads:")
                .append(std::to_string(threads)),
            [=](benchmark::State& state) { fit_layout<T>(state, layout, length, threads); });
      }
    }
    add(std::string("extract/").append(type).append(of_length),
        [=](benchmark::State& state) { extract<T>(state, length); });
    add(std::string("plain/").append(type).append(of_length),
        [=](benchmark::State& state) { plain<T>(state, length); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  add_type<float>("f32");
  add_type<double>("f64");
  for (const std::int64_t k : {7, 13, 51, 205, 820, 3277, 13108}) {
    add(std::string("tail/").append(std::to_string(k)),
        [=](benchmark::State& state) { tail(state, k, 0.0); });
    add(std::string("rounded_tail/").append(std::to_string(k)),
        [=](benchmark::State& state) { tail(state, k, 0.05); });
  }
  const bool measures_read = tailfit::bench::take_measures_read(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  if (measures_read) tailfit::bench::read_rates().measure(thread_numbers());
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
