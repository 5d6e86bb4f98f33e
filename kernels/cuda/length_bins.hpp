// Ragged series by their length: which class of the launch policy a fit belongs to, its place in
// the order of the classes, and where its excesses begin. Integers only, in a fixed order. The same
// text runs on the host, where tests drive it.
//
// A few steps, in each of them a block for each stretch of the fits, of which a lane takes a few
// that are neighbours, so that the block scans once for all of them. Where offsets are not checked
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

// Fits of a lane in a tile.
constexpr int lane_fits = 4;

// Counts of a few classes go in one word. A count that has no room, of 1,024 fits, leaves none that
// would ask for it or for another one.
constexpr int class_count_bits = 10;
constexpr int classes_of_word = 6;
static_assert(bin_stretch <= int64_t{1} << class_count_bits);
static_assert(class_count_bits * classes_of_word <= 64);

// What the lanes of a block share.
struct BinMemory {
  uint32_t count[greatest_length_classes];  // of the stretch
  uint64_t before[values_column];           // sums of the stretches before it
  uint64_t all[values_column];              // and of all
  int64_t place[greatest_length_classes];   // where the next fit of a class belongs in the order
};

TAILFIT_HD inline int64_t bin_stretches(int64_t n_fits) {
  return (n_fits + bin_stretch - 1) / bin_stretch;
}

TAILFIT_HD inline bool are_bad_offsets(const SeriesBatch& batch, int64_t begin, int64_t end) {
  if (batch.offset_limit < 0) return false;
  return begin < 0 || end < begin || end > batch.offset_limit || end - begin > batch.length;
}

// A lane's fits of a tile.
struct LaneFits {
  int n;
  int64_t length[lane_fits];  // -1: a bad one, which has no values and no excesses, or none
};

// As each one's own two offsets tell it.
TAILFIT_HD inline LaneFits lane_fits_at(const FitBatch& batch, int64_t first, int64_t end) {
  LaneFits fits{0, {}};
  const int64_t* const offsets = batch.series.offsets;
  int64_t begin = first < end ? offsets[first] : 0;
  TAILFIT_UNROLL
  for (int i = 0; i < lane_fits; ++i) {
    fits.length[i] = -1;
    if (first + i >= end) continue;
    const int64_t next = offsets[first + i + 1];
    if (!are_bad_offsets(batch.series, begin, next)) fits.length[i] = next - begin;
    begin = next;
    fits.n = i + 1;
  }
  return fits;
}

TAILFIT_HD inline int64_t values_of(const LaneFits& fits) {
  int64_t values = 0;
  TAILFIT_UNROLL
  for (int i = 0; i < lane_fits; ++i) values += larger<int64_t>(fits.length[i], 0);
  return values;
}

// What the last step has to know of a lane's fits. A fit that is bad belongs to the class of the
// shortest, and has no excesses.
struct PlacedFits {
  int length_class[lane_fits];  // no_class: no fit
  int64_t excess[lane_fits];    // doubles
  bool is_bad[lane_fits];
};

constexpr int no_class = -1;

TAILFIT_HD inline PlacedFits placed_fits(const FitBatch& batch, const LengthBins& bins,
                                         const LaneFits& fits) {
  PlacedFits placed{};
  for (int c = 0; c + 1 < bins.n_classes; ++c) {
    const int64_t bound = bins.bound[c];
    TAILFIT_UNROLL
    for (int i = 0; i < lane_fits; ++i) placed.length_class[i] += fits.length[i] > bound ? 1 : 0;
  }
  TAILFIT_UNROLL
  for (int i = 0; i < lane_fits; ++i) {
    if (i >= fits.n) placed.length_class[i] = no_class;
    placed.is_bad[i] = fits.length[i] < 0;
    if (!placed.is_bad[i]) placed.excess[i] = excess_pitch_of(batch.options, fits.length[i]);
  }
  return placed;
}

// The same in a word for each fit, which lies where `excess_begin` will be until the last step.
// Excesses are multiples of four doubles, and fewer than 2^61, which no memory has.
constexpr int excess_shift = 3;
constexpr uint64_t bad_bit = 16;
static_assert(greatest_length_classes <= 16);

TAILFIT_HD inline void write_placed(const LengthBins& bins, int64_t first,
                                    const PlacedFits& placed) {
  TAILFIT_UNROLL
  for (int i = 0; i < lane_fits; ++i) {
    if (placed.length_class[i] == no_class) continue;
    const uint64_t word = static_cast<uint64_t>(placed.excess[i]) << excess_shift |
                          (placed.is_bad[i] ? bad_bit : uint64_t{0}) |
                          static_cast<uint64_t>(placed.length_class[i]);
    bins.excess_begin[first + i] = static_cast<int64_t>(word);
  }
}

TAILFIT_HD inline PlacedFits read_placed(const LengthBins& bins, int64_t first, int64_t end) {
  PlacedFits placed{};
  TAILFIT_UNROLL
  for (int i = 0; i < lane_fits; ++i) {
    placed.length_class[i] = no_class;
    if (first + i >= end) continue;
    const auto word = static_cast<uint64_t>(bins.excess_begin[first + i]);
    placed.length_class[i] = static_cast<int>(word % bad_bit);
    placed.is_bad[i] = (word & bad_bit) != 0;
    placed.excess[i] = static_cast<int64_t>(word / (2 * bad_bit) * (2 * bad_bit >> excess_shift));
  }
  return placed;
}

// Beyond the limit it does not matter by how much; so no sum of stretches overflows.
TAILFIT_HD inline int64_t at_most_beyond(const SeriesBatch& batch, int64_t values) {
  return smaller(values, batch.offset_limit + 1);
}

TAILFIT_HD inline int64_t end_of_stretch(const FitBatch& batch, int64_t stretch) {
  return smaller(batch.series.n_fits, (stretch + 1) * bin_stretch);
}

// visit(first, end, has_more) by all lanes for each tile of a stretch: the lane's first fit, the
// stretch's end, and whether other tiles follow.
template <class Group, class Visit>
TAILFIT_HD inline void each_tile(const Group& group, const FitBatch& batch, int64_t stretch,
                                 const Visit& visit) {
  const int64_t end = end_of_stretch(batch, stretch);
  const int64_t tile_fits = int64_t{lane_fits} * group.size();
  for (int64_t tile = stretch * bin_stretch; tile < end; tile += tile_fits) {
    visit(tile + lane_fits * group.rank(), end, tile + tile_fits < end);
  }
}

// The first step, of one stretch, for offsets that nobody has checked. Collective.
template <class Group>
TAILFIT_HD inline void sum_values(const Group& group, const FitBatch& batch, const LengthBins& bins,
                                  int64_t stretch) {
  int64_t values = 0;
  each_tile(group, batch, stretch, [&](int64_t first, int64_t end, bool) {
    values += values_of(lane_fits_at(batch, first, end));
  });
  values = group.reduce_add(values);
  if (group.rank() != 0) return;
  bins.sums[stretch * bin_columns + values_column] = at_most_beyond(batch.series, values);
}

// The values of all fits before a tile, where the offsets have to be checked. They are not followed
// where the whole stretch has no more than there are.
struct ValuesBefore {
  bool are_checked;
  int64_t n;
};

// Of a stretch, when the first step of all has run; the last one's block writes the sum.
// Collective.
template <class Group>
TAILFIT_HD inline ValuesBefore values_before(const Group& group, const FitBatch& batch,
                                             const LengthBins& bins, int64_t stretch) {
  if (bins.values_before == nullptr) return {false, 0};
  const int64_t* const sums = bins.sums + values_column;
  int64_t before = 0;
  for (int64_t s = group.rank(); s < stretch; s += group.size()) before += sums[s * bin_columns];
  before = *bins.values_before + group.reduce_add(before);
  const int64_t after = before + sums[stretch * bin_columns];
  if (group.rank() == 0 && stretch + 1 == bin_stretches(batch.series.n_fits)) {
    *bins.values_after = at_most_beyond(batch.series, after);
  }
  return {after > batch.series.offset_limit, before};
}

// Makes those fits bad that have, with all before them, more values than there are. Collective.
template <class Group>
TAILFIT_HD inline LaneFits checked_fits(const Group& group, const FitBatch& batch, LaneFits fits,
                                        ValuesBefore& values) {
  if (!values.are_checked) return fits;
  const int64_t mine = values_of(fits);
  int64_t with_it = values.n + group.exclusive_scan_add(mine);
  TAILFIT_UNROLL
  for (int i = 0; i < lane_fits; ++i) {
    with_it += larger<int64_t>(fits.length[i], 0);
    if (with_it > batch.series.offset_limit) fits.length[i] = -1;
  }
  values.n += group.reduce_add(mine);
  return fits;
}

// The second step, of one stretch. Collective.
template <class Group>
TAILFIT_HD inline void sum_stretch(const Group& group, const FitBatch& batch,
                                   const LengthBins& bins, int64_t stretch, BinMemory& memory) {
  ValuesBefore values = values_before(group, batch, bins, stretch);
  for (int c = group.rank(); c < bins.n_classes; c += group.size()) memory.count[c] = 0;
  group.sync();
  int64_t excess = 0;
  each_tile(group, batch, stretch, [&](int64_t first, int64_t end, bool) {
    const LaneFits fits = checked_fits(group, batch, lane_fits_at(batch, first, end), values);
    const PlacedFits placed = placed_fits(batch, bins, fits);
    write_placed(bins, first, placed);
    TAILFIT_UNROLL
    for (int i = 0; i < lane_fits; ++i) {
      if (i < fits.n) group.add_atomic(&memory.count[placed.length_class[i]], uint32_t{1});
      excess += placed.excess[i];
    }
  });
  excess = group.reduce_add(excess);
  group.sync();
  int64_t* const sums = bins.sums + stretch * bin_columns;
  for (int c = group.rank(); c < bins.n_classes; c += group.size()) sums[c] = memory.count[c];
  if (group.rank() == 0) sums[excess_column] = excess;
}

// Adds up the columns of all stretches, those of classes and excesses: a lane has a part of one
// column. Collective; ends with a sync.
template <class Group>
TAILFIT_HD inline void add_columns(const Group& group, const FitBatch& batch,
                                   const LengthBins& bins, int64_t stretch, BinMemory& memory) {
  for (int c = group.rank(); c < values_column; c += group.size()) {
    memory.before[c] = 0;
    memory.all[c] = 0;
  }
  group.sync();
  const int64_t n_stretches = bin_stretches(batch.series.n_fits);
  const int n_columns = bins.n_classes + 1;
  const int n_parts = larger(group.size() / n_columns, 1);
  for (int i = group.rank(); i < n_columns * n_parts; i += group.size()) {
    const int part = i / n_columns;
    const int in_row = i - part * n_columns;
    const int column = in_row < bins.n_classes ? in_row : excess_column;
    uint64_t before = 0;
    uint64_t all = 0;
    for (int64_t s = part; s < n_stretches; s += n_parts) {
      const auto sum = static_cast<uint64_t>(bins.sums[s * bin_columns + column]);
      before += s < stretch ? sum : 0;
      all += sum;
    }
    if (all == 0) continue;
    group.add_atomic(&memory.before[column], before);
    group.add_atomic(&memory.all[column], all);
  }
  group.sync();
}

// Where the stretch's fits of each class begin in the order; the first stretch's block writes where
// the classes do. After add_columns(). Collective; ends with a sync.
template <class Group>
TAILFIT_HD inline void find_places(const Group& group, const LengthBins& bins, int64_t stretch,
                                   BinMemory& memory) {
  for (int c = group.rank(); c <= bins.n_classes; c += group.size()) {
    uint64_t begin = 0;
    for (int shorter = 0; shorter < c; ++shorter) begin += memory.all[shorter];
    if (stretch == 0) bins.class_begin[c] = static_cast<int64_t>(begin);
    if (c < bins.n_classes) memory.place[c] = static_cast<int64_t>(begin + memory.before[c]);
  }
  group.sync();
}

// The lanes' fits of one tile into the order, behind those that have been there before. Collective.
template <class Group>
TAILFIT_HD inline void place_tile(const Group& group, const LengthBins& bins, int64_t first_fit,
                                  const PlacedFits& fits, bool has_more, BinMemory& memory) {
  const auto count_at = [](uint64_t counts, int bit) {
    return static_cast<int64_t>(counts >> bit & ((uint64_t{1} << class_count_bits) - 1));
  };
  for (int first = 0; first < bins.n_classes; first += classes_of_word) {
    const auto is_in_word = [first](int length_class) {
      return static_cast<unsigned>(length_class - first) < unsigned{classes_of_word};
    };
    uint64_t mine = 0;
    TAILFIT_UNROLL
    for (const int c : fits.length_class) {
      if (is_in_word(c)) mine += uint64_t{1} << class_count_bits * (c - first);
    }
    const uint64_t before = group.exclusive_scan_add(mine);
    uint64_t counts = before;
    TAILFIT_UNROLL
    for (int i = 0; i < lane_fits; ++i) {
      const int c = fits.length_class[i];
      if (!is_in_word(c)) continue;
      const int bit = class_count_bits * (c - first);
      bins.order[memory.place[c] + count_at(counts, bit)] = first_fit + i;
      counts += uint64_t{1} << bit;
    }
    if (!has_more) continue;
    const uint64_t all = group.from_one(before + mine, group.rank() == group.size() - 1);
    group.sync();  // all have read the places
    for (int c = group.rank(); c < classes_of_word; c += group.size()) {
      if (first + c < bins.n_classes) {
        memory.place[first + c] += count_at(all, class_count_bits * c);
      }
    }
    group.sync();
  }
}

// The last step, of one stretch, when the second one of all has run. Collective.
template <class Group>
TAILFIT_HD inline void place_stretch(const Group& group, const FitBatch& batch,
                                     const LengthBins& bins, int64_t stretch, BinMemory& memory) {
  add_columns(group, batch, bins, stretch, memory);
  find_places(group, bins, stretch, memory);
  auto excess = static_cast<int64_t>(memory.before[excess_column]);
  each_tile(group, batch, stretch, [&](int64_t first, int64_t end, bool has_more) {
    const PlacedFits fits = read_placed(bins, first, end);
    place_tile(group, bins, first, fits, has_more, memory);
    int64_t mine = 0;
    TAILFIT_UNROLL
    for (const int64_t of_fit : fits.excess) mine += of_fit;
    int64_t begin = excess + group.exclusive_scan_add(mine);
    TAILFIT_UNROLL
    for (int i = 0; i < lane_fits; ++i) {
      if (fits.length_class[i] == no_class) continue;
      bins.excess_begin[first + i] = fits.is_bad[i] ? -1 : begin;
      begin += fits.excess[i];
    }
    if (has_more) excess += group.reduce_add(mine);
  });
}

}  // namespace
}  // namespace tailfit::kernels
