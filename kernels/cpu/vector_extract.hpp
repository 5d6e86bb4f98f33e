// Extraction with vectors: the steps of extract_series() (kernels/fit/fit_series.hpp) for one core,
// with the same results, bit by bit. What it does not know how to do it leaves to those steps.
//
// The values are read where they lie: once for their range and for what is not finite, once for the
// lists of both tails, once for the bins. A tail's list holds the keys beyond a pivot that a sample
// suggests, in the order of the data; rank and excesses come from there. Where a sample misled, or
// ties make a list too long, the list of all keys serves both tails.
//
// To be included after the vectors and the counters of an instruction set.
#pragma once

#include <limits>

#include "kernels/cpu/vector_group.hpp"
#include "kernels/cpu/vector_memory.hpp"
#include "kernels/cpu/vector_select.hpp"
// After for_each_vector.
#include "kernels/cpu/vector_histogram.hpp"
#include "kernels/fit/fit_series.hpp"

namespace tailfit::kernels {
namespace {

// The finite values of a series, where they lie or side by side.
template <class T>
struct FiniteValues {
  const T* values;
  int64_t n;
  int64_t n_missing;
  bool has_infinite;
  T least;
  T greatest;
};

template <class T>
inline T least_lane(typename ValueVectors<T>::Vector v) {
  T lane[ValueVectors<T>::lanes];
  ValueVectors<T>::store(lane, v);
  T least = lane[0];
  for (const T value : lane) least = smaller(least, value);
  return least;
}

template <class T>
inline T greatest_lane(typename ValueVectors<T>::Vector v) {
  T lane[ValueVectors<T>::lanes];
  ValueVectors<T>::store(lane, v);
  T greatest = lane[0];
  for (const T value : lane) greatest = larger(greatest, value);
  return greatest;
}

template <class T>
struct ValueScan {
  bool all_finite;
  T least;
  T greatest;
};

// n >= 1. least and greatest: where all are finite.
template <class T>
inline ValueScan<T> scan_values(const T* values, int64_t n) {
  using V = ValueVectors<T>;
  auto least = V::set(values[0]);
  auto greatest = least;
  auto nan = V::set(T{0});
  for_each_block(values, n, values[0], [&](const T* block) {
    for (int i = 0; i < block_values; i += 2 * V::lanes) {
      const auto a = V::load(block + i);
      const auto b = V::load(block + i + V::lanes);
      least = V::smaller_of(least, V::smaller_of(a, b));
      greatest = V::larger_of(greatest, V::larger_of(a, b));
      // x - x is +0 or NaN.
      nan = V::either(nan, V::either(V::difference(a, a), V::difference(b, b)));
    }
  });
  return {V::is_zero(nan), least_lane<T>(least), greatest_lane<T>(greatest)};
}

// Drops what is not finite; the others keep their order. Returns how many were infinite. out: room
// for n values and a vector; may be the values themselves.
template <class T>
inline int64_t copy_finite(const T* values, int64_t n, T* out, int64_t& n_out) {
  using V = ValueVectors<T>;
  const auto most = V::set(std::numeric_limits<T>::max());
  int64_t n_infinite = 0;
  n_out = 0;
  for_each_block(values, n, static_cast<T>(canonical_nan()), [&](const T* block) {
    for (int i = 0; i < block_values; i += V::lanes) {
      const auto v = V::load(block + i);
      const uint32_t finite = V::at_most(V::size(v), most);
      V::append(out + n_out, finite, v);
      n_out += __builtin_popcount(finite);
      n_infinite += __builtin_popcount(V::beyond(V::size(v), most));
    }
  });
  return n_infinite;
}

// The series' finite values; memory: key_bytes, for those that do not lie side by side, and a
// vector behind it that is not in use.
template <class T>
inline FiniteValues<T> finite_values(const SeriesInput<T>& input, T* memory) {
  FiniteValues<T> series{input.values, input.length, 0, false, T{0}, T{0}};
  if (input.length == 0) return series;
  if (input.stride != 1) {
    for (int64_t t = 0; t < input.length; ++t) memory[t] = input.values[t * input.stride];
    series.values = memory;
  }
  ValueScan<T> scan = scan_values(series.values, series.n);
  if (!scan.all_finite) {
    series.has_infinite = copy_finite(series.values, input.length, memory, series.n) > 0;
    series.values = memory;
    series.n_missing = input.length - series.n;
    if (series.n > 0) scan = scan_values(series.values, series.n);
  }
  series.least = scan.least + T{0};  // -0 + 0 = +0
  series.greatest = scan.greatest + T{0};
  return series;
}

// Can the tail beyond this threshold be listed? It is an order statistic not far from the end, or
// the end itself.
inline bool is_listed(const Threshold& rule, int64_t n, bool upper) {
  if (is_off(rule)) return true;
  if (!is_selected(rule)) return false;
  const int64_t rank = selected_position(rule, n, upper).rank;
  return (upper ? n - rank : rank + 2) <= n / 4;
}

// What extraction knows of one tail.
template <class Key>
struct VectorTail {
  bool off;
  QuantilePosition position;
  int64_t beyond;  // so many keys at the end hold x_(rank), x_(rank+1) and all that lies beyond
  // The list: the n keys in the range; n_before keys of the series lie before them in order.
  Key* keys;
  int64_t n;
  int64_t n_before;
  KeyRange<Key> range;
};

template <class Key>
inline VectorTail<Key> vector_tail(const Threshold& rule, int64_t n, bool upper, Key* memory) {
  VectorTail<Key> tail{is_off(rule), {0, 0.0, false}, 0, memory, 0, 0, {0, 0}};
  if (tail.off) return tail;
  tail.position = selected_position(rule, n, upper);
  tail.beyond = upper ? n - tail.position.rank : tail.position.rank + 2;
  return tail;
}

template <class T>
struct Pivots {
  T low;   // of the lower tail: those at most this are listed
  T high;  // of the upper one: those at least this
};

// Values that more than n_low lie at or below, and more than n_high at or above: in all likelihood.
// No value lies beyond the pivot of a tail that wants none.
// The largest of 16 lanes' minima over a sample. With s values a lane, P(its minimum is beyond a
// fraction f of the series) = (1-f)^s; 1.3/f of them make it one in 160 that the minima of all
// lanes lie within the fraction, and the list two to three times as long as is wanted. n >= a
// block.
template <class T>
inline Pivots<T> sample_pivots(const T* values, int64_t n, int64_t n_low, int64_t n_high) {
  using V = ValueVectors<T>;
  constexpr int parts = 16 / V::lanes;
  const int64_t most = n / 16;
  const auto sampled = [&](int64_t beyond) {
    if (beyond == 0) return int64_t{1};
    const double wanted = 1.3 * static_cast<double>(n) / static_cast<double>(beyond);
    return smaller(larger<int64_t>(static_cast<int64_t>(wanted), 1), most);
  };
  const int64_t s_low = sampled(n_low);
  const int64_t s_high = sampled(n_high);
  const int64_t step_low = most / s_low * 16;
  const int64_t step_high = most / s_high * 16;
  auto pivot_low = V::set(std::numeric_limits<T>::lowest());
  auto pivot_high = V::set(std::numeric_limits<T>::max());
  for (int part = 0; part < parts; ++part) {
    const T* const from = values + part * V::lanes;
    auto least = V::load(from);
    auto greatest = least;
    for (int64_t i = 1; i < s_low; ++i) least = V::smaller_of(least, V::load(from + i * step_low));
    for (int64_t i = 1; i < s_high; ++i) {
      greatest = V::larger_of(greatest, V::load(from + i * step_high));
    }
    pivot_low = V::larger_of(pivot_low, least);
    pivot_high = V::smaller_of(pivot_high, greatest);
  }
  constexpr T infinity = std::numeric_limits<T>::infinity();
  return {n_low == 0 ? -infinity : greatest_lane<T>(pivot_low) + T{0},
          n_high == 0 ? infinity : least_lane<T>(pivot_high) + T{0}};
}

// The keys of n values; may be made where the values lie.
template <class T>
inline void turn_into_keys(typename KeyOf<T>::Key* keys, const T* values, int64_t n) {
  using V = KeyVectors<typename KeyOf<T>::Key>;
  int64_t i = 0;
  for (; i + V::lanes <= n; i += V::lanes) {
    V::store(keys + i, V::keys_of(ValueVectors<T>::load(values + i)));
  }
  for (; i < n; ++i) keys[i] = ordered_key(values[i] + T{0});  // -0 + 0 = +0
}

// As sample_pivots(), for series whose neighbouring values are alike, as trends are: order
// statistics of 128 values at even distances, a quarter and four more than in proportion. memory:
// for 128 keys.
template <class T, class Key>
inline Pivots<T> even_pivots(const FiniteValues<T>& series, const VectorTail<Key>& lower,
                             const VectorTail<Key>& upper, Key* memory, Key* spare) {
  const int64_t size = smaller<int64_t>(series.n, 128);
  KeyRange<Key> range{static_cast<Key>(~Key{0}), Key{0}};
  for (int64_t i = 0; i < size; ++i) {
    const int64_t place = (2 * i + 1) * series.n / (2 * size);
    memory[i] = ordered_key(series.values[place] + T{0});
    range.least = smaller(range.least, memory[i]);
    range.greatest = larger(range.greatest, memory[i]);
  }
  const auto rank_of = [&](int64_t beyond) {
    return smaller(size - 1, beyond * size * 5 / (series.n * 4) + 4);
  };
  Pivots<T> pivots{-std::numeric_limits<T>::infinity(), std::numeric_limits<T>::infinity()};
  if (lower.beyond > 0) {
    const Key key = key_pair(memory, size, rank_of(lower.beyond), range, spare).first;
    pivots.low = number_of_key(key);
  }
  if (upper.beyond > 0) {
    const int64_t rank = size - 1 - rank_of(upper.beyond);
    pivots.high = number_of_key(key_pair(memory, size, rank, range, spare).first);
  }
  return pivots;
}

enum class Listing { done, too_short, too_long };

// Lists the keys beyond the pivots, each tail's in its own memory.
template <class T, class Key>
inline Listing list_tails(const FiniteValues<T>& series, const Pivots<T>& pivots,
                          VectorTail<Key>& lower, VectorTail<Key>& upper) {
  using V = ValueVectors<T>;
  const int64_t room = list_room(series.n) - block_values;
  const auto low = V::set(pivots.low);
  const auto high = V::set(pivots.high);
  auto* const lowest = reinterpret_cast<T*>(lower.keys);
  auto* const highest = reinterpret_cast<T*>(upper.keys);
  int64_t n_low = 0;
  int64_t n_high = 0;
  for_each_block(series.values, series.n, static_cast<T>(canonical_nan()), [&](const T* block) {
    if (n_low > room || n_high > room) return;
    for (int i = 0; i < block_values; i += V::lanes) {
      const auto v = V::load(block + i);
      const uint32_t is_low = V::at_most(v, low);
      const uint32_t is_high = V::at_most(high, v);
      V::append(lowest + n_low, is_low, v);
      V::append(highest + n_high, is_high, v);
      n_low += __builtin_popcount(is_low);
      n_high += __builtin_popcount(is_high);
    }
  });
  if (n_low > room || n_high > room) return Listing::too_long;
  if (n_low < lower.beyond || n_high < upper.beyond) return Listing::too_short;
  lower.n = n_low;
  lower.range = {ordered_key(series.least), ordered_key(pivots.low)};
  upper.n = n_high;
  upper.n_before = series.n - n_high;
  upper.range = {ordered_key(pivots.high), ordered_key(series.greatest)};
  turn_into_keys(lower.keys, lowest, n_low);
  turn_into_keys(upper.keys, highest, n_high);
  return Listing::done;
}

// The list of all keys, in both tails' memory, which is one.
template <class T, class Key>
inline void list_all(const FiniteValues<T>& series, VectorTail<Key>& lower,
                     VectorTail<Key>& upper) {
  Key* const keys = lower.keys;
  turn_into_keys(keys, series.values, series.n);
  const KeyRange<Key> range{ordered_key(series.least), ordered_key(series.greatest)};
  lower = {lower.off, lower.position, lower.beyond, keys, series.n, 0, range};
  upper = {upper.off, upper.position, upper.beyond, keys, series.n, 0, range};
}

template <class T, class Key>
inline void make_lists(const FiniteValues<T>& series, VectorTail<Key>& lower,
                       VectorTail<Key>& upper, Key* spare) {
  Listing listing = Listing::too_long;
  if (series.n >= block_values) {
    const Pivots<T> pivots = sample_pivots(series.values, series.n, lower.beyond, upper.beyond);
    listing = list_tails(series, pivots, lower, upper);
  }
  if (listing == Listing::too_short) {
    const Pivots<T> pivots = even_pivots(series, lower, upper, lower.keys, spare);
    listing = list_tails(series, pivots, lower, upper);
  }
  if (listing != Listing::done) list_all(series, lower, upper);
}

template <class Key>
inline double threshold_of_list(const VectorTail<Key>& tail, Key* spare) {
  const KeyPair<Key> pair =
      key_pair(tail.keys, tail.n, tail.position.rank - tail.n_before, tail.range, spare);
  return at_position(pair, tail.position);
}

// The excesses of one tail, in the order of the data, then up to 15 doubles of anything; returns
// how many there are.
template <class T, class Key>
inline int64_t write_excesses(const VectorTail<Key>& tail, double threshold, bool upper,
                              double* excess) {
  using Values = ValueVectors<T>;
  // The last value that is not beyond the threshold.
  const auto last = Values::set(number_of_key(upper ? key_at_or_below(Key{0}, threshold)
                                                    : key_at_or_above(Key{0}, threshold)));
  const auto u = ValueVectors<double>::set(threshold);
  int64_t n = 0;
  for_each_vector(tail.keys, tail.n, [&](auto keys, uint32_t lanes) {
    const auto x = KeyVectors<Key>::values_of(keys);
    const uint32_t beyond = (upper ? Values::beyond(x, last) : Values::beyond(last, x)) & lanes;
    Values::append_doubles(excess + n, beyond, x, [&](auto value) {
      return upper ? ValueVectors<double>::difference(value, u)
                   : ValueVectors<double>::difference(u, value);
    });
    n += __builtin_popcount(beyond);
  });
  return n;
}

// As extract(): both tails' excesses, then the bins.
template <class T, class Key>
inline TailCounts extract_with_vectors(const BodyGrid& grid, const FiniteValues<T>& series,
                                       const VectorTail<Key>& lower, const VectorTail<Key>& upper,
                                       double* excess, uint64_t* bins) {
  TailCounts counts{0, 0};
  if (!lower.off) counts.lower = write_excesses<T>(lower, grid.lower, false, excess);
  if (!upper.off) {
    double* const behind = excess + upper_excess_offset(counts.lower);
    counts.upper = write_excesses<T>(upper, grid.upper, true, behind);
  }
  if (grid.degenerate) {
    for (int64_t b = 0; b < grid.bins; ++b) bins[b] = 0;
    bins[0] = static_cast<uint64_t>(series.n - counts.lower - counts.upper);
  } else {
    count_bins(grid, series.values, series.n, bins);
  }
  return counts;
}

// Phase 1, see kernels/fit/fit_series.hpp.
template <class T>
inline ExtractedSeries extract_series(const VectorGroup& group, const SeriesInput<T>& input,
                                      const TileOptions& options, typename KeyOf<T>::Key* keys,
                                      uint64_t* counters, double* excess) {
  using Key = typename KeyOf<T>::Key;
  const FiniteValues<T> values = finite_values(input, reinterpret_cast<T*>(keys));
  StagedSeries<Key> staged{{keys, static_cast<LaneCount>(values.n)},
                           0,
                           values.n,
                           values.n_missing,
                           values.has_infinite,
                           {ordered_key(values.least), ordered_key(values.greatest)},
                           {ordered_key(values.least), ordered_key(values.greatest)}};
  ExtractedSeries series = begin_series(staged, options);
  if (series.n == 0) return series;
  if (options.resolution > 0.0 || options.bins > bit_bins ||
      !is_listed(options.lower, series.n, false) || !is_listed(options.upper, series.n, true)) {
    turn_into_keys(keys, values.values, values.n);
    extract_staged(static_cast<const SerialGroup&>(group), input, options, staged, counters, excess,
                   series);
    return series;
  }
  auto* const memory = reinterpret_cast<Key*>(group.lists + lists_gap);
  Key* const second = memory + list_pitch(input.length);
  Key* const spare = second + list_pitch(input.length);
  VectorTail<Key> lower = vector_tail(options.lower, series.n, false, memory);
  VectorTail<Key> upper = vector_tail(options.upper, series.n, true, second);
  make_lists(values, lower, upper, spare);
  const Thresholds thresholds{
      lower.off ? static_cast<double>(values.least) : threshold_of_list(lower, spare),
      upper.off ? static_cast<double>(values.greatest) : threshold_of_list(upper, spare)};
  if (place_grid(thresholds, staged.range, options, series)) {
    series.tails = extract_with_vectors(series.grid, values, lower, upper, excess, counters);
  }
  return series;
}

}  // namespace
}  // namespace tailfit::kernels
