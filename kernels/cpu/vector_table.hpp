// The table of an instruction set with vectors. To be included after these.
#pragma once

#include "kernels/cpu/cpu_kernels.hpp"
#include "kernels/cpu/evaluate_batch.hpp"
#include "kernels/cpu/short_tail.hpp"
#include "kernels/cpu/vector_extract.hpp"
#include "kernels/cpu/vector_passes.hpp"
#include "kernels/math/spliced_gradients.hpp"

namespace tailfit::kernels {
namespace {

// As the one of kernels/fit/fit_series.hpp.
template <bool intervals>
TailFit solve_task(const VectorGroup& group, const TileOptions& options, const TailTask& task,
                   double* excess, void* scratch) {
  double* own = excess + task.offset;
  if (task.k > canonical_serial_terms) {
    return solve_tail<intervals>(group, options, own, task.k, scratch);
  }
  return solve_alone(options, own, task.k);
}

inline SolvedTail solve_long_tail(const TileOptions& options, const LongTail& tail, void* scratch) {
  const TailSample sample{tail.y, tail.k, tail.n_largest, tail.largest, tail.second, tail.floored};
  const TailFit fit =
      accept_fit(fit_scaled(VectorGroup{}, sample, scratch, options.take_higher_boundary));
  return {fit.shape, fit.scale, fit.loglik, fit.flags};
}

// Below this the scalar steps are faster.
constexpr int64_t shortest_for_vectors = 64;

template <class T>
bool fit_one(const SeriesInput<T>& input, const TileOptions& options, const SeriesOutput& output,
             char* memory, TailQueue* queue) {
  if (input.length < shortest_for_vectors) {
    QueueGroup group;
    group.queue = queue;
    return fit_series<T>(group, input, options, output, memory);
  }
  VectorGroup group;
  group.queue = queue;
  group.lists = memory + round_up_to_line(series_bytes<T>(options, input.length, 1));
  return fit_series<T>(group, input, options, output, memory);
}

constexpr CpuKernels vector_table(TailQueue* (*begin)(const TileOptions&, char*)) {
  return {vector_instruction_set, fit_one<float>,     fit_one<double>, begin,
          core_bytes<float>,      core_bytes<double>, evaluate_batch,  fit_gradients,
          given_gradients};
}

}  // namespace
}  // namespace tailfit::kernels
