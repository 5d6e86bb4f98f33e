// Batches of distributions, row by row, for whatever is computed of each.
#pragma once

#include <tailfit/tailfit.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "host/context.hpp"
#include "host/error.hpp"
#include "host/memory.hpp"
#include "host/parallel.hpp"

namespace tailfit::host {

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

struct RowRange {
  std::int64_t begin;
  std::int64_t end;
};

// Calls body(rows, memory) for all rows in parts, by the context's threads; memory: of the worker.
template <class Body>
void for_each_rows(const tailfit_context& context, const RowsOfCall& rows, const Body& body) {
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
      all.body(RowRange{begin, end}, memory);
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
