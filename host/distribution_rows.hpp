// Batches of distributions, row by row, for whatever is computed of each.
#pragma once

#include <tailfit/tailfit.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "host/context.hpp"
#include "host/error.hpp"
#include "host/kernel_views.hpp"
#include "host/memory.hpp"
#include "host/parallel.hpp"
#include "kernels/math/spliced_types.hpp"

namespace tailfit::host {

inline const void* number_at(const void* numbers, std::int32_t dtype, std::int64_t i) {
  return static_cast<const char*>(numbers) + i * (dtype == TAILFIT_F64 ? 8 : 4);
}

inline double read_number(const void* numbers, std::int32_t dtype, std::int64_t i) {
  return dtype == TAILFIT_F64 ? static_cast<const double*>(numbers)[i]
                              : static_cast<double>(static_cast<const float*>(numbers)[i]);
}

inline kernels::TailParameters tail_parameters(const tailfit_tail_view& tail, std::int64_t fit) {
  return {tail.threshold[fit], tail.shape[fit], tail.scale[fit], tail.n_exceed[fit]};
}

inline kernels::SplicedParameters row_parameters(const tailfit_fits_view& fits, std::int64_t fit) {
  return {fits.n[fit],
          fits.status[fit],
          tail_parameters(fits.lower, fit),
          tail_parameters(fits.upper, fit),
          counts_of(fits, fit),
          static_cast<kernels::CountsKind>(fits.counts_kind),
          fits.bins,
          fits.laplace};
}

inline kernels::GivenTail given_tail(const tailfit_given_tail& tail, std::int32_t dtype,
                                     std::int64_t row) {
  const std::int64_t i = row * tail.stride;
  return {read_number(tail.mass, dtype, i), read_number(tail.shape, dtype, i),
          read_number(tail.scale, dtype, i)};
}

inline kernels::GivenParameters row_parameters(const tailfit_parameters_view& rows,
                                               std::int64_t row) {
  return {given_tail(rows.lower, rows.dtype, row),
          given_tail(rows.upper, rows.dtype, row),
          number_at(rows.weights, rows.dtype, row * rows.weights_stride),
          number_at(rows.edges, rows.dtype, row * rows.edges_stride),
          rows.dtype == TAILFIT_F64,
          rows.weights_kind == TAILFIT_WEIGHTS_LOGITS,
          rows.bins};
}

inline void check_product(const char* name, std::int64_t n_rows, std::int64_t of_row) {
  std::int64_t size = 0;
  if (__builtin_mul_overflow(n_rows, of_row, &size) || size > (std::int64_t{1} << 56)) {
    fail_invalid(name, of_row, "at most 2^56 for all distributions together");
  }
}

inline void require_host_memory(const tailfit_parameters_view& parameters) {
  if (parameters.memory == TAILFIT_MEMORY_HOST) return;
  fail_invalid("parameters.memory", std::string("1 (device)"),
               "0 (host): functions of distributions read host memory");
}

inline void require_host_memory(const tailfit_points& points) {
  if (points.memory == TAILFIT_MEMORY_HOST) return;
  fail_invalid("points.memory", std::string("1 (device)"),
               "0 (host): functions of distributions read host memory");
}

// Of fits: the composite score's histogram has the whole range, a fit's the body.
inline void require_parameters(std::int32_t function) {
  if (function != TAILFIT_COMPOSITE_LOG_SCORE) return;
  fail_invalid("function", std::string("44 (composite_log_score)"),
               "another one: fits have no histogram of the whole range, rows of parameters do");
}

struct RowsOfCall {
  std::int64_t n_rows;
  std::int64_t bins;
  std::int64_t work;   // of a row, in points
  std::int64_t bytes;  // that a worker needs
};

// As many workers as the budget has room for.
inline std::int32_t workers_within(const tailfit_context& context, const RowsOfCall& rows) {
  const std::int32_t threads = threads_of_call(context);
  const auto bytes = static_cast<std::uint64_t>(rows.bytes);
  if (context.memory_budget == 0) return threads;
  if (context.memory_budget < bytes) {
    throw CallError(TAILFIT_BUDGET_TOO_SMALL,
                    "memory_budget is " + std::to_string(context.memory_budget) +
                        " bytes, expected at least " + std::to_string(bytes) +
                        " for distributions of " + std::to_string(rows.bins) + " bins");
  }
  return static_cast<std::int32_t>(
      std::min<std::uint64_t>(static_cast<std::uint64_t>(threads), context.memory_budget / bytes));
}

// Calls body(row, memory) for every row, by the context's threads; memory: of the worker.
template <class Body>
void for_each_row(const tailfit_context& context, const RowsOfCall& rows, const Body& body) {
  struct State {
    const RowsOfCall& rows;
    const Body& body;
    std::int64_t chunk_rows;
    char* memory;

    static void run(void* state, std::int64_t chunk, std::int32_t slot) {
      const State& all = *static_cast<const State*>(state);
      const std::int64_t begin = chunk * all.chunk_rows;
      const std::int64_t end = std::min(begin + all.chunk_rows, all.rows.n_rows);
      void* const memory = all.memory + slot * all.rows.bytes;
      for (std::int64_t row = begin; row < end; ++row) all.body(row, memory);
    }
  };
  // Enough work to be worth handing over, and little enough to share.
  constexpr std::int64_t points_of_chunk = 1024;
  const std::int64_t chunk_rows = std::max<std::int64_t>(1, points_of_chunk / rows.work);
  const std::int64_t n_chunks = (rows.n_rows + chunk_rows - 1) / chunk_rows;
  const auto workers =
      static_cast<std::int32_t>(std::min<std::int64_t>(workers_within(context, rows), n_chunks));
  const AlignedBlock memory(
      static_cast<std::uint64_t>(workers) * static_cast<std::uint64_t>(rows.bytes), context.memory);
  State state{rows, body, chunk_rows, reinterpret_cast<char*>(memory.data())};
  for_each_chunk({workers, context.use_callers_arena}, n_chunks, &State::run, &state);
}

}  // namespace tailfit::host
