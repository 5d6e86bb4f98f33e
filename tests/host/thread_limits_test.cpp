// oneTBB limits the threads of the whole process: contexts have theirs all the same, whatever
// others there are, and a limit that the caller has set holds.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "host/parallel.hpp"
#include "tests/host/callers_arena.hpp"
#include "tests/host/series_samples.hpp"

namespace {

using tailfit::Backend;
using tailfit::Context;
using tailfit::SeriesView;
using tailfit::SplicedFits;
using tailfit::tests::same_bits;
using tailfit::tests::threads_allowed;
using tailfit::tests::with_limit;

constexpr std::int64_t n_series = 120;
constexpr std::int64_t length = 300;

// Chunks that wait until so many threads are at work, or a busy machine has had its time.
class Meeting {
 public:
  Meeting(std::int32_t n_expected, std::chrono::milliseconds patience)
      : n_expected_(static_cast<std::size_t>(n_expected)),
        end_(std::chrono::steady_clock::now() + patience) {}

  void run(std::int32_t threads) {
    tailfit::host::for_each_chunk(
        {threads, false}, 8 * threads,
        [](void* state, std::int64_t, std::int32_t slot) {
          static_cast<Meeting*>(state)->wait(slot);
        },
        this);
  }

  std::size_t n_threads() const { return threads_.size(); }
  // Threads that the process was allowed while the chunks ran.
  const std::set<int>& allowed() const { return allowed_; }
  bool used_slots_below(std::int32_t n) const { return slots_.empty() || *slots_.rbegin() < n; }

 private:
  void wait(std::int32_t slot) {
    {
      const std::lock_guard lock(mutex_);
      threads_.insert(std::this_thread::get_id());
      slots_.insert(slot);
      allowed_.insert(threads_allowed());
      n_here_ = threads_.size();
    }
    while (n_here_ < n_expected_ && std::chrono::steady_clock::now() < end_) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }

  const std::size_t n_expected_;
  const std::chrono::steady_clock::time_point end_;
  std::atomic<std::size_t> n_here_ = 0;
  std::mutex mutex_;
  std::set<std::thread::id> threads_;
  std::set<int> slots_;
  std::set<int> allowed_;
};

Context context_of(std::int32_t threads) {
  return Context({.backend = Backend::cpu, .threads = threads});
}

// More threads than there are processors, as a call may have: n + 1, n + 5.
std::int32_t beyond_the_cores(std::int32_t n) { return tailfit::host::available_cores() + n; }

class ThreadLimits : public testing::Test {
 protected:
  void SetUp() override { testing::internal::CaptureStderr(); }
  void TearDown() override { EXPECT_EQ(testing::internal::GetCapturedStderr(), ""); }

  void expect_threads(std::int32_t threads) const {
    Meeting meeting(threads, std::chrono::seconds(10));
    meeting.run(threads);
    EXPECT_EQ(meeting.n_threads(), static_cast<std::size_t>(threads));
    EXPECT_TRUE(meeting.used_slots_below(threads));
  }

  void expect_right_bits(const Context& context) const {
    EXPECT_TRUE(same_bits(tailfit::fit(context, view_), expected_)) << context.describe();
  }

  const std::vector<double> values_ = tailfit::tests::mixed_batch(72, n_series, length);
  const SeriesView<double> view_ = SeriesView<double>::rows(values_.data(), n_series, length);
  const SplicedFits expected_ = tailfit::fit(context_of(1), view_);
};

TEST_F(ThreadLimits, DoNotPassFromOneContextToAnother) {
  for (const bool larger_first : {false, true}) {
    std::vector<std::int32_t> numbers{3, 7, beyond_the_cores(1), beyond_the_cores(5)};
    if (larger_first) std::reverse(numbers.begin(), numbers.end());
    std::vector<Context> contexts;
    for (const std::int32_t n : numbers) contexts.push_back(context_of(n));
    for (const Context& context : contexts) {
      expect_right_bits(context);
      expect_threads(context.threads());
    }
    for (std::size_t i = contexts.size(); i-- > 0;) {
      expect_threads(contexts[i].threads());
      expect_right_bits(contexts[i]);
    }
  }
}

TEST_F(ThreadLimits, AreLeftAsTheyWere) {
  const int before = threads_allowed();
  const Context context = context_of(beyond_the_cores(3));
  expect_right_bits(context);
  EXPECT_EQ(threads_allowed(), before);
  expect_threads(context.threads());
  EXPECT_EQ(threads_allowed(), before);
}

TEST_F(ThreadLimits, OfTheCallerHold) {
  for (const int limit : {1, 2}) {
    with_limit(limit, [&] {
      const Context context = context_of(beyond_the_cores(5));
      expect_right_bits(context);
      Meeting meeting(limit + 1, std::chrono::milliseconds(200));
      meeting.run(context.threads());
      EXPECT_LE(meeting.n_threads(), static_cast<std::size_t>(limit));
      EXPECT_EQ(meeting.allowed(), std::set<int>{limit});
    });
  }
}

TEST_F(ThreadLimits, OfTheCallerAreNotLowered) {
  const std::int32_t threads = beyond_the_cores(1);
  with_limit(threads + 9, [&] {
    const Context context = context_of(threads);
    expect_right_bits(context);
    Meeting meeting(threads, std::chrono::seconds(10));
    meeting.run(context.threads());
    EXPECT_EQ(meeting.n_threads(), static_cast<std::size_t>(threads));
    EXPECT_EQ(meeting.allowed(), std::set<int>{threads + 9});
  });
}

// A call that waits while another one, of more threads, begins and ends.
struct WaitingCall {
  std::atomic<bool> has_begun = false;
  std::atomic<bool> may_end = false;
  std::atomic<int> allowed_at_end = 0;

  void run(std::int32_t threads) {
    tailfit::host::for_each_chunk(
        {threads, false}, threads,
        [](void* state, std::int64_t, std::int32_t) {
          auto& call = *static_cast<WaitingCall*>(state);
          call.has_begun = true;
          while (!call.may_end) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          call.allowed_at_end = threads_allowed();
        },
        this);
  }
};

TEST_F(ThreadLimits, OfCallsAtOneTimeAreTheLargestOne) {
  const std::int32_t few = beyond_the_cores(1);
  const std::int32_t many = beyond_the_cores(4);
  WaitingCall waiting;
  std::thread caller([&] { waiting.run(few); });
  while (!waiting.has_begun) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(threads_allowed(), few);
  Meeting larger(2, std::chrono::seconds(10));
  larger.run(many);
  EXPECT_EQ(larger.allowed(), std::set<int>{many});
  waiting.may_end = true;
  caller.join();
  EXPECT_GE(waiting.allowed_at_end, few);
}

TEST_F(ThreadLimits, MayChangeWhileOthersFit) {
  std::vector<std::thread> callers;
  std::atomic<int> n_same = 0;
  constexpr int n_callers = 8;
  constexpr int n_fits = 20;
  for (int i = 0; i < n_callers; ++i) {
    callers.emplace_back([&, i] {
      const Context context = context_of(1 + i);
      for (int fit = 0; fit < n_fits; ++fit) {
        if (same_bits(tailfit::fit(context, view_), expected_)) ++n_same;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(n_same, n_callers * n_fits);
}

}  // namespace
