// A tail that waits for a lane.
#pragma once

#include "kernels/fit/fit_types.hpp"
#include "kernels/fit/tail_sample.hpp"

namespace tailfit::kernels {
namespace {

struct WaitingTail {
  double* excess;  // a copy
  int64_t k;
  TailOutput out;  // where its fit goes
  uint32_t* status;
  bool upper;
  bool is_scaled;     // of a longer tail
  TailSample scaled;  // if so; its y are the excesses
};

}  // namespace
}  // namespace tailfit::kernels
