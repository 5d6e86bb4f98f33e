// fit_async(): fits of series in device memory, queued on a stream of the caller's.
#pragma once

#include <tailfit/tailfit.h>
#include <tailfit/context.hpp>
#include <tailfit/error.hpp>
#include <tailfit/fit_options.hpp>
#include <tailfit/series_view.hpp>
#include <tailfit/spliced_fits.hpp>

#include <cstdint>

namespace tailfit {
inline namespace v1 {

// Chunks and workspace of fit_async(); see tailfit_async_plan.
using AsyncPlan = tailfit_async_plan;

// A stream of the CUDA runtime, not owned: made from a cudaStream_t. The default one is the default
// stream.
class DeviceStream {
 public:
  DeviceStream() = default;
  explicit DeviceStream(void* cuda_stream) noexcept
      : handle_(static_cast<tailfit_device_stream*>(cuda_stream)) {}

  // What is queued from now on waits for `event`, a cudaEvent_t. Asynchronous.
  void wait_for(const Context& context, void* event) const {
    detail::check(tailfit_device_stream_wait_for(context.c_handle(), handle_, event));
  }
  tailfit_device_stream* c_handle() const noexcept { return handle_; }

 private:
  tailfit_device_stream* handle_ = nullptr;
};

// The workspace that fit_async() needs, of at most `most_workspace` bytes (0: as many as suit the
// device). Pure: looks at shapes and options only. Throws as fit() does, NotCompiled where the
// library was built without CUDA, and std::invalid_argument for a Context on the CPU, memory that
// is not the device's, or a length whose counts could overflow the asked type.
template <class T>
AsyncPlan plan_fit_async(const Context& context, const SeriesView<T>& series,
                         const FitOptions& options = {}, std::uint64_t most_workspace = 0) {
  AsyncPlan plan{};
  plan.struct_size = sizeof plan;
  const tailfit_fit_options c_options = options.c_options();
  detail::check(tailfit_plan_fit_async(context.c_handle(), &series.c_view(), &c_options,
                                       most_workspace, &plan));
  return plan;
}

// Queues the fits on `stream` and returns: asynchronous, without an allocation or a synchronisation
// anywhere, so it can be captured in a graph and replayed. Bitwise the results of fit(). `series`,
// thresholds of per_series() and `out` are in device memory; workspace: plan.workspace_bytes of it,
// 256-byte aligned. All of these must stay until the work is done, and work that runs at the same
// time needs a workspace of its own. Errors of the queued work show in the caller's next
// synchronisation. Before the first capture call it once outside of one. See tailfit_fit_async.
template <class T>
void fit_async(const Context& context, const AsyncPlan& plan, const SeriesView<T>& series,
               const FitOptions& options, const SplicedFitsView& out, void* workspace,
               DeviceStream stream) {
  const tailfit_fit_options c_options = options.c_options();
  detail::check(tailfit_fit_async(context.c_handle(), &plan, &series.c_view(), &c_options, &out,
                                  workspace, stream.c_handle()));
}

}  // namespace v1
}  // namespace tailfit
