// One short tail by the baseline's code, from code for vectors. To be included after these.
#pragma once

#include "kernels/cpu/cpu_kernels.hpp"
#include "kernels/fit/fit_series.hpp"

namespace tailfit::kernels {
namespace {

inline TailFit solve_alone(const TileOptions& options, double* excess, int64_t k) {
  // Its instructions are of the baseline: slow while the upper halves of the registers are in use.
  _mm256_zeroupper();
  const SolvedTail tail = solve_short_tail(options, excess, k);
  return {tail.shape, tail.scale, tail.loglik, tail.flags, 0};
}

}  // namespace
}  // namespace tailfit::kernels
