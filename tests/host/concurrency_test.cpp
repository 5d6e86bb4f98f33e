// Many callers at once, through one context and through their own.
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <latch>
#include <thread>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/host/series_samples.hpp"

namespace {

using tailfit::Context;
using tailfit::SeriesView;
using tailfit::tests::same_bits;

TEST(Concurrency, AHundredCallersThroughOneContextAndTheirOwnGetTheSameBits) {
  constexpr int n_callers = 100;
  constexpr std::int64_t n_series = 60;
  const std::vector<double> values = tailfit::tests::mixed_batch(61, n_series, 200);
  const auto view = SeriesView<double>::rows(values.data(), n_series, 200);
  const Context shared({.threads = 2});
  const auto expected = tailfit::fit(shared, view);
  const std::vector<double> quantiles = tailfit::quantile(shared, expected, 0.4);
  std::atomic<int> n_same = 0;
  std::latch all_are_here(n_callers);
  std::vector<std::thread> callers;
  for (int i = 0; i < n_callers; ++i) {
    callers.emplace_back([&, i] {
      all_are_here.arrive_and_wait();
      const Context own({.threads = 1 + i % 3});
      for (const Context* context : {&shared, &own}) {
        const auto fits = tailfit::fit(*context, view);
        if (same_bits(fits, expected)) ++n_same;
        const std::vector<double> q = tailfit::quantile(*context, fits, 0.4);
        if (same_bits(q.data(), quantiles.data(), n_series * sizeof(double))) ++n_same;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(n_same, 4 * n_callers);
}

TEST(Concurrency, MessagesBelongToTheirThread) {
  tailfit_context* context = nullptr;
  tailfit_context_options options;
  tailfit_context_options_init(&options);
  options.threads = -3;
  EXPECT_EQ(tailfit_context_create(&options, &context), TAILFIT_INVALID_ARGUMENT);
  std::thread([] { EXPECT_STREQ(tailfit_last_error(), ""); }).join();
  EXPECT_STREQ(tailfit_last_error(), "tailfit: threads is -3, expected 0 (every core) to 65536");
}

#if !defined(__SANITIZE_THREAD__)  // a fork among threads is what ThreadSanitizer refuses
TEST(Concurrency, UseAfterForkIsRefused) {
  const Context context;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const double x[2] = {1.0, 2.0};
    tailfit_fits* fits = nullptr;
    const auto view = SeriesView<double>::rows(x, 1, 2);
    const tailfit_code code = tailfit_fit(context.c_handle(), &view.c_view(), nullptr, &fits);
    _exit(code == TAILFIT_INVALID_ARGUMENT ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
#endif

}  // namespace
