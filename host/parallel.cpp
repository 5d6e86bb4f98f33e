// Compiled without ThreadSanitizer (host/CMakeLists.txt): oneTBB's library is not instrumented, so
// its headers would be reported for orders that the tool cannot see. What passes between the caller
// and the chunks is announced to it instead, and their own code is watched as everywhere.
#include "host/parallel.hpp"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <atomic>

#include "host/fp_environment.hpp"
#include "host/thread_allowance.hpp"
#include "host/thread_sanitizer.hpp"

namespace tailfit::host {
namespace {

using ChunkBody = void (*)(void* state, std::int64_t chunk, std::int32_t slot);

void run_alone(std::int64_t n_chunks, ChunkBody body, void* state) {
  const ScopedFpEnvironment environment;
  for (std::int64_t chunk = 0; chunk < n_chunks; ++chunk) body(state, chunk, 0);
}

void run_in_own_arena(std::int32_t workers, std::int64_t n_chunks, ChunkBody body, void* state) {
  const ThreadAllowance allowance(workers);
  if (allowance.threads() == 1) return run_alone(n_chunks, body, state);
  tbb::task_arena arena(allowance.threads());
  ThreadAllowance::initialize(arena);
  arena.execute([&] {
    tbb::parallel_for(
        tbb::blocked_range<std::int64_t>(0, n_chunks, 1),
        [&](const tbb::blocked_range<std::int64_t>& chunks) {
          const ScopedFpEnvironment environment;
          const std::int32_t slot = tbb::this_task_arena::current_thread_index();
          happens_after(state);
          for (std::int64_t chunk = chunks.begin(); chunk < chunks.end(); ++chunk) {
            body(state, chunk, slot);
          }
          happens_before(state);
        },
        tbb::simple_partitioner());
  });
}

// A thread's index in an arena that is not ours may be beyond the slots, so that a slot is a task
// here, and the tasks share the chunks. The task group is one of its own: a caller's that is
// cancelled would take ours with it and leave chunks undone.
void run_in_callers_arena(std::int32_t workers, std::int64_t n_chunks, ChunkBody body,
                          void* state) {
  std::atomic<std::int64_t> next_chunk = 0;
  tbb::task_group_context group(tbb::task_group_context::isolated);
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(
        std::int32_t{0}, workers,
        [&](std::int32_t slot) {
          const ScopedFpEnvironment environment;
          happens_after(state);
          for (;;) {
            const std::int64_t chunk = next_chunk.fetch_add(1, std::memory_order_relaxed);
            if (chunk >= n_chunks) break;
            body(state, chunk, slot);
          }
          happens_before(state);
        },
        tbb::simple_partitioner(), group);
  });
}

}  // namespace

void for_each_chunk(Workers workers, std::int64_t n_chunks, ChunkBody body, void* state) {
  if (n_chunks == 0) return;
  if (workers.number == 1) return run_alone(n_chunks, body, state);
  happens_before(state);
  const auto run = workers.in_callers_arena ? &run_in_callers_arena : &run_in_own_arena;
  run(workers.number, n_chunks, body, state);
  happens_after(state);
}

std::int32_t threads_of_callers_arena() { return tbb::this_task_arena::max_concurrency(); }

std::int32_t available_cores() { return tbb::info::default_concurrency(); }

}  // namespace tailfit::host
