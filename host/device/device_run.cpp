#include "host/device/device_run.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "host/device/device_input.hpp"
#include "host/device/device_plan.hpp"
#include "host/error.hpp"
#include "host/fit_outcome.hpp"
#include "host/fits_storage.hpp"
#include "host/kernel_views.hpp"

namespace tailfit::host {
namespace {

// Calls use(pointer to the first fit's element, bytes of one fit) for every array of the results,
// in one order; so two views can be walked side by side.
template <class Use>
void for_each_array(const tailfit_fits_view& view, const Use& use) {
  use(view.n, sizeof(std::int64_t));
  use(view.n_missing, sizeof(std::int64_t));
  use(view.status, sizeof(std::uint32_t));
  for (const tailfit_tail_view* tail : {&view.lower, &view.upper}) {
    use(tail->threshold, sizeof(double));
    use(tail->shape, sizeof(double));
    use(tail->scale, sizeof(double));
    use(tail->loglik, sizeof(double));
    use(tail->n_exceed, sizeof(std::int64_t));
  }
  const auto bins = static_cast<std::uint64_t>(view.bins);
  if (view.counts_kind == TAILFIT_COUNTS_U16) use(view.counts, bins * sizeof(std::uint16_t));
  if (view.counts_kind == TAILFIT_COUNTS_U32) use(view.counts, bins * sizeof(std::uint32_t));
}

struct ArrayOfFits {
  char* data;
  std::uint64_t fit_bytes;
};

std::vector<ArrayOfFits> arrays_of(const tailfit_fits_view& view) {
  std::vector<ArrayOfFits> arrays;
  for_each_array(view, [&](void* data, std::uint64_t fit_bytes) {
    arrays.push_back({static_cast<char*>(data), fit_bytes});
  });
  return arrays;
}

// One fit() call on a device.
class DeviceRun {
 public:
  DeviceRun(Device& device, const tailfit_context& context, const tailfit_series_view& series,
            const tailfit_fit_options& options, const tailfit_fits_view& out)
      : device_(device),
        context_(context),
        series_(series),
        options_(options),
        out_(out),
        on_device_(out.memory == TAILFIT_MEMORY_DEVICE) {}
  // Whatever went wrong: what is staged must not go while copies from it are queued, nor return to
  // the caller while its memory is used.
  ~DeviceRun() { device_.drain(); }
  DeviceRun(const DeviceRun&) = delete;
  DeviceRun& operator=(const DeviceRun&) = delete;

  void run(std::uint64_t available, std::int64_t greatest_chunk) {
    const DeviceLimits limits = device_.limits();
    std::int64_t greatest = greatest_chunk;
    for (;;) {
      const DevicePlan plan =
          make_device_plan({series_, options_, limits, available, on_device_, greatest});
      try {
        memory_ = DeviceMemory(device_, plan.layout.bytes);
        run_chunks(plan);
        return;
      } catch (const CallError& error) {
        if (error.code() != TAILFIT_OUT_OF_MEMORY || plan.chunk_fits <= 1) throw;
        make_room();
        greatest = plan.chunk_fits / 2;
      }
    }
  }

 private:
  // From the first fit that is not queued yet. A chunk counts once all of it is.
  void run_chunks(const DevicePlan& plan) {
    for (;;) {
      report(plan.n_fits);
      if (n_queued_ == plan.n_fits) break;
      const std::int64_t begin = n_queued_;
      const std::int64_t n = std::min(plan.chunk_fits, plan.n_fits - begin);
      if (cancelled_) {
        write_not_run_chunk(begin, n);
      } else {
        run_chunk(plan, begin, n);
        if (counts_may_overflow()) check_overflow(plan, begin);
      }
      n_queued_ += n;
    }
    synchronize();
  }

  // Where it fails, nobody knows how far what was queued has come: as if it had not been queued.
  void synchronize() {
    try {
      device_.synchronize();
    } catch (const CallError&) {
      device_.drain();
      n_queued_ = n_done_;
      throw;
    }
    n_done_ = n_queued_;
  }

  // Somebody else may hold the device's memory, which a launch can want too (for the kernel's code,
  // for its stack): gives back what this call and those before it hold, so that smaller chunks can
  // go on where this one failed.
  void make_room() {
    try {
      synchronize();
    } catch (const CallError& error) {
      if (error.code() != TAILFIT_OUT_OF_MEMORY) throw;
    }
    memory_ = DeviceMemory();
    device_.trim();
  }

  void run_chunk(const DevicePlan& plan, std::int64_t begin, std::int64_t n) {
    char* const memory = memory_.data();
    kernels::FitBatch batch{};
    // The staging memory is used again: what was queued from it must have been copied.
    if (staging_.is_used() || !thresholds_.empty()) synchronize();
    batch.series =
        bring_series(device_, series_, begin, n, memory + plan.layout.input,
                     reinterpret_cast<std::int64_t*>(memory + plan.layout.offsets), staging_);
    batch.options = tile_options(options_);
    bring_thresholds(begin, n, reinterpret_cast<double*>(memory + plan.layout.thresholds),
                     batch.series);
    const tailfit_fits_view results =
        on_device_ ? out_
                   : FitsLayout(plan.chunk_fits, options_.bins, options_.counts)
                         .view(reinterpret_cast<std::byte*>(memory + plan.layout.results),
                               options_.laplace);
    batch.out = fit_arrays(results, on_device_ ? begin : 0);
    batch.tails = {reinterpret_cast<double*>(memory + plan.layout.excess), plan.excess_pitch,
                   reinterpret_cast<std::int64_t*>(memory + plan.layout.to_solve),
                   reinterpret_cast<std::uint64_t*>(memory + plan.layout.overflow)};
    device_.fill(batch.tails.overflow, 0xFF, sizeof(std::uint64_t));
    device_.extract(batch, {plan.extract.lanes, plan.extract.threads, plan.extract.series_bytes,
                            std::min(plan.extract_blocks, n), memory + plan.layout.extract,
                            plan.extract_block_bytes});
    device_.solve(
        batch, {plan.greatest_k, std::min(plan.solve_blocks, 2 * n), memory + plan.layout.scratch});
    if (!on_device_) copy_results(results, begin, n);
  }

  // Thresholds that each series has for itself, fit by fit.
  void bring_thresholds(std::int64_t begin, std::int64_t n, double* on_device,
                        kernels::SeriesBatch& batch) {
    thresholds_.clear();
    const auto bring = [&](const tailfit_threshold_rule& rule, const double*& place) {
      if (rule.kind != TAILFIT_THRESHOLD_PER_SERIES) return;
      place = on_device + thresholds_.size();
      for (std::int64_t fit = begin; fit < begin + n; ++fit) {
        thresholds_.push_back(own_threshold(rule, series_, fit));
      }
    };
    thresholds_.reserve(static_cast<std::size_t>(2 * n));
    bring(options_.lower, batch.lower);
    bring(options_.upper, batch.upper);
    if (thresholds_.empty()) return;
    device_.copy_to_device(on_device, thresholds_.data(), thresholds_.size() * sizeof(double));
  }

  void copy_results(const tailfit_fits_view& from, std::int64_t begin, std::int64_t n) {
    const std::vector<ArrayOfFits> sources = arrays_of(from);
    const std::vector<ArrayOfFits> targets = arrays_of(out_);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const std::uint64_t bytes = sources[i].fit_bytes;
      device_.copy_to_host(targets[i].data + static_cast<std::uint64_t>(begin) * bytes,
                           sources[i].data, static_cast<std::uint64_t>(n) * bytes);
    }
  }

  // Cancelled: written on the host, copied where the results go.
  void write_not_run_chunk(std::int64_t begin, std::int64_t n) {
    if (!on_device_) {
      for (std::int64_t fit = begin; fit < begin + n; ++fit) write_not_run(out_, fit);
      return;
    }
    const auto one = allocate_fits(1, options_, context_.memory);
    write_not_run(one->view, 0);
    const std::vector<ArrayOfFits> sources = arrays_of(one->view);
    const std::vector<ArrayOfFits> targets = arrays_of(out_);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const std::uint64_t bytes = sources[i].fit_bytes;
      not_run_.resize(static_cast<std::uint64_t>(n) * bytes);
      for (std::uint64_t at = 0; at < not_run_.size(); at += bytes) {
        std::copy_n(sources[i].data, bytes, not_run_.data() + at);
      }
      device_.copy_to_device(targets[i].data + static_cast<std::uint64_t>(begin) * bytes,
                             not_run_.data(), not_run_.size());
      synchronize();  // before the next array's
    }
  }

  bool counts_may_overflow() const {
    if (options_.counts == TAILFIT_COUNTS_U16) return series_.length > 0xFFFF;
    return options_.counts == TAILFIT_COUNTS_U32 && series_.length > 0xFFFFFFFF;
  }

  void check_overflow(const DevicePlan& plan, std::int64_t begin) {
    device_.copy_to_host(&first_overflow_, memory_.data() + plan.layout.overflow,
                         sizeof first_overflow_);
    synchronize();
    if (first_overflow_ == std::numeric_limits<std::uint64_t>::max()) return;
    throw count_overflow(begin + static_cast<std::int64_t>(first_overflow_), options_.counts);
  }

  // Each chunk once, also where it was the report that failed.
  void report(std::int64_t n_total) {
    if (context_.progress == nullptr || cancelled_ || n_reported_ == n_queued_) return;
    synchronize();
    n_reported_ = n_queued_;
    cancelled_ = context_.progress(context_.progress_user, n_reported_, n_total) != 0;
  }

  Device& device_;
  const tailfit_context& context_;
  const tailfit_series_view& series_;
  const tailfit_fit_options& options_;
  const tailfit_fits_view& out_;
  const bool on_device_;
  std::int64_t n_queued_ = 0;  // fits whose whole chunk is queued
  std::int64_t n_done_ = 0;    // of them, those that are known to be written
  std::int64_t n_reported_ = 0;
  bool cancelled_ = false;
  // After what is copied from and to, so that it goes first.
  std::uint64_t first_overflow_ = 0;
  InputStaging staging_;
  std::vector<double> thresholds_;
  std::vector<char> not_run_;  // an array's part for a chunk
  DeviceMemory memory_;
};

}  // namespace

void run_on_device(Device& device, const tailfit_context& context,
                   const tailfit_series_view& series, const tailfit_fit_options& options,
                   const tailfit_fits_view& out, std::uint64_t available,
                   std::int64_t greatest_chunk) {
  if (series.n_series * series.n_windows == 0) return;
  DeviceRun(device, context, series, options, out).run(available, greatest_chunk);
}

}  // namespace tailfit::host
