// One series, in phases: the lanes of a group bring it on chip and extract the excesses of its
// tails; each tail is solved by one lane (a short one) or by a group; the results are written.
//
// The phases meet in plain memory only, so they may run in one call (fit_series) or in kernels of
// their own. Memory that the lanes share, per series: key_bytes() for the staged values,
// counter_bytes() for selection and, after it, the bins. Memory for excesses: excess_capacity()
// doubles.
#pragma once

#include "kernels/fit/extract.hpp"
#include "kernels/fit/interval_solver.hpp"
#include "kernels/fit/thresholds.hpp"
#include "kernels/group/serial_group.hpp"

namespace tailfit::kernels {
namespace {

TAILFIT_HD inline int64_t round_up_to_line(int64_t bytes) { return (bytes + 63) / 64 * 64; }

template <class T>
TAILFIT_HD inline int64_t key_bytes(int64_t length, int lanes) {
  using Key = typename KeyOf<T>::Key;
  return round_up_to_line(staged_keys<Key>(length, lanes) * static_cast<int64_t>(sizeof(Key)));
}

// Of one block of so many.
template <class T>
TAILFIT_HD inline int64_t key_bytes_of_block(int64_t length, int blocks, int lanes) {
  using Key = typename KeyOf<T>::Key;
  const int64_t pitch = key_layout<Key>(length, blocks * lanes).pitch;
  return round_up_to_line(pitch * lanes * static_cast<int64_t>(sizeof(Key)));
}

// Of the counters of a series, shared by so many lanes.
template <class Counter>
TAILFIT_HD inline int64_t counter_bytes(int64_t bins, int lanes) {
  return round_up_to_line(
      larger(select_bytes<Counter>(lanes), bins * static_cast<int64_t>(sizeof(Counter))));
}

// The most exceedances that one side's rule leaves in a series of at most `length` values: x_(r), r
// = floor((n-1)*tau), and those before it lie below numpy.quantile(x, tau); one more for rounding.
// A cell boundary may lie an ulp inside the quantile, where any number of values tie.
TAILFIT_HD inline int64_t greatest_exceedances(const TileOptions& options, bool upper,
                                               int64_t length) {
  const Threshold& rule = upper ? options.upper : options.lower;
  if (length < 1 || options.resolution > 0.0) return length;
  if (rule.kind == ThresholdKind::count) return smaller(length, rule.count);
  if (rule.kind != ThresholdKind::tail_mass) return length;
  const double rank = ::floor(static_cast<double>(length - 1) * rule.value);
  return smaller(length, static_cast<int64_t>(rank) + 2);
}

// Doubles that the excesses of both tails take at most.
TAILFIT_HD inline int64_t excess_capacity(const TileOptions& options, int64_t length) {
  const int64_t both =
      greatest_exceedances(options, false, length) + greatest_exceedances(options, true, length);
  return upper_excess_offset(smaller(both, length)) + 4;
}

// What extraction tells of a series; the same on every lane.
struct ExtractedSeries {
  int64_t n;
  int64_t n_missing;
  uint32_t status;  // of the series, not of its tails
  BodyGrid grid;
  TailCounts tails;
  bool has_body;
  bool lower_finite;  // no excess of that tail overflows
  bool upper_finite;
};

// What staging tells.
template <class Key>
TAILFIT_HD inline ExtractedSeries begin_series(const StagedSeries<Key>& staged,
                                               const TileOptions& options) {
  ExtractedSeries series{staged.n,
                         staged.n_missing,
                         staged.has_infinite ? status_bits::infinite_dropped : 0,
                         {canonical_nan(), canonical_nan(), 0.0, options.bins, true},
                         {0, 0},
                         false,
                         false,
                         false};
  if (series.n == 0) {
    series.status |= status_bits::empty;
  } else if (staged.range.least == staged.range.greatest) {
    series.status |= status_bits::no_spread;
  }
  return series;
}

// What the thresholds tell; false if there is no body. range: of the series.
template <class Key>
TAILFIT_HD inline bool place_grid(const Thresholds& thresholds, const KeyRange<Key>& range,
                                  const TileOptions& options, ExtractedSeries& series) {
  if (is_finite(thresholds.lower)) series.grid.lower = thresholds.lower;
  if (is_finite(thresholds.upper)) series.grid.upper = thresholds.upper;
  if (!is_finite(thresholds.lower) || !is_finite(thresholds.upper)) {
    series.status |= status_bits::range_overflow;
    return false;
  }
  if (thresholds.lower > thresholds.upper) {
    series.status |= status_bits::thresholds_crossed;
    return false;
  }
  series.lower_finite = is_finite(thresholds.lower - value_of_key(range.least));
  series.upper_finite = is_finite(value_of_key(range.greatest) - thresholds.upper);
  if (!series.lower_finite || !series.upper_finite) series.status |= status_bits::range_overflow;
  series.grid = make_body_grid(thresholds.lower, thresholds.upper, options.bins);
  if (series.grid.degenerate) series.status |= status_bits::degenerate_body;
  series.has_body = true;
  return true;
}

// Thresholds, excesses and body of a staged series with n >= 1 values. Collective; ends with a sync
// unless there is no body.
template <class T, class Key, class Counter, class Group>
TAILFIT_HD inline void extract_staged(const Group& group, const SeriesInput<T>& input,
                                      const TileOptions& options, StagedSeries<Key>& staged,
                                      Counter* counters, double* excess, ExtractedSeries& series) {
  const Thresholds thresholds = find_thresholds(group, options, input, staged, counters);
  if (!place_grid(thresholds, staged.range, options, series)) return;
  series.tails = extract(group, series.grid, staged, excess, counters);
}

// Phase 1: staging, thresholds, excesses, body. keys: key_bytes; counters: counter_bytes, holds the
// bins afterwards; excess: excess_capacity doubles, 32-byte aligned. Collective; ends with a sync
// unless there is no body.
template <class T, class Counter, class Group>
TAILFIT_HD inline ExtractedSeries extract_series(const Group& group, const SeriesInput<T>& input,
                                                 const TileOptions& options,
                                                 typename KeyOf<T>::Key* keys, Counter* counters,
                                                 double* excess) {
  auto staged = stage_series(group, input, keys);
  ExtractedSeries series = begin_series(staged, options);
  if (series.n > 0) {
    extract_staged(group, input, options, staged, counters, excess, series);
  }
  return series;
}

// A tail's excesses, or why it has no fit.
struct TailTask {
  int64_t offset;  // into the series' excesses
  int64_t k;       // 0: nothing to solve
  uint32_t flags;  // of a tail that is not solved
};

TAILFIT_HD inline TailTask tail_task(const ExtractedSeries& series, const TileOptions& options,
                                     bool upper) {
  const int64_t k = upper ? series.tails.upper : series.tails.lower;
  const bool off = is_off(upper ? options.upper : options.lower) && k == 0;
  if (!series.has_body || off) return {0, 0, 0};
  if (k < options.min_exceedances) return {0, 0, status_bits::too_few_exceedances};
  const bool finite = upper ? series.upper_finite : series.lower_finite;
  const bool spread = (series.status & status_bits::no_spread) == 0;
  if (!finite || !spread) return {0, 0, 0};  // the series' status says why
  return {upper ? upper_excess_offset(series.tails.lower) : 0, k, 0};
}

TAILFIT_HD inline TailFit unfitted_tail(uint32_t flags) {
  return {canonical_nan(), canonical_nan(), canonical_nan(), flags, 0};
}

// The fit, or why there is none.
TAILFIT_HD inline TailFit accept_fit(const TailFit& fit) {
  if ((fit.flags & status_bits::range_overflow) != 0) return unfitted_tail(fit.flags);
  if (!is_finite(fit.shape) || !is_finite(fit.loglik)) {
    return unfitted_tail(status_bits::not_converged);
  }
  const bool representable = fit.scale > 0.0 && is_finite(fit.scale);
  return representable ? fit : unfitted_tail(status_bits::range_overflow);
}

// Phase 2, one tail of k >= 1 excesses, which are overwritten. intervals: options.resolution > 0,
// known when a kernel is compiled. scratch: canonical_scratch_bytes(k). Collective over `group`
// when k > canonical_serial_terms.
template <bool intervals, class Group>
TAILFIT_HD inline TailFit solve_tail(const Group& group, const TileOptions& options, double* excess,
                                     int64_t k, void* scratch) {
  if constexpr (intervals) {
    return accept_fit(
        fit_intervals(group, excess, k, options.resolution, scratch, options.take_higher_boundary));
  } else {
    return accept_fit(fit_gpd(group, excess, k, scratch, options.take_higher_boundary));
  }
}

// A tail's flags as bits of the series' status. range_overflow has one bit for the series, the
// others have one for each tail.
TAILFIT_HD inline uint32_t status_of_tail(uint32_t flags, bool upper) {
  const uint32_t of_series = flags & status_bits::range_overflow;
  const uint32_t of_tail = flags & ~status_bits::range_overflow;
  return of_series | (upper ? of_tail << status_bits::upper_tail_shift : of_tail);
}

TAILFIT_HD inline void write_tail(const TailOutput& out, const TailFit& fit) {
  *out.shape = fit.shape;
  *out.scale = fit.scale;
  *out.loglik = fit.loglik;
}

// Four neighbours, as one load or store brings them where they are aligned.
template <class Count>
struct alignas(sizeof(Count) < 4 ? 4 * sizeof(Count) : 16) FourCounts {
  Count count[4];
};

// Writes the counts of n bins, zeros for nullptr. bins: 16-byte aligned. Returns all of this lane's
// counts, or-ed: above 2^k - 1 where one is. Collective, without a sync.
template <class Count, class Counter, class Group>
TAILFIT_HD inline Counter write_counts(const Group& group, const Counter* bins, int64_t n,
                                       Count* out) {
  const bool aligned =
      n % 4 == 0 && reinterpret_cast<uintptr_t>(out) % alignof(FourCounts<Count>) == 0;
  Counter any{0};
  const auto n_fours = static_cast<LaneCount>(aligned ? n / 4 : 0);
  for (LaneCount i = group.rank(); i < n_fours; i += group.size()) {
    FourCounts<Counter> four{};
    if (bins != nullptr) four = reinterpret_cast<const FourCounts<Counter>*>(bins)[i];
    FourCounts<Count> written;
    for (int j = 0; j < 4; ++j) {
      any |= four.count[j];
      written.count[j] = static_cast<Count>(four.count[j]);
    }
    reinterpret_cast<FourCounts<Count>*>(out)[i] = written;
  }
  for (int64_t b = aligned ? n : group.rank(); b < n; b += group.size()) {
    const Counter count = bins != nullptr ? bins[b] : Counter{0};
    any |= count;
    out[b] = static_cast<Count>(count);
  }
  return any;
}

// Phase 3 but for the fits of the tails: what extraction told, the bins, the status without the
// fitted tails' flags, and the parameters of tails that are not fitted. False if a bin's count does
// not fit the count type. Collective.
template <class Counter, class Group>
TAILFIT_HD inline bool write_series(const Group& group, const TileOptions& options,
                                    const ExtractedSeries& series, const TailTask& lower,
                                    const TailTask& upper, const Counter* bins,
                                    const SeriesOutput& out) {
  if (group.rank() == 0) {
    *out.n = series.n;
    *out.n_missing = series.n_missing;
    *out.status =
        series.status | status_of_tail(lower.flags, false) | status_of_tail(upper.flags, true);
    *out.lower.threshold = series.grid.lower;
    *out.upper.threshold = series.grid.upper;
    *out.lower.n_exceed = series.tails.lower;
    *out.upper.n_exceed = series.tails.upper;
    if (lower.k == 0) write_tail(out.lower, unfitted_tail(0));
    if (upper.k == 0) write_tail(out.upper, unfitted_tail(0));
  }
  if (options.counts == CountsKind::none) return true;
  const Counter* counts = series.has_body ? bins : nullptr;
  if (options.counts == CountsKind::u16) {
    const Counter any =
        write_counts(group, counts, options.bins, static_cast<uint16_t*>(out.counts));
    return group.reduce_add(any > 0xFFFFu ? 1 : 0) == 0;
  }
  const Counter any = write_counts(group, counts, options.bins, static_cast<uint32_t*>(out.counts));
  if constexpr (sizeof(Counter) == 4) return true;
  return group.reduce_add(any > 0xFFFFFFFFu ? 1 : 0) == 0;
}

// ---- all phases in one call ----

// Bytes of memory, shared by `lanes` lanes, for one series of at most this length.
template <class T>
TAILFIT_HD inline int64_t series_bytes(const TileOptions& options, int64_t length, int lanes) {
  return key_bytes<T>(length, lanes) + counter_bytes<uint64_t>(options.bins, lanes) +
         round_up_to_line(excess_capacity(options, length) * static_cast<int64_t>(sizeof(double))) +
         canonical_scratch_bytes(length);
}

// A group with a queue (kernels/cpu/vector_group.hpp) keeps a tail there until several are solved
// together; false if this one is to be solved now.
template <class Group>
TAILFIT_HD inline bool put_off(const Group& group, const TileOptions& options, const TailTask& task,
                               const double* excess, const SeriesOutput& out, bool upper) {
  if constexpr (requires { group.queue; }) {
    if (group.queue == nullptr || options.resolution > 0.0) return false;
    if (task.k > group.queue->longest) return false;
    group.queue->put(group.queue, excess + task.offset, task.k, upper ? out.upper : out.lower,
                     out.status, upper);
    return true;
  }
  return false;
}

// By the group's first lane alone or by all of them; the result is that lane's.
template <bool intervals, class Group>
TAILFIT_HD inline TailFit solve_task(const Group& group, const TileOptions& options,
                                     const TailTask& task, double* excess, void* scratch) {
  double* own = excess + task.offset;
  if (task.k > canonical_serial_terms) {
    return solve_tail<intervals>(group, options, own, task.k, scratch);
  }
  if (group.rank() != 0) return TailFit{};
  return solve_tail<intervals>(SerialGroup{}, options, own, task.k, nullptr);
}

// Fits one series. memory: series_bytes(options, input.length, group.size()), 64-byte aligned,
// shared by the lanes. Returns false if a count did not fit its type. Collective.
template <class T, class Group>
TAILFIT_HD inline bool fit_series(const Group& group, const SeriesInput<T>& input,
                                  const TileOptions& options, const SeriesOutput& out,
                                  char* memory) {
  auto* keys = reinterpret_cast<typename KeyOf<T>::Key*>(memory);
  memory += key_bytes<T>(input.length, group.size());
  auto* counters = reinterpret_cast<uint64_t*>(memory);
  memory += counter_bytes<uint64_t>(options.bins, group.size());
  auto* excess = reinterpret_cast<double*>(memory);
  memory += round_up_to_line(excess_capacity(options, input.length) *
                             static_cast<int64_t>(sizeof(double)));
  const ExtractedSeries series = extract_series<T>(group, input, options, keys, counters, excess);
  const TailTask tasks[2] = {tail_task(series, options, false), tail_task(series, options, true)};
  const bool counts_fit = write_series(group, options, series, tasks[0], tasks[1], counters, out);
  for (int i = 0; i < 2; ++i) {
    const TailTask& task = tasks[i];
    if (task.k == 0 || put_off(group, options, task, excess, out, i == 1)) continue;
    const TailFit fit = options.resolution > 0.0
                            ? solve_task<true>(group, options, task, excess, memory)
                            : solve_task<false>(group, options, task, excess, memory);
    if (group.rank() != 0) continue;
    write_tail(i == 0 ? out.lower : out.upper, fit);
    *out.status |= status_of_tail(fit.flags, i == 1);
  }
  group.sync();  // the memory may be used again
  return counts_fit;
}

}  // namespace
}  // namespace tailfit::kernels
