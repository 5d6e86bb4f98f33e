#include "host/run_fit.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/cpu_backend.hpp"
#include "host/device/candidates.hpp"
#include "host/device/device_run.hpp"
#include "host/device/fit_array_list.hpp"
#include "host/error.hpp"
#include "host/plan.hpp"

namespace tailfit::host {
namespace {

void require_host(const char* name, std::int32_t memory, const char* why) {
  if (memory == TAILFIT_MEMORY_HOST) return;
  fail_invalid(name, std::string("1 (device)"), std::string("0 (host): ") + why);
}

}  // namespace

void run_fit(const tailfit_context& context, const tailfit_series_view& series,
             const tailfit_fit_options& options, const tailfit_fits_view& out) {
  if (context.devices.empty()) {
    require_host("series.memory", series.memory, "this context runs on the cpu");
    require_host("out.memory", out.memory, "this context runs on the cpu");
    const tailfit_fit_plan plan =
        make_plan(series, options, threads_of_call(context), context.memory_budget);
    run_on_cpu(context, plan, series, options, out);
    return;
  }
  Candidates devices(context.devices);
  devices.check("series.memory", series.memory, series.values);
  for (const ArrayOfFits& array : arrays_of(out)) {
    devices.check("out.memory", out.memory, array.data);
  }
  const std::uint64_t budget = context.memory_budget != 0
                                   ? context.memory_budget
                                   : std::numeric_limits<std::uint64_t>::max();
  // Pinned memory is the host's, whichever device it is for.
  const auto chosen = devices.chosen();
  const std::uint64_t pinned = context.memory_budget != 0 ? budget / chosen.size() : budget;
  run_on_devices(chosen, context, series, options, out, {budget, pinned});
}

}  // namespace tailfit::host
