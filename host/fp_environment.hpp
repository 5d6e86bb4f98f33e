// The floating-point environment that the promise of equal bits needs: round to nearest, subnormals
// kept. Every worker sets it for itself and restores what it found, whatever the caller's threads
// run with.
//
// Compilers know nothing of the control word: arithmetic that is inlined into the scope of such an
// object may be moved out of it (g++ does so). What must run inside has to be a call that cannot be
// inlined, as the function pointer of host/parallel.cpp is.
#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#elif defined(__aarch64__)
#include <cstdint>
#endif

namespace tailfit::host {

class ScopedFpEnvironment {
 public:
#if defined(__x86_64__)
  ScopedFpEnvironment() noexcept : saved_(_mm_getcsr()) {
    // All exceptions masked, round to nearest, no flush to zero, no denormals-are-zero.
    constexpr unsigned standard = 0x1F80;
    _mm_setcsr(standard);
  }
  ~ScopedFpEnvironment() { _mm_setcsr(saved_); }

 private:
  unsigned saved_;
#elif defined(__aarch64__)
  ScopedFpEnvironment() noexcept {
    asm volatile("mrs %0, fpcr" : "=r"(saved_));
    // Round to nearest, no flushing (FZ, FIZ, FZ16), no alternate handling (AH), no traps.
    asm volatile("msr fpcr, %0" : : "r"(std::uint64_t{0}) : "memory");
  }
  ~ScopedFpEnvironment() { asm volatile("msr fpcr, %0" : : "r"(saved_) : "memory"); }

 private:
  std::uint64_t saved_;
#else
#error "tailfit: this architecture's floating-point environment is not known"
#endif

 public:
  ScopedFpEnvironment(const ScopedFpEnvironment&) = delete;
  ScopedFpEnvironment& operator=(const ScopedFpEnvironment&) = delete;
};

// Calls the body in that environment; what it throws passes through.
void call_in_fp_environment(void (*body)(void* state), void* state);

}  // namespace tailfit::host
