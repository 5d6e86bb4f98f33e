// The promise: the same bits whatever the threads, the budget and the order of the series.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/host/series_samples.hpp"

namespace {

using tailfit::Context;
using tailfit::SeriesView;
using tailfit::tests::mixed_batch;
using tailfit::tests::same_bits;

constexpr std::int64_t n_series = 400;
constexpr std::int64_t length = 300;
const tailfit::FitOptions options{.bins = 30};

TEST(Property, BitsDoNotDependOnThreadsOrBudget) {
  const std::vector<double> values = mixed_batch(51, n_series, length);
  const auto view = SeriesView<double>::rows(values.data(), n_series, length);
  const auto expected = tailfit::fit(Context({.threads = 1}), view, options);
  const std::uint64_t minimum = tailfit::plan_fit(view, options, 1).minimum_budget;
  for (const std::int32_t threads : {1, 2, 7}) {
    for (const std::uint64_t budget :
         {std::uint64_t{0}, minimum, minimum + 1, 2 * minimum, 100 * minimum}) {
      const Context context({.threads = threads, .memory_budget = budget});
      EXPECT_TRUE(same_bits(tailfit::fit(context, view, options), expected))
          << threads << " threads, budget " << budget;
    }
  }
}

TEST(Property, PermutingTheSeriesPermutesTheResults) {
  const std::vector<double> values = mixed_batch(52, n_series, length);
  std::vector<std::size_t> order(n_series);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), std::mt19937_64(53));
  std::vector<double> shuffled;
  for (const std::size_t s : order) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(s) * length;
    shuffled.insert(shuffled.end(), begin, begin + length);
  }
  const Context context;
  const auto base =
      tailfit::fit(context, SeriesView<double>::rows(values.data(), n_series, length), options);
  const auto fits =
      tailfit::fit(context, SeriesView<double>::rows(shuffled.data(), n_series, length), options);
  const auto same = [](const double& a, const double& b) { return same_bits(&a, &b, sizeof a); };
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t s = order[i];
    ASSERT_EQ(fits.status()[i], base.status()[s]);
    ASSERT_TRUE(same(fits.lower().shape[i], base.lower().shape[s]));
    ASSERT_TRUE(same(fits.upper().scale[i], base.upper().scale[s]));
    ASSERT_TRUE(same(fits.upper().loglik[i], base.upper().loglik[s]));
    ASSERT_TRUE(same_bits(&fits.counts_u32()[30 * i], &base.counts_u32()[30 * s], 30 * 4));
  }
}

TEST(Property, ScalingByAPowerOfTwoScalesThresholdsAndScalesExactly) {
  const std::vector<double> values = tailfit::tests::heavy_batch(54, 50, length);
  const Context context;
  const auto base = tailfit::fit(context, SeriesView<double>::rows(values.data(), 50, length));
  for (const int power : {-600, -3, 5, 700}) {
    std::vector<double> scaled = values;
    for (double& x : scaled) x = std::ldexp(x, power);
    const auto fits = tailfit::fit(context, SeriesView<double>::rows(scaled.data(), 50, length));
    EXPECT_TRUE(same_bits(fits.status(), base.status()));
    EXPECT_TRUE(same_bits(fits.counts_u32(), base.counts_u32()));
    EXPECT_TRUE(same_bits(fits.lower().shape, base.lower().shape));
    EXPECT_TRUE(same_bits(fits.upper().shape, base.upper().shape));
    for (std::size_t i = 0; i < 50; ++i) {
      ASSERT_EQ(fits.upper().threshold[i], std::ldexp(base.upper().threshold[i], power));
      ASSERT_EQ(fits.upper().scale[i], std::ldexp(base.upper().scale[i], power));
      const double shift = static_cast<double>(base.upper().n_exceed[i]) * power * std::log(2.0);
      ASSERT_NEAR(fits.upper().loglik[i], base.upper().loglik[i] - shift, 1e-12 * std::abs(shift));
    }
  }
}

TEST(Property, MirroringTheDataSwapsTheTails) {
  const std::vector<double> values = tailfit::tests::heavy_batch(55, 50, length);
  std::vector<double> mirrored = values;
  for (double& x : mirrored) x = -x;
  const Context context;
  // Given thresholds: quantiles at 0.05 and 0.95 round differently.
  const tailfit::FitOptions given{.lower = tailfit::given(-1.5), .upper = tailfit::given(1.5)};
  const auto base =
      tailfit::fit(context, SeriesView<double>::rows(values.data(), 50, length), given);
  const auto fits =
      tailfit::fit(context, SeriesView<double>::rows(mirrored.data(), 50, length), given);
  EXPECT_TRUE(same_bits(fits.lower().shape, base.upper().shape));
  EXPECT_TRUE(same_bits(fits.upper().scale, base.lower().scale));
}

TEST(Property, APoisonedOutputIsFullyWritten) {
  const std::vector<double> values = mixed_batch(56, n_series, length);
  const auto view = SeriesView<double>::rows(values.data(), n_series, length);
  const Context context;
  const auto expected = tailfit::fit(context, view, options);
  struct Memory {
    std::vector<std::int64_t> integers = std::vector<std::int64_t>(4 * n_series, -0x5A5A5A5A);
    std::vector<std::uint32_t> status = std::vector<std::uint32_t>(n_series, 0xA5A5A5A5u);
    std::vector<std::uint32_t> counts = std::vector<std::uint32_t>(30 * n_series, 0xA5A5A5A5u);
    std::vector<double> reals = std::vector<double>(8 * n_series, -1234.5);
  } memory;
  tailfit::SplicedFitsView out{};
  out.struct_size = sizeof out;
  out.n_fits = n_series;
  out.bins = 30;
  out.counts_kind = TAILFIT_COUNTS_U32;
  out.n = memory.integers.data();
  out.n_missing = out.n + n_series;
  out.status = memory.status.data();
  double* reals = memory.reals.data();
  out.lower = {reals, reals + n_series, reals + 2 * n_series, reals + 3 * n_series,
               out.n + 2 * n_series};
  out.upper = {reals + 4 * n_series, reals + 5 * n_series, reals + 6 * n_series,
               reals + 7 * n_series, out.n + 3 * n_series};
  out.counts = memory.counts.data();
  tailfit::fit_into(context, view, options, out);
  EXPECT_TRUE(same_bits(out.n, expected.view().n, n_series * 8));
  EXPECT_TRUE(same_bits(out.n_missing, expected.view().n_missing, n_series * 8));
  EXPECT_TRUE(same_bits(out.status, expected.view().status, n_series * 4));
  EXPECT_TRUE(same_bits(out.counts, expected.view().counts, 30 * n_series * 4));
  for (const auto& [ours, theirs] : {std::pair(&out.lower, &expected.view().lower),
                                     std::pair(&out.upper, &expected.view().upper)}) {
    EXPECT_TRUE(same_bits(ours->threshold, theirs->threshold, n_series * 8));
    EXPECT_TRUE(same_bits(ours->shape, theirs->shape, n_series * 8));
    EXPECT_TRUE(same_bits(ours->scale, theirs->scale, n_series * 8));
    EXPECT_TRUE(same_bits(ours->loglik, theirs->loglik, n_series * 8));
    EXPECT_TRUE(same_bits(ours->n_exceed, theirs->n_exceed, n_series * 8));
  }
}

TEST(Property, TheMassesOfTailsAndBinsSumToTheNumberOfValues) {
  const std::vector<double> values = mixed_batch(59, n_series, length);
  const Context context;
  const auto fits =
      tailfit::fit(context, SeriesView<double>::rows(values.data(), n_series, length), options);
  for (std::size_t i = 0; i < static_cast<std::size_t>(n_series); ++i) {
    std::int64_t sum = fits.lower().n_exceed[i] + fits.upper().n_exceed[i];
    for (std::size_t b = 0; b < 30; ++b) sum += fits.counts_u32()[30 * i + b];
    ASSERT_EQ(sum, fits.n()[i]);
    ASSERT_EQ(fits.n()[i] + fits.n_missing()[i], length);
  }
}

TEST(Property, EveryNanWrittenIsTheCanonicalOne) {
  const std::vector<double> values = mixed_batch(57, n_series, length);
  const Context context;
  const auto fits =
      tailfit::fit(context, SeriesView<double>::rows(values.data(), n_series, length), options);
  std::size_t n_nan = 0;
  for (const auto& span : {fits.lower().shape, fits.lower().scale, fits.lower().loglik,
                           fits.upper().shape, fits.upper().threshold}) {
    for (const double& x : span) {
      if (!std::isnan(x)) continue;
      std::uint64_t bits = 0;
      std::memcpy(&bits, &x, sizeof bits);
      ASSERT_EQ(bits, 0x7FF8000000000000u);
      ++n_nan;
    }
  }
  EXPECT_GT(n_nan, 0u);
}

}  // namespace
