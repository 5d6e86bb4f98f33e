// The parameters of one fitted distribution, as plain data.
#pragma once

#include "kernels/fit/fit_types.hpp"

namespace tailfit::kernels {

struct TailParameters {
  double threshold;
  double shape;
  double scale;
  int64_t n_exceed;
};

struct SplicedParameters {
  int64_t n;
  uint32_t status;
  TailParameters lower;
  TailParameters upper;
  const void* counts;  // [bins], null for CountsKind::none
  CountsKind counts_kind;
  int64_t bins;
  double laplace;
};

}  // namespace tailfit::kernels
