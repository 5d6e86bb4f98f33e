#include "host/thread_allowance.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

namespace tailfit::host {
namespace {

using tbb::global_control;

// Initialised by the compiler and never destroyed: calls are made before main() and during exit().
constinit std::mutex mutex;
constinit std::int64_t n_beyond_the_cores = 0;  // allowances that live
constinit global_control* control = nullptr;    // held for all of them
constinit std::int32_t allowed_by_control = 0;

std::int32_t allowed_now() {
  const std::size_t threads = global_control::active_value(global_control::max_allowed_parallelism);
  return static_cast<std::int32_t>(std::min<std::size_t>(threads, 65536));
}

// The new control comes before the old one goes: in between, calls that are running would have no
// more threads than cores.
void raise_to(std::int32_t wanted) {
  if (wanted <= allowed_by_control || wanted <= allowed_now()) return;
  auto higher = std::make_unique<global_control>(global_control::max_allowed_parallelism,
                                                 static_cast<std::size_t>(wanted));
  delete std::exchange(control, higher.release());
  allowed_by_control = wanted;
}

}  // namespace

ThreadAllowance::ThreadAllowance(std::int32_t wanted)
    : is_beyond_the_cores_(wanted > tbb::info::default_concurrency()) {
  if (is_beyond_the_cores_) {
    const std::lock_guard lock(mutex);
    raise_to(wanted);
    ++n_beyond_the_cores;
  }
  threads_ = std::min(wanted, allowed_now());
}

void ThreadAllowance::initialize(tbb::task_arena& arena) {
  const std::lock_guard lock(mutex);
  arena.initialize();
}

// The control is not lowered while others want less: that would allocate, and could fail.
ThreadAllowance::~ThreadAllowance() {
  if (!is_beyond_the_cores_) return;
  const std::lock_guard lock(mutex);
  if (--n_beyond_the_cores > 0) return;
  delete std::exchange(control, nullptr);
  allowed_by_control = 0;
}

}  // namespace tailfit::host
