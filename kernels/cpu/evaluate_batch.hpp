// Functions of many distributions on the CPU, row by row.
#pragma once

#include "kernels/cpu/cpu_kernels.hpp"
#include "kernels/math/spliced.hpp"

namespace tailfit::kernels {
namespace {

constexpr int64_t rows_ahead = 8;  // half a microsecond of work

// Asks for the counts of a fit that is soon to be looked at: which of them is seen only then, too
// late for a processor that guesses what is wanted next. Always inline: GCC takes a function that
// does nothing else for one without effect, and calls to it away.
__attribute__((always_inline)) inline void prefetch_row(const DistributionBatch& batch,
                                                        int64_t row) {
  constexpr int64_t most_bytes = 1024;                 // of longer rows it finds the rest itself
  if (batch.are_given || row >= batch.n_rows) return;  // parameters are read from end to end
  const auto* const counts = static_cast<const char*>(counts_of_row(batch.fits, batch.bins, row));
  if (counts == nullptr) return;
  const int64_t bytes = batch.bins * (batch.fits.counts_kind == CountsKind::u16 ? 2 : 4);
  for (int64_t i = 0; i < smaller(bytes, most_bytes); i += 64) __builtin_prefetch(counts + i);
}

// A point of each fit, of a function that needs no sums. The function is known to the compiler and
// all that it calls is put into the loop: of a row nothing is made but what is asked for, and it
// stays in registers.
template <SplicedFunction function>
TAILFIT_HD_FLAT inline void evaluate_single_points(const EvaluateBatch& batch, int64_t begin,
                                                   int64_t end) {
  const SplicedRequest& request = batch.request;
  for (int64_t i = begin; i < end; ++i) {
    prefetch_row(batch.rows, i + rows_ahead);
    const double x =
        request.points == nullptr
            ? request.point
            : given_number(request.points, request.is_double, i * batch.points_stride) + 0.0;
    const SplicedRow row = row_of_fit(fit_of_row(batch.rows, i), nullptr);
    const double value = spliced_function_at(row, function, place_of(row, x), x);
    batch.out[i] = is_nan(value) ? canonical_nan() : value;
  }
}

using EvaluateSinglePoints = void (*)(const EvaluateBatch& batch, int64_t begin, int64_t end);

// Null where there is no such loop.
inline EvaluateSinglePoints single_points_of(SplicedFunction function) {
  switch (function) {
    case SplicedFunction::log_pdf:
      return evaluate_single_points<SplicedFunction::log_pdf>;
    case SplicedFunction::pdf:
      return evaluate_single_points<SplicedFunction::pdf>;
    case SplicedFunction::cdf:
      return evaluate_single_points<SplicedFunction::cdf>;
    case SplicedFunction::sf:
      return evaluate_single_points<SplicedFunction::sf>;
    case SplicedFunction::log_sf:
      return evaluate_single_points<SplicedFunction::log_sf>;
    case SplicedFunction::log_cdf:
      return evaluate_single_points<SplicedFunction::log_cdf>;
    case SplicedFunction::mid_pit:
      return evaluate_single_points<SplicedFunction::mid_pit>;
    case SplicedFunction::log_score:
      return evaluate_single_points<SplicedFunction::log_score>;
    case SplicedFunction::anomaly_score:
      return evaluate_single_points<SplicedFunction::anomaly_score>;
    default:
      return nullptr;
  }
}

// memory: spliced_row_bytes(bins), 64-byte aligned.
void evaluate_batch(const EvaluateBatch& batch, int64_t begin, int64_t end, void* memory) {
  if (!batch.rows.are_given && batch.request.n_points == 1) {
    if (const EvaluateSinglePoints evaluate = single_points_of(batch.request.function)) {
      evaluate(batch, begin, end);
      return;
    }
  }
  for (int64_t row = begin; row < end; ++row) {
    prefetch_row(batch.rows, row + rows_ahead);
    const SplicedRequest request = request_of_row(batch, row);
    double* const out = batch.out + row * request.n_points;
    if (batch.rows.are_given) {
      evaluate_given(parameters_of_row(batch.rows, row), request, memory, out);
    } else {
      evaluate_fit(fit_of_row(batch.rows, row), request, memory, out);
    }
  }
}

}  // namespace
}  // namespace tailfit::kernels
