// Compiled without ThreadSanitizer (host/CMakeLists.txt): oneTBB's library is not instrumented, so
// its headers would be reported for orders that the tool cannot see. What passes between the caller
// and the chunks is announced to it instead, and their own code is watched as everywhere.
#include "host/parallel.hpp"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include "host/fp_environment.hpp"

#if defined(TAILFIT_THREAD_SANITIZER)
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
#endif

namespace tailfit::host {
namespace {

// What this thread did before is seen by a thread that later calls happens_after(object).
void happens_before([[maybe_unused]] void* object) {
#if defined(TAILFIT_THREAD_SANITIZER)
  __tsan_release(object);
#endif
}

void happens_after([[maybe_unused]] void* object) {
#if defined(TAILFIT_THREAD_SANITIZER)
  __tsan_acquire(object);
#endif
}

}  // namespace

void for_each_chunk(std::int32_t workers, std::int64_t n_chunks,
                    void (*body)(void* state, std::int64_t chunk, std::int32_t slot), void* state) {
  if (n_chunks == 0) return;
  if (workers == 1) {
    const ScopedFpEnvironment environment;
    for (std::int64_t chunk = 0; chunk < n_chunks; ++chunk) body(state, chunk, 0);
    return;
  }
  tbb::task_arena arena(workers);
  happens_before(state);
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
  happens_after(state);
}

std::int32_t available_cores() { return tbb::info::default_concurrency(); }

}  // namespace tailfit::host
