// The floating-point environment that the promise of equal bits needs: round to nearest, subnormals
// kept. Every worker sets it for itself and restores what it found, whatever the caller's threads
// run with.
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
    asm volatile("msr fpcr, %0" : : "r"(std::uint64_t{0}));
  }
  ~ScopedFpEnvironment() { asm volatile("msr fpcr, %0" : : "r"(saved_)); }

 private:
  std::uint64_t saved_;
#else
#error "tailfit: this architecture's floating-point environment is not known"
#endif

 public:
  ScopedFpEnvironment(const ScopedFpEnvironment&) = delete;
  ScopedFpEnvironment& operator=(const ScopedFpEnvironment&) = delete;
};

}  // namespace tailfit::host
