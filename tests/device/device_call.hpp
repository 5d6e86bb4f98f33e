// What the tests of DeviceRun share: a call on the fake device, and the same one on the CPU.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "host/device/device_run.hpp"
#include "host/device/launch_policy.hpp"
#include "host/fits_storage.hpp"
#include "host/kernel_views.hpp"
#include "tests/device/fake_device.hpp"
#include "tests/host/series_samples.hpp"

namespace tailfit::tests {
namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

// A fit's arrays, poisoned, as one block that can be compared.
struct Results {
  explicit Results(std::int64_t n_fits, const tailfit_fit_options& options)
      : bytes(host::FitsLayout(n_fits, options.bins, options.counts).bytes()), block(bytes + 1) {
    std::fill_n(block.data(), block.size(), char{0x5A});
    view = host::FitsLayout(n_fits, options.bins, options.counts)
               .view(reinterpret_cast<std::byte*>(block.data()), options.laplace);
  }
  std::uint64_t bytes;
  std::vector<char> block;
  tailfit_fits_view view;
};

// A device with little shared memory: series of some thousand values take each of the regimes.
inline host::DeviceLimits limits_of_small_device(std::int64_t shared,
                                                 std::int64_t greatest_cluster) {
  host::DeviceLimits limits = limits_of_h200();
  limits.shared_per_block = shared;
  limits.shared_per_multiprocessor = shared + limits.shared_reserved;
  limits.multiprocessors = std::max<std::int64_t>(3, greatest_cluster);
  limits.greatest_cluster = greatest_cluster;
  return limits;
}

inline kernels::ExtractRegime regime_on(const host::DeviceLimits& limits, bool is_double,
                                        std::int64_t length, const FitOptions& options) {
  return host::choose_extract(host::tile_options(options.c_options()), is_double, length, limits)
      .regime;
}

inline host::CallError no_error() { return {TAILFIT_OK, "none"}; }

// How a device is used.
struct Use {
  std::int64_t greatest_chunk = 0;
  std::uint64_t available = unlimited;  // on the device
  std::uint64_t pinned = unlimited;
  std::int32_t input = TAILFIT_MEMORY_HOST;
  std::int32_t output = TAILFIT_MEMORY_HOST;
};

template <class T>
host::CallError run(FakeDevice& device, const SeriesView<T>& series, const FitOptions& options,
                    Results& results, const Use& use = {},
                    const tailfit_context& context = tailfit_context{}) {
  tailfit_series_view view = series.c_view();
  view.memory = use.input;
  results.view.memory = use.output;
  try {
    host::run_on_devices({{shared(device)}}, context, view, options.c_options(), results.view,
                         {use.available, use.pinned}, use.greatest_chunk);
  } catch (const host::CallError& error) {
    return error;
  }
  return no_error();
}

template <class T>
Results on_cpu(const SeriesView<T>& series, const FitOptions& options) {
  const tailfit_fit_options c_options = options.c_options();
  Results results(series.n_fits(), c_options);
  fit_into(Context({.backend = Backend::cpu}), series, options, results.view);
  return results;
}

template <class T>
void expect_cpu_bits(FakeDevice& device, const SeriesView<T>& series, const FitOptions& options,
                     const Use& use = {}) {
  const Results expected = on_cpu(series, options);
  Results results(series.n_fits(), options.c_options());
  EXPECT_STREQ(run(device, series, options, results, use).what(), no_error().what());
  EXPECT_TRUE(same_bits(results.block.data(), expected.block.data(), expected.bytes));
  EXPECT_TRUE(device.holds_nothing());
}

}  // namespace
}  // namespace tailfit::tests
