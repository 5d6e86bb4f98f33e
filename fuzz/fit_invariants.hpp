// What must hold for every fit, whatever the values and the options were. A violation prints what
// it was and aborts: the fuzzer keeps the input.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "fuzz/require.hpp"
#include "tests/exact/gpd_compare.hpp"

namespace tailfit::fuzz {

inline void require_nan(double x, const char* what, std::int64_t series) {
  require(std::bit_cast<std::uint64_t>(x) == 0x7FF8000000000000u, what, series, x);
}

// What one series holds, found independently.
struct SeriesFacts {
  std::vector<double> finite;
  bool has_infinite = false;
  double least = 0.0;
  double greatest = 0.0;
  bool no_spread() const { return !finite.empty() && least == greatest; }
};

inline SeriesFacts facts_of(const FuzzCase& test, std::int64_t s) {
  SeriesFacts facts;
  for (std::int64_t t = 0; t < test.length; ++t) {
    double x = test.values[static_cast<std::size_t>(s * test.length + t)];
    if (test.single_precision) x = static_cast<double>(to_single(x));
    if (std::isinf(x)) facts.has_infinite = true;
    if (std::isfinite(x)) facts.finite.push_back(x + 0.0);
  }
  if (!facts.finite.empty()) {
    const auto [least, greatest] = std::minmax_element(facts.finite.begin(), facts.finite.end());
    facts.least = *least;
    facts.greatest = *greatest;
  }
  return facts;
}

// One tail of one fit; flags as the lower tail has them.
struct TailResult {
  double threshold;
  double shape;
  double scale;
  double loglik;
  std::int64_t n_exceed;
  std::uint32_t flags;
};

inline TailResult tail_of(const SplicedFits& fits, std::int64_t s, bool upper) {
  const TailSpans spans = upper ? fits.upper() : fits.lower();
  const auto i = static_cast<std::size_t>(s);
  const std::uint32_t status = fits.status()[i];
  constexpr std::uint32_t lower_bits = 0x3F00u;
  return {spans.threshold[i], spans.shape[i],    spans.scale[i],
          spans.loglik[i],    spans.n_exceed[i], (upper ? status >> 8 : status) & lower_bits};
}

inline void check_fitted(const TailResult& tail, std::int64_t s) {
  require(tail.shape >= -1.0 && tail.shape <= 10.0, "shape in [-1, 10]", s, tail.shape);
  require(tail.scale > 0.0 && std::isfinite(tail.scale), "scale positive and finite", s,
          tail.scale);
  require(std::isfinite(tail.loglik), "log-likelihood finite", s, tail.loglik);
  const auto has = [&](std::uint32_t bit) { return (tail.flags & bit) != 0; };
  require(has(status::lower_irregular) == (tail.shape <= -0.5), "irregular where shape <= -0.5", s);
  require(!has(status::lower_no_interior_maximum) || tail.shape == -1.0,
          "no_interior_maximum has shape -1", s, tail.shape);
  require(!has(status::lower_shape_capped) || tail.shape == 10.0, "shape_capped has shape 10", s,
          tail.shape);
  require(!has(status::lower_too_few_exceedances), "a fitted tail has enough exceedances", s);
}

inline void check_tail(const FuzzCase& test, const SeriesFacts& facts, std::uint32_t series_status,
                       const TailResult& tail, bool upper, std::int64_t s) {
  require((tail.flags & status::lower_not_converged) == 0, "converged", s);
  const bool fitted = !std::isnan(tail.shape);
  if (fitted) {
    check_fitted(tail, s);
    require(tail.n_exceed >= test.options.min_exceedances, "enough exceedances", s);
    require(!facts.no_spread(), "a series without spread is not fitted", s);
  } else {
    require_nan(tail.shape, "shape is the NaN", s);
    require_nan(tail.scale, "scale is NaN with the shape", s);
    require_nan(tail.loglik, "log-likelihood is NaN with the shape", s);
    const ThresholdRule& rule = upper ? test.options.upper : test.options.lower;
    const bool off =
        rule.c_rule().kind == TAILFIT_THRESHOLD_TAIL_MASS && rule.c_rule().value == 0.0;
    constexpr std::uint32_t reasons =
        status::empty | status::no_spread | status::range_overflow | status::thresholds_crossed;
    require(off || (series_status & reasons) != 0 ||
                (tail.flags & status::lower_too_few_exceedances) != 0,
            "a tail that is not fitted has a reason", s);
  }
  if (std::isnan(tail.threshold)) {
    require_nan(tail.threshold, "threshold is the NaN", s);
    require((series_status & (status::empty | status::range_overflow)) != 0,
            "a threshold that is NaN has a reason", s);
    return;
  }
  if ((series_status & (status::thresholds_crossed | status::empty)) != 0) return;
  if ((series_status & status::range_overflow) != 0 && tail.n_exceed == 0) return;
  const auto beyond = std::count_if(facts.finite.begin(), facts.finite.end(), [&](double x) {
    return upper ? x > tail.threshold : x < tail.threshold;
  });
  require(tail.n_exceed == beyond, "exceedances are the values strictly beyond the threshold", s,
          static_cast<double>(tail.n_exceed));
}

// The sum of the bins, the two tails: n exactly.
inline void check_masses(const FuzzCase& test, const SplicedFits& fits, std::int64_t s) {
  if (fits.counts_kind() == Counts::none) return;
  std::uint64_t sum = 0;
  const auto first = static_cast<std::size_t>(s * test.options.bins);
  for (std::size_t b = first; b < first + static_cast<std::size_t>(test.options.bins); ++b) {
    sum += fits.counts_kind() == Counts::u16 ? fits.counts_u16()[b] : fits.counts_u32()[b];
  }
  const auto i = static_cast<std::size_t>(s);
  const std::int64_t total =
      static_cast<std::int64_t>(sum) + fits.lower().n_exceed[i] + fits.upper().n_exceed[i];
  const bool no_body = (fits.status()[i] & (status::empty | status::thresholds_crossed)) != 0 ||
                       std::isnan(fits.lower().threshold[i]) ||
                       std::isnan(fits.upper().threshold[i]);
  require(total == (no_body ? 0 : fits.n()[i]), "masses sum to n", s, static_cast<double>(total));
}

inline void check_series(const FuzzCase& test, const SplicedFits& fits, std::int64_t s) {
  const SeriesFacts facts = facts_of(test, s);
  const auto i = static_cast<std::size_t>(s);
  const std::uint32_t bits = fits.status()[i];
  const auto has = [&](std::uint32_t bit) { return (bits & bit) != 0; };
  require(fits.n()[i] == static_cast<std::int64_t>(facts.finite.size()), "n", s);
  require(fits.n_missing()[i] == test.length - fits.n()[i], "n_missing", s);
  require(has(status::empty) == facts.finite.empty(), "empty", s);
  require(has(status::infinite_dropped) == facts.has_infinite, "infinite_dropped", s);
  require(has(status::no_spread) == facts.no_spread(), "no_spread", s);
  require(!has(status::not_run), "not_run without a cancellation", s);
  const TailResult lower = tail_of(fits, s, false);
  const TailResult upper = tail_of(fits, s, true);
  if (!facts.finite.empty()) {
    require(has(status::thresholds_crossed) == (lower.threshold > upper.threshold),
            "thresholds_crossed", s);
    for (const bool is_upper : {false, true}) {
      const ThresholdRule& rule = is_upper ? test.options.upper : test.options.lower;
      const double u = (is_upper ? upper : lower).threshold;
      if (rule.c_rule().kind != TAILFIT_THRESHOLD_TAIL_MASS || std::isnan(u)) continue;
      // Rounded data: it moves to a boundary of the data's cells, in two roundings.
      const double cell = test.options.resolution;
      const double slack = cell > 0.0 ? cell + 0x1p-51 * std::abs(u) : 0.0;
      require(u >= facts.least - slack && u <= facts.greatest + slack, "threshold in [min, max]", s,
              u);
    }
  }
  check_tail(test, facts, bits, lower, false, s);
  check_tail(test, facts, bits, upper, true, s);
  check_masses(test, fits, s);
}

// Against the certified search, where it is quick and the fit is one of exact values.
inline void check_against_reference(const FuzzCase& test, const SplicedFits& fits, std::int64_t s) {
  constexpr std::int64_t longest = 200;
  const SeriesFacts facts = facts_of(test, s);
  for (const bool upper : {false, true}) {
    const TailResult tail = tail_of(fits, s, upper);
    if (std::isnan(tail.shape) || tail.n_exceed > longest) continue;
    if (test.options.take_higher_boundary && (tail.flags & status::lower_boundary_higher) != 0) {
      continue;
    }
    std::vector<double> excess;
    for (const double x : facts.finite) {
      if (upper ? x > tail.threshold : x < tail.threshold) {
        excess.push_back(upper ? x - tail.threshold : tail.threshold - x);
      }
    }
    const double largest = *std::max_element(excess.begin(), excess.end());
    const double least = *std::min_element(excess.begin(), excess.end());
    if (least / largest < 1e-300) continue;
    const tests::ExactFit exact = tests::exact_gpd_fit(excess);
    if (!exact.ambiguous.empty()) continue;
    const std::string wrong =
        tests::what_is_wrong(excess, {tail.shape, tail.scale, tail.loglik, tail.flags}, exact);
    if (wrong.empty()) continue;
    std::fprintf(stderr, "got %.17g %.17g %.17g flags %x, exact %.17g %.17g %.17g; k %zu\n",
                 tail.shape, tail.scale, tail.loglik, tail.flags, exact.shape, exact.scale,
                 exact.loglik, excess.size());
    violated(wrong.c_str(), s);
  }
}

}  // namespace tailfit::fuzz
