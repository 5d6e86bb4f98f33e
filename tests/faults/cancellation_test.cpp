// A caller that cancels after the k-th chunk, for every k.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/host/series_samples.hpp"

namespace {

using tailfit::Context;
using tailfit::SeriesView;
using tailfit::SplicedFits;
using tailfit::tests::same_bits;

constexpr std::int64_t n_series = 40;
constexpr std::int64_t length = 4000;

class Cancellation : public testing::TestWithParam<std::int32_t> {
 protected:
  const std::vector<double> values_ = tailfit::tests::heavy_batch(91, n_series, length);
  const SeriesView<double> view_ = SeriesView<double>::rows(values_.data(), n_series, length);
  std::int64_t cancel_at_ = 0;  // 0: never
  std::int64_t n_calls_ = 0;
  std::int64_t n_done_ = 0;
  const Context context_{{.backend = tailfit::Backend::cpu,
                          .threads = GetParam(),
                          .progress = [this](std::int64_t n_done, std::int64_t n_total) {
                            EXPECT_EQ(n_total, n_series);
                            n_done_ = n_done;
                            if (++n_calls_ != cancel_at_) return true;
                            // Time for the other workers to come to the end of their chunks.
                            std::this_thread::sleep_for(std::chrono::milliseconds(3));
                            return false;
                          }}};
};

bool same_fit(const SplicedFits& a, const SplicedFits& b, std::size_t i) {
  const auto width = static_cast<std::size_t>(a.bins());
  return a.status()[i] == b.status()[i] && a.n()[i] == b.n()[i] &&
         same_bits(&a.lower().shape[i], &b.lower().shape[i], 8) &&
         same_bits(&a.upper().loglik[i], &b.upper().loglik[i], 8) &&
         same_bits(&a.counts_u32()[width * i], &b.counts_u32()[width * i], 4 * width);
}

TEST_P(Cancellation, AfterEveryChunkLeavesTheRestNotRunAndTheContextUsable) {
  const SplicedFits expected = tailfit::fit(context_, view_);
  const std::int64_t n_chunks = n_calls_;
  ASSERT_GE(n_chunks, 4);
  for (std::int64_t k = 1; k <= n_chunks; ++k) {
    n_calls_ = 0;
    cancel_at_ = k;
    const SplicedFits fits = tailfit::fit(context_, view_);
    EXPECT_EQ(n_calls_, k);  // never again, though other workers end the chunks they had begun
    std::int64_t n_run = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(n_series); ++i) {
      if (fits.status()[i] != tailfit::status::not_run) {
        ++n_run;
        EXPECT_TRUE(same_fit(fits, expected, i)) << i;
        continue;
      }
      EXPECT_EQ(fits.n()[i], 0);
      EXPECT_TRUE(std::isnan(fits.lower().threshold[i]) && std::isnan(fits.upper().scale[i]));
      EXPECT_EQ(fits.upper().n_exceed[i], 0);
    }
    EXPECT_GE(n_run, n_done_);
    if (GetParam() == 1) {
      EXPECT_EQ(n_run, n_done_);
      EXPECT_EQ(n_run == n_series, k == n_chunks);
    }
    cancel_at_ = 0;
    EXPECT_TRUE(same_bits(tailfit::fit(context_, view_), expected)) << "after " << k;
  }
}

TEST_P(Cancellation, OfAStreamIsHeardOnce) {
  for (std::int64_t k = 1; k <= 6; ++k) {
    n_calls_ = 0;
    cancel_at_ = k;
    bool given = false;
    const auto source = [&]() -> std::optional<SeriesView<double>> {
      if (std::exchange(given, true)) return std::nullopt;
      return view_;
    };
    const auto summary =
        tailfit::fit_stream(context_, source, {}, [](const tailfit::PieceFits&) {});
    EXPECT_TRUE(summary.cancelled);
    EXPECT_EQ(n_calls_, k);
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, Cancellation, testing::Values(1, 2, 7),
                         testing::PrintToStringParamName());

}  // namespace
