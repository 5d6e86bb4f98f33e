// Which instruction set the kernels on the CPU use.
#include <stdlib.h>
#include <string.h>

#include "kernels/cpu/cpu_kernels.hpp"

namespace tailfit::kernels {
namespace {

#if defined(TAILFIT_WITH_VECTORS)
bool has_v3() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}
bool has_v4() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
}
#endif

constexpr const char* known_names[] = {"baseline", "x86-64-v3", "x86-64-v4"};

// "v3" is short for "x86-64-v3".
bool names(const char* wanted, const char* set) {
  return strcmp(wanted, set) == 0 ||
         (strncmp(set, "x86-64-", 7) == 0 && strcmp(wanted, set + 7) == 0);
}

// What was wished for in the environment, and what came of it.
struct Choice {
  const CpuKernels* kernels;
  RefusedInstructionSet refused;

  Choice() : kernels(nullptr), refused{} {
    const CpuKernels* tables[3];
    const int n = list_cpu_kernels(tables);
    kernels = tables[n - 1];
    const char* const wanted = getenv("TAILFIT_INSTRUCTION_SET");
    if (wanted == nullptr || *wanted == '\0') return;
    for (int i = 0; i < n; ++i) {
      if (!names(wanted, tables[i]->name)) continue;
      kernels = tables[i];
      return;
    }
    for (size_t i = 0; i + 1 < sizeof refused.name && wanted[i] != '\0'; ++i) {
      refused.name[i] = wanted[i] >= ' ' && wanted[i] <= '~' ? wanted[i] : '?';
    }
    for (const char* const known : known_names) {
      if (names(wanted, known)) refused.is_known = true;
    }
  }
};

const Choice& choice() {
  static const Choice chosen;
  return chosen;
}

}  // namespace

int list_cpu_kernels(const CpuKernels* (&tables)[3]) {
  int n = 0;
  tables[n++] = &cpu_kernels_baseline();
#if defined(TAILFIT_WITH_VECTORS)
  __builtin_cpu_init();
  if (has_v3()) tables[n++] = &cpu_kernels_v3();
  if (has_v3() && has_v4()) tables[n++] = &cpu_kernels_v4();
#endif
  return n;
}

const CpuKernels& cpu_kernels() { return *choice().kernels; }

const RefusedInstructionSet& refused_instruction_set() { return choice().refused; }

}  // namespace tailfit::kernels
