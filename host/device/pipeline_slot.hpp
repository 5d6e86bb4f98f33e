// One chunk in flight: a queue of the device with memory of its own, on the device and pinned.
#pragma once

#include <cstdint>
#include <memory>

#include "host/device/device_call.hpp"
#include "host/device/device_input.hpp"
#include "host/device/device_plan.hpp"
#include "host/device/fit_array_list.hpp"

namespace tailfit::host {

class PipelineSlot {
 public:
  // Throws CallError where there is not the memory that the plan says.
  PipelineSlot(const DeviceCall& call, const DevicePlan& plan);
  // Whatever went wrong: what is staged must not go while copies from it are queued, nor return to
  // the caller while its memory is used.
  ~PipelineSlot();
  PipelineSlot(const PipelineSlot&) = delete;
  PipelineSlot& operator=(const PipelineSlot&) = delete;

  // Fits begin ... begin+n-1: copies in what is in host memory, and queues the rest. The chunk
  // before must be finished, unless must_wait() says that there is no need.
  void queue(std::int64_t begin, std::int64_t n);

  // Whether a chunk is queued that is not finished.
  bool is_busy() const { return n_ > 0; }
  // Whether finish() has to come before the next queue(), for the memory that chunks stage in.
  bool must_wait() const { return stages_; }
  // The end of the last chunk that was queued.
  std::int64_t end() const { return begin_ + n_; }

  // Waits until the queue is empty and writes what has come back to the caller's memory. Throws
  // CallError (TAILFIT_COUNT_OVERFLOW) for a bin that its type cannot hold.
  void finish();

  // Writes so many fits that were cancelled; to device memory through the slot's own. Returns when
  // they are written.
  void write_cancelled(std::int64_t begin, std::int64_t n);

 private:
  void bring_input(std::int64_t begin, std::int64_t n, kernels::SeriesBatch& batch);
  void bring_offsets(std::int64_t begin, std::int64_t n, kernels::SeriesBatch& batch);
  void bring_thresholds(std::int64_t begin, std::int64_t n, kernels::SeriesBatch& batch);
  void take_results(const tailfit_fits_view& results, std::int64_t begin, std::int64_t n);
  void write_repeated(const ArrayOfFits& one, char* to, std::uint64_t n);
  ClassCounts counts_of(std::int64_t begin, std::int64_t n) const;
  bool counts_may_overflow() const;
  char* on_device(std::uint64_t offset) const { return memory_.data() + offset; }
  char* staged(std::uint64_t offset) const { return staging_.data() + offset; }

  const DeviceCall& call_;
  const DevicePlan& plan_;
  std::unique_ptr<Device> queue_;
  // After the queue, so that they go before it.
  DeviceMemory memory_;
  PinnedMemory staging_;
  bool stages_ = false;
  std::int64_t begin_ = 0;
  std::int64_t n_ = 0;
};

}  // namespace tailfit::host
