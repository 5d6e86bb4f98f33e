// The fuzz target of the C interface's structures: every field of tailfit_fit_options, of both
// threshold rules and of tailfit_series_view has any value whose memory is there. A call is
// refused in words that name a value and what was expected, or planned within its bounds and
// fitted: each fit then holds fit_invariants.hpp and has the bits that the same values have alone.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/fit_properties.hpp"
#include "fuzz/require.hpp"

namespace {

using namespace tailfit::fuzz;

constexpr std::size_t n_values = 4096;
constexpr std::size_t n_thresholds = 64;
constexpr std::size_t n_offsets = 8;

// A value of this range mostly, any bits now and then.
std::int64_t whole(ByteReader& bytes, std::int64_t low, std::int64_t high) {
  if (bytes.take<std::uint8_t>() >= 248) return bytes.take<std::int64_t>();
  return low + bytes.take<std::uint16_t>() % (high - low + 1);
}

std::int32_t small(ByteReader& bytes, std::int32_t high) {
  if (bytes.take<std::uint8_t>() >= 252) return bytes.take<std::int32_t>();
  return bytes.take<std::uint8_t>() % (high + 1);
}

double real(ByteReader& bytes, double scale) {
  if (bytes.take<std::uint8_t>() >= 248) return any_double(bytes);
  return scale * static_cast<double>(bytes.take<std::int16_t>()) / 32768.0;
}

std::size_t size_of(ByteReader& bytes, std::size_t size) {
  return bytes.take<std::uint8_t>() == 255 ? bytes.take<std::uint64_t>() : size;
}

struct OptionsCase {
  tailfit_fit_options options{};
  tailfit_series_view series{};
  std::int32_t threads = 1;
  std::uint64_t memory_budget = 0;
  std::vector<double> values;
  std::vector<float> singles;
  std::vector<double> thresholds;
  std::vector<std::int64_t> offsets;
};

tailfit_threshold_rule any_rule(ByteReader& bytes, const OptionsCase& test) {
  tailfit_threshold_rule rule{};
  rule.kind = small(bytes, 4);
  rule.reserved = bytes.take<std::int8_t>();
  rule.value = rule.kind == TAILFIT_THRESHOLD_GIVEN ? real(bytes, 4.0) : std::abs(real(bytes, 0.5));
  rule.count = whole(bytes, 0, 30);
  rule.low = real(bytes, 8.0);
  rule.high = rule.low + std::abs(real(bytes, 8.0));
  rule.per_series = bytes.take<std::uint8_t>() == 0 ? nullptr : test.thresholds.data();
  rule.n_per_series = whole(bytes, 0, 12);
  return rule;
}

void any_options(ByteReader& bytes, OptionsCase& test) {
  test.options.struct_size = size_of(bytes, sizeof test.options);
  test.options.lower = any_rule(bytes, test);
  test.options.upper = any_rule(bytes, test);
  test.options.bins = whole(bytes, 0, 40);
  test.options.min_exceedances = whole(bytes, 0, 12);
  test.options.counts = small(bytes, 2);
  test.options.take_higher_boundary = small(bytes, 1);
  test.options.laplace = std::abs(real(bytes, 2.0));
  test.options.resolution = bytes.take<std::uint8_t>() < 200 ? 0.0 : std::abs(real(bytes, 0.5));
}

void any_series(ByteReader& bytes, OptionsCase& test) {
  tailfit_series_view& series = test.series;
  series.struct_size = size_of(bytes, sizeof series);
  series.dtype = 1 + small(bytes, 1);
  series.memory = bytes.take<std::uint8_t>() == 255 ? bytes.take<std::int32_t>() : 0;
  series.n_series = whole(bytes, 0, n_offsets - 1);
  series.n_windows = whole(bytes, 1, 5);
  series.length = whole(bytes, 0, 300);
  series.series_stride = whole(bytes, -300, 300);
  series.window_stride = whole(bytes, -20, 20);
  series.value_stride = whole(bytes, -3, 3);
  if (bytes.take<std::uint8_t>() >= 192) {
    std::int64_t end = whole(bytes, 0, 20);
    for (std::int64_t& offset : test.offsets) {
      offset = end;
      const std::int64_t step = whole(bytes, 0, 200);
      end = static_cast<std::int64_t>(static_cast<std::uint64_t>(end) +
                                      static_cast<std::uint64_t>(step));
    }
    series.offsets = test.offsets.data();
    series.n_windows = bytes.take<std::uint8_t>() == 255 ? series.n_windows : 1;
  }
}

void decode(const std::uint8_t* data, std::size_t size, OptionsCase& test) {
  ByteReader bytes(data, size);
  test.values.resize(n_values);
  test.thresholds.resize(n_thresholds);
  test.offsets.resize(n_offsets);
  any_series(bytes, test);
  any_options(bytes, test);
  test.threads = small(bytes, 4);
  test.memory_budget = bytes.take<std::uint8_t>() < 128 ? 0 : bytes.take<std::uint32_t>();
  for (double& u : test.thresholds) u = bytes.at_end() ? 0.5 : real(bytes, 4.0);
  ValueMaker maker(bytes);
  for (double& x : test.values) x = maker.make();
  for (const double x : test.values) test.singles.push_back(to_single(x));
  const auto middle = n_values / 2;
  if (test.series.dtype == TAILFIT_F32) {
    test.series.values = test.singles.data() + middle;
  } else {
    test.series.values = test.values.data() + middle;
  }
}

// The least and the greatest number that an axis adds to a value's place.
void reach(__int128 n, __int128 stride, __int128& low, __int128& high) {
  if (n < 2) return;
  (stride < 0 ? low : high) += (n - 1) * stride;
}

// Whether everything that the call may read is there, and is fitted quickly.
bool is_within_memory(const OptionsCase& test) {
  const tailfit_series_view& series = test.series;
  if (series.n_series < 0 || series.n_windows < 0 || series.length < 0) return true;  // refused
  const __int128 n_fits = static_cast<__int128>(series.n_series) * series.n_windows;
  if (n_fits > static_cast<__int128>(n_thresholds) || test.options.bins > 4096) return false;
  __int128 low = 0;
  __int128 high = 0;
  if (series.offsets != nullptr) {
    for (std::int64_t s = 0; s <= series.n_series; ++s) {
      low = std::min<__int128>(low, series.offsets[s]);
      high = std::max<__int128>(high, series.offsets[s]);
    }
  } else if (n_fits > 0 && series.length > 0) {
    reach(series.n_series, series.series_stride, low, high);
    reach(series.n_windows, series.window_stride, low, high);
    reach(series.length, series.value_stride, low, high);
  }
  const __int128 middle = n_values / 2;
  // Scratch follows the length, whatever the offsets say.
  return low >= -middle && high < middle && series.length <= 1 << 20;
}

// The offsets are read by validation, whatever else is wrong.
bool has_its_offsets(const tailfit_series_view& series) {
  return series.offsets == nullptr || series.n_series < static_cast<std::int64_t>(n_offsets);
}

void check_refused(tailfit_code code) {
  const std::string message = tailfit_last_error();
  require_text(code != TAILFIT_INTERNAL, "no call is a defect", message.c_str());
  if (code == TAILFIT_COUNT_OVERFLOW || code == TAILFIT_OUT_OF_MEMORY) return;
  require_text(
      message.find(" is ") != std::string::npos && message.find(", expected ") != std::string::npos,
      "a refusal names the value and what was expected", message.c_str());
}

// Whether the call can be planned.
bool check_plan(const OptionsCase& test) {
  tailfit_fit_plan plan{};
  plan.struct_size = sizeof plan;
  const tailfit_code code =
      tailfit_plan_fit(&test.series, &test.options, test.threads, test.memory_budget, &plan);
  if (code != TAILFIT_OK) {
    check_refused(code);
    return false;
  }
  require(plan.n_fits == test.series.n_series * test.series.n_windows, "the plan's fits", -1);
  require(plan.chunk_fits >= 1 && plan.n_chunks >= 0, "chunks have fits", -1);
  require((plan.n_fits + plan.chunk_fits - 1) / plan.chunk_fits == plan.n_chunks,
          "the chunks are the fits", -1, static_cast<double>(plan.n_chunks));
  require(plan.workers >= 1 && plan.workers <= test.threads, "workers within the threads", -1,
          plan.workers);
  require(test.memory_budget == 0 || plan.scratch_bytes <= test.memory_budget,
          "scratch within the budget", -1, static_cast<double>(plan.scratch_bytes));
  require(plan.minimum_budget <= plan.scratch_bytes, "the minimum is that of one worker", -1,
          static_cast<double>(plan.minimum_budget));
  return true;
}

// Where fit i lies.
struct Place {
  std::int64_t begin;
  std::int64_t length;
  std::int64_t stride;
};

Place place_of(const tailfit_series_view& series, std::int64_t fit) {
  if (series.offsets != nullptr) {
    return {series.offsets[fit], series.offsets[fit + 1] - series.offsets[fit], 1};
  }
  if (series.length == 0) return {0, 0, 1};  // the strides may be anything
  const std::int64_t s = fit / series.n_windows;
  const std::int64_t w = fit % series.n_windows;
  return {s * series.series_stride + w * series.window_stride, series.length, series.value_stride};
}

tailfit::ThresholdRule one_rule(const tailfit_threshold_rule& rule,
                                const tailfit_series_view& series, std::int64_t fit, double& own) {
  switch (rule.kind) {
    case TAILFIT_THRESHOLD_GIVEN:
      return tailfit::given(rule.value);
    case TAILFIT_THRESHOLD_PER_SERIES:
      own = rule.per_series[rule.n_per_series == series.n_series ? fit / series.n_windows : fit];
      return tailfit::per_series({&own, 1});
    case TAILFIT_THRESHOLD_COUNT:
      return tailfit::count(rule.count);
    case TAILFIT_THRESHOLD_HISTOGRAM_RANGE:
      return tailfit::histogram_range(rule.low, rule.high, rule.value);
    default:
      return tailfit::tail_mass(rule.value);
  }
}

// Fit `i` of the batch against the same values by themselves, row by row.
void check_fit(const tailfit::Context& context, const OptionsCase& test,
               const tailfit::SplicedFits& fits, std::int64_t i) {
  const Place place = place_of(test.series, i);
  FuzzCase one;
  one.single_precision = test.series.dtype == TAILFIT_F32;
  one.length = place.length;
  const auto middle = static_cast<std::int64_t>(n_values / 2);
  for (std::int64_t t = 0; t < place.length; ++t) {
    one.values.push_back(
        test.values[static_cast<std::size_t>(middle + place.begin + t * place.stride)]);
  }
  double own_lower = 0.0;
  double own_upper = 0.0;
  one.options.lower = one_rule(test.options.lower, test.series, i, own_lower);
  one.options.upper = one_rule(test.options.upper, test.series, i, own_upper);
  one.options.bins = test.options.bins;
  one.options.min_exceedances = test.options.min_exceedances;
  one.options.counts = static_cast<tailfit::Counts>(test.options.counts);
  one.options.take_higher_boundary = test.options.take_higher_boundary != 0;
  one.options.laplace = test.options.laplace;
  one.options.resolution = test.options.resolution;
  std::vector<float> singles;
  for (const double x : one.values) singles.push_back(to_single(x));
  // Ragged, so that a count may reach beyond this series as it did in the batch.
  const std::int64_t offsets[2] = {0, place.length};
  tailfit_series_view view = test.series;
  view.values = one.single_precision ? static_cast<const void*>(singles.data())
                                     : static_cast<const void*>(one.values.data());
  const double nothing = 0.0;
  if (place.length == 0) view.values = &nothing;
  view.n_series = 1;
  view.n_windows = 1;
  view.offsets = offsets;
  const tailfit_fit_options options = one.options.c_options();
  tailfit_fits* handle = nullptr;
  require_text(tailfit_fit(context.c_handle(), &view, &options, &handle) == TAILFIT_OK,
               "what the batch fits can be fitted alone", tailfit_last_error());
  const tailfit::SplicedFits alone(handle);
  require(same_fit(fits, i, alone, 0), "the same values have the same bits in any layout", i);
  check_series(one, alone, 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  OptionsCase test;
  decode(data, size, test);
  if (!has_its_offsets(test.series)) return 0;
  const bool is_planned = check_plan(test);
  if (!is_within_memory(test)) return 0;
  static const tailfit::Context own({.backend = tailfit::Backend::cpu, .threads = 2});
  static const tailfit::Context callers(
      {.backend = tailfit::Backend::cpu, .threads = 2, .use_callers_arena = true});
  const tailfit::Context& context = test.threads % 2 == 0 ? own : callers;
  tailfit_fits* handle = nullptr;
  const tailfit_code code = tailfit_fit(context.c_handle(), &test.series, &test.options, &handle);
  if (code != TAILFIT_OK) {
    check_refused(code);
    require(handle == nullptr, "a refused call gives no fits", -1);
    require_text(!is_planned || code == TAILFIT_COUNT_OVERFLOW ||
                     test.series.memory == TAILFIT_MEMORY_DEVICE,
                 "what is planned is fitted", tailfit_last_error());
    return 0;
  }
  const tailfit::SplicedFits fits(handle);
  for (std::int64_t i = 0; i < fits.size(); ++i) check_fit(context, test, fits, i);
  check_quantiles(context, fits);
  return 0;
}
