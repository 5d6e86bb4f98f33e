// Random calls of fit(): a seed and a number give the shapes, the layout in memory, the options and
// (random_fit_values.hpp) the values, the same on every machine: no function of <cmath> but sqrt
// and round. No CUDA here, so that a machine without it tries them too (tests/device).
#pragma once

#include <tailfit/tailfit.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "kernels/math/elementary.hpp"
#include "tests/bits/hash.hpp"

namespace tailfit::gpu {
namespace {

enum class Family {
  heavy,
  normal,
  ties,
  lattice,
  constants,
  missing,
  sorted,
  trending,
  tiny,
  huge,
  two_clusters,
  subnormals,
  bounded,
  mixed  // each row of another one
};
constexpr std::array<const char*, 14> family_names = {
    "heavy",    "normal", "ties", "lattice",      "constants",  "missing", "sorted",
    "trending", "tiny",   "huge", "two_clusters", "subnormals", "bounded", "mixed"};

enum class Place { pageable, pinned, managed, device };
constexpr std::array<const char*, 4> place_names = {"pageable", "pinned", "managed", "device"};

struct CaseLimits {
  std::int64_t greatest_series = 2000;
  std::int64_t greatest_length = 6000;
  std::int64_t greatest_long_length = 200'000;
  std::int64_t greatest_values = 2'000'000;  // of a batch, windows counted each by itself
  std::int64_t greatest_cells = 8'000'000;   // bins of all fits
  // The interval likelihood costs a hundred times as much: no case shall take many seconds.
  std::int64_t greatest_interval_values = 100'000;
};

struct FitCase {
  std::uint64_t seed;
  std::uint64_t number;
  Family family;
  double scale;  // of the values, where the family has none of its own
  // Pointers: null, so that a case can be copied; view_of() and whole_options() have them.
  tailfit_series_view view;
  std::int64_t origin;      // of the values in the caller's block
  std::int64_t n_values;    // of the block
  std::int64_t row_length;  // values of one kind
  tailfit_fit_options options;
  std::vector<std::int64_t> offsets;  // of ragged series, else none
  std::vector<double> own[2];         // lower and upper thresholds, where a rule has its own
  Place input;
  Place output;
  std::uint64_t budget;  // of the device; 0: none

  std::int64_t n_fits() const { return view.n_series * view.n_windows; }
  // As long as the case lives. values: of the block, on the host or on a device; null: none.
  tailfit_series_view view_of(const void* values) const {
    tailfit_series_view whole = view;
    const std::int64_t size = view.dtype == TAILFIT_F64 ? 8 : 4;
    if (values != nullptr) whole.values = static_cast<const char*>(values) + origin * size;
    whole.offsets = offsets.empty() ? nullptr : offsets.data();
    return whole;
  }
  tailfit_fit_options whole_options() const {
    tailfit_fit_options whole = options;
    whole.lower.per_series = own[0].empty() ? nullptr : own[0].data();
    whole.upper.per_series = own[1].empty() ? nullptr : own[1].data();
    return whole;
  }
};

// Random numbers with the shapes that cases need.
class CaseRandom {
 public:
  CaseRandom(std::uint64_t seed, std::uint64_t number, std::uint64_t stream)
      : generator_(seed * 0x9E3779B97F4A7C15u ^ (number * 4 + stream) * 0xD1342543DE82EF95u) {
    generator_.next();
  }
  double uniform() { return generator_.uniform(); }
  bool chance(double p) { return uniform() < p; }
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(generator_.next() % static_cast<std::uint64_t>(n));
  }
  // From a to b, small ones as likely as large ones.
  std::int64_t spread(std::int64_t a, std::int64_t b) {
    const double x = kernels::exp(uniform() * kernels::log(static_cast<double>(b - a + 1)));
    return std::min(b, a + static_cast<std::int64_t>(x) - 1);
  }
  template <class T, std::size_t n>
  T one_of(const T (&choices)[n]) {
    return choices[below(static_cast<std::int64_t>(n))];
  }
  double normal() {  // Marsaglia's polar method
    double x = 0.0;
    double square = 0.0;
    do {
      x = 2.0 * uniform() - 1.0;
      const double y = 2.0 * uniform() - 1.0;
      square = x * x + y * y;
    } while (square >= 1.0 || square == 0.0);
    return x * std::sqrt(-2.0 * kernels::log(square) / square);
  }
  // Both tails of shape 0.3.
  double heavy() {
    const double excess = kernels::expm1(-0.3 * kernels::log(uniform()));
    return chance(0.5) ? excess : -excess;
  }

 private:
  bits::Generator generator_;
};

inline std::int64_t random_length(CaseRandom& random, const CaseLimits& limits) {
  // Where another kernel or another size of group begins.
  const std::int64_t edges[] = {0,   1,   2,    31,   32,   255,  256,  257,  511,
                                512, 513, 1000, 1024, 1536, 1537, 2048, 4096, 5120};
  if (random.chance(0.3)) return std::min(random.one_of(edges), limits.greatest_length);
  if (random.chance(0.05)) return random.spread(1, limits.greatest_long_length);
  return random.chance(0.5) ? random.spread(1, limits.greatest_length)
                            : random.below(limits.greatest_length + 1);
}

// Series of different lengths, half of them of every size, some of them empty, some the longest.
inline void random_ragged(CaseRandom& random, FitCase& c) {
  tailfit_series_view& view = c.view;
  const std::int64_t longest = view.length;
  c.offsets.push_back(random.below(7));
  for (std::int64_t s = 0; s < view.n_series; ++s) {
    const std::int64_t length = random.chance(0.2) ? longest
                                : random.chance(0.2)
                                    ? random.below(std::min<std::int64_t>(longest + 1, 3))
                                : longest > 0 && random.chance(0.5) ? random.spread(1, longest)
                                                                    : random.below(longest + 1);
    c.offsets.push_back(c.offsets.back() + length);
  }
  c.n_values = c.origin + c.offsets.back() + 4;
  // `length` may be more than the longest has; strides mean nothing.
  if (random.chance(0.2)) view.length += random.below(100);
  view.series_stride = random.below(1000) - 500;
  view.value_stride = random.below(7) - 3;
}

// A series' values far apart, its neighbour's between them, as the columns of a panel.
inline void random_columns(CaseRandom& random, std::int64_t steps, FitCase& c) {
  tailfit_series_view& view = c.view;
  view.series_stride = 1;
  view.value_stride = view.n_series + (random.chance(0.4) ? random.below(4) : 0);
  view.window_stride = view.n_windows > 1 ? steps * view.value_stride : 0;
  c.n_values = c.origin + view.value_stride * std::max<std::int64_t>(c.row_length, 1) + 4;
}

// The same values more than once: series, windows or values that do not move on, or not as far as
// they are long.
inline void random_repetition(CaseRandom& random, FitCase& c) {
  tailfit_series_view& view = c.view;
  if (random.chance(0.05)) view.series_stride = 0;
  if (random.chance(0.04)) view.window_stride = 0;
  if (random.chance(0.01)) view.value_stride = 0;
  if (random.chance(0.04)) {
    const std::int64_t stride = view.series_stride < 0 ? -view.series_stride : view.series_stride;
    const std::int64_t shorter = random.below(stride + 1);
    view.series_stride = view.series_stride < 0 ? -shorter : shorter;
  }
}

// A row of values, its neighbours `value_stride` apart, then the next one.
inline void random_rows(CaseRandom& random, const CaseLimits& limits, std::int64_t steps,
                        FitCase& c) {
  tailfit_series_view& view = c.view;
  std::int64_t value_stride = random.chance(0.1) ? random.below(3) + 2 : 1;
  if (value_stride > 1 && c.row_length * view.n_series > limits.greatest_values / 4) {
    value_stride = 1;
  }
  const std::int64_t row = std::max<std::int64_t>(c.row_length, 1) * value_stride;
  const std::int64_t stride = row + (random.chance(0.4) ? random.below(9) : 0);
  view.series_stride = stride;
  view.window_stride = view.n_windows > 1 ? steps * value_stride : 0;
  view.value_stride = value_stride;
  c.n_values = c.origin + stride * view.n_series + 4;
  if (random.chance(0.15)) {  // the last series first
    c.origin += (view.n_series - 1) * stride;
    view.series_stride = -stride;
  }
  if (random.chance(0.1)) {  // the last value first
    c.origin += (c.row_length > 0 ? c.row_length - 1 : 0) * value_stride;
    view.value_stride = -value_stride;
    view.window_stride = -view.window_stride;
  }
}

// Sets view, origin, n_values, row_length and offsets.
inline void random_layout(CaseRandom& random, const CaseLimits& limits, FitCase& c) {
  tailfit_series_view& view = c.view;
  view.struct_size = sizeof view;
  view.dtype = random.chance(0.5) ? TAILFIT_F32 : TAILFIT_F64;
  view.length = random_length(random, limits);
  const std::int64_t afford =
      std::max<std::int64_t>(1, limits.greatest_values / std::max<std::int64_t>(view.length, 1));
  const std::int64_t n_most = std::min(limits.greatest_series, afford);
  const bool rolls = view.length > 0 && random.chance(0.25);
  std::int64_t steps = 0;
  if (rolls) {
    view.n_windows = random.spread(1, n_most);
    view.n_series = random.spread(1, std::max<std::int64_t>(1, n_most / view.n_windows));
    steps = random.chance(0.6) ? 1 : random.spread(1, std::min<std::int64_t>(view.length, 50));
  } else {
    view.n_windows = 1;
    view.n_series = random.spread(1, n_most);
  }
  c.row_length = view.length + (view.n_windows - 1) * steps;
  c.origin = random.below(5);
  if (!rolls && random.chance(0.12)) return random_ragged(random, c);
  if (random.chance(0.1)) return random_columns(random, steps, c);
  random_rows(random, limits, steps, c);
  random_repetition(random, c);
}

inline double scale_of(Family family, bool is_double, CaseRandom& random) {
  switch (family) {
    case Family::tiny:
      return is_double ? 1e-300 : 1e-36;
    case Family::huge:
      return is_double ? 1e304 : 1e35;
    case Family::subnormals:
      return is_double ? 1e-319 : 1e-41;
    case Family::lattice:
    case Family::ties:
      return 1.0;
    default:
      return random.chance(0.5) ? 1.0 : kernels::pow(10.0, 12.0 * (random.uniform() - 0.5));
  }
}

inline void random_options(CaseRandom& random, const CaseLimits& limits, FitCase& c) {
  tailfit_fit_options& options = c.options;
  options.struct_size = sizeof options;
  const double masses[] = {0.05, 0.05, 0.05, 0.01, 0.1, 0.2, 0.3, 0.5, 1.0, 0.0};
  for (tailfit_threshold_rule* rule : {&options.lower, &options.upper}) {
    rule->kind = random.chance(0.2) ? TAILFIT_THRESHOLD_GIVEN : TAILFIT_THRESHOLD_TAIL_MASS;
    if (random.chance(0.1) && c.view.length > 1) {
      rule->kind = TAILFIT_THRESHOLD_COUNT;
      rule->count =
          1 + static_cast<std::int64_t>(random.uniform() * static_cast<double>(c.view.length - 1));
    }
    rule->value = random.chance(0.3) ? random.uniform() : random.one_of(masses);
    if (rule->kind == TAILFIT_THRESHOLD_GIVEN) {
      const double side = rule == &options.lower ? -1.0 : 1.0;
      rule->value = c.scale * (side * random.uniform() + 0.3 * random.normal());
    }
    if (rule->kind == TAILFIT_THRESHOLD_TAIL_MASS && rule->value > 0.0 && rule->value < 1.0 &&
        c.scale >= 1e-290 && c.scale <= 1e290 && random.chance(0.15)) {
      rule->kind = TAILFIT_THRESHOLD_HISTOGRAM_RANGE;
      rule->low = -c.scale * (1.0 + random.uniform());
      rule->high = c.scale * (1.0 + random.uniform());
    }
    if (random.chance(0.1)) rule->kind = TAILFIT_THRESHOLD_PER_SERIES;
  }
  const std::int64_t bins[] = {1, 2, 10, 64, 100, 100, 100, 100, 1000, 5000, 20'000};
  const std::int64_t most_bins =
      std::max<std::int64_t>(1, limits.greatest_cells / std::max<std::int64_t>(c.n_fits(), 1));
  options.bins = std::min(random.one_of(bins), most_bins);
  const std::int64_t least[] = {1, 2, 5, 10, 10, 10, 300};
  options.min_exceedances = random.one_of(least);
  const std::int32_t kinds[] = {TAILFIT_COUNTS_NONE, TAILFIT_COUNTS_U16, TAILFIT_COUNTS_U32,
                                TAILFIT_COUNTS_U32};
  options.counts = random.one_of(kinds);
  options.take_higher_boundary = random.chance(0.2) ? 1 : 0;
  options.laplace = random.chance(0.1) ? 0.5 : 0.0;
  const double steps[] = {0.001, 0.01, 0.25, 0.5, 1.0};
  // Rounded data wants the interval likelihood; it is also computed of data that is not.
  const double p = c.family == Family::lattice ? 0.6 : 0.12;
  options.resolution = random.chance(p) ? c.scale * random.one_of(steps) : 0.0;
}

// Leaves out the last series and windows where there are more than the limits allow.
inline void limit_intervals(const CaseLimits& limits, FitCase& c) {
  if (c.options.resolution == 0.0) return;
  const std::int64_t n_most = std::max<std::int64_t>(
      1, limits.greatest_interval_values / std::max<std::int64_t>(c.view.length, 1));
  c.view.n_windows = std::min(c.view.n_windows, n_most);
  c.view.n_series = std::min(c.view.n_series, std::max<std::int64_t>(1, n_most / c.view.n_windows));
}

// For each series, or for each fit, where a rule wants them; some of them no numbers.
inline void random_thresholds(CaseRandom& random, FitCase& c) {
  for (const int i : {0, 1}) {
    tailfit_threshold_rule& rule = i == 0 ? c.options.lower : c.options.upper;
    if (rule.kind != TAILFIT_THRESHOLD_PER_SERIES) continue;
    rule.n_per_series = random.chance(0.5) ? c.view.n_series : c.n_fits();
    const double side = i == 0 ? -1.0 : 1.0;
    const double odd[] = {std::numeric_limits<double>::quiet_NaN(),
                          std::numeric_limits<double>::infinity(),
                          -std::numeric_limits<double>::infinity(), 0.0};
    for (std::int64_t k = 0; k < rule.n_per_series; ++k) {
      c.own[i].push_back(random.chance(0.03)
                             ? random.one_of(odd)
                             : c.scale * (side * 2.0 * random.uniform() + 0.3 * random.normal()));
    }
  }
}

inline FitCase make_fit_case(std::uint64_t seed, std::uint64_t number,
                             const CaseLimits& limits = {}) {
  CaseRandom random(seed, number, 0);
  FitCase c{};
  c.seed = seed;
  c.number = number;
  c.family = static_cast<Family>(random.below(static_cast<std::int64_t>(family_names.size())));
  random_layout(random, limits, c);
  c.scale = scale_of(c.family, c.view.dtype == TAILFIT_F64, random);
  random_options(random, limits, c);
  limit_intervals(limits, c);
  random_thresholds(random, c);
  c.input = static_cast<Place>(random.below(4));
  c.output = static_cast<Place>(random.below(4));
  const std::int64_t size = c.view.dtype == TAILFIT_F64 ? 8 : 4;
  const std::int64_t whole = 2 * c.n_fits() * (c.view.length * size + 500) + 100'000;
  if (random.chance(0.3)) c.budget = static_cast<std::uint64_t>(random.spread(2000, whole));
  return c;
}

// One line, enough to see what is special about a case.
inline std::string describe(const FitCase& c) {
  const tailfit_series_view& v = c.view;
  const tailfit_fit_options& o = c.options;
  const auto rule = [](const tailfit_threshold_rule& r) {
    const char* const names[] = {"mass ", "given ", "per series ", "count ", "histogram "};
    return names[r.kind] + std::to_string(r.kind == TAILFIT_THRESHOLD_COUNT
                                              ? static_cast<double>(r.count)
                                              : r.value);
  };
  return std::string(family_names[static_cast<std::size_t>(c.family)]) +
         (v.dtype == TAILFIT_F64 ? " fp64 " : " fp32 ") + std::to_string(v.n_series) + "x" +
         std::to_string(v.n_windows) + "x" + std::to_string(v.length) + " strides " +
         std::to_string(v.series_stride) + "," + std::to_string(v.window_stride) + "," +
         std::to_string(v.value_stride) + (c.offsets.empty() ? "" : " ragged") + " origin " +
         std::to_string(c.origin) + "; lower " + rule(o.lower) + ", upper " + rule(o.upper) +
         ", bins " + std::to_string(o.bins) + ", least " + std::to_string(o.min_exceedances) +
         ", counts " + std::to_string(o.counts) + ", boundary " +
         std::to_string(o.take_higher_boundary) + ", resolution " + std::to_string(o.resolution) +
         "; " + place_names[static_cast<std::size_t>(c.input)] + " to " +
         place_names[static_cast<std::size_t>(c.output)] + ", budget " + std::to_string(c.budget);
}

}  // namespace
}  // namespace tailfit::gpu
