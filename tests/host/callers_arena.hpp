// A caller with a oneTBB arena of its own. Its text is compiled without ThreadSanitizer, as
// host/parallel.cpp is; what passes between the caller and its tasks is announced to the tool.
#pragma once

#include <functional>

namespace tailfit::tests {

// Runs `body` in a new arena of so many threads, on the calling thread.
void in_arena(int n_threads, const std::function<void()>& body);

// Runs body(0) ... body(n-1) as tasks of the arena that the calling thread is in. If
// `is_cancelled`, each one's task group is cancelled before its body begins.
void as_tasks(int n, bool is_cancelled, const std::function<void(int)>& body);

// Of the arena that the calling thread is in.
int threads_here();

// Runs `body` while a tbb::global_control of the caller's allows the process so many threads.
void with_limit(int n_threads, const std::function<void()>& body);

// Threads that oneTBB allows the process now.
int threads_allowed();

// Whether the calling thread is within a task of as_tasks() already: a thread that waits in one for
// something else must not begin another.
bool began_within_another();

}  // namespace tailfit::tests
