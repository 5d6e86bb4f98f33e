// Sums over a row's bins that all of its points take, made once for them: of squares for the CRPS,
// of first moments for expected shortfalls, of the survival function for mean excesses.
#pragma once

#include "kernels/math/spliced_scores.hpp"
#include "kernels/math/spliced_shortfall.hpp"

namespace tailfit::kernels {
namespace {

// What is asked of a row.
struct RowQuestion {
  SplicedFunction function;
  int64_t n_points;
  double parameter;  // twcrps: where the weight begins
};

// What the function takes of some bins, on one side of a point.
TAILFIT_HD inline void write_bins(const SplicedRow& row, SplicedFunction function, int64_t first,
                                  int64_t last, bool below, double* of_bins) {
  switch (function) {
    case SplicedFunction::expected_shortfall:
      write_moments(row, first, last, of_bins);
      break;
    case SplicedFunction::mean_excess:
      write_survivals(row, first, last, of_bins);
      break;
    default:
      write_squares(row, first, last, below, of_bins);
  }
}

// Only a score that is weighted from beyond the body on takes sums from below, too.
TAILFIT_HD inline bool takes_sums_below(const SplicedRow& row, const RowQuestion& question) {
  switch (question.function) {
    case SplicedFunction::twcrps:
      return question.parameter <= row.lower.threshold;
    case SplicedFunction::mean_excess:
      return false;
    default:
      return true;
  }
}

// The sums, with the bits that they have where each point makes its own. memory: 2*(bins+1) numbers
// that the lanes share. row: with sums of its counts. Collective.
template <class Group>
TAILFIT_HD_FLAT inline void sum_bins(const Group& group, const RowQuestion& question,
                                     double* memory, SplicedRow& row) {
  if (!row.exists || !row.has_bins || row.is_atom()) return;
  const bool below = takes_sums_below(row, question);
  const int64_t bins = row.bins;
  double* const of_below = memory;
  double* const of_above = memory + (bins + 1);
  const int64_t stretch = (bins + group.size() - 1) / group.size();
  const int64_t first = smaller(bins, group.rank() * stretch);
  const int64_t last = smaller(bins, first + stretch);
  if (below) write_bins(row, question.function, first, last, true, of_below);
  write_bins(row, question.function, first, last, false, of_above);
  group.sync();
  if (group.rank() == 0) {  // rounded, so in one order
    double sum = 0.0;
    for (int64_t b = 0; below && b < bins; ++b) {
      const double of_bin = of_below[b];
      of_below[b] = sum;
      sum += of_bin;
    }
    of_above[bins] = sum = 0.0;
    for (int64_t b = bins; b-- > 0;) of_above[b] = sum += of_above[b];
  }
  group.sync();
  row.sums_below = below ? of_below : nullptr;
  row.sums_above = of_above;
}

// The same where they are worth it. Collective.
template <class Group>
TAILFIT_HD inline void sum_for_points(const Group& group, const RowQuestion& question,
                                      double* memory, SplicedRow& row) {
  if (!wants_bin_sums(question.function, question.n_points, group.size())) return;
  sum_bins(group, question, memory, row);
}

}  // namespace
}  // namespace tailfit::kernels
