// Functions of distributions in a device's memory, queued on a stream of the caller's:
// asynchronous, without an allocation or a synchronisation, so that they can be captured in a
// graph. All arrays are in the memory of the Context's first device and stay until the work is
// done; results have the bits of the synchronous calls. See tailfit_evaluate_async.
//
// All throw std::invalid_argument for a bad call, BudgetTooSmall for a workspace that has no room
// for one distribution, NotCompiled where the library was built without CUDA.
#pragma once

#include <tailfit/distribution.hpp>
#include <tailfit/fit_async.hpp>
#include <tailfit/gradients.hpp>

#include <cstdint>

namespace tailfit {
inline namespace v1 {

// Where work is queued, and its scratch. Not owned.
struct DeviceQueue {
  DeviceStream stream = {};
  void* workspace = nullptr;  // 256-byte aligned memory of the device
  std::uint64_t workspace_bytes = 0;

  tailfit_device_queue c_queue() const noexcept {
    return {sizeof(tailfit_device_queue), stream.c_handle(), workspace, workspace_bytes};
  }
};

// Bytes of a workspace with which all calls below, for distributions of so many bins, are as fast
// as with more; fewer do, see tailfit_distribution_workspace.
inline std::uint64_t distribution_workspace(const Context& context, std::int64_t bins) {
  std::uint64_t bytes = 0;
  detail::check(tailfit_distribution_workspace(context.c_handle(), bins, &bytes));
  return bytes;
}

// out: of.size()*x.per_distribution() numbers, of.size() for mean, variance, mode and entropy.
inline void evaluate_async(const Context& context, const Distributions& of, Function function,
                           const Points& x, double* out, const DeviceQueue& queue,
                           double parameter = 0.0) {
  detail::n_answers(of, function, x);
  const tailfit_points points = x.c_points(parameter);
  const tailfit_device_queue c_queue = queue.c_queue();
  detail::check(of.evaluate_async(context.c_handle(), static_cast<std::int32_t>(function), &points,
                                  out, c_queue));
}

// out: [N][n_draws] numbers. Bounds for each distribution are in the device's memory, those for
// all are read here.
inline void sample_async(const Context& context, const Distributions& of, std::int64_t n_draws,
                         double* out, const DeviceQueue& queue, const SampleOptions& options = {}) {
  const tailfit_sampling sampling = detail::sampling_of(of, n_draws, options);
  const tailfit_device_queue c_queue = queue.c_queue();
  detail::check(of.sample_async(context.c_handle(), sampling, out, c_queue));
}

// Derivatives into the arrays that `out` names.
inline void gradients_async(const Context& context, const Distributions& of, Function function,
                            const Points& x, const tailfit_gradients& out,
                            const DeviceQueue& queue) {
  x.check(of.size());
  const tailfit_points points = x.c_points();
  const tailfit_device_queue c_queue = queue.c_queue();
  detail::check(of.gradient_async(context.c_handle(), static_cast<std::int32_t>(function), &points,
                                  out, c_queue));
}

}  // namespace v1
}  // namespace tailfit
