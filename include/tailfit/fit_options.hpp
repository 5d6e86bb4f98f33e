// What to fit: one documented field per choice, every one with a default.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>
#include <span>

namespace tailfit {
inline namespace v1 {

// Where a tail begins. Made by tail_mass(), given(), per_series(), count() or histogram_range().
class ThresholdRule {
 public:
  const tailfit_threshold_rule& c_rule() const noexcept { return rule_; }

 private:
  friend constexpr ThresholdRule tail_mass(double tau) noexcept;
  friend constexpr ThresholdRule given(double threshold) noexcept;
  friend constexpr ThresholdRule per_series(std::span<const double> thresholds) noexcept;
  friend constexpr ThresholdRule count(std::int64_t n_beyond) noexcept;
  friend constexpr ThresholdRule histogram_range(double low, double high, double tau) noexcept;
  constexpr explicit ThresholdRule(tailfit_threshold_kind kind, double value = 0.0) noexcept
      : rule_{kind, 0, value, 0, 0.0, 0.0, nullptr, 0} {}

  tailfit_threshold_rule rule_;
};

// The threshold with a share tau of the values beyond it: numpy.quantile(x, tau) below,
// numpy.quantile(x, 1.0 - tau) above (type 7 of Hyndman & Fan, 1996). 0 <= tau <= 1; 0 switches
// the tail off: the threshold is then the minimum or maximum, and the tail's parameters are NaN.
constexpr ThresholdRule tail_mass(double tau) noexcept {
  return ThresholdRule(TAILFIT_THRESHOLD_TAIL_MASS, tau);
}

// The same threshold, in units of the data, for every series. Finite.
constexpr ThresholdRule given(double threshold) noexcept {
  return ThresholdRule(TAILFIT_THRESHOLD_GIVEN, threshold);
}

// A threshold for each series (for all of its windows), or for each fit, in units of the data. The
// memory is the caller's, on the host (for fit_async() on the device), and must stay alive until
// the fit is done. One that is not finite gives its series the status range_overflow.
constexpr ThresholdRule per_series(std::span<const double> thresholds) noexcept {
  ThresholdRule rule(TAILFIT_THRESHOLD_PER_SERIES);
  rule.rule_.per_series = thresholds.data();
  rule.rule_.n_per_series = static_cast<std::int64_t>(thresholds.size());
  return rule;
}

// The order statistic with n_beyond values beyond it, x_(n-k) above and x_(k+1) below: with ties
// fewer lie strictly beyond it. 1 <= n_beyond < length; in a series with no more values than that
// (others are missing) it is the outermost one on the other side.
constexpr ThresholdRule count(std::int64_t n_beyond) noexcept {
  ThresholdRule rule(TAILFIT_THRESHOLD_COUNT);
  rule.rule_.count = n_beyond;
  return rule;
}

// The paper's rule (Ehrlich, Callot & Aubet 2021): the quantile at tau (below) or 1-tau (above) of
// a histogram of all values with `bins` equal bins over [low, high], values outside in its end
// bins. low < high, 0 < tau < 1.
constexpr ThresholdRule histogram_range(double low, double high, double tau) noexcept {
  ThresholdRule rule(TAILFIT_THRESHOLD_HISTOGRAM_RANGE, tau);
  rule.rule_.low = low;
  rule.rule_.high = high;
  return rule;
}

enum class Counts : std::int32_t {
  none = TAILFIT_COUNTS_NONE,  // bin counts are not kept: quantiles in the body are NaN
  u16 = TAILFIT_COUNTS_U16,    // a count over 65,535 throws CountOverflow
  u32 = TAILFIT_COUNTS_U32
};

struct FitOptions {
  ThresholdRule lower = tail_mass(0.05);
  ThresholdRule upper = tail_mass(0.05);
  std::int64_t bins = 100;            // equal bins over [u_L, u_U], 1 to 2^20
  std::int64_t min_exceedances = 10;  // a tail with fewer is not fitted, >= 1
  Counts counts = Counts::u32;
  // Where a boundary (shape -1 or 10) has a higher likelihood than the interior maximum: false
  // keeps the interior one and flags boundary_higher, true takes the boundary.
  bool take_higher_boundary = false;
  double laplace = 0.0;     // alpha >= 0 of Laplace smoothing: body mass x (c_b+alpha)/(c+alpha*B)
  double resolution = 0.0;  // delta > 0: data rounded to multiples of delta, interval likelihood

  tailfit_fit_options c_options() const noexcept {
    tailfit_fit_options options;
    tailfit_fit_options_init(&options);
    options.lower = lower.c_rule();
    options.upper = upper.c_rule();
    options.bins = bins;
    options.min_exceedances = min_exceedances;
    options.counts = static_cast<std::int32_t>(counts);
    options.take_higher_boundary = take_higher_boundary ? 1 : 0;
    options.laplace = laplace;
    options.resolution = resolution;
    return options;
  }
};

}  // namespace v1
}  // namespace tailfit
