#include "host/run_fit.hpp"

#include <cstdint>
#include <limits>
#include <string>

#include "host/cpu_backend.hpp"
#include "host/device/device_run.hpp"
#include "host/error.hpp"
#include "host/plan.hpp"

namespace tailfit::host {
namespace {

void require_host(const char* name, std::int32_t memory, const char* why) {
  if (memory == TAILFIT_MEMORY_HOST) return;
  fail_invalid(name, std::string("1 (device)"), std::string("0 (host): ") + why);
}

// The memory is what the call says.
void check_kind(DeviceProvider& provider, const char* name, std::int32_t memory,
                const void* pointer) {
  if (pointer == nullptr) return;
  const MemoryKind kind = provider.kind_of(pointer);
  if (kind == MemoryKind::managed) return;
  const bool is_device = kind == MemoryKind::device;
  if (is_device == (memory == TAILFIT_MEMORY_DEVICE)) return;
  fail_invalid(name, std::string(is_device ? "0 (host)" : "1 (device)"),
               is_device ? "1 (device): that is where the pointer points"
                         : "0 (host): the pointer is not to the device's memory");
}

}  // namespace

void require_host_memory(const tailfit_fits_view& fits) {
  require_host("fits.memory", fits.memory, "functions of the fits read host memory");
}

void run_fit(const tailfit_context& context, const tailfit_series_view& series,
             const tailfit_fit_options& options, const tailfit_fits_view& out) {
  if (context.device == nullptr) {
    require_host("series.memory", series.memory, "this context runs on the cpu");
    require_host("out.memory", out.memory, "this context runs on the cpu");
    const tailfit_fit_plan plan =
        make_plan(series, options, threads_of_call(context), context.memory_budget);
    run_on_cpu(context, plan, series, options, out);
    return;
  }
  check_kind(*context.device, "series.memory", series.memory, series.values);
  check_kind(*context.device, "out.memory", out.memory, out.n);
  check_kind(*context.device, "out.memory", out.memory, out.n_missing);
  check_kind(*context.device, "out.memory", out.memory, out.status);
  check_kind(*context.device, "out.memory", out.memory, out.counts);
  for (const tailfit_tail_view* tail : {&out.lower, &out.upper}) {
    check_kind(*context.device, "out.memory", out.memory, tail->threshold);
    check_kind(*context.device, "out.memory", out.memory, tail->shape);
    check_kind(*context.device, "out.memory", out.memory, tail->scale);
    check_kind(*context.device, "out.memory", out.memory, tail->loglik);
    check_kind(*context.device, "out.memory", out.memory, tail->n_exceed);
  }
  const std::uint64_t available = context.memory_budget != 0
                                      ? context.memory_budget
                                      : std::numeric_limits<std::uint64_t>::max();
  const std::unique_ptr<Device> device = context.device->open();
  run_on_device(*device, context, series, options, out, available);
}

}  // namespace tailfit::host
