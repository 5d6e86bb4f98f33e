// Prints a hash of the bits of every kind of result that the kernel text computes, one a line. It
// needs nothing but a compiler and its standard headers, so that equal_bits.sh can build it for any
// compiler, optimisation level, instruction set and processor.
//
//   kernel_bits                what one lane computes: kernel_bits.txt, on every machine
//   kernel_bits --block LANES  whole series by a block of that many real threads: block_bits.txt,
//                              for any number of them
//   kernel_bits --spoilt       the same by a thread that rounds upward and flushes subnormals,
//                              guarded as the library's threads are; the mode must survive
//
// When these files change, stored results change: it has to be meant, and noted in CHANGELOG.
#include <cfenv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "host/fp_environment.hpp"
#include "tests/bits/bits_of_distributions.hpp"
#include "tests/bits/bits_of_fits.hpp"
#include "tests/bits/bits_of_functions.hpp"

namespace {

// Flush to zero, and denormals are zero where that is a mode of its own.
void flush_subnormals() {
#if defined(__x86_64__)
  _mm_setcsr(_mm_getcsr() | 0x8040u);
#elif defined(__aarch64__)
  std::uint64_t mode = 0;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  asm volatile("msr fpcr, %0" : : "r"(mode | (std::uint64_t{1} << 24)));
#endif
}

[[gnu::noinline]] bool is_spoilt() {
  volatile double smallest = 0x1p-1022;
  volatile double one = 1.0;
  return smallest * 0.5 == 0.0 && one + 0x1p-60 > 1.0;
}

// A call that cannot be inlined: arithmetic might be moved out of the guard's scope.
[[gnu::noinline]] void print_guarded() { tailfit::bits::print_block_fits(1); }

int print_spoilt() {
  std::fesetround(FE_UPWARD);
  flush_subnormals();
  if (!is_spoilt()) {
    std::fprintf(stderr, "the mode could not be set\n");
    return 1;
  }
  {
    const tailfit::host::ScopedFpEnvironment guard;
    if (is_spoilt()) return 1;
    print_guarded();
  }
  if (is_spoilt()) return 0;
  std::fprintf(stderr, "the caller's mode was not restored\n");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace tailfit::bits;
  if (argc == 3 && std::strcmp(argv[1], "--block") == 0) {
    const int lanes = std::atoi(argv[2]);
    if (lanes >= 1 && lanes <= 1024) {
      print_block_fits(lanes);
      return 0;
    }
  }
  if (argc == 2 && std::strcmp(argv[1], "--spoilt") == 0) return print_spoilt();
  if (argc != 1) {
    std::fprintf(stderr, "usage: kernel_bits [--block LANES | --spoilt], LANES from 1 to 1024\n");
    return 2;
  }
  print_functions();
  print_distributions();
  print_tails();
  print_series();
  return 0;
}
