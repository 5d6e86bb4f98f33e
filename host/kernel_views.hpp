// What the kernels are handed, made from the structures of the C interface.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>

#include "kernels/fit/fit_types.hpp"

namespace tailfit::host {

inline kernels::TileOptions tile_options(const tailfit_fit_options& options) {
  const auto rule = [](const tailfit_threshold_rule& r) {
    return kernels::Threshold{static_cast<kernels::ThresholdKind>(r.kind), r.value, r.count, r.low,
                              r.high};
  };
  return {rule(options.lower),
          rule(options.upper),
          options.bins,
          options.min_exceedances,
          static_cast<kernels::CountsKind>(options.counts),
          options.take_higher_boundary != 0,
          options.resolution};
}

inline kernels::TailOutput tail_output(const tailfit_tail_view& tail, std::int64_t fit) {
  return {tail.threshold + fit, tail.shape + fit, tail.scale + fit, tail.loglik + fit,
          tail.n_exceed + fit};
}

inline kernels::TailArrays tail_arrays(const tailfit_tail_view& tail, std::int64_t fit) {
  return {tail.threshold + fit, tail.shape + fit, tail.scale + fit, tail.loglik + fit,
          tail.n_exceed + fit};
}

// In bytes.
inline std::int64_t size_of_value(const tailfit_series_view& series) {
  return series.dtype == TAILFIT_F64 ? 8 : 4;
}

// Where a fit's values begin, in values, and how many they are.
struct FitPlace {
  std::int64_t offset;
  std::int64_t length;
  std::int64_t stride;
};

// An empty series lies nowhere: its strides and offsets may lead out of memory.
inline FitPlace place_of(const tailfit_series_view& series, std::int64_t fit) {
  if (series.offsets != nullptr) {
    const std::int64_t length = series.offsets[fit + 1] - series.offsets[fit];
    return {length > 0 ? series.offsets[fit] : 0, length, 1};
  }
  if (series.length == 0) return {0, 0, 1};
  return {
      fit / series.n_windows * series.series_stride + fit % series.n_windows * series.window_stride,
      series.length, series.value_stride};
}

inline bool has_own_thresholds(const tailfit_fit_options& options) {
  return options.lower.kind == TAILFIT_THRESHOLD_PER_SERIES ||
         options.upper.kind == TAILFIT_THRESHOLD_PER_SERIES;
}

// Neighbouring fits that share one of a rule's own thresholds: a series' windows, or none.
inline std::int64_t fits_per_threshold(const tailfit_threshold_rule& rule,
                                       const tailfit_series_view& series) {
  return rule.n_per_series == series.n_series ? series.n_windows : 1;
}

// A fit's own threshold where the rule has one for each series, else 0.
inline double own_threshold(const tailfit_threshold_rule& rule, const tailfit_series_view& series,
                            std::int64_t fit) {
  if (rule.kind != TAILFIT_THRESHOLD_PER_SERIES) return 0.0;
  return rule.per_series[fit / fits_per_threshold(rule, series)];
}

// A fit's first bin; null where counts are not kept.
inline void* counts_of(const tailfit_fits_view& fits, std::int64_t fit) {
  switch (fits.counts_kind) {
    case TAILFIT_COUNTS_U16:
      return static_cast<std::uint16_t*>(fits.counts) + fit * fits.bins;
    case TAILFIT_COUNTS_U32:
      return static_cast<std::uint32_t*>(fits.counts) + fit * fits.bins;
    default:
      return nullptr;
  }
}

inline kernels::SeriesOutput series_output(const tailfit_fits_view& out, std::int64_t fit) {
  return {out.n + fit,
          out.n_missing + fit,
          out.status + fit,
          tail_output(out.lower, fit),
          tail_output(out.upper, fit),
          counts_of(out, fit)};
}

// The arrays from this fit on.
inline kernels::FitArrays fit_arrays(const tailfit_fits_view& out, std::int64_t fit) {
  return {out.n + fit,
          out.n_missing + fit,
          out.status + fit,
          tail_arrays(out.lower, fit),
          tail_arrays(out.upper, fit),
          counts_of(out, fit)};
}

}  // namespace tailfit::host
