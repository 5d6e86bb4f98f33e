// Fits in the oneTBB arena of whoever calls: its threads and no others, and the bits of any arena.
#include "tests/host/callers_arena.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cfenv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/host/series_samples.hpp"

namespace {

using tailfit::Backend;
using tailfit::Context;
using tailfit::FitOptions;
using tailfit::SeriesView;
using tailfit::SplicedFits;
using tailfit::tests::as_tasks;
using tailfit::tests::in_arena;
using tailfit::tests::same_bits;
using tailfit::tests::threads_here;

constexpr std::int64_t n_series = 120;
constexpr std::int64_t length = 500;

// What took part in the calls, as the progress callback sees it.
class Watcher {
 public:
  bool look() {
    const std::lock_guard lock(mutex_);
    threads_.insert(std::this_thread::get_id());
    sizes_.insert(threads_here());
    return true;
  }
  std::size_t n_threads() const { return threads_.size(); }
  // Threads of the arenas that the chunks ran in.
  const std::set<int>& sizes() const { return sizes_; }

 private:
  std::mutex mutex_;
  std::set<std::thread::id> threads_;
  std::set<int> sizes_;
};

Context context_in_arena(Watcher& watcher, std::int32_t threads = 0, std::uint64_t budget = 0) {
  return Context({.backend = Backend::cpu,
                  .threads = threads,
                  .memory_budget = budget,
                  .progress = [&](std::int64_t, std::int64_t) { return watcher.look(); },
                  .use_callers_arena = true});
}

class CallersArena : public testing::Test {
 protected:
  const std::vector<double> values_ = tailfit::tests::mixed_batch(71, n_series, length);
  const SeriesView<double> view_ = SeriesView<double>::rows(values_.data(), n_series, length);
  const Context own_{{.backend = Backend::cpu, .threads = 2}};
  const SplicedFits expected_ = tailfit::fit(own_, view_);
};

TEST_F(CallersArena, GivesItsThreadsAndTheBitsOfAnyOther) {
  for (const int n : {1, 2, 5}) {
    Watcher watcher;
    const Context context = context_in_arena(watcher);
    in_arena(n, [&] {
      EXPECT_EQ(context.threads(), n);
      EXPECT_TRUE(same_bits(tailfit::fit(context, view_), expected_)) << n;
      const std::vector<double> q = tailfit::quantile(context, expected_, 0.3);
      EXPECT_TRUE(same_bits(q.data(), tailfit::quantile(own_, expected_, 0.3).data(),
                            n_series * sizeof(double)));
    });
    EXPECT_LE(watcher.n_threads(), static_cast<std::size_t>(n));
    EXPECT_EQ(watcher.sizes(), std::set<int>{n});
  }
}

TEST_F(CallersArena, SharesTheWorkAmongItsThreads) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "one processor";
  Watcher watcher;
  const Context context = context_in_arena(watcher);
  // A busy machine may take its time to start the second one.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  in_arena(2, [&] {
    while (watcher.n_threads() < 2 && std::chrono::steady_clock::now() < end) {
      tailfit::fit(context, view_);
    }
  });
  EXPECT_EQ(watcher.n_threads(), 2u);
}

TEST_F(CallersArena, ServesAThreadThatIsInNone) {
  Watcher watcher;
  const Context context = context_in_arena(watcher);
  std::thread([&] {
    EXPECT_GE(context.threads(), 1);
    EXPECT_TRUE(same_bits(tailfit::fit(context, view_), expected_));
  }).join();
}

TEST_F(CallersArena, ServesManyOfItsTasksAtOnce) {
  Watcher watcher;
  const Context context = context_in_arena(watcher);
  std::atomic<int> n_same = 0;
  in_arena(2, [&] {
    as_tasks(24, false, [&](int) {
      if (same_bits(tailfit::fit(context, view_), expected_)) ++n_same;
    });
  });
  EXPECT_EQ(n_same, 24);
  EXPECT_LE(watcher.n_threads(), 2u);
}

// A caller that has run out of chunks waits for a slow one, while there are tasks to be had.
TEST_F(CallersArena, LendsAWaitingTaskNoOther) {
  const Context context({.backend = Backend::cpu,
                         .progress =
                             [](std::int64_t, std::int64_t) {
                               std::this_thread::sleep_for(std::chrono::microseconds(200));
                               return true;
                             },
                         .use_callers_arena = true});
  const auto few = SeriesView<double>::rows(values_.data(), 6, length);
  in_arena(4, [&] { as_tasks(800, false, [&](int) { tailfit::fit(context, few); }); });
  EXPECT_FALSE(tailfit::tests::began_within_another());
}

TEST_F(CallersArena, GivesNoMoreThreadsThanAsked) {
  Watcher watcher;
  const Context context = context_in_arena(watcher, 2);
  in_arena(5, [&] {
    EXPECT_EQ(context.threads(), 2);
    EXPECT_TRUE(same_bits(tailfit::fit(context, view_), expected_));
  });
  EXPECT_LE(watcher.n_threads(), 2u);
  EXPECT_EQ(watcher.sizes(), std::set<int>{5});
}

TEST_F(CallersArena, HasNoMoreThreadsThanThereAre) {
  Watcher watcher;
  const Context context = context_in_arena(watcher, 64);
  in_arena(2, [&] { EXPECT_EQ(context.threads(), 2); });
  in_arena(1, [&] { tailfit::fit(context, view_); });
  EXPECT_EQ(watcher.n_threads(), 1u);
}

TEST_F(CallersArena, KeepsToTheMemoryBudget) {
  const std::uint64_t of_one = tailfit::plan_fit(view_, {}, 1).minimum_budget;
  Watcher watcher;
  const Context context = context_in_arena(watcher, 0, of_one);
  in_arena(4, [&] { EXPECT_TRUE(same_bits(tailfit::fit(context, view_), expected_)); });
  EXPECT_EQ(watcher.n_threads(), 1u);
  const Context too_small = context_in_arena(watcher, 0, of_one - 1);
  in_arena(4, [&] { EXPECT_THROW(tailfit::fit(too_small, view_), tailfit::BudgetTooSmall); });
}

// Chunks that are not run would leave results unwritten.
TEST_F(CallersArena, FinishesACallWhoseCallersTaskGroupIsCancelled) {
  Watcher watcher;
  const Context context = context_in_arena(watcher);
  std::atomic<int> n_run = 0;
  in_arena(2, [&] {
    as_tasks(4, true, [&](int) {
      ++n_run;
      EXPECT_TRUE(same_bits(tailfit::fit(context, view_), expected_));
      EXPECT_TRUE(same_bits(tailfit::fit(own_, view_), expected_));
    });
  });
  EXPECT_GE(n_run, 1);
}

TEST_F(CallersArena, IsCancelledByTheProgressCallback) {
  std::int64_t n_done = 0;
  int n_calls = 0;
  const Context context({.backend = Backend::cpu,
                         .progress =
                             [&](std::int64_t done, std::int64_t) {
                               n_done = done;
                               return ++n_calls < 3;
                             },
                         .use_callers_arena = true});
  in_arena(2, [&] {
    const SplicedFits fits = tailfit::fit(context, view_);
    std::int64_t n_run = 0;
    for (const std::uint32_t status : fits.status()) n_run += status != tailfit::status::not_run;
    EXPECT_GE(n_run, n_done);  // the other thread's chunk is finished
    EXPECT_LT(n_run, n_series);
  });
  EXPECT_EQ(n_calls, 3);
}

TEST_F(CallersArena, ReportsTheErrorsOfAnyOther) {
  const std::vector<double> many(140'000, 1.0);
  const auto view = SeriesView<double>::rows(many.data(), 2, 70'000);
  const FitOptions options{
      .lower = tailfit::given(0.0), .upper = tailfit::given(2.0), .counts = tailfit::Counts::u16};
  const auto message_of = [&](const Context& context) {
    try {
      tailfit::fit(context, view, options);
    } catch (const tailfit::CountOverflow& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  Watcher watcher;
  const Context context = context_in_arena(watcher);
  in_arena(2, [&] {
    EXPECT_EQ(message_of(context), message_of(own_));
    EXPECT_TRUE(same_bits(tailfit::fit(context, view_), expected_));
  });
}

TEST_F(CallersArena, FitsAStream) {
  Watcher watcher;
  const Context context = context_in_arena(watcher);
  std::vector<double> shapes;
  in_arena(2, [&] {
    std::int64_t next = 0;
    tailfit::fit_stream(
        context,
        [&]() -> std::optional<SeriesView<double>> {
          if (next == n_series) return std::nullopt;
          const double* first = values_.data() + std::exchange(next, next + 40) * length;
          return SeriesView<double>::rows(first, 40, length);
        },
        {},
        [&](const tailfit::PieceFits& fits) {
          EXPECT_EQ(threads_here(), 2);
          shapes.insert(shapes.end(), fits.upper().shape.begin(), fits.upper().shape.end());
        });
  });
  EXPECT_LE(watcher.n_threads(), 2u);
  EXPECT_EQ(watcher.sizes(), std::set<int>{2});
  ASSERT_EQ(shapes.size(), static_cast<std::size_t>(n_series));
  EXPECT_TRUE(same_bits(shapes.data(), expected_.upper().shape.data(), n_series * sizeof(double)));
}

TEST_F(CallersArena, RoundsAsEverWhateverItsThreadsDo) {
  Watcher watcher;
  const Context context = context_in_arena(watcher);
  in_arena(2, [&] {
    std::fesetround(FE_UPWARD);
    const bool is_same = same_bits(tailfit::fit(context, view_), expected_);
    EXPECT_EQ(std::fegetround(), FE_UPWARD);
    std::fesetround(FE_TONEAREST);
    EXPECT_TRUE(is_same);
  });
}

TEST_F(CallersArena, IsDescribed) {
  Watcher watcher;
  const auto starts_with = [&](std::int32_t threads, const std::string& words) {
    const std::string text = context_in_arena(watcher, threads).describe();
    EXPECT_EQ(text.substr(0, words.size()), words);
  };
  starts_with(0, "cpu, threads of the caller's arena, ");
  starts_with(1, "cpu, at most 1 thread of the caller's arena, ");
  starts_with(3, "cpu, at most 3 threads of the caller's arena, ");
}

TEST_F(CallersArena, IsYesOrNo) {
  tailfit_context_options options;
  tailfit_context_options_init(&options);
  EXPECT_EQ(options.use_callers_arena, 0);
  options.backend = TAILFIT_BACKEND_CPU;
  options.use_callers_arena = 2;
  tailfit_context* context = nullptr;
  EXPECT_EQ(tailfit_context_create(&options, &context), TAILFIT_INVALID_ARGUMENT);
  EXPECT_STREQ(tailfit_last_error(), "tailfit: use_callers_arena is 2, expected 0 or 1");
  // As the structure of a caller from before the field ends: what lies behind is not read.
  options.struct_size = offsetof(tailfit_context_options, use_callers_arena);
  options.threads = 3;
  ASSERT_EQ(tailfit_context_create(&options, &context), TAILFIT_OK) << tailfit_last_error();
  EXPECT_EQ(std::string(tailfit_context_describe(context)).substr(0, 15), "cpu, 3 threads,");
  tailfit_context_destroy(context);
}

}  // namespace
