// The kernels for the architecture's baseline instruction set.
#include "kernels/cpu/cpu_kernels.hpp"
#include "kernels/cpu/evaluate_batch.hpp"
#include "kernels/cpu/vector_memory.hpp"
#include "kernels/fit/fit_series.hpp"
#include "kernels/math/spliced_gradients.hpp"

namespace tailfit::kernels {
namespace {

template <class T>
bool fit_one(const SeriesInput<T>& input, const TileOptions& options, const SeriesOutput& output,
             char* memory, TailQueue*) {
  return fit_series<T>(SerialGroup{}, input, options, output, memory);
}

TailQueue* no_queue(const TileOptions&, char*) { return nullptr; }

}  // namespace

bool histogram_edges_are_distinct(double low, double high, int64_t bins) {
  return !make_body_grid(low, high, bins).degenerate;
}

SolvedTail solve_short_tail(const TileOptions& options, double* excess, int64_t k) {
  const TailFit fit = options.resolution > 0.0
                          ? solve_tail<true>(SerialGroup{}, options, excess, k, nullptr)
                          : solve_tail<false>(SerialGroup{}, options, excess, k, nullptr);
  return {fit.shape, fit.scale, fit.loglik, fit.flags};
}

const CpuKernels& cpu_kernels_baseline() {
  static constexpr CpuKernels kernels{"baseline",     fit_one<float>,    fit_one<double>,
                                      no_queue,       core_bytes<float>, core_bytes<double>,
                                      evaluate_batch, fit_gradients,     given_gradients};
  return kernels;
}

}  // namespace tailfit::kernels
