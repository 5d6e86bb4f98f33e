// For text that ThreadSanitizer cannot follow, because oneTBB's library is not instrumented, and
// that is therefore compiled without it: what passes between threads there is announced to the
// tool.
#pragma once

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
}  // namespace tailfit::host
