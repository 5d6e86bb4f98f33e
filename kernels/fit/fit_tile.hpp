// One tile on chip: S series are staged and extracted by all lanes of the group, their 2S tails are
// solved (a lane per short tail, the whole group for a long one), and the results are written.
//
// Shared memory per series (bytes): length*sizeof(key) for the staged values, length*8 for the
// excesses (before that, for the keys that selection keeps), (2*1024 + bins)*8 for counters, and
// once per tile canonical_scratch_bytes(length). See tile_bytes().
#pragma once

#include "kernels/fit/extract.hpp"
#include "kernels/fit/interval_solver.hpp"
#include "kernels/fit/thresholds.hpp"
#include "kernels/group/serial_group.hpp"

namespace tailfit::kernels {
namespace {

// The shared memory of one series, and what its phases hand to each other.
template <class T>
struct SeriesTile {
  using Key = typename KeyOf<T>::Key;
  Key* keys;           // [length]
  double* excess;      // [length]
  uint64_t* counters;  // [2*select_buckets]
  uint64_t* bins;      // [bins]

  int64_t n;
  int64_t n_missing;
  uint32_t status;
  BodyGrid grid;
  TailCounts tails;
  bool has_body;
  bool lower_finite;  // no excess of that tail overflows
  bool upper_finite;
  TailFit lower;
  TailFit upper;
};

TAILFIT_HD inline int64_t round_up_to_line(int64_t bytes) { return (bytes + 63) / 64 * 64; }

// Bytes of shared memory for one series of this length.
template <class T>
TAILFIT_HD inline int64_t series_bytes(int64_t length, int64_t bins) {
  return round_up_to_line(length * static_cast<int64_t>(sizeof(T))) +
         round_up_to_line(length * static_cast<int64_t>(sizeof(double))) +
         round_up_to_line((2 * select_buckets + bins) * static_cast<int64_t>(sizeof(uint64_t)));
}

// Bytes of shared memory for a tile of n_series series.
template <class T>
TAILFIT_HD inline int64_t tile_bytes(int64_t n_series, int64_t length, int64_t bins) {
  return n_series * series_bytes<T>(length, bins) + canonical_scratch_bytes(length);
}

// Lays the series' arrays out in its part of the shared memory, which is 64-byte aligned.
template <class T>
TAILFIT_HD inline void place_series(SeriesTile<T>& tile, char* memory, int64_t length) {
  tile.keys = reinterpret_cast<typename SeriesTile<T>::Key*>(memory);
  memory += round_up_to_line(length * static_cast<int64_t>(sizeof(T)));
  tile.excess = reinterpret_cast<double*>(memory);
  memory += round_up_to_line(length * static_cast<int64_t>(sizeof(double)));
  tile.counters = reinterpret_cast<uint64_t*>(memory);
  tile.bins = tile.counters + 2 * select_buckets;
}

TAILFIT_HD inline TailFit unfitted_tail(uint32_t flags) {
  return {canonical_nan(), canonical_nan(), canonical_nan(), flags, 0};
}

// Phase 1: staging, thresholds, excesses, body. Collective.
template <class T, class Group>
TAILFIT_HD inline void extract_series(const Group& group, const SeriesInput<T>& input,
                                      const TileOptions& options, SeriesTile<T>& tile) {
  using Key = typename KeyOf<T>::Key;
  const StagedCounts staged = stage_series(group, input, tile.keys);
  tile.n = staged.n;
  tile.n_missing = staged.n_missing;
  tile.status = staged.has_infinite ? status_bits::infinite_dropped : 0;
  tile.has_body = false;
  tile.tails = {0, 0};
  tile.lower = tile.upper = unfitted_tail(0);
  tile.grid = {canonical_nan(), canonical_nan(), 0.0, options.bins, true};
  if (tile.n == 0) {
    tile.status |= status_bits::empty;
    return;
  }
  const LaneRange lane = lane_range(group, tile.n);
  const KeyRange<Key> range =
      key_range(group, LaneKeys<Key>{tile.keys + lane.begin, lane.end - lane.begin});
  if (range.least == range.greatest) tile.status |= status_bits::no_spread;
  const Thresholds thresholds = find_thresholds(group, options, tile.keys, tile.n,
                                                reinterpret_cast<Key*>(tile.excess), tile.counters);
  if (is_finite(thresholds.lower)) tile.grid.lower = thresholds.lower;
  if (is_finite(thresholds.upper)) tile.grid.upper = thresholds.upper;
  if (!is_finite(thresholds.lower) || !is_finite(thresholds.upper)) {
    tile.status |= status_bits::range_overflow;
    return;
  }
  if (thresholds.lower > thresholds.upper) {
    tile.status |= status_bits::thresholds_crossed;
    return;
  }
  tile.lower_finite = is_finite(thresholds.lower - value_of_key(range.least));
  tile.upper_finite = is_finite(value_of_key(range.greatest) - thresholds.upper);
  if (!tile.lower_finite || !tile.upper_finite) tile.status |= status_bits::range_overflow;
  tile.grid = make_body_grid(thresholds.lower, thresholds.upper, options.bins);
  if (tile.grid.degenerate) tile.status |= status_bits::degenerate_body;
  tile.has_body = true;
  tile.tails = extract(group, tile.grid, tile.keys, tile.n, tile.excess, tile.bins);
}

struct TailTask {
  double* excess;
  int64_t k;
  bool finite;
  const Threshold* rule;
};

template <class T>
TAILFIT_HD inline TailTask tail_task(const SeriesTile<T>& tile, const TileOptions& options,
                                     bool upper) {
  if (upper) {
    return {tile.excess + tile.tails.lower, tile.tails.upper, tile.upper_finite, &options.upper};
  }
  return {tile.excess, tile.tails.lower, tile.lower_finite, &options.lower};
}

// Phase 2, one tail; collective over `group` when k > canonical_serial_terms.
template <class T, class Group>
TAILFIT_HD inline TailFit solve_tail(const Group& group, const TileOptions& options,
                                     const SeriesTile<T>& tile, const TailTask& task,
                                     void* scratch) {
  if (!tile.has_body || (is_off(*task.rule) && task.k == 0)) return unfitted_tail(0);
  if (task.k < options.min_exceedances) return unfitted_tail(status_bits::too_few_exceedances);
  if ((tile.status & status_bits::no_spread) != 0) return unfitted_tail(0);
  if (!task.finite) return unfitted_tail(0);  // range_overflow says why
  const TailFit fit =
      options.resolution > 0.0
          ? fit_intervals(group, task.excess, task.k, options.resolution, scratch,
                          options.take_higher_boundary)
          : fit_gpd(group, task.excess, task.k, scratch, options.take_higher_boundary);
  if ((fit.flags & status_bits::range_overflow) != 0) return unfitted_tail(fit.flags);
  if (!is_finite(fit.shape) || !is_finite(fit.loglik)) {
    return unfitted_tail(status_bits::not_converged);
  }
  const bool representable = fit.scale > 0.0 && is_finite(fit.scale);
  return representable ? fit : unfitted_tail(status_bits::range_overflow);
}

TAILFIT_HD inline void store(const TailOutput& out, double threshold, int64_t k,
                             const TailFit& fit) {
  *out.threshold = threshold;
  *out.n_exceed = k;
  *out.shape = fit.shape;
  *out.scale = fit.scale;
  *out.loglik = fit.loglik;
}

// Phase 3: false if a bin's count does not fit the count type. Collective.
template <class T, class Group>
TAILFIT_HD inline bool write_series(const Group& group, const TileOptions& options,
                                    const SeriesTile<T>& tile, const SeriesOutput& out) {
  if (group.rank() == 0) {
    *out.n = tile.n;
    *out.n_missing = tile.n_missing;
    // range_overflow has one bit for the series; the others have one for each tail.
    const uint32_t of_series = (tile.lower.flags | tile.upper.flags) & status_bits::range_overflow;
    const uint32_t lower = tile.lower.flags & ~status_bits::range_overflow;
    const uint32_t upper = tile.upper.flags & ~status_bits::range_overflow;
    *out.status = tile.status | of_series | lower | (upper << status_bits::upper_tail_shift);
    store(out.lower, tile.grid.lower, tile.tails.lower, tile.lower);
    store(out.upper, tile.grid.upper, tile.tails.upper, tile.upper);
  }
  if (options.counts == CountsKind::none) return true;
  const uint64_t limit = options.counts == CountsKind::u16 ? 0xFFFFu : 0xFFFFFFFFu;
  int overflows = 0;
  for (int64_t b = group.rank(); b < options.bins; b += group.size()) {
    const uint64_t count = tile.has_body ? tile.bins[b] : 0;
    overflows += count > limit ? 1 : 0;
    if (options.counts == CountsKind::u16) {
      static_cast<uint16_t*>(out.counts)[b] = static_cast<uint16_t>(count);
    } else {
      static_cast<uint32_t*>(out.counts)[b] = static_cast<uint32_t>(count);
    }
  }
  return group.reduce_add(overflows) == 0;
}

// Fits S series. tiles: S of them, in memory that all lanes share; memory: tile_bytes(S, ...),
// 64-byte aligned, shared too. All S inputs have a length of at most `length`. Returns false if a
// count did not fit its type. Collective.
template <int S, class T, class Group>
TAILFIT_HD inline bool fit_tile(const Group& group, const SeriesInput<T> (&inputs)[S],
                                const TileOptions& options, const SeriesOutput (&outputs)[S],
                                SeriesTile<T> (&tiles)[S], char* memory, int64_t length) {
  for (int s = 0; s < S; ++s) {
    SeriesTile<T> tile{};
    place_series(tile, memory + s * series_bytes<T>(length, options.bins), length);
    extract_series(group, inputs[s], options, tile);
    if (group.rank() == 0) tiles[s] = tile;
  }
  group.sync();
  void* scratch = memory + S * series_bytes<T>(length, options.bins);
  for (int task_number = 0; task_number < 2 * S; ++task_number) {
    SeriesTile<T>& tile = tiles[task_number / 2];
    const bool upper = task_number % 2 == 1;
    const TailTask task = tail_task(tile, options, upper);
    const bool alone = task.k <= canonical_serial_terms;
    if (alone && task_number % group.size() != group.rank()) continue;
    const TailFit fit = alone ? solve_tail(SerialGroup{}, options, tile, task, nullptr)
                              : solve_tail(group, options, tile, task, scratch);
    if (alone || group.rank() == 0) (upper ? tile.upper : tile.lower) = fit;
  }
  group.sync();
  bool counts_fit = true;
  for (int s = 0; s < S; ++s) {
    counts_fit = write_series(group, options, tiles[s], outputs[s]) && counts_fit;
  }
  group.sync();  // the tiles may be used again
  return counts_fit;
}

}  // namespace
}  // namespace tailfit::kernels
