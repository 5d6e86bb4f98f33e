// What to fit: one documented field per choice, every one with a default.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>

namespace tailfit {
inline namespace v1 {

// Where a tail begins. Made by tail_mass() or given().
class ThresholdRule {
 public:
  const tailfit_threshold_rule& c_rule() const noexcept { return rule_; }

 private:
  friend constexpr ThresholdRule tail_mass(double tau) noexcept;
  friend constexpr ThresholdRule given(double threshold) noexcept;
  constexpr ThresholdRule(tailfit_threshold_kind kind, double value) noexcept
      : rule_{kind, 0, value} {}

  tailfit_threshold_rule rule_;
};

// The threshold with a share tau of the values beyond it: numpy.quantile(x, tau) below,
// numpy.quantile(x, 1.0 - tau) above (type 7 of Hyndman & Fan, 1996). 0 <= tau <= 1; 0 switches
// the tail off: the threshold is then the minimum or maximum, and the tail's parameters are NaN.
constexpr ThresholdRule tail_mass(double tau) noexcept {
  return {TAILFIT_THRESHOLD_TAIL_MASS, tau};
}

// The same threshold, in units of the data, for every series. Finite.
constexpr ThresholdRule given(double threshold) noexcept {
  return {TAILFIT_THRESHOLD_GIVEN, threshold};
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
