// Every bad call has a message that names the value and what was expected.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

namespace {

using tailfit::Context;
using tailfit::FitOptions;
using tailfit::SeriesView;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no exception";
}

std::string fit_message(const FitOptions& options) {
  static const Context context({.threads = 1});
  static const std::vector<double> values(10, 1.0);
  return message_of(
      [&] { tailfit::fit(context, SeriesView<double>::rows(values.data(), 1, 10), options); });
}

TEST(CallError, OptionsOutOfRangeAreNamed) {
  EXPECT_EQ(fit_message({.bins = 0}), "tailfit: bins is 0, expected 1 to 2^20");
  EXPECT_EQ(fit_message({.bins = -7}), "tailfit: bins is -7, expected 1 to 2^20");
  EXPECT_EQ(fit_message({.min_exceedances = 0}), "tailfit: min_exceedances is 0, expected >= 1");
  EXPECT_EQ(fit_message({.lower = tailfit::tail_mass(1.5)}),
            "tailfit: lower tail mass is 1.5, expected a number from 0 to 1");
  EXPECT_EQ(fit_message({.upper = tailfit::tail_mass(-0.1)}),
            "tailfit: upper tail mass is -0.1, expected a number from 0 to 1");
  EXPECT_EQ(fit_message({.upper = tailfit::tail_mass(nan)}),
            "tailfit: upper tail mass is nan, expected a number from 0 to 1");
  EXPECT_EQ(fit_message({.lower = tailfit::given(-INFINITY)}),
            "tailfit: lower threshold is -inf, expected a finite number");
  EXPECT_EQ(fit_message({.upper = tailfit::count(0)}),
            "tailfit: upper count of exceedances is 0, expected >= 1");
  EXPECT_EQ(fit_message({.upper = tailfit::count(10)}),
            "tailfit: upper count of exceedances is 10, expected less than the series' length, 10");
  EXPECT_EQ(fit_message({.lower = tailfit::histogram_range(0.0, 1.0, 0.0)}),
            "tailfit: lower tail mass of a histogram is 0, expected a number between 0 and 1, both "
            "excluded");
  EXPECT_EQ(fit_message({.lower = tailfit::histogram_range(1.0, 1.0, 0.1)}),
            "tailfit: lower histogram's high is 1, expected a finite number above low = 1");
  EXPECT_EQ(fit_message({.lower = tailfit::histogram_range(-INFINITY, 1.0, 0.1)}),
            "tailfit: lower histogram's low is -inf, expected finite");
  EXPECT_EQ(
      fit_message({.lower = tailfit::histogram_range(1.0, std::nextafter(1.0, 2.0), 0.1)}),
      "tailfit: lower histogram's range is 1 to 1.0000000000000002, expected a range that 100 "
      "bins can divide");
  EXPECT_EQ(fit_message({.upper = tailfit::histogram_range(-1e308, 1e308, 0.1)}),
            "tailfit: upper histogram's range is -1e+308 to 1e+308, expected a narrower one: high "
            "- low is not finite");
  const std::vector<double> two(2, 0.5);
  EXPECT_EQ(fit_message({.upper = tailfit::per_series(two)}),
            "tailfit: upper thresholds' number is 2, expected n_series = 1");
  EXPECT_EQ(fit_message({.laplace = -1.0}),
            "tailfit: laplace is -1, expected a finite number >= 0");
  EXPECT_EQ(fit_message({.resolution = nan}),
            "tailfit: resolution is nan, expected a finite number >= 0");
  EXPECT_EQ(fit_message({.counts = static_cast<tailfit::Counts>(9)}),
            "tailfit: counts is 9, expected 0 (none), 1 (u16) or 2 (u32)");
}

TEST(CallError, OffsetsThatCannotBeAreNamed) {
  const std::vector<double> values(10, 1.0);
  const auto ragged = [&](const std::vector<std::int64_t>& offsets) {
    return message_of([&] { SeriesView<double>::ragged(values.data(), offsets); });
  };
  EXPECT_EQ(ragged({}), "tailfit: the number of offsets is 0, expected >= 1: one more than series");
  EXPECT_EQ(ragged({-1, 3}), "tailfit: offsets[0] is -1, expected >= 0");
  EXPECT_EQ(ragged({0, 5, 4}), "tailfit: an offset is 4, expected at least the one before it, 5");
  const std::vector<std::int64_t> good = {0, 4, 10};
  const auto view = SeriesView<double>::ragged(values.data(), good);
  EXPECT_EQ(
      message_of([&] { SeriesView<double>::rolling(view, 2); }),
      "tailfit: panel's series are ragged, their number is 2, expected rows or columns of one "
      "length");
  tailfit_series_view c_view = view.c_view();
  const std::int64_t longer[3] = {0, 3, 10};
  c_view.offsets = longer;
  const Context context({.threads = 1});
  tailfit_fits* fits = nullptr;
  EXPECT_EQ(tailfit_fit(context.c_handle(), &c_view, nullptr, &fits), TAILFIT_INVALID_ARGUMENT);
  EXPECT_STREQ(tailfit_last_error(),
               "tailfit: offsets[2] is 10, expected offsets[1] = 3 and at most length = 6 more");
}

TEST(CallError, ViewsOutOfRangeAreNamed) {
  const std::vector<double> values(10, 1.0);
  const auto rows = [&](std::int64_t n_series, std::int64_t length) {
    return message_of([&] { SeriesView<double>::rows(values.data(), n_series, length); });
  };
  EXPECT_EQ(rows(-1, 10), "tailfit: n_series is -1, expected >= 0");
  EXPECT_EQ(rows(1, -10), "tailfit: length is -10, expected >= 0");
  EXPECT_EQ(message_of([] { SeriesView<double>::rows(nullptr, 1, 1); }),
            "tailfit: values is null, expected n_series*length elements");
  const auto panel = SeriesView<double>::rows(values.data(), 1, 10);
  const auto rolling = [&](std::int64_t window, std::int64_t step) {
    return message_of([&] { SeriesView<double>::rolling(panel, window, step); });
  };
  EXPECT_EQ(rolling(11, 1), "tailfit: window is 11, expected at most the series' length, 10");
  EXPECT_EQ(rolling(0, 1), "tailfit: window is 0, expected >= 1");
  EXPECT_EQ(rolling(5, 0), "tailfit: step is 0, expected >= 1");
  EXPECT_EQ(
      message_of(
          [&] { SeriesView<double>::rolling(SeriesView<double>::rolling(panel, 5, 1), 2, 1); }),
      "tailfit: panel's windows is 6, expected 1: a panel of windows cannot be windowed again");
}

TEST(CallError, LevelsOutOfRangeAreNamed) {
  const Context context({.threads = 1});
  const std::vector<double> values(10, 1.0);
  const auto fits = tailfit::fit(context, SeriesView<double>::rows(values.data(), 1, 10));
  EXPECT_EQ(message_of([&] { tailfit::quantile(context, fits, 1.5); }),
            "tailfit: p is 1.5, expected a number from 0 to 1");
  EXPECT_EQ(message_of([&] { tailfit::quantile(context, fits, nan); }),
            "tailfit: p is nan, expected a number from 0 to 1");
  EXPECT_EQ(message_of([&] { tailfit::expected_shortfall(context, fits, 0.0); }),
            "tailfit: p is 0, expected a number between 0 and 1, both excluded");
}

TEST(CallError, ContextsThatCannotBeAreNamed) {
  EXPECT_EQ(message_of([] { Context({.threads = -1}); }),
            "tailfit: threads is -1, expected 0 (every core) to 65536");
  EXPECT_EQ(message_of([] { Context({.backend = static_cast<tailfit::Backend>(7)}); }),
            "tailfit: backend is 7, expected 0 (auto), 1 (cpu) or 2 (cuda)");
  if (Context().backend() == tailfit::Backend::cpu) {
    EXPECT_THROW(Context({.backend = tailfit::Backend::cuda}), tailfit::Error);
  } else {
    EXPECT_EQ(Context({.backend = tailfit::Backend::cuda}).backend(), tailfit::Backend::cuda);
  }
}

TEST(CallError, DevicesThatCannotBeAreNamed) {
  EXPECT_EQ(message_of([] {
              Context({.devices = {0, -2}});
            }),
            "tailfit: a device is -2, expected an ordinal >= 0");
  EXPECT_EQ(message_of([] {
              Context({.devices = {1, 0, 1}});
            }),
            "tailfit: a device is 1, expected each device once");
  EXPECT_EQ(message_of([] { Context({.backend = tailfit::Backend::cpu, .devices = {0}}); }),
            "tailfit: n_devices is 1, expected 0 where the backend is the cpu");
  tailfit_context_options options;
  tailfit_context_options_init(&options);
  const auto message = [&options] {
    tailfit_context* context = nullptr;
    EXPECT_EQ(tailfit_context_create(&options, &context), TAILFIT_INVALID_ARGUMENT);
    EXPECT_EQ(context, nullptr);
    return std::string(tailfit_last_error());
  };
  options.n_devices = 2;
  EXPECT_EQ(message(), "tailfit: devices is null, expected n_devices ordinals of CUDA devices");
  options.n_devices = -1;
  EXPECT_EQ(message(), "tailfit: n_devices is -1, expected 0 to 1024");
  options.n_devices = 0;
  options.register_input = 3;
  EXPECT_EQ(message(), "tailfit: register_input is 3, expected 0 or 1");
  options.register_input = 0;
  options.device_release = [](void*, void*, std::size_t, std::int32_t, void*) {};
  EXPECT_EQ(message(),
            "tailfit: device_allocate is null, expected a function, as device_release is one: both "
            "or neither");
}

// As it ends for a caller from before there were devices in it.
TEST(CallError, ASmallerContextHasNoDevices) {
  tailfit_context_options options;
  tailfit_context_options_init(&options);
  options.struct_size = offsetof(tailfit_context_options, devices);
  options.threads = 1;
  options.n_devices = 77;  // what lies behind it is not ours to read
  tailfit_context* context = nullptr;
  EXPECT_EQ(tailfit_context_create(&options, &context), TAILFIT_OK) << tailfit_last_error();
  tailfit_context_destroy(context);
}

TEST(CallError, TheMemoryBudgetsMinimumIsNamed) {
  const Context context({.threads = 1, .memory_budget = 1000});
  const std::vector<double> values(10, 1.0);
  EXPECT_THROW(tailfit::fit(context, SeriesView<double>::rows(values.data(), 1, 10)),
               tailfit::BudgetTooSmall);
}

TEST(CallError, AnAllocationThatCannotBeIsOutOfMemory) {
  const Context context({.threads = 1});
  const double value = 1.0;
  const std::int64_t n_series = std::int64_t{1} << 44;
  EXPECT_THROW(tailfit::fit(context, SeriesView<double>::rows(&value, n_series, 1, 0)),
               std::bad_alloc);
}

TEST(CallError, OutputsOfAnotherShapeAreNamed) {
  const Context context({.threads = 1});
  const std::vector<double> values(20, 1.0);
  const auto fits = tailfit::fit(context, SeriesView<double>::rows(values.data(), 1, 10));
  const auto two = SeriesView<double>::rows(values.data(), 2, 10);
  EXPECT_EQ(message_of([&] { tailfit::fit_into(context, two, {}, fits.view()); }),
            "tailfit: out.n_fits is 1, expected n_series*n_windows = 2");
  const auto one = SeriesView<double>::rows(values.data(), 1, 10);
  EXPECT_EQ(message_of([&] { tailfit::fit_into(context, one, {.bins = 7}, fits.view()); }),
            "tailfit: out.bins is 100, expected options.bins = 7");
  EXPECT_EQ(message_of([&] { tailfit::fit_into(context, one, {.laplace = 0.5}, fits.view()); }),
            "tailfit: out.laplace is 0, expected options.laplace = 0.5");
  tailfit::SplicedFitsView broken = fits.view();
  broken.counts = nullptr;
  EXPECT_EQ(message_of([&] { tailfit::fit_into(context, one, {}, broken); }),
            "tailfit: fits.counts is null, expected n_fits*bins elements");
  broken.upper.scale = nullptr;
  EXPECT_EQ(message_of([&] { tailfit::fit_into(context, one, {}, broken); }),
            "tailfit: fits.upper.scale is null, expected n_fits elements");
}

TEST(CallError, CCallersWithWrongPointersAndSizesGetACode) {
  tailfit_fits* fits = nullptr;
  EXPECT_EQ(tailfit_fit(nullptr, nullptr, nullptr, &fits), TAILFIT_INVALID_ARGUMENT);
  EXPECT_STREQ(tailfit_last_error(), "tailfit: context is null, expected a tailfit_context");
  const Context context({.threads = 1});
  EXPECT_EQ(tailfit_fit(context.c_handle(), nullptr, nullptr, &fits), TAILFIT_INVALID_ARGUMENT);
  EXPECT_STREQ(tailfit_last_error(), "tailfit: series is null, expected a pointer to it");
  const double x[4] = {1, 2, 3, 4};
  tailfit_series_view view = SeriesView<double>::rows(x, 1, 4).c_view();
  EXPECT_EQ(tailfit_fit(context.c_handle(), &view, nullptr, nullptr), TAILFIT_INVALID_ARGUMENT);
  view.struct_size = 3;
  EXPECT_EQ(tailfit_fit(context.c_handle(), &view, nullptr, &fits), TAILFIT_INVALID_ARGUMENT);
  EXPECT_EQ(std::string(tailfit_last_error()).substr(0, 52),
            "tailfit: tailfit_series_view.struct_size is 3, expec");
  view.struct_size = sizeof view;
  view.dtype = 77;
  EXPECT_EQ(tailfit_fit(context.c_handle(), &view, nullptr, &fits), TAILFIT_INVALID_ARGUMENT);
  EXPECT_STREQ(tailfit_last_error(),
               "tailfit: series.dtype is 77, expected 1 (float) or 2 (double)");
  EXPECT_EQ(fits, nullptr);
  tailfit_fits_destroy(nullptr);
  tailfit_context_destroy(nullptr);
}

TEST(CallError, FieldsThatAFitLacksAreNamed) {
  const Context context({.threads = 1});
  const double x[4] = {1, 2, 3, 4};
  const auto view = SeriesView<double>::rows(x, 1, 4);
  tailfit_fits* fits = nullptr;
  ASSERT_EQ(tailfit_fit(context.c_handle(), &view.c_view(), nullptr, &fits), TAILFIT_OK);
  const void* data = nullptr;
  std::int64_t size = 0;
  std::int32_t dtype = 0;
  EXPECT_EQ(tailfit_fits_get(fits, TAILFIT_FIELD_UPPER_THRESHOLD, &data, &size, &dtype),
            TAILFIT_OK);
  EXPECT_EQ(size, 1);
  EXPECT_EQ(dtype, TAILFIT_F64);
  EXPECT_EQ(tailfit_fits_get(fits, TAILFIT_FIELD_COUNTS, &data, &size, &dtype), TAILFIT_OK);
  EXPECT_EQ(size, 100);
  EXPECT_EQ(tailfit_fits_get(fits, 99, &data, &size, &dtype), TAILFIT_INVALID_ARGUMENT);
  EXPECT_STREQ(tailfit_last_error(),
               "tailfit: field is 99, expected a tailfit_field that this fit has");
  tailfit_fits_destroy(fits);
}

}  // namespace
