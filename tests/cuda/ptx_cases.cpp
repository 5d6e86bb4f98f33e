// Writes what ptx_parity.py runs the kernels' PTX on: batches as the device code lays them out, and
// what the CPU makes of them.
//
//     ptx_cases DIRECTORY [--counts | --selection]
//
// DIRECTORY/cases.json says of each case how its kernels are launched, the bytes of its FitBatch
// (of columns that become rows, their ColumnPanel) with null pointers, and of each pointer where it
// lies in there, how much it points to, and where its first contents and the expected ones lie in
// DIRECTORY/cases.bin (-1: nowhere). --counts: plain series of many lengths, for counting
// instructions, instead of the ones that test everything.
#include <cstdio>
#include <cstring>

#include "tests/cuda/ptx_batches.hpp"

int main(int n_arguments, char** arguments) {
  const bool selection = n_arguments == 3 && std::strcmp(arguments[2], "--selection") == 0;
  const bool counts = selection || (n_arguments == 3 && std::strcmp(arguments[2], "--counts") == 0);
  if (n_arguments != (counts ? 3 : 2)) {
    std::fprintf(stderr, "usage: ptx_cases DIRECTORY [--counts | --selection]\n");
    return 2;
  }
  tailfit::tests::ParityCases cases(arguments[1]);
  if (selection) {
    add_selections(cases);
  } else if (counts) {
    add_counts(cases);
  } else {
    add_tests(cases);
  }
  cases.end_cases();
  if (!counts) {
    cases.add_elementary<double>("d", false);
    cases.add_elementary<float>("f", true);
  }
  if (!cases.end()) {
    std::fprintf(stderr, "ptx_cases: cannot write to %s\n", arguments[1]);
    return 1;
  }
  return 0;
}
