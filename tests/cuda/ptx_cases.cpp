// Writes what ptx_parity.py runs the kernels' PTX on: batches as the device code lays them out, and
// what the CPU makes of them.
//
//     ptx_cases DIRECTORY [--counts | --selection]
//
// DIRECTORY/cases.json says of each case how its kernels are launched, the bytes of its FitBatch
// with null pointers, and of each pointer where it lies in there, how much it points to, and where
// its first contents and the expected ones lie in DIRECTORY/cases.bin (-1: nowhere). --counts:
// plain series of many lengths, for counting instructions, instead of the ones that test
// everything.
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "host/device/device_plan.hpp"
#include "host/fits_storage.hpp"
#include "host/kernel_views.hpp"
#include "kernels/fit/fit_types.hpp"
#include "kernels/math/elementary.hpp"
#include "tests/cuda/ptx_case_files.hpp"
#include "tests/device/fake_state.hpp"
#include "tests/host/series_samples.hpp"

namespace {

namespace host = tailfit::host;
namespace kernels = tailfit::kernels;
using kernels::FitBatch;
using tailfit::FitOptions;
using tailfit::SeriesView;

class Output : CaseFiles {
 public:
  explicit Output(const std::string& directory) : CaseFiles(directory) {}

  template <class T>
  void add_case(const std::string& name, const std::vector<T>& values, std::int64_t shift,
                const SeriesView<T>& series, const FitOptions& options,
                std::int64_t offset_limit = -1);
  template <class T>
  void add_elementary(const char* name, bool last);
  void end_cases() { json_ << "],\n\"elementary\": {"; }
  bool end() {
    json_ << "}}\n";
    return is_written();
  }

 private:
  void put_bins(const host::DevicePlan& plan, const FitBatch& batch);
  void put_pointer(const char* name, std::size_t offset, std::uint64_t bytes, std::int64_t first,
                   std::int64_t expected, std::int64_t shift = 0) {
    json_ << (is_first_pointer_ ? "" : ",") << "\n  {\"name\": \"" << name
          << "\", \"offset\": " << offset << ", \"bytes\": " << bytes << ", \"first\": " << first
          << ", \"expected\": " << expected << ", \"shift\": " << shift << "}";
    is_first_pointer_ = false;
  }
  void put_expected(const char* name, std::size_t offset, const void* data, std::uint64_t bytes) {
    if (bytes > 0) put_pointer(name, offset, bytes, -1, put(data, bytes));
  }

  void put_given(const char* name, std::size_t offset, const void* data, std::uint64_t bytes) {
    put_pointer(name, offset, bytes, put(data, bytes), -1);
  }
  // A threshold for each fit, where the rule has some.
  void put_thresholds(const char* name, std::size_t offset, const tailfit_threshold_rule& rule,
                      const tailfit_series_view& series) {
    if (rule.kind != TAILFIT_THRESHOLD_PER_SERIES) return;
    std::vector<double> thresholds;
    for (std::int64_t fit = 0; fit < series.n_series * series.n_windows; ++fit) {
      thresholds.push_back(host::own_threshold(rule, series, fit));
    }
    put_given(name, offset, thresholds.data(), thresholds.size() * 8);
  }

  bool is_first_case_ = true;
  bool is_first_pointer_ = true;
};

FitBatch batch_without_pointers(const tailfit_series_view& series, const FitOptions& options,
                                const host::DevicePlan& plan) {
  FitBatch batch;
  std::memset(static_cast<void*>(&batch), 0, sizeof batch);
  batch.series = {nullptr,
                  series.dtype == TAILFIT_F64,
                  plan.n_fits,
                  0,
                  series.n_windows,
                  series.length,
                  series.series_stride,
                  series.window_stride,
                  series.value_stride};
  batch.options = host::tile_options(options.c_options());
  batch.tails.excess_pitch = plan.excess_pitch;
  return batch;
}

// Of a warp, that solve a tail where there are a million such fits.
int lanes_of_many(const tailfit_series_view& series, const tailfit_fit_options& options) {
  tailfit_series_view many = series;
  many.n_series = 1 << 20;
  many.n_windows = 1;
  many.offsets = nullptr;
  many.memory = TAILFIT_MEMORY_DEVICE;
  constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
  return host::make_device_plan({many,
                                 options,
                                 tailfit::tests::limits_of_h200(),
                                 {unlimited, unlimited},
                                 many.n_series,
                                 0,
                                 0,
                                 true,
                                 false})
      .solve.lanes;
}

// The lower tail's pointers, or the upper tail's.
struct TailOffsets {
  const char* names[5];
  std::size_t offsets[5];
};

#define TAILFIT_TAIL_OFFSETS(tail)                                                            \
  {                                                                                           \
    {#tail ".threshold", #tail ".shape", #tail ".scale", #tail ".loglik", #tail ".n_exceed"}, \
        {offsetof(FitBatch, out.tail.threshold), offsetof(FitBatch, out.tail.shape),          \
         offsetof(FitBatch, out.tail.scale), offsetof(FitBatch, out.tail.loglik),             \
         offsetof(FitBatch, out.tail.n_exceed)},                                              \
  }

// Of a ragged case: LengthBins without its pointers, these, and a launch for each class. The range
// of a class, chosen.range, points into class_begin.
void Output::put_bins(const host::DevicePlan& plan, const FitBatch& batch) {
  kernels::LengthBins bins;
  std::memset(static_cast<void*>(&bins), 0, sizeof bins);
  bins.n_classes = plan.classes.n;
  const auto n = static_cast<std::size_t>(plan.n_fits);
  json_ << ", \"classes\": [";
  for (int c = 0; c < plan.classes.n; ++c) {
    const host::LengthClass& of = plan.classes.of[static_cast<std::size_t>(c)];
    bins.bound[c] = of.longest;
    json_ << (c == 0 ? "" : ", ") << "{\"length\": " << of.longest
          << ", \"lanes\": " << of.extract.lanes << ", \"threads\": " << of.extract.threads
          << ", \"series_bytes\": " << of.extract.series_bytes << "}";
  }
  const bool checks = batch.series.offset_limit >= 0;
  json_ << "], \"batch_places\": {\"length\": " << offsetof(FitBatch, series.length)
        << ", \"fits\": " << offsetof(FitBatch, chosen.fits)
        << ", \"range\": " << offsetof(FitBatch, chosen.range)
        << ", \"excess_begin\": " << offsetof(FitBatch, tails.excess_begin)
        << "}, \"checks_offsets\": " << (checks ? "true" : "false") << ", \"bins\": \"";
  put_bytes(&bins, sizeof bins);
  json_ << "\", \"bin_arrays\": [";
  const auto array = [this](const char* name, std::size_t offset, std::size_t bytes) {
    json_ << "{\"name\": \"" << name << "\", \"offset\": " << offset << ", \"bytes\": " << bytes
          << "}";
  };
  array("order", offsetof(kernels::LengthBins, order), n * 8);
  json_ << ", ";
  array("class_begin", offsetof(kernels::LengthBins, class_begin),
        static_cast<std::size_t>(plan.classes.n + 1) * 8);
  json_ << ", ";
  array("excess_begin", offsetof(kernels::LengthBins, excess_begin), n * 8);
  json_ << ", ";
  array("sums", offsetof(kernels::LengthBins, sums),
        static_cast<std::size_t>(kernels::bin_sum_bytes(plan.n_fits)));
  if (checks) {
    json_ << ", ";
    array("values_before", offsetof(kernels::LengthBins, values_before), 8);
    json_ << ", ";
    array("values_after", offsetof(kernels::LengthBins, values_after), 8);
  }
  json_ << "]";
}

// shift: values that lie before the first series, so that it may be aligned to nothing but a value.
// offset_limit: of a ragged case whose offsets are to be checked.
template <class T>
void Output::add_case(const std::string& name, const std::vector<T>& values, std::int64_t shift,
                      const SeriesView<T>& series, const FitOptions& options,
                      std::int64_t offset_limit) {
  const tailfit_series_view view = series.c_view();
  const tailfit_fit_options c_options = options.c_options();
  const host::DeviceLimits limits = tailfit::tests::limits_of_h200();
  constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
  const host::DevicePlan plan = host::make_device_plan({view,
                                                        c_options,
                                                        limits,
                                                        {unlimited, unlimited},
                                                        view.n_series * view.n_windows,
                                                        0,
                                                        0,
                                                        false,
                                                        false});
  const auto fits = host::allocate_fits(plan.n_fits, c_options);
  tailfit::fit_into(tailfit::Context({.backend = tailfit::Backend::cpu}), series, options,
                    fits->view);
  FitBatch batch = batch_without_pointers(view, options, plan);
  batch.series.offset_limit = offset_limit;

  json_ << (is_first_case_ ? "" : ",") << "\n{\"name\": \"" << name << "\", \"type\": \""
        << (batch.series.is_double ? "d" : "f") << "\", \"fits\": " << plan.n_fits
        << ", \"length\": " << view.length << ", \"lanes\": " << plan.extract.lanes
        << ", \"threads\": " << plan.extract.threads
        << ", \"series_bytes\": " << plan.extract.series_bytes
        << ", \"union_bytes\": " << host::union_bytes_of(plan.extract, batch.series)
        << ", \"slot_bytes\": " << kernels::block_slot_bytes
        << ", \"greatest_k\": " << plan.greatest_k << ", \"solve_lanes\": " << plan.solve.lanes
        << ", \"solve_lanes_of_many\": " << lanes_of_many(view, c_options)
        << ", \"intervals\": " << (options.resolution > 0.0 ? "true" : "false")
        << ", \"batch\": \"";
  is_first_case_ = false;
  put_bytes(&batch, sizeof batch);
  json_ << "\"";
  if (view.offsets != nullptr) put_bins(plan, batch);
  json_ << ", \"pointers\": [";
  is_first_pointer_ = true;

  const std::uint64_t n = static_cast<std::uint64_t>(plan.n_fits);
  put_pointer("values", offsetof(FitBatch, series.values), values.size() * sizeof(T),
              put(values.data(), values.size() * sizeof(T)), -1,
              shift * static_cast<std::int64_t>(sizeof(T)));
  if (view.offsets != nullptr) {
    put_given("offsets", offsetof(FitBatch, series.offsets), view.offsets, (n + 1) * 8);
  }
  put_thresholds("lower thresholds", offsetof(FitBatch, series.lower), c_options.lower, view);
  put_thresholds("upper thresholds", offsetof(FitBatch, series.upper), c_options.upper, view);
  const tailfit_fits_view& out = fits->view;
  put_expected("n", offsetof(FitBatch, out.n), out.n, n * 8);
  put_expected("n_missing", offsetof(FitBatch, out.n_missing), out.n_missing, n * 8);
  put_expected("status", offsetof(FitBatch, out.status), out.status, n * 4);
  const TailOffsets offsets[2] = {TAILFIT_TAIL_OFFSETS(lower), TAILFIT_TAIL_OFFSETS(upper)};
  for (int i = 0; i < 2; ++i) {
    const tailfit_tail_view& tail = i == 0 ? out.lower : out.upper;
    const void* const arrays[5] = {tail.threshold, tail.shape, tail.scale, tail.loglik,
                                   tail.n_exceed};
    for (int j = 0; j < 5; ++j) {
      put_expected(offsets[i].names[j], offsets[i].offsets[j], arrays[j], n * 8);
    }
  }
  const std::uint64_t count_bytes = options.counts == tailfit::Counts::u16   ? 2
                                    : options.counts == tailfit::Counts::u32 ? 4
                                                                             : 0;
  put_expected("counts", offsetof(FitBatch, out.counts), out.counts,
               n * static_cast<std::uint64_t>(options.bins) * count_bytes);
  const std::uint64_t excess =
      view.offsets == nullptr ? n * static_cast<std::uint64_t>(plan.excess_pitch)
                              : static_cast<std::uint64_t>(kernels::fit_excess_bound(
                                    batch.options, plan.n_fits, plan.chunk_values, view.length));
  put_pointer("excess", offsetof(FitBatch, tails.excess), excess * 8, -1, -1);
  put_pointer("n_to_solve", offsetof(FitBatch, tails.n_to_solve), 2 * n * 8, -1, -1);
  const std::uint64_t none = ~std::uint64_t{0};
  put_pointer("overflow", offsetof(FitBatch, tails.overflow), 8, put(&none, 8), put(&none, 8));
  json_ << "]}";
}

// ---- elementary functions

template <class T>
using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

template <class T>
std::vector<T> elementary_arguments(std::mt19937_64& random, std::size_t n) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> x{T{0},
                   -T{0},
                   T{1},
                   -T{1},
                   T{2},
                   T{0.5},
                   T{-0.5},
                   T{3},
                   T{709},
                   T{-745},
                   T{88},
                   T{-104},
                   T{1.5},
                   T{-3},
                   T{-2},
                   Limits::infinity(),
                   Limits::max(),
                   Limits::lowest(),
                   Limits::min(),
                   -Limits::infinity(),
                   -Limits::min(),
                   Limits::denorm_min(),
                   -Limits::denorm_min(),
                   Limits::epsilon(),
                   -Limits::epsilon(),
                   Limits::quiet_NaN(),
                   -Limits::quiet_NaN()};
  while (x.size() < n) {
    const Bits<T> bits = static_cast<Bits<T>>(random());
    T value;
    std::memcpy(&value, &bits, sizeof value);
    // A third any bits, a third near 1, a third of the size that exp takes.
    const T unit = static_cast<T>(std::uniform_real_distribution<double>(-1.0, 1.0)(random));
    if (x.size() % 3 == 1) value = T{1} + unit * static_cast<T>(std::pow(0.5, random() % 30));
    if (x.size() % 3 == 2) value = unit * (sizeof(T) == 8 ? T{750} : T{105});
    x.push_back(value);
  }
  return x;
}

template <class T>
void Output::add_elementary(const char* name, bool last) {
  std::mt19937_64 random(91);
  const std::size_t n = 2000;
  const std::vector<T> x = elementary_arguments<T>(random, n);
  std::vector<T> y = elementary_arguments<T>(random, n);
  std::shuffle(y.begin(), y.end(), random);
  std::vector<T> out;
  for (std::size_t i = 0; i < n; ++i) {
    out.push_back(kernels::log(x[i]));
    out.push_back(kernels::log1p(x[i]));
    out.push_back(kernels::exp(x[i]));
    out.push_back(kernels::expm1(x[i]));
    out.push_back(kernels::pow(x[i], y[i]));
  }
  json_ << "\n\"" << name << "\": {\"n\": " << n << ", \"x\": " << put(x.data(), n * sizeof(T));
  json_ << ", \"y\": " << put(y.data(), n * sizeof(T));
  json_ << ", \"expected\": " << put(out.data(), out.size() * sizeof(T)) << "}"
        << (last ? "" : ",");
}

// ---- cases

template <class T>
void add_both_rows(Output& output, const std::string& name, const std::vector<T>& values,
                   std::int64_t n_series, std::int64_t length, const FitOptions& options) {
  output.add_case<T>(name, values, 0, SeriesView<T>::rows(values.data(), n_series, length),
                     options);
}

void add_both(Output& output, const std::string& name, const std::vector<double>& values,
              std::int64_t n_series, std::int64_t length, const FitOptions& options) {
  add_both_rows(output, name + ", fp64", values, n_series, length, options);
  const std::vector<float> floats(values.begin(), values.end());
  add_both_rows(output, name + ", fp32", floats, n_series, length, options);
}

// All windows of one series.
template <class T>
void add_rolling(Output& output, const std::string& name, const std::vector<T>& values,
                 std::int64_t length, std::int64_t step) {
  const auto n = static_cast<std::int64_t>(values.size());
  const auto panel = SeriesView<T>::rows(values.data(), 1, n);
  output.add_case<T>(name, values, 0, SeriesView<T>::rolling(panel, length, step), {});
}

void add_tests(Output& output) {
  using tailfit::given;
  using tailfit::tail_mass;
  using tailfit::tests::mixed_batch;
  const FitOptions few{.lower = tail_mass(0.1), .bins = 50, .min_exceedances = 4};
  add_both(output, "mixed 256", mixed_batch(81, 8, 256), 8, 256, few);
  add_both(output, "mixed 300", mixed_batch(82, 8, 300), 8, 300, {});
  add_both(output, "mixed 1000", mixed_batch(83, 6, 1000), 6, 1000, {});
  add_both(output, "mixed 1024", mixed_batch(84, 4, 1024), 4, 1024,
           {.counts = tailfit::Counts::u16});
  add_both(output, "mixed 2048", mixed_batch(85, 2, 2048), 2, 2048, {});
  add_both(output, "short 3", mixed_batch(86, 16, 3), 16, 3, {.bins = 4, .min_exceedances = 1});
  add_both(output, "given thresholds", mixed_batch(87, 8, 300), 8, 300,
           {.lower = given(-1.0), .upper = given(0.5), .bins = 20});
  add_both(output, "crossed thresholds", mixed_batch(87, 3, 64), 3, 64,
           {.lower = given(1.0), .upper = given(0.5), .bins = 20});
  add_both(output, "no lower tail, higher boundaries", mixed_batch(88, 8, 256), 8, 256,
           {.lower = tail_mass(0.0),
            .upper = tail_mass(0.2),
            .bins = 700,
            .min_exceedances = 1,
            .counts = tailfit::Counts::none,
            .take_higher_boundary = true});
  add_both(output, "tails of 300 by warps", mixed_batch(89, 3, 1000), 3, 1000,
           {.lower = tail_mass(0.3), .upper = tail_mass(0.3)});
  // One of them too short for that, by one.
  add_both_rows(output, "tails of 8,193 and 8,192",
                tailfit::tests::heavy_batch<float>(96, 1, 16'400), 1, 16'400,
                {.lower = tailfit::count(8193), .upper = tailfit::count(8192)});
  std::vector<double> rounded = mixed_batch(90, 4, 256);
  for (double& x : rounded) x = std::round(4.0 * x) / 4.0;
  add_both(output, "rounded data", rounded, 4, 256, {.resolution = 0.25});
  // Nothing left, twice; thresholds and excesses that overflow; subnormal values.
  std::vector<double> extreme = tailfit::tests::heavy_batch(92, 5, 40);
  for (std::size_t i = 0; i < 40; ++i) {
    extreme[i] = std::nan("7");
    extreme[40 + i] = i % 2 == 0 ? INFINITY : -INFINITY;
    extreme[80 + i] = i < 20 ? -1.7e308 : 1.7e308;
    extreme[120 + i] *= 2e307;
    extreme[160 + i] *= 1e-310;
  }
  add_both(output, "extreme values", extreme, 5, 40, {.min_exceedances = 1});
  // Solutions at great u, by a warp and by a lane.
  std::vector<double> immense = tailfit::tests::heavy_batch(93, 2, 1000);
  for (double& x : immense) x = std::copysign(std::exp(70.0 * std::abs(x)), x);
  add_both_rows(output, "immense tails by warps", immense, 1, 1000,
                {.lower = tail_mass(0.3), .upper = tail_mass(0.0)});
  add_both_rows(output, "immense tails", immense, 2, 1000, {});
  add_both(output, "a block a series", mixed_batch(95, 2, 4200), 2, 4200, {.min_exceedances = 3});
  const std::vector<float> values = tailfit::tests::heavy_batch<float>(91, 4, 203);
  output.add_case<float>("unaligned series", values, 1,
                         SeriesView<float>::rows(values.data() + 1, 3, 203), {});
  // Blocks with windows of two series, starts aligned to nothing.
  const std::vector<double> panel = mixed_batch(97, 2, 331);
  const std::vector<float> floats(panel.begin(), panel.end());
  output.add_case<double>(
      "rolling, step 1, fp64", panel, 1,
      SeriesView<double>::rolling(SeriesView<double>::rows(panel.data() + 1, 2, 282, 331), 272, 1),
      {.bins = 10});
  output.add_case<float>(
      "rolling, step 3, fp32", floats, 1,
      SeriesView<float>::rolling(SeriesView<float>::rows(floats.data() + 1, 2, 330, 331), 303, 3),
      {.bins = 10});
  const auto rows = SeriesView<float>::rows(values.data(), 2, 300, 406);
  output.add_case<float>("windows", values, 0, SeriesView<float>::rolling(rows, 150, 75),
                         {.bins = 10});
}

// Series of different lengths, thresholds that each of them has for itself, the same series twice.
void add_layouts(Output& output) {
  const std::vector<double> values = tailfit::tests::mixed_batch(94, 4, 400);
  const std::vector<float> floats(values.begin(), values.end());
  // Empty ones, one of one value, the longest one, and starts that are aligned to nothing.
  const std::vector<std::int64_t> offsets = {3, 3, 4, 259, 600, 600, 1000, 1011};
  const std::vector<double> own = {-0.5, std::nan(""), -1.0, 0.25, INFINITY, -2.0, 0.0};
  const FitOptions thresholds{.lower = tailfit::per_series(own),
                              .upper = tailfit::given(0.5),
                              .bins = 20,
                              .min_exceedances = 3};
  output.add_case<double>("ragged, fp64", values, 0,
                          SeriesView<double>::ragged(values.data(), offsets),
                          {.bins = 20, .min_exceedances = 3});
  output.add_case<float>("ragged with thresholds of their own, fp32", floats, 0,
                         SeriesView<float>::ragged(floats.data(), offsets), thresholds);
  const std::vector<std::int64_t> mixed = {5, 305, 1405, 1405, 2105, 2145, 4745, 4746};
  const std::vector<double> longer = tailfit::tests::mixed_batch(95, 8, 600);
  const std::vector<float> longer_floats(longer.begin(), longer.end());
  output.add_case<double>("ragged, of every class, fp64", longer, 0,
                          SeriesView<double>::ragged(longer.data(), mixed),
                          {.bins = 20, .min_exceedances = 3});
  output.add_case<float>("ragged, of every class, with offsets that are checked, fp32",
                         longer_floats, 0, SeriesView<float>::ragged(longer_floats.data(), mixed),
                         {.bins = 20, .min_exceedances = 3}, 4800);
  const auto rows = SeriesView<double>::rows(values.data(), 2, 300, 400);
  const std::vector<double> of_series = {0.5, 1.0};
  output.add_case<double>("windows with thresholds of their series", values, 0,
                          SeriesView<double>::rolling(rows, 200, 50),
                          {.upper = tailfit::per_series(of_series), .bins = 10});
  output.add_case<float>("a series three times", floats, 0,
                         SeriesView<float>::rows(floats.data(), 3, 260, 0), {});
}

// Series whose thresholds are found by rank, and the same ones told these thresholds: the
// difference is what selection takes.
template <class T>
void add_selection(Output& output, std::int64_t length, T spike = T{1}) {
  constexpr std::int64_t n_series = 16;
  std::vector<T> values = tailfit::tests::heavy_batch<T>(92, n_series, length);
  for (std::int64_t s = 0; s < n_series; ++s) values[static_cast<std::size_t>(s * length)] *= spike;
  const auto rows = SeriesView<T>::rows(values.data(), n_series, length);
  const std::string name = std::to_string(length) + (sizeof(T) == 8 ? ", fp64" : ", fp32") +
                           (spike > T{1} ? ", with a spike" : "");
  const auto fits = tailfit::fit(tailfit::Context({.backend = tailfit::Backend::cpu}), rows);
  const auto lower = fits.lower().threshold;
  const auto upper = fits.upper().threshold;
  output.add_case<T>(name + ", by rank", values, 0, rows, {});
  output.add_case<T>(name + ", told", values, 0, rows,
                     {.lower = tailfit::per_series(lower), .upper = tailfit::per_series(upper)});
}

void add_counts(Output& output) {
  for (const std::int64_t length : {256, 512, 1024, 2048, 4096, 16384}) {
    add_both(output, std::to_string(length), tailfit::tests::heavy_batch(92, 4, length), 4, length,
             {});
  }
  // Series that begin anywhere.
  const std::vector<float> odd = tailfit::tests::heavy_batch<float>(92, 4, 1026);
  output.add_case<float>("unaligned, fp32", odd, 1,
                         SeriesView<float>::rows(odd.data() + 1, 4, 1024, 1025), {});
  // Rows on 16 bytes that lie further apart than their length.
  const std::vector<float> apart = tailfit::tests::heavy_batch<float>(92, 4, 1040);
  output.add_case<float>("pitch, fp32", apart, 0,
                         SeriesView<float>::rows(apart.data(), 4, 1024, 1040), {});
  // A spike in each, a million times as large as what it was.
  std::vector<float> spiked = tailfit::tests::heavy_batch<float>(92, 4, 1024);
  for (std::size_t s = 0; s < 4; ++s) spiked[1024 * s + 100 * s] *= 1e6f;
  output.add_case<float>("spike, fp32", spiked, 0, SeriesView<float>::rows(spiked.data(), 4, 1024),
                         {});
  // Values on a lattice, hundreds of which tie.
  std::vector<double> tied = tailfit::tests::heavy_batch(92, 4, 1024);
  for (double& x : tied) x = std::round(4.0 * x) / 4.0;
  add_both(output, "ties", tied, 4, 1024, {});
  // Columns as they lie, which are read so where there is no room for rows.
  const std::vector<double> columns = tailfit::tests::heavy_batch(92, 4, 1024);
  const std::vector<float> narrow(columns.begin(), columns.end());
  output.add_case<double>("columns, fp64", columns, 0,
                          SeriesView<double>::columns(columns.data(), 4, 1024), {});
  output.add_case<float>("columns, fp32", narrow, 0,
                         SeriesView<float>::columns(narrow.data(), 4, 1024), {});
  // 32 windows each, in full blocks; of 1,024 values in fp64 blocks have too little room.
  const std::vector<double> panel = tailfit::tests::heavy_batch(92, 1, 512 + 31);
  add_rolling(output, "rolling, fp64", panel, 512, 1);
  add_rolling(output, "rolling, fp32", std::vector<float>(panel.begin(), panel.end()), 512, 1);
  add_rolling(output, "rolling, fp32", tailfit::tests::heavy_batch<float>(92, 1, 1024 + 31), 1024,
              1);
}

}  // namespace

int main(int n_arguments, char** arguments) {
  const bool selection = n_arguments == 3 && std::strcmp(arguments[2], "--selection") == 0;
  const bool counts = selection || (n_arguments == 3 && std::strcmp(arguments[2], "--counts") == 0);
  if (n_arguments != (counts ? 3 : 2)) {
    std::fprintf(stderr, "usage: ptx_cases DIRECTORY [--counts | --selection]\n");
    return 2;
  }
  Output output(arguments[1]);
  if (selection) {
    for (const std::int64_t length : {64, 128, 256, 512, 1024, 2048, 4096, 16384}) {
      add_selection<float>(output, length);
      add_selection<double>(output, length);
    }
    add_selection<float>(output, 1024, 1e6f);
    add_selection<double>(output, 1024, 1e6);
  } else if (counts) {
    add_counts(output);
  } else {
    add_tests(output);
    add_layouts(output);
  }
  output.end_cases();
  if (!counts) {
    output.add_elementary<double>("d", false);
    output.add_elementary<float>("f", true);
  }
  if (!output.end()) {
    std::fprintf(stderr, "ptx_cases: cannot write to %s\n", arguments[1]);
    return 1;
  }
  return 0;
}
