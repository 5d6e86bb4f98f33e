#include "host/validate.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

#include "host/checks.hpp"
#include "host/error.hpp"
#include "kernels/cpu/cpu_kernels.hpp"

namespace tailfit::host {
namespace {

void check_tail_mass(const std::string& side, double tau) {
  if (!(tau >= 0.0 && tau <= 1.0)) fail_invalid(side + " tail mass", tau, "a number from 0 to 1");
}

void check_histogram(const std::string& side, const tailfit_threshold_rule& rule,
                     std::int64_t bins) {
  if (!(rule.value > 0.0 && rule.value < 1.0)) {
    fail_invalid(side + " tail mass of a histogram", rule.value,
                 "a number between 0 and 1, both excluded");
  }
  if (!std::isfinite(rule.low)) fail_invalid(side + " histogram's low", rule.low, "finite");
  if (!(rule.high > rule.low) || !std::isfinite(rule.high)) {
    fail_invalid(side + " histogram's high", rule.high,
                 "a finite number above low = " + to_text(rule.low));
  }
  if (!std::isfinite(rule.high - rule.low)) {
    fail_invalid(side + " histogram's range", to_text(rule.low) + " to " + to_text(rule.high),
                 "a narrower one: high - low is not finite");
  }
  if (!kernels::histogram_edges_are_distinct(rule.low, rule.high, bins)) {
    fail_invalid(side + " histogram's range", to_text(rule.low) + " to " + to_text(rule.high),
                 "a range that " + std::to_string(bins) + " bins can divide");
  }
}

void check_rule(const std::string& side, const tailfit_threshold_rule& rule, std::int64_t bins) {
  switch (rule.kind) {
    case TAILFIT_THRESHOLD_TAIL_MASS:
      check_tail_mass(side, rule.value);
      return;
    case TAILFIT_THRESHOLD_GIVEN:
      if (!std::isfinite(rule.value)) {
        fail_invalid(side + " threshold", rule.value, "a finite number");
      }
      return;
    case TAILFIT_THRESHOLD_PER_SERIES:
      if (rule.per_series == nullptr && rule.n_per_series != 0) {
        fail_invalid(side + " thresholds", std::string("null"), "n_per_series numbers");
      }
      return;
    case TAILFIT_THRESHOLD_COUNT:
      if (rule.count < 1) fail_invalid(side + " count of exceedances", rule.count, ">= 1");
      return;
    case TAILFIT_THRESHOLD_HISTOGRAM_RANGE:
      check_histogram(side, rule, bins);
      return;
    default:
      fail_invalid(side + " threshold rule's kind", std::int64_t{rule.kind},
                   "0 (tail mass), 1 (given), 2 (per series), 3 (count) or 4 (histogram range)");
  }
}

// What a rule asks of the batch.
void check_rule_for(const std::string& side, const tailfit_threshold_rule& rule,
                    const tailfit_series_view& series) {
  const std::int64_t n_fits = series.n_series * series.n_windows;
  if (rule.kind == TAILFIT_THRESHOLD_PER_SERIES && rule.n_per_series != series.n_series &&
      rule.n_per_series != n_fits) {
    fail_invalid(
        side + " thresholds' number", rule.n_per_series,
        "n_series = " + std::to_string(series.n_series) +
            (n_fits == series.n_series ? std::string() : " or n_fits = " + std::to_string(n_fits)));
  }
  if (rule.kind == TAILFIT_THRESHOLD_COUNT && n_fits > 0 && rule.count >= series.length) {
    fail_invalid(side + " count of exceedances", rule.count,
                 "less than the series' length, " + std::to_string(series.length));
  }
}

void check_offsets(const tailfit_series_view& series) {
  if (series.offsets[0] < 0) fail_invalid("offsets[0]", series.offsets[0], ">= 0");
  for (std::int64_t s = 0; s < series.n_series; ++s) {
    const std::int64_t begin = series.offsets[s];
    const std::int64_t end = series.offsets[s + 1];
    if (end >= begin && end - begin <= series.length) continue;
    fail_invalid("offsets[" + std::to_string(s + 1) + "]", end,
                 "offsets[" + std::to_string(s) + "] = " + std::to_string(begin) +
                     " and at most length = " + std::to_string(series.length) + " more");
  }
}

void check_pointer(const char* name, const void* pointer) {
  if (pointer == nullptr) fail_invalid(name, std::string("null"), "n_fits elements");
}

// Names are put together only to be told: calls that only queue work allocate nothing.
void check_tail(const char* side, const tailfit_tail_view& tail) {
  const auto check = [side](const char* name, const void* pointer) {
    if (pointer == nullptr) check_pointer((std::string(side) + name).c_str(), pointer);
  };
  check(".threshold", tail.threshold);
  check(".shape", tail.shape);
  check(".scale", tail.scale);
  check(".loglik", tail.loglik);
  check(".n_exceed", tail.n_exceed);
}

void check_both_or_neither(const char* first, bool has_first, const char* second, bool has_second) {
  if (has_first == has_second) return;
  fail_invalid(
      has_first ? second : first, std::string("null"),
      std::string("a function, as ") + (has_first ? first : second) + " is one: both or neither");
}

void check_switch(const char* name, std::int32_t value) {
  if (value != 0 && value != 1) fail_invalid(name, std::int64_t{value}, "0 or 1");
}

void check_devices(const tailfit_context_options& options) {
  constexpr std::int32_t most = 1024;
  if (options.n_devices < 0 || options.n_devices > most) {
    fail_invalid("n_devices", std::int64_t{options.n_devices}, "0 to 1024");
  }
  if (options.n_devices > 0 && options.devices == nullptr) {
    fail_invalid("devices", std::string("null"), "n_devices ordinals of CUDA devices");
  }
  for (std::int32_t i = 0; i < options.n_devices; ++i) {
    if (options.devices[i] < 0) {
      fail_invalid("a device", std::int64_t{options.devices[i]}, "an ordinal >= 0");
    }
    for (std::int32_t j = 0; j < i; ++j) {
      if (options.devices[i] != options.devices[j]) continue;
      fail_invalid("a device", std::int64_t{options.devices[i]}, "each device once");
    }
  }
  if (options.n_devices > 0 && options.backend == TAILFIT_BACKEND_CPU) {
    fail_invalid("n_devices", std::int64_t{options.n_devices}, "0 where the backend is the cpu");
  }
}

}  // namespace

void validate(const tailfit_context_options& options) {
  check_struct_size("tailfit_context_options", options.struct_size, sizeof options);
  if (options.backend < TAILFIT_BACKEND_AUTO || options.backend > TAILFIT_BACKEND_CUDA) {
    fail_invalid("backend", std::int64_t{options.backend}, "0 (auto), 1 (cpu) or 2 (cuda)");
  }
  if (options.threads < 0 || options.threads > 65536) {
    fail_invalid("threads", std::int64_t{options.threads}, "0 (every core) to 65536");
  }
  check_both_or_neither("allocate", options.allocate != nullptr, "release",
                        options.release != nullptr);
  check_both_or_neither("device_allocate", options.device_allocate != nullptr, "device_release",
                        options.device_release != nullptr);
  check_switch("use_callers_arena", options.use_callers_arena);
  check_switch("register_input", options.register_input);
  check_devices(options);
}

tailfit_context_options complete(const tailfit_context_options* options) {
  tailfit_context_options all;
  tailfit_context_options_init(&all);
  if (options == nullptr) return all;
  // What sizeof was before fields were added.
  constexpr std::size_t first_size = offsetof(tailfit_context_options, allocate);
  constexpr std::size_t second_size = offsetof(tailfit_context_options, use_callers_arena);
  constexpr std::size_t third_size = offsetof(tailfit_context_options, devices);
  if (options->struct_size != first_size && options->struct_size != second_size &&
      options->struct_size != third_size) {
    check_struct_size("tailfit_context_options", options->struct_size, sizeof all);
  }
  std::memcpy(&all, options, options->struct_size);
  all.struct_size = sizeof all;
  return all;
}

namespace {

void check_shape(const tailfit_series_view& series) {
  check_struct_size("tailfit_series_view", series.struct_size, sizeof series);
  if (series.dtype != TAILFIT_F32 && series.dtype != TAILFIT_F64) {
    fail_invalid("series.dtype", std::int64_t{series.dtype}, "1 (float) or 2 (double)");
  }
  check_memory("series.memory", series.memory);
  check_size("n_series", series.n_series);
  check_size("n_windows", series.n_windows);
  check_size("length", series.length);
  std::int64_t n_fits = 0;
  if (__builtin_mul_overflow(series.n_series, series.n_windows, &n_fits) || n_fits > size_limit) {
    fail_invalid("n_series*n_windows",
                 std::to_string(series.n_series) + "*" + std::to_string(series.n_windows),
                 "at most 2^48");
  }
  if (series.offsets != nullptr) {
    check_memory("series.offsets_memory", series.offsets_memory);
    if (series.n_windows != 1) fail_invalid("n_windows of ragged series", series.n_windows, "1");
  }
  if (series.values == nullptr && n_fits > 0 && series.length > 0) {
    fail_invalid("series.values", std::string("null"), "the values of the series");
  }
}

}  // namespace

void validate(const tailfit_series_view& series) {
  check_shape(series);
  if (series.offsets == nullptr) return;
  if (series.offsets_memory != TAILFIT_MEMORY_HOST) {
    fail_invalid("series.offsets_memory", std::string("1 (device)"),
                 "0 (host): only tailfit_fit_async leaves them where they are");
  }
  check_offsets(series);
}

void validate_on_device(const tailfit_series_view& series, const tailfit_fit_options& options) {
  check_shape(series);
  if (series.offsets != nullptr) check_size("series.n_values", series.n_values);
  validate(options);
  check_rule_for("lower", options.lower, series);
  check_rule_for("upper", options.upper, series);
}

void validate(const tailfit_async_plan& plan) {
  check_struct_size("tailfit_async_plan", plan.struct_size, sizeof plan);
}

void validate(const tailfit_fit_options& options) {
  check_struct_size("tailfit_fit_options", options.struct_size, sizeof options);
  check_bins("bins", options.bins);
  check_rule("lower", options.lower, options.bins);
  check_rule("upper", options.upper, options.bins);
  if (options.min_exceedances < 1) {
    fail_invalid("min_exceedances", options.min_exceedances, ">= 1");
  }
  if (options.counts < TAILFIT_COUNTS_NONE || options.counts > TAILFIT_COUNTS_U32) {
    fail_invalid("counts", std::int64_t{options.counts}, "0 (none), 1 (u16) or 2 (u32)");
  }
  if (options.take_higher_boundary != 0 && options.take_higher_boundary != 1) {
    fail_invalid("take_higher_boundary", std::int64_t{options.take_higher_boundary}, "0 or 1");
  }
  if (!(options.laplace >= 0.0) || !std::isfinite(options.laplace)) {
    fail_invalid("laplace", options.laplace, "a finite number >= 0");
  }
  if (!(options.resolution >= 0.0) || !std::isfinite(options.resolution)) {
    fail_invalid("resolution", options.resolution, "a finite number >= 0");
  }
}

void validate(const tailfit_series_view& series, const tailfit_fit_options& options) {
  validate(series);
  validate(options);
  check_rule_for("lower", options.lower, series);
  check_rule_for("upper", options.upper, series);
}

void validate(const tailfit_fits_view& fits) {
  check_struct_size("tailfit_fits_view", fits.struct_size, sizeof fits);
  check_size("fits.n_fits", fits.n_fits);
  check_bins("fits.bins", fits.bins);
  if (fits.counts_kind < TAILFIT_COUNTS_NONE || fits.counts_kind > TAILFIT_COUNTS_U32) {
    fail_invalid("fits.counts_kind", std::int64_t{fits.counts_kind},
                 "0 (none), 1 (u16) or 2 (u32)");
  }
  check_memory("fits.memory", fits.memory);
  if (!(fits.laplace >= 0.0) || !std::isfinite(fits.laplace)) {
    fail_invalid("fits.laplace", fits.laplace, "a finite number >= 0");
  }
  if (fits.n_fits == 0) return;
  check_pointer("fits.n", fits.n);
  check_pointer("fits.n_missing", fits.n_missing);
  check_pointer("fits.status", fits.status);
  check_tail("fits.lower", fits.lower);
  check_tail("fits.upper", fits.upper);
  if (fits.counts_kind != TAILFIT_COUNTS_NONE && fits.counts == nullptr) {
    fail_invalid("fits.counts", std::string("null"), "n_fits*bins elements");
  }
}

void validate(const tailfit_stream& stream) {
  check_struct_size("tailfit_stream", stream.struct_size, sizeof stream);
  if (stream.source == nullptr) {
    fail_invalid("stream.source", std::string("null"), "a function that yields pieces");
  }
  if (stream.sink == nullptr) {
    fail_invalid("stream.sink", std::string("null"), "a function that takes fits");
  }
}

void validate(const tailfit_stream_summary& summary) {
  check_struct_size("tailfit_stream_summary", summary.struct_size, sizeof summary);
}

void validate_output(const tailfit_fits_view& fits, const tailfit_series_view& series,
                     const tailfit_fit_options& options) {
  validate(fits);
  const std::int64_t n_fits = series.n_series * series.n_windows;
  if (fits.n_fits != n_fits) {
    fail_invalid("out.n_fits", fits.n_fits, "n_series*n_windows = " + std::to_string(n_fits));
  }
  if (fits.bins != options.bins) {
    fail_invalid("out.bins", fits.bins, "options.bins = " + std::to_string(options.bins));
  }
  if (fits.counts_kind != options.counts) {
    fail_invalid("out.counts_kind", std::int64_t{fits.counts_kind},
                 "options.counts = " + std::to_string(options.counts));
  }
  // It is not written: functions of the fits read it.
  if (fits.laplace != options.laplace) {
    fail_invalid("out.laplace", fits.laplace, "options.laplace = " + to_text(options.laplace));
  }
}

}  // namespace tailfit::host
