// Ragged series by their length: which class of the launch policy a fit belongs to, its place in
// the order of the classes, and where its excesses begin. Integers only, in a fixed order. The same
// text runs on the host, where tests drive it.
//
// A few steps, in each of them a block for each stretch of the fits. Where offsets are not checked
// the first one adds up the values, because a series is bad that has, with those before it, more
// than there are. The next one writes its stretch's sums: how many fits each class has, doubles of
// excesses. The last one adds up the sums of the stretches before its own and puts its fits behind
// theirs.
#pragma once

#include "kernels/cuda/cuda_kernels.hpp"
#include "kernels/fit/fit_batch.hpp"

namespace tailfit::kernels {
namespace {

// Columns of a stretch's sums behind those of the classes.
constexpr int excess_column = greatest_length_classes;
constexpr int values_column = greatest_length_classes + 1;

// Counts of a few classes go in one word: no count of a tile, of which each lane has a fit, is
// greater than 511.
constexpr int class_count_bits = 9;
constexpr int classes_of_word = 7;
constexpr int greatest_bin_lanes = (1 << class_count_bits) - 1;

TAILFIT_HD inline int64_t bin_stretches(int64_t n_fits) {
  return (n_fits + bin_stretch - 1) / bin_stretch;
}

// A fit as its own two offsets tell it; a bad one has no values and no excesses, and belongs to the
// class of the shortest.
struct FitSize {
  bool is_bad;
  int length_class;
  int64_t length;
  int64_t excess;  // doubles
};

TAILFIT_HD inline bool are_bad_offsets(const SeriesBatch& batch, int64_t begin, int64_t end) {
  if (batch.offset_limit < 0) return false;
  return begin < 0 || end < begin || end > batch.offset_limit || end - begin > batch.length;
}

TAILFIT_HD inline FitSize size_of_fit(const FitBatch& batch, const LengthBins& bins, int64_t fit) {
  const int64_t begin = batch.series.offsets[fit];
  const int64_t end = batch.series.offsets[fit + 1];
  if (are_bad_offsets(batch.series, begin, end)) return {true, 0, 0, 0};
  const int64_t length = end - begin;
  int length_class = 0;
  for (int c = 0; c + 1 < bins.n_classes; ++c) length_class += length > bins.bound[c] ? 1 : 0;
  return {false, length_class, length, excess_pitch_of(batch.options, length)};
}

// Beyond the limit it does not matter by how much; so no sum of stretches overflows.
TAILFIT_HD inline int64_t at_most_beyond(const SeriesBatch& batch, int64_t values) {
  return smaller(values, batch.offset_limit + 1);
}

TAILFIT_HD inline int64_t end_of_stretch(const FitBatch& batch, int64_t stretch) {
  return smaller(batch.series.n_fits, (stretch + 1) * bin_stretch);
}

// The first step, of one stretch, for offsets that nobody has checked. Neighbouring lanes read
// neighbouring offsets, here and later. Collective.
template <class Group>
TAILFIT_HD inline void sum_values(const Group& group, const FitBatch& batch, const LengthBins& bins,
                                  int64_t stretch) {
  const int64_t end = end_of_stretch(batch, stretch);
  int64_t values = 0;
  for (int64_t fit = stretch * bin_stretch + group.rank(); fit < end; fit += group.size()) {
    values += size_of_fit(batch, bins, fit).length;
  }
  values = group.reduce_add(values);
  if (group.rank() != 0) return;
  bins.sums[stretch * bin_columns + values_column] = at_most_beyond(batch.series, values);
}

// One column's sum over the stretches before this one, and over all of them.
struct ColumnSums {
  int64_t before;
  int64_t all;
};

template <class Group>
TAILFIT_HD inline ColumnSums add_column(const Group& group, const LengthBins& bins, int column,
                                        int64_t stretch, int64_t n_stretches) {
  ColumnSums sums{0, 0};
  for (int64_t s = group.rank(); s < n_stretches; s += group.size()) {
    const int64_t sum = bins.sums[s * bin_columns + column];
    sums.before += s < stretch ? sum : 0;
    sums.all += sum;
  }
  return {group.reduce_add(sums.before), group.reduce_add(sums.all)};
}

// The values of all fits before a stretch, when the first step of all has run; 0 where offsets have
// been checked. Collective.
template <class Group>
TAILFIT_HD inline int64_t values_before(const Group& group, const FitBatch& batch,
                                        const LengthBins& bins, int64_t stretch) {
  if (bins.values_before == nullptr) return 0;
  const ColumnSums sums =
      add_column(group, bins, values_column, stretch, bin_stretches(batch.series.n_fits));
  if (group.rank() == 0 && stretch == 0) {
    *bins.values_after = at_most_beyond(batch.series, *bins.values_before + sums.all);
  }
  return *bins.values_before + sums.before;
}

// The lane's fit of a tile, a bad one where there is none. values: of all fits before the tile,
// then of those of the tile, too. Collective.
template <class Group>
TAILFIT_HD inline FitSize size_in_tile(const Group& group, const FitBatch& batch,
                                       const LengthBins& bins, int64_t fit, bool is_fit,
                                       int64_t& values) {
  const FitSize none{true, 0, 0, 0};
  const FitSize size = is_fit ? size_of_fit(batch, bins, fit) : none;
  if (bins.values_before == nullptr) return size;
  const int64_t with_it = values + group.exclusive_scan_add(size.length) + size.length;
  values += group.reduce_add(size.length);
  return with_it > batch.series.offset_limit ? none : size;
}

// The second step, of one stretch. Collective.
template <class Group>
TAILFIT_HD inline void sum_stretch(const Group& group, const FitBatch& batch,
                                   const LengthBins& bins, int64_t stretch) {
  const int64_t end = end_of_stretch(batch, stretch);
  int64_t values = values_before(group, batch, bins, stretch);
  uint32_t of_class[greatest_length_classes] = {};
  int64_t excess = 0;
  for (int64_t tile = stretch * bin_stretch; tile < end; tile += group.size()) {
    const int64_t fit = tile + group.rank();
    const FitSize size = size_in_tile(group, batch, bins, fit, fit < end, values);
    for (int c = 0; c < greatest_length_classes; ++c) {
      of_class[c] += fit < end && size.length_class == c ? 1 : 0;
    }
    excess += size.excess;
  }
  int64_t* const sums = bins.sums + stretch * bin_columns;
  for (int c = 0; c < greatest_length_classes; ++c) {
    const uint32_t n = group.reduce_add(of_class[c]);
    if (group.rank() == 0) sums[c] = n;
  }
  excess = group.reduce_add(excess);
  if (group.rank() == 0) sums[excess_column] = excess;
}

// Where the stretch's fits of each class begin in the order, for all lanes to see; the first
// stretch's block writes where the classes do. places: greatest_length_classes words. Collective.
template <class Group>
TAILFIT_HD inline void find_places(const Group& group, const FitBatch& batch,
                                   const LengthBins& bins, int64_t stretch, int64_t* places) {
  const int64_t n_stretches = bin_stretches(batch.series.n_fits);
  int64_t begin = 0;
  for (int c = 0; c < bins.n_classes; ++c) {
    const ColumnSums sums = add_column(group, bins, c, stretch, n_stretches);
    if (group.rank() == 0) {
      places[c] = begin + sums.before;
      if (stretch == 0) bins.class_begin[c] = begin;
    }
    begin += sums.all;
  }
  if (group.rank() == 0 && stretch == 0) bins.class_begin[bins.n_classes] = begin;
  group.sync();
}

// The lanes' fits of one tile into the order, behind those that have been there before; is_fit: the
// lane has one. Collective; ends with a sync.
template <class Group>
TAILFIT_HD inline void place_tile(const Group& group, const LengthBins& bins, bool is_fit,
                                  int length_class, int64_t fit, int64_t* places) {
  for (int first = 0; first < bins.n_classes; first += classes_of_word) {
    const int in_word = length_class - first;
    const bool is_here = is_fit && in_word >= 0 && in_word < classes_of_word;
    const int shift = is_here ? class_count_bits * in_word : 0;
    const uint64_t mine = is_here ? uint64_t{1} << shift : uint64_t{0};
    const uint64_t before = group.exclusive_scan_add(mine);
    const uint64_t all = group.from_one(before + mine, group.rank() == group.size() - 1);
    const auto count_at = [](uint64_t counts, int bit) {
      return static_cast<int64_t>(counts >> bit & uint64_t{greatest_bin_lanes});
    };
    if (is_here) bins.order[places[length_class] + count_at(before, shift)] = fit;
    group.sync();  // all have read the places
    for (int c = group.rank(); c < classes_of_word; c += group.size()) {
      if (first + c < bins.n_classes) places[first + c] += count_at(all, class_count_bits * c);
    }
    group.sync();
  }
}

// The last step, of one stretch, when the second one of all has run. places:
// greatest_length_classes words of memory that the group shares. Collective.
template <class Group>
TAILFIT_HD inline void place_stretch(const Group& group, const FitBatch& batch,
                                     const LengthBins& bins, int64_t stretch, int64_t* places) {
  const int64_t end = end_of_stretch(batch, stretch);
  find_places(group, batch, bins, stretch, places);
  int64_t values = values_before(group, batch, bins, stretch);
  int64_t excess =
      add_column(group, bins, excess_column, stretch, bin_stretches(batch.series.n_fits)).before;
  for (int64_t tile = stretch * bin_stretch; tile < end; tile += group.size()) {
    const int64_t fit = tile + group.rank();
    const bool is_fit = fit < end;
    const FitSize size = size_in_tile(group, batch, bins, fit, is_fit, values);
    place_tile(group, bins, is_fit, size.length_class, fit, places);
    const int64_t begin = excess + group.exclusive_scan_add(size.excess);
    if (is_fit) bins.excess_begin[fit] = size.is_bad ? -1 : begin;
    excess += group.reduce_add(size.excess);
  }
}

}  // namespace
}  // namespace tailfit::kernels
