// The one place that knows oneTBB: chunks of work handed to worker threads.
#pragma once

#include <cstdint>

namespace tailfit::host {

// Calls body(state, chunk, slot) for every chunk in 0..n_chunks-1, on up to `workers` threads, the
// caller's among them, and returns when all are done. A slot in 0..workers-1 is used by one thread
// at a time. Each call has an arena of its own: callers do not wait for each other's chunks. body
// must not throw; it runs in the canonical floating-point environment.
//
// Memory: one worker needs none. With more, oneTBB allocates, and of its failures only those that
// it reports (std::bad_alloc) are ours to pass on: version 2021.8 aborts, crashes or hangs where it
// cannot start a thread or make an arena. So everything of ours is allocated before.
void for_each_chunk(std::int32_t workers, std::int64_t n_chunks,
                    void (*body)(void* state, std::int64_t chunk, std::int32_t slot), void* state);

// Threads that this process may use.
std::int32_t available_cores();

}  // namespace tailfit::host
