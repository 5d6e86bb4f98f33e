#include "host/cpu_backend.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>

#include "host/column_tile.hpp"
#include "host/fit_outcome.hpp"
#include "host/kernel_views.hpp"
#include "host/memory.hpp"
#include "host/parallel.hpp"
#include "host/plan.hpp"
#include "kernels/cpu/cpu_kernels.hpp"

namespace tailfit::host {
namespace {

// One fit() call while it runs; shared by its workers.
class CpuRun {
 public:
  CpuRun(const tailfit_context& context, const tailfit_fit_plan& plan,
         const tailfit_series_view& series, const tailfit_fit_options& options,
         const tailfit_fits_view& out)
      : context_(context),
        plan_(plan),
        series_(series),
        rules_(options),
        options_(tile_options(options)),
        out_(out),
        kernel_bytes_(worker_bytes(series, options)),
        worker_bytes_(kernel_bytes_ + tile_bytes(series, plan.chunk_fits)),
        is_tiled_(is_tiled(series)),
        scratch_(plan.scratch_bytes, context.memory) {}

  void run() {
    for_each_chunk(
        {plan_.workers, context_.use_callers_arena}, plan_.n_chunks,
        [](void* state, std::int64_t chunk, std::int32_t slot) {
          static_cast<CpuRun*>(state)->run_chunk(chunk, slot);
        },
        this);
    const std::int64_t overflow = first_overflow_.load();
    if (overflow < plan_.n_fits) {
      throw count_overflow(overflow, out_.counts_kind);
    }
  }

 private:
  void run_chunk(std::int64_t chunk, std::int32_t slot) {
    const std::int64_t begin = chunk * plan_.chunk_fits;
    const std::int64_t end = std::min(plan_.n_fits, begin + plan_.chunk_fits);
    if (cancelled_.load(std::memory_order_relaxed)) {
      for (std::int64_t fit = begin; fit < end; ++fit) write_not_run(out_, fit);
      return;
    }
    char* memory =
        reinterpret_cast<char*>(scratch_.data()) + static_cast<std::uint64_t>(slot) * worker_bytes_;
    kernels::TailQueue* const queue = kernels::cpu_kernels().begin(options_, memory);
    if (is_tiled_) {
      fit_tiles(begin, end, memory, queue);
    } else {
      for (std::int64_t fit = begin; fit < end; ++fit) {
        const FitPlace place = place_of(series_, fit);
        fit_one(fit, value_at(place.offset), place.length, place.stride, memory, queue);
      }
    }
    if (queue != nullptr) queue->finish(queue);
    report(end - begin);
  }

  void fit_tiles(std::int64_t begin, std::int64_t end, char* memory, kernels::TailQueue* queue) {
    ColumnTile tile(series_, memory + kernel_bytes_);
    while (begin < end) {
      const std::int64_t loaded = tile.load(begin, end);
      for (; begin < loaded; ++begin) {
        fit_one(begin, tile.values_of(begin), series_.length, 1, memory, queue);
      }
    }
  }

  const void* value_at(std::int64_t offset) const {
    return static_cast<const char*>(series_.values) + offset * size_of_value(series_);
  }

  void fit_one(std::int64_t fit, const void* values, std::int64_t length, std::int64_t stride,
               char* memory, kernels::TailQueue* queue) {
    char* const of_series = memory + kernels::tail_queue_bytes;
    const kernels::SeriesOutput output = series_output(out_, fit);
    const kernels::CpuKernels& kernels = kernels::cpu_kernels();
    const double lower = own_threshold(rules_.lower, series_, fit);
    const double upper = own_threshold(rules_.upper, series_, fit);
    const bool counts_fit =
        series_.dtype == TAILFIT_F32
            ? kernels.fit_f32({static_cast<const float*>(values), length, stride, lower, upper},
                              options_, output, of_series, queue)
            : kernels.fit_f64({static_cast<const double*>(values), length, stride, lower, upper},
                              options_, output, of_series, queue);
    if (counts_fit) return;
    std::int64_t first = first_overflow_.load();
    while (fit < first && !first_overflow_.compare_exchange_weak(first, fit)) {
    }
  }

  void report(std::int64_t n_fits) {
    if (context_.progress == nullptr) return;
    const std::lock_guard lock(progress_mutex_);
    // Another worker's call may have cancelled while this one was at its chunk, or waited here.
    if (cancelled_.load(std::memory_order_relaxed)) return;
    n_done_ += n_fits;
    if (context_.progress(context_.progress_user, n_done_, plan_.n_fits) != 0) {
      cancelled_.store(true, std::memory_order_relaxed);
    }
  }

  const tailfit_context& context_;
  const tailfit_fit_plan& plan_;
  const tailfit_series_view& series_;
  const tailfit_fit_options& rules_;
  const kernels::TileOptions options_;
  const tailfit_fits_view& out_;
  const std::uint64_t kernel_bytes_;
  const std::uint64_t worker_bytes_;
  const bool is_tiled_;
  AlignedBlock scratch_;
  std::atomic<bool> cancelled_ = false;
  std::atomic<std::int64_t> first_overflow_ = std::numeric_limits<std::int64_t>::max();
  std::mutex progress_mutex_;
  std::int64_t n_done_ = 0;
};

}  // namespace

void run_on_cpu(const tailfit_context& context, const tailfit_fit_plan& plan,
                const tailfit_series_view& series, const tailfit_fit_options& options,
                const tailfit_fits_view& out) {
  CpuRun(context, plan, series, options, out).run();
}

}  // namespace tailfit::host
