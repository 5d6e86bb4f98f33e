// Plain data that crosses from host/ into the kernels: no functions, so shared by every build of
// the kernels. A kernel is handed pointers that are already offset; it never sees a chunk index.
#pragma once

#include <stdint.h>

namespace tailfit::kernels {

enum class ThresholdKind : int32_t {
  tail_mass = 0,
  given = 1,
  per_series = 2,
  count = 3,
  histogram_range = 4
};

struct Threshold {
  ThresholdKind kind;
  double value;       // tail mass (also of a histogram), or the given threshold
  int64_t count = 0;  // values beyond the threshold, ties aside
  double low = 0.0;   // of the histogram's range
  double high = 0.0;
};

enum class CountsKind : int32_t { none = 0, u16 = 1, u32 = 2 };

struct TileOptions {
  Threshold lower;
  Threshold upper;
  int64_t bins;
  int64_t min_exceedances;
  CountsKind counts;
  bool take_higher_boundary;
  double resolution;  // 0: exact values
};

// One series in: values[t*stride], t = 0..length-1, and its own thresholds if the rule is
// per_series.
template <class T>
struct SeriesInput {
  const T* values;
  int64_t length;
  int64_t stride;
  double lower = 0.0;
  double upper = 0.0;
  // Not null: the keys of all values, one after the other, of the type that KeyOf<T> says; `values`
  // is not read.
  const void* keys = nullptr;
};

struct TailOutput {
  double* threshold;
  double* shape;
  double* scale;
  double* loglik;
  int64_t* n_exceed;
};

// One series out; every pointer is to this series' own element (counts: to its first bin).
struct SeriesOutput {
  int64_t* n;
  int64_t* n_missing;
  uint32_t* status;
  TailOutput lower;
  TailOutput upper;
  void* counts;
};

// One tail of many series out: arrays.
struct TailArrays {
  double* threshold;
  double* shape;
  double* scale;
  double* loglik;
  int64_t* n_exceed;
};

// Many series out; every pointer is to the first one's element.
struct FitArrays {
  int64_t* n;
  int64_t* n_missing;
  uint32_t* status;
  TailArrays lower;
  TailArrays upper;
  void* counts;
};

// Fits first_window, first_window+1, ...: fit i is window (first_window+i) % n_windows of series
// (first_window+i) / n_windows, counted from the one that `values` belongs to.
struct SeriesBatch {
  const void* values;
  bool is_double;
  int64_t n_fits;
  int64_t first_window;
  int64_t n_windows;
  int64_t length;
  int64_t series_stride;  // in values, as the others
  int64_t window_stride;
  int64_t value_stride;
  // Not null: fit i has values[offsets[i]] ... values[offsets[i+1]-1], `length` is the longest.
  const int64_t* offsets = nullptr;
  // Thresholds where that side's rule is per_series: fit i has number (first_fit + i) / windows.
  const double* lower = nullptr;
  const double* upper = nullptr;
  int64_t first_fit = 0;
  int64_t lower_windows = 1;
  int64_t upper_windows = 1;
  // Not negative: offsets may be anything, and only those that nobody has checked before have this;
  // series within values[0] ... values[offset_limit-1] of at most `length` are fitted. Binning by
  // length looks at them, nobody else.
  int64_t offset_limit = -1;
};

// The fits that a launch takes, where they are not all: fits[range[0]] ... fits[range[1]-1].
struct FitChoice {
  const int64_t* fits = nullptr;  // null: all of the batch, in their order
  const int64_t* range = nullptr;
};

// What extraction leaves for the solver.
struct TailWorkspace {
  double* excess;        // 32-byte aligned
  int64_t excess_pitch;  // doubles from a fit's to the next one's, a multiple of 4
  int64_t* n_to_solve;   // [2][n_fits]: k, or 0 where there is nothing to solve; lower tails first
  uint64_t* overflow;  // the smallest fit with a bin that its count type cannot hold, else all ones
  // Not null: fit i has its excesses from excess + excess_begin[i] on, as many as its own length
  // takes, and excess_pitch says nothing; -1: its offsets are bad, it has no values.
  const int64_t* excess_begin = nullptr;
};

struct FitBatch {
  SeriesBatch series;
  TileOptions options;
  FitArrays out;
  TailWorkspace tails;
  FitChoice chosen = {};  // extraction's; the solver takes all
};

// The status bits that one tail can have, as the lower tail has them; the upper tail's are 8
// higher. The same numbers as TAILFIT_STATUS_... in tailfit.h (host/status.cpp asserts it).
namespace status_bits {
constexpr uint32_t empty = 1u << 0;
constexpr uint32_t no_spread = 1u << 1;
constexpr uint32_t infinite_dropped = 1u << 2;
constexpr uint32_t range_overflow = 1u << 3;
constexpr uint32_t degenerate_body = 1u << 4;
constexpr uint32_t thresholds_crossed = 1u << 5;
constexpr uint32_t not_run = 1u << 6;
constexpr uint32_t bad_offsets = 1u << 7;
constexpr uint32_t too_few_exceedances = 1u << 8;
constexpr uint32_t no_interior_maximum = 1u << 9;
constexpr uint32_t boundary_higher = 1u << 10;
constexpr uint32_t shape_capped = 1u << 11;
constexpr uint32_t irregular = 1u << 12;
constexpr uint32_t not_converged = 1u << 13;
constexpr int upper_tail_shift = 8;
}  // namespace status_bits

}  // namespace tailfit::kernels
