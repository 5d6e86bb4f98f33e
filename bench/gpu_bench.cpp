// Fits on a device beside what the device and the bus can move, all measured in one run.
//
//   gpu_bench [--benchmark_out=FILE --benchmark_out_format=json ...]
//
//   rates                what a copy, a reading kernel and the bus reach
//   fit_rows             rows on the device, results on the device: length x type x counts
//   extract, solve       the two kernels of such a fit, each by itself
//   fit_host_rows        rows in host memory, pageable or pinned, results there too
//   fit_windows          rolling windows of a panel on the device
//   fit_rows_cpu         the CPU backend with every core
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
#include "host/device/device_plan.hpp"
#include "host/kernel_views.hpp"
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

template <class T, Place place>
void fit_host_rows(benchmark::State& state) {
  guarded(state, [&] {
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
    const auto series = SeriesView<T>::rows(reinterpret_cast<const T*>(input.data()), n, length);
    const tailfit_fits_view out = layout.view(results.data(), TAILFIT_MEMORY_HOST);
    const double seconds =
        run_timed(state, [&] { tailfit::fit_into(cuda(), series, options, out); });
    set_counters(
        state,
        {n, length, static_cast<double>(bytes + layout.bytes()), rates().to_device, "share_of_bus"},
        seconds);
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

tailfit::host::DeviceLimits limits_of_device() {
  int device = 0;
  check_cuda(cudaGetDevice(&device), "cudaGetDevice");
  const auto attribute = [device](cudaDeviceAttr which) {
    int value = 0;
    check_cuda(cudaDeviceGetAttribute(&value, which, device), "cudaDeviceGetAttribute");
    return std::int64_t{value};
  };
  return {attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin),
          attribute(cudaDevAttrMaxSharedMemoryPerMultiprocessor),
          attribute(cudaDevAttrReservedSharedMemoryPerBlock),
          attribute(cudaDevAttrMultiProcessorCount),
          attribute(cudaDevAttrMaxThreadsPerMultiProcessor),
          attribute(cudaDevAttrL2CacheSize)};
}

struct KernelSeconds {
  double extract = 0.0;
  double solve = 0.0;
};

// A fit as host/device/device_run.cpp drives it, with events around each kernel.
class KernelRun {
 public:
  KernelRun(const tailfit_series_view& series, const tailfit_fit_options& options)
      : series_(series),
        options_(options),
        layout_(series.n_series, options),
        results_(Place::device, layout_.bytes()),
        out_(layout_.view(results_.data(), TAILFIT_MEMORY_DEVICE)),
        plan_(tailfit::host::make_device_plan({series_, options_, limits_of_device(),
                                               static_cast<std::uint64_t>(free_bytes()), true, 0})),
        memory_(Place::device, plan_.layout.bytes),
        timers_(static_cast<std::size_t>(2 * plan_.n_chunks)) {}

  KernelSeconds run() {
    check_cuda(cudaMemset(memory_.data() + plan_.layout.overflow, 0xFF, 8), "cudaMemset");
    for (std::int64_t chunk = 0; chunk < plan_.n_chunks; ++chunk) queue(chunk);
    KernelSeconds seconds;
    for (std::size_t i = 0; i < timers_.size(); i += 2) {
      seconds.extract += timers_[i].seconds();
      seconds.solve += timers_[i + 1].seconds();
    }
    return seconds;
  }

 private:
  void queue(std::int64_t chunk) {
    namespace k = tailfit::kernels;
    const std::int64_t begin = chunk * plan_.chunk_fits;
    const std::int64_t n = std::min(plan_.chunk_fits, plan_.n_fits - begin);
    const std::int64_t size = series_.dtype == TAILFIT_F64 ? 8 : 4;
    char* const memory = memory_.data();
    k::FitBatch batch{};
    batch.series = {static_cast<const char*>(series_.values) + begin * series_.length * size,
                    size == 8,
                    n,
                    0,
                    1,
                    series_.length,
                    series_.length,
                    0,
                    1};
    batch.options = tailfit::host::tile_options(options_);
    batch.out = tailfit::host::fit_arrays(out_, begin);
    batch.tails = {reinterpret_cast<double*>(memory + plan_.layout.excess), plan_.excess_pitch,
                   reinterpret_cast<std::int64_t*>(memory + plan_.layout.to_solve),
                   reinterpret_cast<std::uint64_t*>(memory + plan_.layout.overflow)};
    const k::ExtractLaunch extract{plan_.extract.lanes,           plan_.extract.threads,
                                   plan_.extract.series_bytes,    std::min(plan_.extract_blocks, n),
                                   memory + plan_.layout.extract, plan_.extract_block_bytes};
    const k::SolveLaunch solve{plan_.greatest_k, std::min(plan_.solve_blocks, 2 * n),
                               memory + plan_.layout.scratch};
    EventTimer& first = timers_[static_cast<std::size_t>(2 * chunk)];
    EventTimer& second = timers_[static_cast<std::size_t>(2 * chunk + 1)];
    first.start();
    check_cuda(static_cast<cudaError_t>(k::launch_extract(batch, extract, nullptr)), "extract");
    first.stop();
    second.start();
    check_cuda(static_cast<cudaError_t>(k::launch_solve(batch, solve, nullptr)), "solve");
    second.stop();
  }

  tailfit_series_view series_;
  tailfit_fit_options options_;
  FitsBlock layout_;
  PlacedMemory results_;
  tailfit_fits_view out_;
  tailfit::host::DevicePlan plan_;
  PlacedMemory memory_;
  std::vector<EventTimer> timers_;
};

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
  add("fit_host_rows/f32/pageable", fit_host_rows<float, Place::pageable>, {1024});
  add("fit_host_rows/f32/pinned", fit_host_rows<float, Place::pinned>, {1024});
  add("fit_rows_cpu/f32", fit_rows_cpu<float>, some);
  add("fit_rows/f64/u16", fit_rows<double, Counts::u16>, lengths);
  add("fit_rows/f64/u32", fit_rows<double, Counts::u32>, lengths);
  add("extract/f64", time_kernel<double, false>, some);
  add("solve/f64", time_kernel<double, true>, some);
  add("fit_windows/f64", fit_windows<double>, {1024});
  add("fit_host_rows/f64/pinned", fit_host_rows<double, Place::pinned>, {1024});
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
