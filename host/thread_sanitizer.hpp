// oneTBB's library is not built with ThreadSanitizer, so the order it gives to tasks is invisible
// to it; these two tell it, and do nothing in any other build.
#pragma once

#if defined(__SANITIZE_THREAD__)
#define TAILFIT_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TAILFIT_THREAD_SANITIZER 1
#endif
#endif

#if defined(TAILFIT_THREAD_SANITIZER)
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
#endif

namespace tailfit::host {

// What this thread did before is seen by a thread that later calls happens_after(object).
inline void happens_before([[maybe_unused]] void* object) {
#if defined(TAILFIT_THREAD_SANITIZER)
  __tsan_release(object);
#endif
}

inline void happens_after([[maybe_unused]] void* object) {
#if defined(TAILFIT_THREAD_SANITIZER)
  __tsan_acquire(object);
#endif
}

}  // namespace tailfit::host
