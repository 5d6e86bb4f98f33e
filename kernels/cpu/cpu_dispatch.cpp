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

const CpuKernels& choose() {
  const CpuKernels* tables[3];
  const int n = list_cpu_kernels(tables);
  const char* const wanted = getenv("TAILFIT_INSTRUCTION_SET");
  for (int i = 0; i < n; ++i) {
    if (wanted != nullptr && strcmp(wanted, tables[i]->name) == 0) return *tables[i];
  }
  return *tables[n - 1];
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

const CpuKernels& cpu_kernels() {
  static const CpuKernels& chosen = choose();
  return chosen;
}

}  // namespace tailfit::kernels
