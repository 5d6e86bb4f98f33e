#include "host/device/device_fits.hpp"

#include <cstring>
#include <string>

#include "host/device/candidates.hpp"
#include "host/device/fit_array_list.hpp"
#include "host/error.hpp"
#include "host/fits_storage.hpp"
#include "host/run_fit.hpp"
#include "host/validate.hpp"

namespace tailfit::host {
namespace {

// copy(to, from, bytes) for each array.
template <class Copy>
void copy_arrays(const tailfit_fits_view& to, const tailfit_fits_view& from, const Copy& copy) {
  const FitArrayList targets = arrays_of(to);
  const ArrayOfFits* target = targets.begin();
  for (const ArrayOfFits& source : arrays_of(from)) {
    copy(target++->data, source.data, static_cast<std::uint64_t>(from.n_fits) * source.fit_bytes);
  }
}

void copy_from_device(const tailfit_context& context, const tailfit_fits_view& to,
                      const tailfit_fits_view& from) {
  if (context.devices.empty()) {
    fail_invalid("fits.memory", std::string("1 (device)"),
                 "0 (host): this context runs on the cpu");
  }
  Candidates devices(context.devices);
  for (const ArrayOfFits& array : arrays_of(from)) {
    devices.check("fits.memory", from.memory, array.data);
  }
  const std::unique_ptr<Device> queue = devices.chosen().front()->open();
  try {
    copy_arrays(to, from, [&](void* target, const void* source, std::uint64_t bytes) {
      queue->copy_to_host(target, source, bytes);
    });
    queue->synchronize();
  } catch (...) {
    queue->drain();  // the memory that is copied to goes
    throw;
  }
}

}  // namespace

std::unique_ptr<tailfit_fits> fit_on_device(const tailfit_context& context,
                                            const tailfit_series_view& series,
                                            const tailfit_fit_options& options) {
  if (context.devices.empty()) {
    fail_invalid("context", "on the cpu", "one on a device, for results in its memory");
  }
  Candidates devices(context.devices);
  devices.check("series.memory", series.memory, series.values);
  const FitsLayout layout(series.n_series * series.n_windows, options.bins, options.counts);
  auto fits = std::make_unique<tailfit_fits>();
  fits->on_device = DeviceBlock(devices.chosen().front(), layout.bytes());
  fits->view = layout.view(reinterpret_cast<std::byte*>(fits->on_device.data()), options.laplace);
  fits->view.memory = TAILFIT_MEMORY_DEVICE;
  run_fit(context, series, options, fits->view);
  return fits;
}

std::unique_ptr<tailfit_fits> copy_to_host(const tailfit_context& context,
                                           const tailfit_fits_view& fits) {
  validate(fits);
  auto copy = allocate_fits(FitsLayout(fits.n_fits, fits.bins, fits.counts_kind), fits.laplace,
                            context.memory);
  if (fits.n_fits == 0) return copy;
  if (fits.memory == TAILFIT_MEMORY_DEVICE) {
    copy_from_device(context, copy->view, fits);
  } else {
    copy_arrays(copy->view, fits, [](void* to, const void* from, std::uint64_t bytes) {
      std::memcpy(to, from, bytes);
    });
  }
  return copy;
}

}  // namespace tailfit::host
