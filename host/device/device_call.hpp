// One fit() call as the parts that run it on a device share it.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>
#include <mutex>

#include "host/context.hpp"
#include "host/device/device_provider.hpp"
#include "host/parallel.hpp"

namespace tailfit::host {

// Counts what is done and asks the caller whether to go on; shared by the devices of a call.
class RunProgress {
 public:
  RunProgress(const tailfit_context& context, std::int64_t n_total)
      : context_(context), n_total_(n_total) {}

  // Nobody listens: then nothing has to be known to be done before the end.
  bool is_silent() const { return context_.progress == nullptr; }
  bool is_cancelled() {
    const std::lock_guard lock(mutex_);
    return is_cancelled_;
  }
  void add(std::int64_t n_fits) {
    if (is_silent()) return;
    const std::lock_guard lock(mutex_);
    n_done_ += n_fits;
    if (is_cancelled_) return;
    is_cancelled_ = context_.progress(context_.progress_user, n_done_, n_total_) != 0;
  }
  void cancel() {
    const std::lock_guard lock(mutex_);
    is_cancelled_ = true;
  }

 private:
  const tailfit_context& context_;
  const std::int64_t n_total_;
  std::mutex mutex_;
  std::int64_t n_done_ = 0;
  bool is_cancelled_ = false;
};

struct DeviceCall {
  DeviceProvider& provider;
  const tailfit_context& context;
  const tailfit_series_view& series;
  const tailfit_fit_options& options;
  const tailfit_fits_view& out;
  Workers workers;        // that copy in host memory
  bool input_is_pinned;   // and copied from where it lies, if its layout allows
  bool results_in_place;  // they go to host memory that is pinned

  bool results_on_device() const { return out.memory == TAILFIT_MEMORY_DEVICE; }
};

}  // namespace tailfit::host
