#include "host/device/device_distribution.hpp"

#include <algorithm>
#include <memory>
#include <string>

#include "host/device/candidates.hpp"
#include "host/device/evaluate_policy.hpp"
#include "host/device/queue_device.hpp"
#include "host/error.hpp"

namespace tailfit::host {
namespace {

EvaluateShape shape_of(const kernels::EvaluateBatch& batch) {
  const kernels::DistributionBatch& rows = batch.rows;
  const bool has_sums = rows.are_given || kernels::wants_sums(batch.request);
  return {rows.n_rows, batch.request.n_points, has_sums ? kernels::spliced_row_bytes(rows.bins) : 0,
          false, true};
}
EvaluateShape shape_of(const kernels::GradientBatch& batch) {
  return {batch.rows.n_rows, batch.request.n_points,
          kernels::spliced_gradient_bytes(batch.rows.bins), true, !batch.request.sums};
}

void launch(Device& device, const kernels::EvaluateBatch& batch,
            const kernels::EvaluateLaunch& how) {
  device.evaluate(batch, how);
}
void launch(Device& device, const kernels::GradientBatch& batch,
            const kernels::EvaluateLaunch& how) {
  device.differentiate(batch, how);
}

// Every array of the distributions, for what says whose memory it is.
template <class See>
void see_rows(const kernels::DistributionBatch& rows, const See& see) {
  if (rows.are_given) {
    const kernels::GivenRows& given = rows.given;
    for (const void* array :
         {given.weights, given.edges, given.lower.mass, given.lower.shape, given.lower.scale,
          given.upper.mass, given.upper.shape, given.upper.scale}) {
      see("parameters.memory", array);
    }
    return;
  }
  const kernels::FitRows& fits = rows.fits;
  for (const void* array :
       {static_cast<const void*>(fits.n), static_cast<const void*>(fits.status), fits.counts}) {
    see("fits.memory", array);
  }
  for (const kernels::FitTailRows& tail : {fits.lower, fits.upper}) {
    for (const double* array : {tail.threshold, tail.shape, tail.scale}) see("fits.memory", array);
    see("fits.memory", tail.n_exceed);
  }
}
template <class See>
void see_others(const kernels::EvaluateBatch& batch, const See& see) {
  see("points.values", batch.request.points);
  see("sampling.above", batch.above);
  see("sampling.at_most", batch.at_most);
  see("out", batch.out);
}
template <class See>
void see_others(const kernels::GradientBatch& batch, const See& see) {
  see("points.values", batch.request.points);
  see("gradients.weights", batch.request.weights);
  const kernels::GradientOutputs& out = batch.request.out;
  for (const double* array : {out.value, out.x, out.logits, out.lower_shape, out.lower_scale,
                              out.upper_shape, out.upper_scale}) {
    see("an array of gradients", array);
  }
}

template <class Batch>
std::shared_ptr<DeviceProvider> device_of(const tailfit_context& context, const Batch& batch) {
  if (context.devices.empty()) {
    fail_invalid(batch.rows.are_given ? "parameters.memory" : "fits.memory",
                 std::string("1 (device)"), "0 (host): this context runs on the cpu");
  }
  Candidates devices(context.devices);
  see_rows(batch.rows, [&](const char* name, const void* array) {
    devices.check(name, TAILFIT_MEMORY_DEVICE, array);
  });
  see_others(batch, [&](const char* name, const void* array) { devices.check_there(name, array); });
  return devices.chosen().front();
}

// A launch with memory of its own, waited for; false where the device had no memory for it.
template <class Batch>
bool launches(Device& device, const Batch& batch, kernels::EvaluateLaunch how, bool may_retry) {
  try {
    const DeviceMemory memory(device, static_cast<std::uint64_t>(how.groups * how.group_bytes));
    how.memory = memory.data();
    try {
      launch(device, batch, how);
      device.synchronize();
    } catch (...) {
      device.drain();  // the memory goes
      throw;
    }
    return true;
  } catch (const CallError& error) {
    if (error.code() != TAILFIT_OUT_OF_MEMORY || !may_retry) throw;
    return false;
  }
}

template <class Batch>
void run_on_device(const tailfit_context& context, const Batch& batch) {
  const std::shared_ptr<DeviceProvider> provider = device_of(context, batch);
  const EvaluateShape shape = shape_of(batch);
  std::uint64_t most =
      context.memory_budget == 0 ? workspace_limit(shape.group_bytes) : context.memory_budget;
  require_room("memory_budget", shape, most);
  const std::unique_ptr<Device> device = provider->open();
  const StageMark stage(*device, "functions of distributions");
  for (;;) {
    const kernels::EvaluateLaunch how = choose_evaluate(shape, provider->limits(), most);
    const bool may_retry = how.group_bytes > 0 && how.groups > 1;
    if (launches(*device, batch, how, may_retry)) return;
    provider->trim();
    most = static_cast<std::uint64_t>(how.groups / 2 * how.group_bytes);
  }
}

const char* call_instead(const Evaluation& asked) {
  const bool are_given = asked.batch.rows.are_given;
  if (asked.batch.request.function == kernels::SplicedFunction::sample) {
    return are_given ? "tailfit_sample_parameters" : "tailfit_sample";
  }
  return are_given ? "tailfit_evaluate_parameters" : "tailfit_evaluate";
}
const char* call_instead(const Differentiation& asked) {
  return asked.batch.rows.are_given ? "tailfit_gradient_parameters" : "tailfit_gradient";
}

// asked: an Evaluation or a Differentiation.
template <class Asked>
void queue_asked(const tailfit_context& context, const Asked& asked,
                 const tailfit_device_queue& on) {
  DeviceProvider& provider = device_to_queue_on(context, call_instead(asked));
  if (asked.is_empty()) return;
  const auto& batch = asked.batch;
  if (asked.memory != TAILFIT_MEMORY_DEVICE) {
    fail_invalid(batch.rows.are_given ? "parameters.memory" : "fits.memory",
                 std::string("0 (host)"), "1 (device): nothing is copied");
  }
  const EvaluateShape shape = shape_of(batch);
  if (shape.group_bytes > 0) {
    require_room("queue.workspace_bytes", shape, on.workspace_bytes);
    if (on.workspace == nullptr || reinterpret_cast<std::uintptr_t>(on.workspace) % 256 != 0) {
      fail_invalid("queue.workspace",
                   std::to_string(reinterpret_cast<std::uintptr_t>(on.workspace)) + ", an address",
                   "memory of the device at a multiple of 256 bytes");
    }
  }
  struct Queued {
    const decltype(asked.batch)& batch;
    kernels::EvaluateLaunch how;
  };
  Queued queued{batch, choose_evaluate(shape, provider.limits(), on.workspace_bytes)};
  queued.how.memory = static_cast<char*>(on.workspace);
  provider.with_stream(
      on.stream,
      [](Device& device, void* state) {
        const auto& each = *static_cast<const Queued*>(state);
        launch(device, each.batch, each.how);
      },
      &queued);
}

}  // namespace

void evaluate_on_device(const tailfit_context& context, const kernels::EvaluateBatch& batch) {
  run_on_device(context, batch);
}
void differentiate_on_device(const tailfit_context& context, const kernels::GradientBatch& batch) {
  run_on_device(context, batch);
}

void queue(const tailfit_context& context, const Evaluation& evaluation,
           const tailfit_device_queue& on) {
  queue_asked(context, evaluation, on);
}
void queue(const tailfit_context& context, const Differentiation& differentiation,
           const tailfit_device_queue& on) {
  queue_asked(context, differentiation, on);
}

std::uint64_t distribution_workspace(const tailfit_context& context, std::int64_t bins) {
  const DeviceLimits limits =
      device_to_queue_on(context, "tailfit_evaluate, which takes no workspace").limits();
  std::uint64_t most = 0;
  for (const bool derivatives : {false, true}) {
    const std::int64_t bytes =
        derivatives ? kernels::spliced_gradient_bytes(bins) : kernels::spliced_row_bytes(bins);
    const EvaluateShape shape{std::int64_t{1} << 40, 1, bytes, derivatives, true};
    const kernels::EvaluateLaunch how = choose_evaluate(shape, limits, workspace_limit(bytes));
    most = std::max(most, static_cast<std::uint64_t>(how.groups * how.group_bytes));
  }
  return most;
}

}  // namespace tailfit::host
