// Every call of the C interface, with the k-th allocation failing for every k: it says so or
// succeeds, leaks nothing, and the next call has the right bits.
#include "tests/faults/failing_allocator.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/host/series_samples.hpp"

namespace {

using tailfit::Context;
using tailfit::SeriesView;
using tailfit::SplicedFits;
using tailfit::tests::fail_allocation;
using tailfit::tests::Failing;
using tailfit::tests::n_allocations;
using tailfit::tests::n_live_allocations;
using tailfit::tests::same_bits;
using tailfit::tests::stop_failing;

constexpr std::int64_t n_series = 150;
constexpr std::int64_t length = 400;

struct Parameters {
  std::int32_t threads;
  Failing failing;
};

class FailingAllocator : public testing::TestWithParam<Parameters> {
 protected:
  // call() -> tailfit_code does one thing and undoes it. Returns how many allocations it makes.
  template <class Call>
  std::int64_t try_every_allocation(const Call& call) {
    for (std::int64_t k = 1;; ++k) {
      const std::int64_t live = n_live_allocations();
      fail_allocation(k, GetParam().failing);
      const tailfit_code code = call();
      const std::int64_t n_failed = stop_failing();
      const std::int64_t leaked = n_live_allocations() - live;
      EXPECT_EQ(leaked, 0) << "allocation " << k;
      if (n_failed == 0) {
        EXPECT_EQ(code, TAILFIT_OK) << tailfit_last_error();
        return k - 1;
      }
      EXPECT_TRUE(code == TAILFIT_OK || code == TAILFIT_OUT_OF_MEMORY)
          << "allocation " << k << ": " << code << ", " << tailfit_last_error();
      if (code == TAILFIT_OUT_OF_MEMORY) {
        EXPECT_EQ(std::string(tailfit_last_error()).rfind("tailfit: out of host memory", 0), 0u);
      }
      if (HasFailure() || k > 1000) return -1;
    }
  }

  tailfit_code fit_and_destroy() const { return fit_and_destroy(context_); }

  tailfit_code fit_and_destroy(const Context& context) const {
    tailfit_fits* fits = nullptr;
    const tailfit_code code = tailfit_fit(context.c_handle(), &view_.c_view(), nullptr, &fits);
    tailfit_fits_destroy(fits);
    return code;
  }

  void expect_right_bits() const {
    EXPECT_TRUE(same_bits(tailfit::fit(context_, view_), fits_));
    EXPECT_EQ(tailfit::quantile(context_, fits_, 0.3), quantiles_);
  }

  const std::vector<double> values_ = tailfit::tests::heavy_batch(71, n_series, length);
  const SeriesView<double> view_ = SeriesView<double>::rows(values_.data(), n_series, length);
  const Context context_{{.backend = tailfit::Backend::cpu, .threads = GetParam().threads}};
  // Made first: oneTBB's threads are started by this.
  const SplicedFits fits_ = tailfit::fit(context_, view_);
  const std::vector<double> quantiles_ = tailfit::quantile(context_, fits_, 0.3);
};

TEST_P(FailingAllocator, ContextsAreMadeOrNot) {
  const auto make = [](std::int32_t threads) {
    tailfit_context_options options;
    tailfit_context_options_init(&options);
    options.backend = TAILFIT_BACKEND_CPU;
    options.threads = threads;
    tailfit_context* made = nullptr;
    const tailfit_code code = tailfit_context_create(&options, &made);
    tailfit_context_destroy(made);
    return code;
  };
  EXPECT_GE(try_every_allocation([&] { return make(GetParam().threads); }), 1);
  expect_right_bits();
}

TEST_P(FailingAllocator, FitsAreMadeOrNot) {
  EXPECT_GE(try_every_allocation([&] { return fit_and_destroy(); }), 3);
  expect_right_bits();
}

// More threads than cores, which oneTBB is told for as long as the fit runs.
TEST_P(FailingAllocator, FitsOfManyThreadsAreMadeOrNot) {
  const auto cores = static_cast<std::int32_t>(std::thread::hardware_concurrency());
  const Context many({.backend = tailfit::Backend::cpu, .threads = cores + GetParam().threads});
  EXPECT_TRUE(same_bits(tailfit::fit(many, view_), fits_));
  EXPECT_GE(try_every_allocation([&] { return fit_and_destroy(many); }), 4);
  EXPECT_TRUE(same_bits(tailfit::fit(many, view_), fits_));
  expect_right_bits();
}

TEST_P(FailingAllocator, FitsIntoTheCallersMemoryAreMadeOrNot) {
  const SplicedFits out = tailfit::fit(context_, view_);
  EXPECT_GE(try_every_allocation([&] {
              return tailfit_fit_into(context_.c_handle(), &view_.c_view(), nullptr, &out.view());
            }),
            1);
  EXPECT_TRUE(same_bits(out, fits_));
  expect_right_bits();
}

TEST_P(FailingAllocator, QuantilesAndShortfallsAreComputedOrNot) {
  std::vector<double> out(n_series);
  const auto quantile = [&] {
    return tailfit_quantile(context_.c_handle(), &fits_.view(), 0.3, out.data());
  };
  EXPECT_GE(try_every_allocation(quantile), 0);
  EXPECT_EQ(out, quantiles_);
  const auto shortfall = [&] {
    return tailfit_expected_shortfall(context_.c_handle(), &fits_.view(), 0.01, out.data());
  };
  EXPECT_GE(try_every_allocation(shortfall), 0);
  EXPECT_EQ(out, tailfit::expected_shortfall(context_, fits_, 0.01));
}

TEST_P(FailingAllocator, FilesOfFitsAreWrittenAndReadOrNot) {
  const int memory = memfd_create("fits", 0);
  ASSERT_GE(memory, 0);
  const auto write = [&] {
    EXPECT_EQ(ftruncate(memory, 0), 0);
    const tailfit_saving saving{
        sizeof(tailfit_saving), nullptr, memory, TAILFIT_COUNTS_U32, n_series, 100, 0.0, nullptr};
    const tailfit_array array{"more", values_.data(), TAILFIT_F64, 1, n_series, 1};
    tailfit_fits_writer* writer = nullptr;
    tailfit_code code = tailfit_fits_writer_create(&saving, &writer);
    if (code == TAILFIT_OK) code = tailfit_fits_writer_append(writer, &fits_.view());
    if (code == TAILFIT_OK) code = tailfit_fits_writer_attach(writer, &array);
    if (code == TAILFIT_OK) code = tailfit_fits_writer_finish(writer);
    tailfit_fits_writer_destroy(writer);
    return code;
  };
  EXPECT_GE(try_every_allocation(write), 10);
  const std::string path = "/proc/self/fd/" + std::to_string(memory);
  const auto read = [&] {
    tailfit_fits_file* file = nullptr;
    tailfit_fits* fits = nullptr;
    tailfit_code code = tailfit_fits_file_open(path.c_str(), &file);
    if (code == TAILFIT_OK) code = tailfit_fits_file_read(file, 0, n_series, &fits);
    tailfit_fits_destroy(fits);
    tailfit_fits_file_close(file);
    return code;
  };
  EXPECT_GE(try_every_allocation(read), 10);
  EXPECT_TRUE(same_bits(tailfit::load(path), fits_));
  close(memory);
}

TEST_P(FailingAllocator, PlanningAndGettersAllocateNothing) {
  const std::int64_t before = n_allocations();
  tailfit_fit_plan plan{};
  plan.struct_size = sizeof plan;
  const tailfit_code code =
      tailfit_plan_fit(&view_.c_view(), nullptr, GetParam().threads, 0, &plan);
  const std::string_view description = tailfit_context_describe(context_.c_handle());
  const std::int64_t after = n_allocations();
  EXPECT_EQ(code, TAILFIT_OK);
  EXPECT_EQ(plan.n_fits, n_series);
  EXPECT_FALSE(description.empty());
  EXPECT_EQ(after, before);
}

TEST_P(FailingAllocator, BadCallsAreRefusedWithOrWithoutTheirWords) {
  tailfit_fit_options options;
  tailfit_fit_options_init(&options);
  options.bins = -5;
  for (std::int64_t k = 1; k < 20; ++k) {
    tailfit_fits* fits = nullptr;
    const std::int64_t live = n_live_allocations();
    fail_allocation(k, GetParam().failing);
    const tailfit_code code = tailfit_fit(context_.c_handle(), &view_.c_view(), &options, &fits);
    const bool has_failed = stop_failing() > 0;
    const std::int64_t leaked = n_live_allocations() - live;
    EXPECT_EQ(leaked, 0);
    EXPECT_EQ(fits, nullptr);
    EXPECT_EQ(code, has_failed ? TAILFIT_OUT_OF_MEMORY : TAILFIT_INVALID_ARGUMENT);
  }
  EXPECT_STREQ(tailfit_last_error(), "tailfit: bins is -5, expected 1 to 2^20");
}

TEST_P(FailingAllocator, TheCppLayerThrowsBadAlloc) {
  const auto in_cpp = [&] {
    try {
      const Context context({.backend = tailfit::Backend::cpu,
                             .threads = GetParam().threads,
                             .progress = [](std::int64_t, std::int64_t) { return true; }});
      const SplicedFits fits = tailfit::fit(context, view_);
      return tailfit::quantile(context, fits, 0.3) == quantiles_ ? TAILFIT_OK : TAILFIT_INTERNAL;
    } catch (const tailfit::OutOfMemory&) {
      return TAILFIT_OUT_OF_MEMORY;
    } catch (const std::bad_alloc&) {
      return TAILFIT_OK;  // of the caller's side: it has no message
    }
  };
  EXPECT_GE(try_every_allocation(in_cpp), 5);
}

INSTANTIATE_TEST_SUITE_P(
    Threads, FailingAllocator,
    testing::Values(Parameters{1, Failing::once}, Parameters{1, Failing::from_then_on},
                    Parameters{3, Failing::once}, Parameters{3, Failing::from_then_on}),
    [](const testing::TestParamInfo<Parameters>& parameters) {
      return std::to_string(parameters.param.threads) +
             (parameters.param.failing == Failing::once ? "Once" : "FromThenOn");
    });

}  // namespace
