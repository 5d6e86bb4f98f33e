// Many callers at once, through one context and through their own.
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/host/series_samples.hpp"

namespace {

using tailfit::Context;
using tailfit::SeriesView;

TEST(Concurrency, CallersThroughOneContextAndTheirOwnGetTheSameBits) {
  constexpr std::int64_t n_series = 60;
  const std::vector<double> values = tailfit::tests::mixed_batch(61, n_series, 200);
  const auto view = SeriesView<double>::rows(values.data(), n_series, 200);
  const Context shared({.threads = 2});
  const auto expected = tailfit::fit(shared, view);
  std::atomic<int> n_same = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 12; ++i) {
    callers.emplace_back([&, i] {
      const Context own({.threads = 1 + i % 3});
      for (int repeat = 0; repeat < 3; ++repeat) {
        const auto fits = tailfit::fit(i % 2 == 0 ? shared : own, view);
        if (tailfit::tests::same_bits(fits, expected)) ++n_same;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(n_same, 36);
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
