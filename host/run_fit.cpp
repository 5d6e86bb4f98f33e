#include "host/run_fit.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/cpu_backend.hpp"
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

using Provider = std::shared_ptr<DeviceProvider>;

// The devices that can run a call: all of the context's, until memory of one of them is named.
class Candidates {
 public:
  explicit Candidates(const std::vector<Provider>& all) : candidates_(all) {}

  // The memory is what the call says.
  void check(const char* name, std::int32_t memory, const void* pointer) {
    if (pointer == nullptr) return;
    const MemoryPlace place = candidates_.front()->place_of(pointer);
    if (place.kind == MemoryKind::managed && memory == TAILFIT_MEMORY_HOST) return;
    if (place.kind == MemoryKind::device || place.kind == MemoryKind::managed) {
      if (memory != TAILFIT_MEMORY_DEVICE) {
        fail_invalid(name, std::string("0 (host)"), "1 (device): that is where the pointer points");
      }
      if (place.kind == MemoryKind::device) keep_only(name, place.ordinal);
    } else if (memory == TAILFIT_MEMORY_DEVICE) {
      fail_invalid(name, std::string("1 (device)"),
                   "0 (host): the pointer is not to a device's memory");
    }
    is_on_one_device_ = is_on_one_device_ || memory == TAILFIT_MEMORY_DEVICE;
  }

  // What lies on a device is fitted there; else every device takes a share.
  std::span<const Provider> chosen() const {
    return std::span(candidates_).first(is_on_one_device_ ? 1 : candidates_.size());
  }

 private:
  void keep_only(const char* name, std::int32_t ordinal) {
    std::string expected;
    for (const Provider& candidate : candidates_) {
      if (candidate->ordinal() == ordinal) {
        candidates_ = {Provider(candidate)};
        return;
      }
      expected += (expected.empty() ? "" : ", ") + std::to_string(candidate->ordinal());
    }
    throw CallError(TAILFIT_INVALID_ARGUMENT,
                    std::string(name) + ": memory of CUDA device " + std::to_string(ordinal) +
                        " was given, expected that of the context's device or of the call's "
                        "other memory: " +
                        expected);
  }

  std::vector<Provider> candidates_;
  bool is_on_one_device_ = false;
};

}  // namespace

void require_host_memory(const tailfit_fits_view& fits) {
  require_host("fits.memory", fits.memory, "functions of the fits read host memory");
}

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
