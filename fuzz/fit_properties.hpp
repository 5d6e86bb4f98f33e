// Properties that compare two fits of the same data: any order of the series, any number of
// threads, any memory budget and the caller's memory give the same bits; a power of two only
// changes units.
#pragma once

#include <cstring>

#include "fuzz/fit_invariants.hpp"

namespace tailfit::fuzz {

template <class T>
SplicedFits fit_values(const Context& context, const FuzzCase& test, const std::vector<T>& values,
                       const FitOptions& options) {
  return fit(context, SeriesView<T>::rows(values.data(), test.n_series, test.length), options);
}

template <class T>
bool same_bits(const std::span<const T>& a, std::int64_t i, const std::span<const T>& b,
               std::int64_t j) {
  return std::memcmp(&a[static_cast<std::size_t>(i)], &b[static_cast<std::size_t>(j)], sizeof(T)) ==
         0;
}

inline bool same_tail(const TailSpans& a, std::int64_t i, const TailSpans& b, std::int64_t j) {
  return same_bits(a.threshold, i, b.threshold, j) && same_bits(a.shape, i, b.shape, j) &&
         same_bits(a.scale, i, b.scale, j) && same_bits(a.loglik, i, b.loglik, j) &&
         same_bits(a.n_exceed, i, b.n_exceed, j);
}

// Fit i of a and fit j of b.
inline bool same_fit(const SplicedFits& a, std::int64_t i, const SplicedFits& b, std::int64_t j) {
  if (!same_bits(a.n(), i, b.n(), j) || !same_bits(a.n_missing(), i, b.n_missing(), j) ||
      !same_bits(a.status(), i, b.status(), j) || !same_tail(a.lower(), i, b.lower(), j) ||
      !same_tail(a.upper(), i, b.upper(), j)) {
    return false;
  }
  if (a.counts_kind() == Counts::none) return true;
  const std::size_t width = a.counts_kind() == Counts::u16 ? 2 : 4;
  const auto bytes = static_cast<std::size_t>(a.bins()) * width;
  const auto* left = static_cast<const char*>(a.view().counts);
  const auto* right = static_cast<const char*>(b.view().counts);
  return std::memcmp(left + static_cast<std::size_t>(i) * bytes,
                     right + static_cast<std::size_t>(j) * bytes, bytes) == 0;
}

// The series in reverse, by three threads, in the least memory.
template <class T>
void check_order(const FuzzCase& test, const std::vector<T>& values, const SplicedFits& fits) {
  std::vector<T> reversed;
  for (std::int64_t s = test.n_series; s-- > 0;) {
    const auto first = values.begin() + s * test.length;
    reversed.insert(reversed.end(), first, first + test.length);
  }
  const auto view = SeriesView<T>::rows(values.data(), test.n_series, test.length);
  const FitPlan plan = plan_fit(view, test.options, 1);
  static const Context three({.backend = Backend::cpu, .threads = 3});
  const SplicedFits other = fit_values(three, test, reversed, test.options);
  const Context small(
      {.backend = Backend::cpu, .threads = 1, .memory_budget = plan.minimum_budget});
  const SplicedFits third = fit_values(small, test, values, test.options);
  for (std::int64_t s = 0; s < test.n_series; ++s) {
    require(same_fit(fits, s, other, test.n_series - 1 - s), "order of the series, threads", s);
    require(same_fit(fits, s, third, s), "memory budget", s);
  }
}

// Every element of the caller's arrays is written.
template <class T>
void check_poisoned(const Context& context, const FuzzCase& test, const std::vector<T>& values,
                    const SplicedFits& fits) {
  const auto n = static_cast<std::size_t>(test.n_series);
  std::vector<double> doubles(8 * n, -12345.0);
  std::vector<std::int64_t> integers(4 * n, -77);
  std::vector<std::uint32_t> status(n, 0xDEADBEEFu);
  std::vector<std::uint32_t> counts(n * static_cast<std::size_t>(test.options.bins), 0xDEADBEEFu);
  SplicedFitsView out = fits.view();
  out.n = integers.data();
  out.n_missing = integers.data() + n;
  out.status = status.data();
  out.lower = {doubles.data(), doubles.data() + n, doubles.data() + 2 * n, doubles.data() + 3 * n,
               integers.data() + 2 * n};
  out.upper = {doubles.data() + 4 * n, doubles.data() + 5 * n, doubles.data() + 6 * n,
               doubles.data() + 7 * n, integers.data() + 3 * n};
  if (fits.counts_kind() != Counts::none) out.counts = counts.data();
  fit_into(context, SeriesView<T>::rows(values.data(), test.n_series, test.length), test.options,
           out);
  const auto same = [&](const auto& span, const auto* written) {
    return std::memcmp(span.data(), written, span.size_bytes()) == 0;
  };
  require(
      same(fits.n(), out.n) && same(fits.n_missing(), out.n_missing) &&
          same(fits.status(), out.status) && same(fits.lower().threshold, out.lower.threshold) &&
          same(fits.lower().shape, out.lower.shape) && same(fits.upper().scale, out.upper.scale) &&
          same(fits.upper().loglik, out.upper.loglik) &&
          same(fits.upper().n_exceed, out.upper.n_exceed),
      "the caller's arrays are fully written", -1);
}

// A threshold in other units.
inline ThresholdRule scaled(const ThresholdRule& rule, int exponent) {
  const tailfit_threshold_rule& c = rule.c_rule();
  if (c.kind == TAILFIT_THRESHOLD_GIVEN) return given(std::ldexp(c.value, exponent));
  if (c.kind != TAILFIT_THRESHOLD_HISTOGRAM_RANGE) return rule;
  return histogram_range(std::ldexp(c.low, exponent), std::ldexp(c.high, exponent), c.value);
}

inline bool scales_exactly(double x, int limit) {
  return x == 0.0 || !std::isfinite(x) ||
         (std::abs(x) < std::ldexp(1.0, limit) && std::abs(x) > std::ldexp(1.0, -limit));
}

// Absent overflow and subnormals a factor 2^m scales thresholds and scales exactly, leaves shapes,
// counts and statuses, and shifts the log-likelihood by -k*m*log 2.
template <class T>
void check_scaling(const Context& context, const FuzzCase& test, const std::vector<T>& values,
                   const SplicedFits& fits, int m) {
  const int limit = sizeof(T) == 4 ? 60 : 450;
  for (const T x : values) {
    if (!scales_exactly(static_cast<double>(x), limit)) return;
  }
  FitOptions options = test.options;
  options.lower = scaled(options.lower, m);
  options.upper = scaled(options.upper, m);
  options.resolution = std::ldexp(options.resolution, m);
  for (const double x : {test.options.lower.c_rule().value, test.options.upper.c_rule().value,
                         test.options.resolution}) {
    if (!scales_exactly(x, 400)) return;
  }
  std::vector<T> other = values;
  for (T& x : other) x = std::ldexp(x, m);
  const SplicedFits moved = fit_values(context, test, other, options);
  for (std::int64_t s = 0; s < test.n_series; ++s) {
    const auto i = static_cast<std::size_t>(s);
    require(fits.status()[i] == moved.status()[i], "scaling leaves the status", s);
    for (const bool upper : {false, true}) {
      const TailResult a = tail_of(fits, s, upper);
      const TailResult b = tail_of(moved, s, upper);
      require(a.n_exceed == b.n_exceed, "scaling leaves the counts", s);
      const auto equal = [](double x, double y) {
        return x == y || (std::isnan(x) && std::isnan(y));
      };
      require(equal(std::ldexp(a.threshold, m), b.threshold), "scaling moves the threshold", s);
      require(equal(a.shape, b.shape), "scaling leaves the shape", s, a.shape - b.shape);
      require(equal(std::ldexp(a.scale, m), b.scale), "scaling moves the scale", s, b.scale);
      if (std::isnan(a.loglik)) continue;
      // Interval probabilities have no unit; of densities each is divided by 2^m.
      const double shift = test.options.resolution > 0.0
                               ? 0.0
                               : -static_cast<double>(a.n_exceed) * m * std::log(2.0);
      const double size = std::abs(a.loglik) + std::abs(shift);
      require(std::abs(b.loglik - a.loglik - shift) <=
                  1e-13 * size + 1e-12 * static_cast<double>(a.n_exceed),
              "scaling shifts the log-likelihood", s, b.loglik - a.loglik - shift);
    }
  }
}

// Quantiles do not fall.
inline void check_quantiles(const Context& context, const SplicedFits& fits) {
  std::vector<double> before(static_cast<std::size_t>(fits.size()), -HUGE_VAL);
  for (const double p : {0.0, 1e-12, 0.01, 0.05, 0.3, 0.5, 0.9, 0.95, 0.999, 1.0}) {
    const std::vector<double> q = quantile(context, fits, p);
    for (std::size_t s = 0; s < q.size(); ++s) {
      if (std::isnan(q[s])) continue;
      require(q[s] >= before[s], "quantiles do not fall", static_cast<std::int64_t>(s), p);
      before[s] = q[s];
    }
  }
}

}  // namespace tailfit::fuzz
