// Chunks of work handed to worker threads: with host/thread_allowance.hpp all that knows oneTBB.
#pragma once

#include <cstdint>

namespace tailfit::host {

struct Workers {
  std::int32_t number;
  bool in_callers_arena;
};

// Calls body(state, chunk, slot) for every chunk in 0..n_chunks-1, on up to workers.number threads,
// the caller's among them, and returns when all are done. A slot in 0..workers.number-1 is used by
// one thread at a time. body must not throw; it runs in the canonical floating-point environment.
//
// Each call has an arena of its own, unless it is to use the arena that the calling thread is in. A
// tbb::global_control of the caller's that allows fewer threads holds, also where it allows one.
// In neither does the calling thread take up other tasks, nor callers wait for each other's chunks;
// a task group of the caller's that is cancelled does not cancel the chunks.
//
// Memory: one worker needs none. With more, oneTBB allocates, and of its failures only those that
// it reports (std::bad_alloc) are ours to pass on: version 2021.8 aborts, crashes or hangs where it
// cannot start a thread or make an arena. So everything of ours is allocated before.
void for_each_chunk(Workers workers, std::int64_t n_chunks,
                    void (*body)(void* state, std::int64_t chunk, std::int32_t slot), void* state);

// Threads that may work in the arena that the calling thread is in, its own among them.
std::int32_t threads_of_callers_arena();

// Threads that this process may use.
std::int32_t available_cores();

}  // namespace tailfit::host
