// Plans for a device: sizes that no machine has do not wrap around.
#include "host/device/device_plan.hpp"

#include <gtest/gtest.h>

#include <limits>

#include <tailfit/tailfit.hpp>

#include "host/kernel_views.hpp"
#include "tests/device/fake_device.hpp"

namespace {

namespace host = tailfit::host;
using tailfit::FitOptions;

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

tailfit_series_view repeated_series(std::int64_t n_series, std::int64_t length) {
  tailfit_series_view view{};
  view.struct_size = sizeof view;
  view.dtype = TAILFIT_F64;
  view.n_series = n_series;
  view.n_windows = 1;
  view.length = length;
  return view;  // every stride is 0
}

host::DevicePlan plan_of(const tailfit_series_view& view, const FitOptions& options,
                         std::uint64_t available, bool results_on_device = false) {
  const tailfit_fit_options c_options = options.c_options();
  return host::make_device_plan({view,
                                 c_options,
                                 tailfit::tests::limits_of_h200(),
                                 {available, unlimited},
                                 view.n_series * view.n_windows,
                                 0,
                                 0,
                                 results_on_device,
                                 false});
}

TEST(DevicePlan, SizesDoNotWrapAround) {
  const FitOptions short_tails{.lower = tailfit::count(1), .upper = tailfit::count(1)};
  for (const FitOptions& options : {short_tails, FitOptions{.bins = 1 << 20}}) {
    for (const int log_length : {20, 40, 45, 48}) {
      for (const int log_series : {1, 18, 40, 48}) {
        const auto view =
            repeated_series(std::int64_t{1} << log_series, std::int64_t{1} << log_length);
        const std::uint64_t available = std::uint64_t{1} << 60;
        const host::DevicePlan plan = plan_of(view, options, available);
        // A wrapped size would be a small one.
        const double values = static_cast<double>(plan.chunk_fits) *
                              static_cast<double>(view.length) * sizeof(double);
        EXPECT_LE(values, static_cast<double>(plan.layout.results));
        EXPECT_LE(plan.layout.bytes, available);
        EXPECT_GE(plan.chunk_fits, 1);
      }
    }
  }
}

TEST(DevicePlan, WithoutABoundASizeBeyondEverythingIsTheGreatest) {
  const FitOptions short_tails{.lower = tailfit::count(1), .upper = tailfit::count(1)};
  auto view = repeated_series(std::int64_t{1} << 6, std::int64_t{1} << 57);
  view.memory = TAILFIT_MEMORY_DEVICE;
  const auto plan = plan_of(view, short_tails, unlimited, true);
  EXPECT_EQ(plan.layout.bytes, unlimited);
}

// Series without values may come with strides that lead nowhere.
TEST(DevicePlan, SeriesWithoutValuesHaveNoPlaces) {
  tailfit_series_view view = repeated_series(1000, 0);
  view.series_stride = std::numeric_limits<std::int64_t>::max() / 2;
  EXPECT_EQ(host::place_of(view, 999).offset, 0);
  EXPECT_EQ(host::place_of(view, 999).length, 0);
}

}  // namespace
