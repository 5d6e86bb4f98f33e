// The kernels' entry points on the CPU: one table per instruction set, all with the same results.
#pragma once

#include <stdint.h>

#include "kernels/fit/fit_types.hpp"
#include "kernels/math/spliced_batch.hpp"

namespace tailfit::kernels {

// Tails of one worker that wait until several can be solved together, with the same bits.
struct TailQueue {
  int64_t longest;
  // 1 <= k <= longest excesses, which are copied. The fit is written by the call at the latest that
  // finishes the queue.
  void (*put)(TailQueue* queue, const double* excess, int64_t k, const TailOutput& out,
              uint32_t* status, bool upper);
  void (*finish)(TailQueue* queue);
};

// The same for every instruction set, so that a plan does not depend on the processor.
constexpr int64_t tail_queue_bytes = 272 * 1024;

struct CpuKernels {
  const char* name;
  // Fits one series. memory: bytes(options, length), 64-byte aligned, used by one thread at a time.
  // Returns false if a bin's count does not fit the count type. queue: null, or begin()'s; then
  // tails may be written later, and their status bits added.
  bool (*fit_f32)(const SeriesInput<float>&, const TileOptions&, const SeriesOutput&, char* memory,
                  TailQueue* queue);
  bool (*fit_f64)(const SeriesInput<double>&, const TileOptions&, const SeriesOutput&, char* memory,
                  TailQueue* queue);
  // A queue in memory of tail_queue_bytes, 64-byte aligned; null if these kernels or these options
  // have no use for one.
  TailQueue* (*begin)(const TileOptions&, char* memory);
  // Multiples of 64.
  int64_t (*bytes_f32)(const TileOptions&, int64_t length);
  int64_t (*bytes_f64)(const TileOptions&, int64_t length);
  // A function at some points of each distribution from `begin` to before `end`. memory:
  // spliced_row_bytes(bins), 64-byte aligned.
  void (*evaluate)(const EvaluateBatch&, int64_t begin, int64_t end, void* memory);
  // Their gradients. memory: spliced_gradient_bytes(bins), 64-byte aligned.
  void (*fit_gradients)(const SplicedParameters&, const GradientRequest&, void* memory);
  void (*given_gradients)(const GivenParameters&, const GradientRequest&, void* memory);
};

// Can so many equal bins divide the range? Edges as the kernels compute them.
bool histogram_edges_are_distinct(double low, double high, int64_t bins);

// flags as a lower tail's status.
struct SolvedTail {
  double shape;
  double scale;
  double loglik;
  uint32_t flags;
};
// The fit of a tail of 1 <= k <= 256 excesses, which are overwritten, as the baseline computes it:
// scalar text, for which wider instruction sets make no better code.
SolvedTail solve_short_tail(const TileOptions& options, double* excess, int64_t k);

// The fit of a tail of more than 256 excesses that are scaled already (TailSample of
// kernels/fit/tail_sample.hpp), by one pass after the other. scratch: canonical_scratch_bytes(k).
struct LongTail {
  const double* y;
  int64_t k;
  int64_t n_largest;
  double largest;
  double second;
  bool floored;
};
using SolveLongTail = SolvedTail (*)(const TileOptions& options, const LongTail& tail,
                                     void* scratch);

// Compiled for the architecture's baseline.
const CpuKernels& cpu_kernels_baseline();
// On x86-64. Only to be used where list_cpu_kernels() lists them.
SolvedTail solve_long_tail_v3(const TileOptions& options, const LongTail& tail, void* scratch);
SolvedTail solve_long_tail_v4(const TileOptions& options, const LongTail& tail, void* scratch);
TailQueue* make_tail_queue_v3(const TileOptions& options, char* memory);
TailQueue* make_tail_queue_v4(const TileOptions& options, char* memory);
const CpuKernels& cpu_kernels_v3();
const CpuKernels& cpu_kernels_v4();

// The tables that this processor can run, the baseline's first, the best last; returns how many.
int list_cpu_kernels(const CpuKernels* (&tables)[3]);

// The best of them, or the one that the environment variable TAILFIT_INSTRUCTION_SET names:
// baseline, x86-64-v3 or v3, x86-64-v4 or v4. Another name, and one of a table that is not in the
// list, counts as if it were not set. Asked once.
const CpuKernels& cpu_kernels();

// Such a name, for whoever can say so; empty if there was none.
struct RefusedInstructionSet {
  char name[33];  // its beginning
  bool is_known;  // but not to be had here
};
const RefusedInstructionSet& refused_instruction_set();

}  // namespace tailfit::kernels
