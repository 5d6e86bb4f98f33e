// Fits on a device beside what the device and the bus can move, all measured in one run.
//
//   gpu_bench [--benchmark_out=FILE --benchmark_out_format=json ...]
//
//   rates                what a copy, a reading kernel and the bus reach
//   fit_rows             rows on the device, results on the device: length x type x counts
//   extract, solve       the two kernels of such a fit, each by itself
//   fit_host_rows        rows in host memory, results there too: pageable, registered or pinned
//   fit_host_columns     the same of a panel with a row for each time
//   fit_windows          rolling windows of a panel on the device
//   fit_columns          a panel on the device with a row for each time
//   fit_ragged           series on the device of half to one and a half times the length
//   fit_ragged_one_long  series of that length on the device, and among them one of 1,000,000
//   values fit_rows_cpu         the CPU backend with every core
//
// Counters: fits_per_s; values_per_s; GBps, bytes that must be moved a second: input and results;
// share_of_copy, GBps over the rate of a device-to-device copy (read and write counted);
// share_of_bus, over a pinned copy's to the device; ns_per_value. Without a device the program says
// so, in the JSON too, and ends with 77.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "bench/gpu_bench_device.hpp"
#include "bench/gpu_bench_queue.hpp"
#include "tests/cuda/gpu_program.hpp"

namespace {

using namespace tailfit::bench;
using tailfit::Counts;
using tailfit::FitOptions;
using tailfit::SeriesView;
using tailfit::gpu::FitsBlock;

const tailfit::Context& cuda() {
  static const tailfit::Context context({.backend = tailfit::Backend::cuda});
  return context;
}

// 5 rather than 10, so that the tails of the shortest series are fitted too.
FitOptions options_with(Counts counts) { return {.min_exceedances = 5, .counts = counts}; }

// As many rows as the device's data has, and whose results are not more than twice as large.
template <class T>
std::int64_t rows_of(std::int64_t length, const FitOptions& options) {
  const std::int64_t by_input = batch_bytes() / (length * static_cast<std::int64_t>(sizeof(T)));
  constexpr std::int64_t many = 4096;  // so that the gaps between arrays do not count
  const auto result =
      static_cast<std::int64_t>(FitsBlock(many, options.c_options()).bytes()) / many;
  return std::max<std::int64_t>(1, std::min(by_input, 2 * batch_bytes() / result));
}

// ---- rates

void rates_of_machine(benchmark::State& state) {
  guarded(state, [&] {
    for (auto _ : state) benchmark::DoNotOptimize(rates());
    set_counter(state, "copy_GBps", 1e-9 * rates().copy);
    set_counter(state, "read_GBps", 1e-9 * rates().read);
    set_counter(state, "pinned_to_device_GBps", 1e-9 * rates().to_device);
    set_counter(state, "pinned_to_host_GBps", 1e-9 * rates().to_host);
    set_counter(state, "batch_GiB", static_cast<double>(batch_bytes()) / static_cast<double>(gib));
  });
}

// ---- whole fits

// fits: of `series`, in memory on the device; results there, too.
template <class T>
void fit_on_device(benchmark::State& state, const SeriesView<T>& series, const FitOptions& options,
                   double input_bytes) {
  const FitsBlock layout(series.n_fits(), options.c_options());
  const PlacedMemory results(Place::device, layout.bytes());
  const tailfit_fits_view out = layout.view(results.data(), TAILFIT_MEMORY_DEVICE);
  const double seconds = run_timed(state, [&] { tailfit::fit_into(cuda(), series, options, out); });
  const double bytes = input_bytes + static_cast<double>(layout.bytes());
  set_counters(state, {series.n_fits(), series.length(), bytes, rates().copy, "share_of_copy"},
               seconds);
}

template <class T, Counts counts>
void fit_rows(benchmark::State& state) {
  guarded(state, [&] {
    const std::int64_t length = state.range(0);
    const FitOptions options = options_with(counts);
    const std::int64_t n = rows_of<T>(length, options);
    const auto series =
        SeriesView<T>::rows(StudentData::values<T>(), n, length).in(tailfit::Memory::device);
    fit_on_device(state, series, options,
                  static_cast<double>(n * length) * static_cast<double>(sizeof(T)));
  });
}

// Every window of 1,024 values; only the panel is read from memory.
template <class T>
void fit_windows(benchmark::State& state) {
  guarded(state, [&] {
    constexpr std::int64_t n_series = 64;
    constexpr std::int64_t length = 9216;
    const auto panel =
        SeriesView<T>::rows(StudentData::values<T>(), n_series, length).in(tailfit::Memory::device);
    fit_on_device(state, SeriesView<T>::rolling(panel, state.range(0)), options_with(Counts::u16),
                  static_cast<double>(n_series * length) * static_cast<double>(sizeof(T)));
  });
}

template <class T>
void fit_columns(benchmark::State& state) {
  guarded(state, [&] {
    const std::int64_t length = state.range(0);
    const FitOptions options = options_with(Counts::u16);
    const std::int64_t n = rows_of<T>(length, options);
    const auto series =
        SeriesView<T>::columns(StudentData::values<T>(), n, length).in(tailfit::Memory::device);
    fit_on_device(state, series, options,
                  static_cast<double>(n * length) * static_cast<double>(sizeof(T)));
  });
}

// length_of(i, n): of series i of n.
template <class T, class LengthOf>
void fit_ragged_of(benchmark::State& state, const LengthOf& length_of) {
  guarded(state, [&] {
    const FitOptions options = options_with(Counts::u16);
    const std::int64_t n = rows_of<T>(state.range(0), options) * 2 / 3;
    std::vector<std::int64_t> offsets = {0};
    for (std::int64_t i = 0; i < n; ++i) offsets.push_back(offsets.back() + length_of(i, n));
    const auto series =
        SeriesView<T>::ragged(StudentData::values<T>(), offsets).in(tailfit::Memory::device);
    fit_on_device(state, series, options,
                  static_cast<double>(offsets.back()) * static_cast<double>(sizeof(T)));
  });
}

template <class T>
void fit_ragged(benchmark::State& state) {
  const std::int64_t length = state.range(0);
  fit_ragged_of<T>(state, [length](std::int64_t i, std::int64_t) {
    return length / 2 + i * 7919 % (length + 1);  // 0.5 to 1.5 times, in no order
  });
}

template <class T>
void fit_ragged_one_long(benchmark::State& state) {
  const std::int64_t length = state.range(0);
  fit_ragged_of<T>(state, [length](std::int64_t i, std::int64_t n) {
    return i == n / 2 ? std::int64_t{1'000'000} : length;
  });
}

enum class HostInput { pageable, registered, pinned };

// make(values, series, length): the view.
template <class T, HostInput kind, class Make>
void fit_on_host(benchmark::State& state, const Make& make) {
  guarded(state, [&] {
    constexpr Place place = kind == HostInput::pinned ? Place::pinned : Place::pageable;
    const std::int64_t length = state.range(0);
    const FitOptions options = options_with(Counts::u16);
    const std::int64_t size = std::min(gib / 2, batch_bytes());
    const std::int64_t n = size / (length * static_cast<std::int64_t>(sizeof(T)));
    const auto bytes = static_cast<std::size_t>(n * length) * sizeof(T);
    const PlacedMemory input(place, bytes);
    check_cuda(cudaMemcpy(input.data(), StudentData::values<T>(), bytes, cudaMemcpyDeviceToHost),
               "cudaMemcpy");
    const FitsBlock layout(n, options.c_options());
    PlacedMemory results(place, layout.bytes());
    results.fill(0);
    const SeriesView<T> series = make(reinterpret_cast<const T*>(input.data()), n, length);
    const tailfit_fits_view out = layout.view(results.data(), TAILFIT_MEMORY_HOST);
    const tailfit::Context context(
        {.backend = tailfit::Backend::cuda, .register_input = kind == HostInput::registered});
    const double seconds =
        run_timed(state, [&] { tailfit::fit_into(context, series, options, out); });
    set_counters(
        state,
        {n, length, static_cast<double>(bytes + layout.bytes()), rates().to_device, "share_of_bus"},
        seconds);
  });
}

template <class T, HostInput kind>
void fit_host_rows(benchmark::State& state) {
  fit_on_host<T, kind>(state, [](const T* values, std::int64_t n, std::int64_t length) {
    return SeriesView<T>::rows(values, n, length);
  });
}

template <class T, HostInput kind>
void fit_host_columns(benchmark::State& state) {
  fit_on_host<T, kind>(state, [](const T* values, std::int64_t n, std::int64_t length) {
    return SeriesView<T>::columns(values, n, length);
  });
}

template <class T>
void fit_rows_cpu(benchmark::State& state) {
  guarded(state, [&] {
    const std::int64_t length = state.range(0);
    const std::int64_t n_values = std::min(gib / 16, batch_bytes() / 8);
    std::vector<T> values(static_cast<std::size_t>(n_values));
    check_cuda(cudaMemcpy(values.data(), StudentData::values<T>(), values.size() * sizeof(T),
                          cudaMemcpyDeviceToHost),
               "cudaMemcpy");
    const tailfit::Context cpu({.backend = tailfit::Backend::cpu});
    const auto series = SeriesView<T>::rows(values.data(), n_values / length, length);
    const FitOptions options = options_with(Counts::u32);
    const FitsBlock layout(series.n_fits(), options.c_options());
    std::vector<char> block(layout.bytes());
    const tailfit_fits_view out = layout.view(block.data(), TAILFIT_MEMORY_HOST);
    double seconds = 0.0;
    for (auto _ : state) {
      const auto start = std::chrono::steady_clock::now();
      tailfit::fit_into(cpu, series, options, out);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      state.SetIterationTime(took.count());
      seconds += took.count();
    }
    set_counter(state, "threads", static_cast<double>(cpu.threads()));
    const double n = static_cast<double>(state.iterations() * series.n_fits());
    set_counter(state, "fits_per_s", n / seconds);
    set_counter(state, "values_per_s", n * static_cast<double>(length) / seconds);
  });
}

// ---- the kernels

template <class T, bool solves>
void time_kernel(benchmark::State& state) {
  guarded(state, [&] {
    const std::int64_t length = state.range(0);
    const FitOptions options = options_with(Counts::u16);
    const std::int64_t n = rows_of<T>(length, options);
    const auto series =
        SeriesView<T>::rows(StudentData::values<T>(), n, length).in(tailfit::Memory::device);
    KernelRun run(series.c_view(), options.c_options());
    run.run();
    double seconds = 0.0;
    for (auto _ : state) {
      const KernelSeconds took = run.run();
      state.SetIterationTime(solves ? took.solve : took.extract);
      seconds += solves ? took.solve : took.extract;
    }
    const double fits = static_cast<double>(state.iterations() * n);
    set_counter(state, "fits_per_s", fits / seconds);
    set_counter(state, "ns_per_value", 1e9 * seconds / (fits * static_cast<double>(length)));
    if (solves) return;
    const double input = fits * static_cast<double>(length) * static_cast<double>(sizeof(T));
    set_counter(state, "share_of_read", input / seconds / rates().read);
  });
}

// ---- which

void add(const std::string& name, void (*body)(benchmark::State&),
         const std::vector<std::int64_t>& lengths) {
  auto* const bench = benchmark::RegisterBenchmark(name.c_str(), body);
  bench->UseManualTime()->Unit(benchmark::kMillisecond);
  for (const std::int64_t length : lengths) bench->Arg(length);
}

void add_all() {
  const std::vector<std::int64_t> lengths = {128, 256, 512, 1024, 2048, 4096, 16384, 65536};
  const std::vector<std::int64_t> some = {256, 1024, 4096};
  benchmark::RegisterBenchmark("rates", rates_of_machine)->Iterations(1);
  // By type, so that the data are made twice only.
  add("fit_rows/f32/u16", fit_rows<float, Counts::u16>, lengths);
  add("fit_rows/f32/u32", fit_rows<float, Counts::u32>, lengths);
  add("extract/f32", time_kernel<float, false>, some);
  add("solve/f32", time_kernel<float, true>, some);
  add("fit_windows/f32", fit_windows<float>, {1024});
  add("fit_columns/f32", fit_columns<float>, some);
  add("fit_ragged/f32", fit_ragged<float>, some);
  add("fit_ragged_one_long/f32", fit_ragged_one_long<float>, {256, 1024});
  add("fit_host_rows/f32/pageable", fit_host_rows<float, HostInput::pageable>, {1024});
  add("fit_host_rows/f32/registered", fit_host_rows<float, HostInput::registered>, {1024});
  add("fit_host_rows/f32/pinned", fit_host_rows<float, HostInput::pinned>, {1024});
  add("fit_host_columns/f32/pageable", fit_host_columns<float, HostInput::pageable>, {1024});
  add("fit_host_columns/f32/pinned", fit_host_columns<float, HostInput::pinned>, {1024});
  add("fit_rows_cpu/f32", fit_rows_cpu<float>, some);
  add("fit_rows/f64/u16", fit_rows<double, Counts::u16>, lengths);
  add("fit_rows/f64/u32", fit_rows<double, Counts::u32>, lengths);
  add("extract/f64", time_kernel<double, false>, some);
  add("solve/f64", time_kernel<double, true>, some);
  add("fit_windows/f64", fit_windows<double>, {1024});
  add("fit_columns/f64", fit_columns<double>, some);
  add("fit_host_rows/f64/pinned", fit_host_rows<double, HostInput::pinned>, {1024});
}

std::string output_path(int argc, char** argv) {
  constexpr const char* option = "--benchmark_out=";
  std::string path;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], option, std::strlen(option)) == 0) {
      path = argv[i] + std::strlen(option);
    }
  }
  return path;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string reason = tailfit::gpu::no_device_reason();
  if (!reason.empty()) return tailfit::gpu::report_no_device(output_path(argc, argv), reason);
  try {
    add_all();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::AddCustomContext("device", cuda().describe());
    const bool ran = benchmark::RunSpecifiedBenchmarks() > 0;
    return ran && !a_benchmark_failed ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
