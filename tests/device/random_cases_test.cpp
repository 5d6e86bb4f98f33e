// The random calls of gpu_fit_parity, small ones, on the fake device: the bits of the CPU.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "host/device/device_input.hpp"
#include "host/device/device_run.hpp"
#include "tests/cuda/fits_block.hpp"
#include "tests/cuda/random_fit_values.hpp"
#include "tests/device/fake_device.hpp"

namespace {

using namespace tailfit::gpu;
namespace host = tailfit::host;

// How many cases, and from which seed; more of them, with every lane of every group, is
//     TAILFIT_RANDOM_CASES=3000 TAILFIT_SEED=2 device_test --gtest_filter='*Random*'
std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}
const bool all_lanes = std::getenv("TAILFIT_RANDOM_CASES") != nullptr;

constexpr CaseLimits small{24, 2000, 20'000, 20'000, 100'000};

std::int32_t memory_of(Place place) {
  return place == Place::device ? TAILFIT_MEMORY_DEVICE : TAILFIT_MEMORY_HOST;
}

// The call's code, and its results in `block`.
tailfit_code on_fake_device(const FitCase& c, const void* values, const FitsBlock& layout,
                            std::vector<char>& block, std::uint64_t available) {
  tailfit::tests::FakeDevice device;
  device.state.use_lanes = c.number % 4 == 0 || all_lanes;
  tailfit_series_view view = c.view_of(values);
  view.memory = memory_of(c.input);
  if (c.input == Place::pinned) {
    const host::InputRange range = host::range_of_input(view);
    device.pin(range.begin, range.bytes);
  }
  if (c.output == Place::pinned) device.pin(block.data(), block.size());
  try {
    host::run_on_devices({{shared(device)}}, tailfit_context{}, view, c.whole_options(),
                         layout.view(block.data(), memory_of(c.output)),
                         {available, std::numeric_limits<std::uint64_t>::max()});
  } catch (const host::CallError& error) {
    EXPECT_TRUE(device.holds_nothing());
    return error.code();
  }
  EXPECT_TRUE(device.holds_nothing());
  return TAILFIT_OK;
}

template <class T>
void try_case(const tailfit::Context& cpu, const FitCase& c) {
  const std::vector<T> values = values_of<T>(c);
  const FitsBlock layout(c.n_fits(), c.options);
  std::vector<char> expected(layout.bytes(), char{0x5A});
  std::vector<char> found(layout.bytes(), char{0x33});
  const tailfit_series_view view = c.view_of(values.data());
  const tailfit_fit_options options = c.whole_options();
  const tailfit_fits_view out = layout.view(expected.data(), TAILFIT_MEMORY_HOST);
  const tailfit_code code = tailfit_fit_into(cpu.c_handle(), &view, &options, &out);

  constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
  tailfit_code given =
      on_fake_device(c, values.data(), layout, found, c.budget == 0 ? unlimited : c.budget);
  if (given == TAILFIT_BUDGET_TOO_SMALL) {
    EXPECT_NE(c.budget, 0u);
    given = on_fake_device(c, values.data(), layout, found, unlimited);
  }
  EXPECT_EQ(given, code);
  if (code == TAILFIT_OK) EXPECT_EQ(layout.first_difference(found.data(), expected.data()), "");
  EXPECT_TRUE(layout.gaps_hold(found.data(), char{0x33}));
}

TEST(DeviceRun, RandomCasesGiveTheBitsOfTheCpu) {
  const tailfit::Context cpu({.backend = tailfit::Backend::cpu});
  const std::uint64_t n_cases = setting("TAILFIT_RANDOM_CASES", 150);
  const std::uint64_t seed = setting("TAILFIT_SEED", 1);
  std::int64_t n_fits = 0;
  for (std::uint64_t number = 0; number < n_cases; ++number) {
    const FitCase c = make_fit_case(seed, number, small);
    SCOPED_TRACE("seed " + std::to_string(seed) + ", case " + std::to_string(number) + ": " +
                 describe(c));
    n_fits += c.n_fits();
    if (c.view.dtype == TAILFIT_F64) {
      try_case<double>(cpu, c);
    } else {
      try_case<float>(cpu, c);
    }
    if (testing::Test::HasFailure()) return;
  }
  std::cout << n_cases << " cases, " << n_fits << " fits, seed " << seed << '\n';
}

// Every value that a fit reads lies in the block.
TEST(RandomFitCase, ReadsNothingBesideItsValues) {
  for (std::uint64_t number = 0; number < 3000; ++number) {
    const FitCase c = make_fit_case(2, number);
    const tailfit_series_view& v = c.view;
    if (v.length == 0) continue;
    ASSERT_LE(c.n_values, 5 * CaseLimits{}.greatest_values) << describe(c);
    if (!c.offsets.empty()) {
      ASSERT_GE(c.origin + c.offsets.front(), 0);
      ASSERT_LE(c.origin + c.offsets[static_cast<std::size_t>(v.n_series)], c.n_values);
      continue;
    }
    for (const std::int64_t series : {std::int64_t{0}, v.n_series - 1}) {
      for (const std::int64_t window : {std::int64_t{0}, v.n_windows - 1}) {
        for (const std::int64_t t : {std::int64_t{0}, v.length - 1}) {
          const std::int64_t at =
              c.origin + series * v.series_stride + window * v.window_stride + t * v.value_stride;
          ASSERT_TRUE(at >= 0 && at < c.n_values) << describe(c);
        }
      }
    }
  }
}

// What the kernels do differently is tried, all of it.
TEST(RandomFitCase, HasEveryKindOfCall) {
  std::map<std::string, int> seen;
  for (std::uint64_t number = 0; number < 500; ++number) {
    const FitCase c = make_fit_case(3, number);
    const tailfit_series_view& v = c.view;
    seen["ragged"] += c.offsets.empty() ? 0 : 1;
    seen["columns"] += c.offsets.empty() && v.series_stride == 1 && v.value_stride > 4 ? 1 : 0;
    seen["a series again and again"] += v.series_stride == 0 && v.n_series > 1 ? 1 : 0;
    seen["a window again and again"] += v.window_stride == 0 && v.n_windows > 1 ? 1 : 0;
    seen["lower thresholds of their own"] += c.own[0].empty() ? 0 : 1;
    seen["upper thresholds of their own"] += c.own[1].empty() ? 0 : 1;
    seen["thresholds of windows"] += static_cast<std::int64_t>(c.own[0].size()) > v.n_series;
  }
  for (const auto& [what, n] : seen) EXPECT_GT(n, 0) << what;
}

}  // namespace
