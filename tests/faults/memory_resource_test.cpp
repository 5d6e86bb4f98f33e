// The caller's memory resource: what it is asked for, that it gets all back, and what happens when
// it has nothing to give.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory_resource>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/host/series_samples.hpp"

namespace {

using tailfit::Context;
using tailfit::SeriesView;
using tailfit::SplicedFits;
using tailfit::tests::same_bits;

constexpr std::int64_t n_series = 100;
constexpr std::int64_t length = 300;

// Remembers what it gave; fails at the k-th allocation.
class WatchedResource final : public std::pmr::memory_resource {
 public:
  std::int64_t fail_at = 0;  // 0: never
  std::int64_t n_asked = 0;
  bool all_returned_as_given = true;
  std::set<std::thread::id> threads;

  std::size_t n_out() const { return given_.size(); }
  bool holds(const void* place) const {
    const auto* byte = static_cast<const std::byte*>(place);
    const auto after = given_.upper_bound(const_cast<std::byte*>(byte));
    if (after == given_.begin()) return false;
    const auto& [begin, shape] = *std::prev(after);
    return byte < begin + shape.bytes;
  }

 private:
  struct Shape {
    std::size_t bytes;
    std::size_t alignment;
  };

  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    const std::lock_guard lock(mutex_);
    threads.insert(std::this_thread::get_id());
    if (++n_asked == fail_at) throw std::runtime_error("not a bad_alloc");
    void* memory = ::operator new (bytes, std::align_val_t{alignment});
    given_[static_cast<std::byte*>(memory)] = {bytes, alignment};
    return memory;
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
    const std::lock_guard lock(mutex_);
    const auto found = given_.find(static_cast<std::byte*>(memory));
    if (found == given_.end() || found->second.bytes != bytes ||
        found->second.alignment != alignment) {
      all_returned_as_given = false;
      return;
    }
    given_.erase(found);
    ::operator delete (memory, std::align_val_t{alignment});
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::mutex mutex_;
  std::map<std::byte*, Shape> given_;
};

class MemoryResource : public testing::TestWithParam<std::int32_t> {
 protected:
  Context::Options options() {
    return {.backend = tailfit::Backend::cpu, .threads = GetParam(), .memory_resource = &resource_};
  }

  WatchedResource resource_;
  const std::vector<double> values_ = tailfit::tests::mixed_batch(81, n_series, length);
  const SeriesView<double> view_ = SeriesView<double>::rows(values_.data(), n_series, length);
};

TEST_P(MemoryResource, GivesScratchAndResultsAndGetsThemBack) {
  const SplicedFits expected = tailfit::fit(Context({.threads = 1}), view_);
  {
    std::optional<Context> context(options());
    const SplicedFits fits = tailfit::fit(*context, view_);
    EXPECT_EQ(resource_.n_asked, 2);  // the results, and the scratch of all workers
    EXPECT_EQ(resource_.n_out(), 1u);
    context.reset();
    EXPECT_TRUE(same_bits(fits, expected));
    EXPECT_TRUE(resource_.holds(fits.n().data()));
    EXPECT_TRUE(resource_.holds(&fits.counts_u32().back()));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(fits.n().data()) % 64, 0u);
  }
  EXPECT_EQ(resource_.n_out(), 0u);
  EXPECT_TRUE(resource_.all_returned_as_given);
  EXPECT_EQ(resource_.threads, std::set{std::this_thread::get_id()});
}

TEST_P(MemoryResource, IsAskedForScratchOnlyWhereTheCallerHasTheOutput) {
  const Context context(options());
  const SplicedFits fits = tailfit::fit(context, view_);
  resource_.n_asked = 0;
  tailfit::fit_into(context, view_, {}, fits.view());
  EXPECT_EQ(resource_.n_asked, 1);
  // Room for the sums of one distribution's counts for each worker.
  tailfit::quantile(context, fits, 0.5);
  EXPECT_EQ(resource_.n_asked, 2);
  EXPECT_EQ(resource_.n_out(), 1u);
}

TEST_P(MemoryResource, MayFailAtEveryAllocation) {
  const Context context(options());
  const SplicedFits expected = tailfit::fit(context, view_);
  std::int64_t k = 1;
  for (;; ++k) {
    resource_.n_asked = 0;
    resource_.fail_at = k;
    std::string message;
    try {
      const SplicedFits fits = tailfit::fit(context, view_);
      EXPECT_TRUE(same_bits(fits, expected));
    } catch (const tailfit::OutOfMemory& error) {
      message = error.what();
    }
    EXPECT_EQ(resource_.n_out(), 1u) << k;  // `expected` alone
    if (message.empty()) break;
    const tailfit::FitPlan plan = tailfit::plan_fit(view_, {}, GetParam());
    EXPECT_EQ(message, "tailfit: out of host memory: " +
                           std::to_string(k == 1 ? plan.result_bytes : plan.scratch_bytes) +
                           " bytes were asked for");
    ASSERT_LT(k, 100);
  }
  EXPECT_EQ(k, 3);
  EXPECT_TRUE(resource_.all_returned_as_given);
}

TEST_P(MemoryResource, ServesCallersOfManyThreads) {
  const Context context(options());
  const SplicedFits expected = tailfit::fit(context, view_);
  std::atomic<int> n_same = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      if (same_bits(tailfit::fit(context, view_), expected)) ++n_same;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(n_same, 8);
  EXPECT_EQ(resource_.n_out(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Threads, MemoryResource, testing::Values(1, 3),
                         testing::PrintToStringParamName());

void* give_nothing(void*, std::size_t, std::size_t) { return nullptr; }
void take_nothing(void*, void*, std::size_t, std::size_t) {}

TEST(MemoryResourceInC, ThatGivesNothingIsOutOfMemory) {
  tailfit_context_options options;
  tailfit_context_options_init(&options);
  options.backend = TAILFIT_BACKEND_CPU;
  options.threads = 1;
  options.allocate = &give_nothing;
  options.release = &take_nothing;
  tailfit_context* context = nullptr;
  ASSERT_EQ(tailfit_context_create(&options, &context), TAILFIT_OK);
  const double x[4] = {1, 2, 3, 4};
  tailfit_fits* fits = nullptr;
  const auto view = SeriesView<double>::rows(x, 1, 4);
  EXPECT_EQ(tailfit_fit(context, &view.c_view(), nullptr, &fits), TAILFIT_OUT_OF_MEMORY);
  EXPECT_EQ(fits, nullptr);
  tailfit_context_destroy(context);
}

TEST(MemoryResourceInC, IsTwoFunctionsOrNone) {
  tailfit_context_options options;
  tailfit_context_options_init(&options);
  tailfit_context* context = nullptr;
  options.allocate = &give_nothing;
  EXPECT_EQ(tailfit_context_create(&options, &context), TAILFIT_INVALID_ARGUMENT);
  EXPECT_STREQ(
      tailfit_last_error(),
      "tailfit: release is null, expected a function, as allocate is one: both or neither");
  options.allocate = nullptr;
  options.release = &take_nothing;
  EXPECT_EQ(tailfit_context_create(&options, &context), TAILFIT_INVALID_ARGUMENT);
  EXPECT_STREQ(
      tailfit_last_error(),
      "tailfit: allocate is null, expected a function, as release is one: both or neither");
  EXPECT_EQ(context, nullptr);
}

TEST(MemoryResourceInC, IsNoneForACallerFromBeforeItsTime) {
  // As such a caller's structure ends: what lies behind it is not ours to read.
  tailfit_context_options options;
  tailfit_context_options_init(&options);
  options.struct_size = offsetof(tailfit_context_options, allocate);
  options.threads = 1;
  options.allocate = &give_nothing;
  tailfit_context* context = nullptr;
  ASSERT_EQ(tailfit_context_create(&options, &context), TAILFIT_OK) << tailfit_last_error();
  const double x[4] = {1, 2, 3, 4};
  tailfit_fits* fits = nullptr;
  const auto view = SeriesView<double>::rows(x, 1, 4);
  EXPECT_EQ(tailfit_fit(context, &view.c_view(), nullptr, &fits), TAILFIT_OK);
  tailfit_fits_destroy(fits);
  tailfit_context_destroy(context);
  options.struct_size += 4;
  EXPECT_EQ(tailfit_context_create(&options, &context), TAILFIT_INVALID_ARGUMENT);
}

}  // namespace
