#include "tests/host/callers_arena.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <atomic>
#include <cstddef>

#include "host/thread_sanitizer.hpp"

namespace tailfit::tests {
namespace {

using host::happens_after;
using host::happens_before;

thread_local int depth = 0;
std::atomic<bool> nested = false;

void run_task(int i, const std::function<void(int)>& body, char& order) {
  happens_after(&order);
  if (depth > 0) nested = true;
  ++depth;
  body(i);
  --depth;
  happens_before(&order);
}

}  // namespace

void in_arena(int n_threads, const std::function<void()>& body) {
  // More than there are processors, if need be.
  with_limit(n_threads, [&] {
    tbb::task_arena arena(n_threads);
    arena.execute([&] { body(); });
  });
}

void as_tasks(int n, bool is_cancelled, const std::function<void(int)>& body) {
  char order = 0;
  tbb::task_group_context group(tbb::task_group_context::isolated);
  happens_before(&order);
  tbb::parallel_for(
      0, n,
      [&](int i) {
        if (is_cancelled) group.cancel_group_execution();
        run_task(i, body, order);
      },
      tbb::simple_partitioner(), group);
  happens_after(&order);
}

int threads_here() { return tbb::this_task_arena::max_concurrency(); }

void with_limit(int n_threads, const std::function<void()>& body) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(n_threads));
  body();
}

int threads_allowed() {
  return static_cast<int>(
      tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism));
}

bool began_within_another() { return nested.exchange(false); }

}  // namespace tailfit::tests
