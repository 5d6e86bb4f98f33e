// A batch of series as a device's kernels see it: one call extracts a fit, one solves a tail. The
// same text runs on the host, where tests drive it with groups of their own.
#pragma once

#include "kernels/fit/fit_series.hpp"
#include "kernels/fit/stage_windows.hpp"

namespace tailfit::kernels {
namespace {

// Between lanes that belong to no common group; integers, so the order does not matter.
TAILFIT_HD inline void or_atomic(uint32_t* word, uint32_t bits) {
#if defined(__CUDA_ARCH__)
  atomicOr(word, bits);
#else
  __atomic_fetch_or(word, bits, __ATOMIC_RELAXED);
#endif
}

TAILFIT_HD inline void min_atomic(uint64_t* word, uint64_t value) {
#if defined(__CUDA_ARCH__)
  atomicMin(reinterpret_cast<unsigned long long*>(word), static_cast<unsigned long long>(value));
#else
  uint64_t seen = __atomic_load_n(word, __ATOMIC_RELAXED);
  while (value < seen && !__atomic_compare_exchange_n(word, &seen, value, true, __ATOMIC_RELAXED,
                                                      __ATOMIC_RELAXED)) {
  }
#endif
}

TAILFIT_HD inline double own_threshold(const double* thresholds, int64_t fit, int64_t windows) {
  if (thresholds == nullptr) return 0.0;
  return thresholds[windows > 1 ? fit / windows : fit];
}

// Doubles from a fit's excesses to the next one's, where the fit has so many values.
TAILFIT_HD inline int64_t excess_pitch_of(const TileOptions& options, int64_t length) {
  return (excess_capacity(options, length) + 3) / 4 * 4;
}

// The fit that the i-th group of a launch takes; -1 beyond the last one.
TAILFIT_HD inline int64_t fit_of_group(const FitBatch& batch, int64_t i) {
  if (batch.chosen.fits == nullptr) return i < batch.series.n_fits ? i : -1;
  const int64_t at = batch.chosen.range[0] + i;
  return at < batch.chosen.range[1] ? batch.chosen.fits[at] : -1;
}

// Whether binning by length has found the offsets of a ragged series to be none. Such a series is
// fitted as one without values.
TAILFIT_HD inline bool has_bad_offsets(const TailWorkspace& tails, int64_t fit) {
  return tails.excess_begin != nullptr && tails.excess_begin[fit] < 0;
}

// Where the excesses of a fit begin.
TAILFIT_HD inline double* excess_of(const TailWorkspace& tails, int64_t fit) {
  if (tails.excess_begin == nullptr) return tails.excess + fit * tails.excess_pitch;
  return tails.excess + larger<int64_t>(tails.excess_begin[fit], 0);
}

template <class T>
TAILFIT_HD inline SeriesInput<T> series_of(const SeriesBatch& batch, const TailWorkspace& tails,
                                           int64_t fit) {
  const double lower = own_threshold(batch.lower, batch.first_fit + fit, batch.lower_windows);
  const double upper = own_threshold(batch.upper, batch.first_fit + fit, batch.upper_windows);
  if (has_bad_offsets(tails, fit)) {
    return {static_cast<const T*>(batch.values), 0, 1, lower, upper};
  }
  if (batch.offsets != nullptr) {
    return {static_cast<const T*>(batch.values) + batch.offsets[fit],
            batch.offsets[fit + 1] - batch.offsets[fit], 1, lower, upper};
  }
  int64_t series = batch.first_window + fit;
  int64_t window = 0;
  if (batch.n_windows > 1) {
    window = series % batch.n_windows;
    series /= batch.n_windows;
  }
  // Series without values may come without memory.
  const int64_t offset =
      batch.length == 0 ? 0 : series * batch.series_stride + window * batch.window_stride;
  return {static_cast<const T*>(batch.values) + offset, batch.length, batch.value_stride, lower,
          upper};
}

TAILFIT_HD inline TailOutput tail_of(const TailArrays& arrays, int64_t fit) {
  return {arrays.threshold + fit, arrays.shape + fit, arrays.scale + fit, arrays.loglik + fit,
          arrays.n_exceed + fit};
}

TAILFIT_HD inline SeriesOutput output_of(const FitArrays& arrays, const TileOptions& options,
                                         int64_t fit) {
  const int64_t count_size = options.counts == CountsKind::u16 ? 2 : 4;
  void* counts = options.counts == CountsKind::none
                     ? nullptr
                     : static_cast<char*>(arrays.counts) + fit * options.bins * count_size;
  return {arrays.n + fit,
          arrays.n_missing + fit,
          arrays.status + fit,
          tail_of(arrays.lower, fit),
          tail_of(arrays.upper, fit),
          counts};
}

// Everything of one fit but the tails that have to be solved, which are left in batch.tails. keys:
// key_bytes; counters: counter_bytes of memory that the group shares. which(): the fit's number,
// the same each time, for a group that has no register to keep it in. staged: as SeriesInput has
// them. Collective.
template <class T, class Counter, class Group, class Which>
TAILFIT_HD inline void extract_which(const Group& group, const FitBatch& batch, const Which& which,
                                     typename KeyOf<T>::Key* keys, Counter* counters,
                                     const typename KeyOf<T>::Key* staged = nullptr) {
  const int64_t first = which();
  SeriesInput<T> input = series_of<T>(batch.series, batch.tails, first);
  input.keys = staged;
  const ExtractedSeries series =
      extract_series<T>(group, input, batch.options, keys, counters, excess_of(batch.tails, first));
  const int64_t fit = which();
  const TailTask lower = tail_task(series, batch.options, false);
  const TailTask upper = tail_task(series, batch.options, true);
  const bool counts_fit = write_series(group, batch.options, series, lower, upper, counters,
                                       output_of(batch.out, batch.options, fit));
  if (group.rank() != 0) return;
  if (has_bad_offsets(batch.tails, fit)) batch.out.status[fit] |= status_bits::bad_offsets;
  batch.tails.n_to_solve[fit] = lower.k;
  batch.tails.n_to_solve[batch.series.n_fits + fit] = upper.k;
  if (!counts_fit) min_atomic(batch.tails.overflow, static_cast<uint64_t>(fit));
}

template <class T, class Counter, class Group>
TAILFIT_HD inline void extract_fit(const Group& group, const FitBatch& batch, int64_t fit,
                                   typename KeyOf<T>::Key* keys, Counter* counters,
                                   const typename KeyOf<T>::Key* staged = nullptr) {
  extract_which<T>(
      group, batch, [fit] { return fit; }, keys, counters, staged);
}

// Tail number t of 2*n_fits: the lower tails first.
struct TailOfBatch {
  int64_t fit;
  bool upper;
  int64_t k;  // 0: nothing to solve
  double* excess;
};

TAILFIT_HD inline TailOfBatch tail_of_batch(const FitBatch& batch, int64_t t) {
  const bool upper = t >= batch.series.n_fits;
  const int64_t fit = upper ? t - batch.series.n_fits : t;
  const int64_t offset = upper ? upper_excess_offset(batch.out.lower.n_exceed[fit]) : 0;
  return {fit, upper, batch.tails.n_to_solve[t], excess_of(batch.tails, fit) + offset};
}

// Solves one tail and writes its parameters and its bits of the series' status. scratch:
// canonical_scratch_bytes(k, group.size()). Collective over `group` when k >
// canonical_serial_terms.
template <bool intervals, class Group>
TAILFIT_HD inline void solve_tail_of_batch(const Group& group, const FitBatch& batch,
                                           const TailOfBatch& tail, void* scratch) {
  const TailFit fit = solve_tail<intervals>(group, batch.options, tail.excess, tail.k, scratch);
  if (group.rank() != 0) return;
  write_tail(tail_of(tail.upper ? batch.out.upper : batch.out.lower, tail.fit), fit);
  // Both tails' bits meet in the series' status.
  const uint32_t bits = status_of_tail(fit.flags, tail.upper);
  if (bits != 0) or_atomic(batch.out.status + tail.fit, bits);
}

}  // namespace
}  // namespace tailfit::kernels
