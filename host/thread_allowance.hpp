// The limit that oneTBB puts on the threads of the whole process, raised while a call wants more.
#pragma once

#include <oneapi/tbb/task_arena.h>

#include <cstdint>

namespace tailfit::host {

// oneTBB runs at most one thread per core, in all arenas together, unless a control allows more; of
// several controls the least one holds, and prints a warning where an arena wants more than that.
// So there is one control for all calls, with the most that any of them wants, and only while
// calls that want more threads than cores are running: a caller's own control holds where it allows
// fewer, and is not lowered where it allows enough. Threads of calls at one time add up to the
// largest of their numbers, or the number of cores, at most.
class ThreadAllowance {
 public:
  // Of this many threads for one call. Allocates, before anything changes.
  explicit ThreadAllowance(std::int32_t wanted);
  ~ThreadAllowance();
  ThreadAllowance(const ThreadAllowance&) = delete;
  ThreadAllowance& operator=(const ThreadAllowance&) = delete;

  // How many an arena may have without a warning: those wanted, or what the caller's controls
  // allow; at least 1.
  std::int32_t threads() const { return threads_; }

  // Initialises an arena of threads(). oneTBB's first arena reads the limit and then sets it: while
  // another call changed it in between, the old one would come back.
  static void initialize(tbb::task_arena& arena);

 private:
  std::int32_t threads_;
  bool is_beyond_the_cores_;
};

}  // namespace tailfit::host
