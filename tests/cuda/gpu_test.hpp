// What the tests on a device share.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/cuda/gpu_fit.hpp"
#include "tests/cuda/gpu_program.hpp"
#include "tests/host/series_samples.hpp"

namespace tailfit::gpu {
namespace {

// Skipped, and seen to be, where there is no device.
class OnDevice : public testing::Test {
 protected:
  void SetUp() override {
    const std::string reason = no_device_reason();
    if (!reason.empty()) GTEST_SKIP() << reason;
  }
};

// How a fit's memory is chosen.
struct Use {
  Place input = Place::device;
  Place output = Place::device;
  std::uint64_t budget = 0;
};

inline const Context& cpu_context() {
  static const Context context({.backend = Backend::cpu});
  return context;
}

// series: of `values`.
template <class T>
FitComparison compare(const std::vector<T>& values, const SeriesView<T>& series,
                      const FitOptions& options, const Use& use = {}) {
  tailfit_series_view view = series.c_view();
  const std::int64_t origin = series.values() == nullptr ? 0 : series.values() - values.data();
  view.values = nullptr;
  const Context cuda({.backend = Backend::cuda, .threads = 0, .memory_budget = use.budget});
  return compare_fit(cuda, cpu_context(),
                     FitCall<T>{values, origin, view, options.c_options(), use.input, use.output});
}

// Every array has the bytes of the CPU's.
template <class T>
void expect_cpu_bits(const std::vector<T>& values, const SeriesView<T>& series,
                     const FitOptions& options, const Use& use = {}) {
  const FitComparison found = compare(values, series, options, use);
  EXPECT_EQ(found.cpu_code, TAILFIT_OK);
  EXPECT_EQ(found.difference, "");
}

inline std::vector<float> floats_of(const std::vector<double>& values) {
  return std::vector<float>(values.begin(), values.end());
}

}  // namespace
}  // namespace tailfit::gpu
