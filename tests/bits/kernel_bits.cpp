// Prints a hash of the bits of every kind of result that the kernel text computes, one a line. It
// needs nothing but a compiler and its standard headers, so that equal_bits.sh can build it for any
// compiler, optimisation level, instruction set and processor.
//
//   kernel_bits                what one lane computes: kernel_bits.txt, on every machine
//   kernel_bits --block LANES  whole series by a block of that many real threads: block_bits.txt,
//                              for any number of them
//
// When these files change, stored results change: it has to be meant, and noted in CHANGELOG.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/bits/bits_of_fits.hpp"
#include "tests/bits/bits_of_functions.hpp"

int main(int argc, char** argv) {
  using namespace tailfit::bits;
  if (argc == 3 && std::strcmp(argv[1], "--block") == 0) {
    const int lanes = std::atoi(argv[2]);
    if (lanes >= 1 && lanes <= 1024) {
      print_block_fits(lanes);
      return 0;
    }
  }
  if (argc != 1) {
    std::fprintf(stderr, "usage: kernel_bits [--block LANES], LANES from 1 to 1024\n");
    return 2;
  }
  print_functions();
  print_tails();
  print_series();
  return 0;
}
