#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/host/series_samples.hpp"

namespace {

using tailfit::Context;
using tailfit::SeriesView;
using tailfit::tests::heavy_batch;
namespace status = tailfit::status;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

tailfit::SplicedFits fit_one(const std::vector<double>& x,
                             const tailfit::FitOptions& options = {}) {
  static const Context context({.threads = 1});
  return tailfit::fit(
      context, SeriesView<double>::rows(x.data(), 1, static_cast<std::int64_t>(x.size())), options);
}

std::vector<double> ramp(int n) {
  std::vector<double> x(static_cast<std::size_t>(n));
  std::iota(x.begin(), x.end(), 0.0);
  return x;
}

TEST(Fit, ARampHasTheThresholdsAndCountsOneCanComputeByHand) {
  // numpy.quantile(arange(101), 0.05) = 5; beyond it lie 0..4 and 96..100.
  const auto fits = fit_one(ramp(101), {.bins = 9, .min_exceedances = 5});
  EXPECT_EQ(fits.lower().threshold[0], 5.0);
  EXPECT_EQ(fits.upper().threshold[0], 95.0);
  EXPECT_EQ(fits.lower().n_exceed[0], 5);
  EXPECT_EQ(fits.upper().n_exceed[0], 5);
  EXPECT_EQ(fits.n()[0], 101);
  EXPECT_EQ(fits.n_missing()[0], 0);
  const std::vector<std::uint32_t> counts(fits.counts_u32().begin(), fits.counts_u32().end());
  EXPECT_EQ(counts, (std::vector<std::uint32_t>{10, 10, 10, 10, 10, 10, 10, 10, 11}));
}

TEST(Fit, GivenThresholdsTakeStrictlyGreaterValuesOnly) {
  const auto fits = fit_one({1, 2, 2, 3, 4, 5, 5, 6}, {.lower = tailfit::given(2.0),
                                                       .upper = tailfit::given(5.0),
                                                       .bins = 3,
                                                       .min_exceedances = 1});
  EXPECT_EQ(fits.lower().n_exceed[0], 1);
  EXPECT_EQ(fits.upper().n_exceed[0], 1);
  EXPECT_EQ(fits.lower().shape[0], -1.0);  // one excess has no interior maximum
  EXPECT_EQ(fits.status()[0], status::lower_no_interior_maximum |
                                  status::upper_no_interior_maximum | status::lower_irregular |
                                  status::upper_irregular);
  EXPECT_EQ(fits.counts_u32()[0] + fits.counts_u32()[1] + fits.counts_u32()[2], 6u);
}

TEST(Fit, ThresholdsOfTheirOwnAreThoseOfGivenOnes) {
  const std::vector<double> x = heavy_batch(31, 3, 400);
  const Context context({.threads = 2});
  const auto rows = SeriesView<double>::rows(x.data(), 3, 400);
  const std::vector<double> upper = {1.0, 1.5, 0.5};
  const auto fits = tailfit::fit(context, rows, {.upper = tailfit::per_series(upper)});
  for (std::size_t s = 0; s < 3; ++s) {
    const std::vector<double> one(x.begin() + static_cast<std::ptrdiff_t>(400 * s),
                                  x.begin() + static_cast<std::ptrdiff_t>(400 * (s + 1)));
    const auto expected = fit_one(one, {.upper = tailfit::given(upper[s])});
    EXPECT_EQ(fits.upper().threshold[s], upper[s]);
    EXPECT_EQ(fits.upper().shape[s], expected.upper().shape[0]);
    EXPECT_EQ(fits.upper().n_exceed[s], expected.upper().n_exceed[0]);
  }
  // One for all windows of a series, or one for each window.
  const auto windows = SeriesView<double>::rolling(rows, 200, 100);
  const std::vector<double> each = {1.0, 1.0, 1.0, 1.5, 1.5, 1.5, 0.5, 0.5, 0.5};
  EXPECT_TRUE(tailfit::tests::same_bits(
      tailfit::fit(context, windows, {.upper = tailfit::per_series(upper)}),
      tailfit::fit(context, windows, {.upper = tailfit::per_series(each)})));
  const std::vector<double> spoilt = {1.0, nan, 0.5};
  const auto flagged = tailfit::fit(context, rows, {.upper = tailfit::per_series(spoilt)});
  EXPECT_EQ(flagged.status()[1], status::range_overflow);
  EXPECT_EQ(flagged.status()[2] & status::range_overflow, 0u);
}

// NumPy's interpolation between two values makes NaN of one that is too far away; an order
// statistic is there by itself.
TEST(Fit, ACountsThresholdIsAValueHoweverFarTheNextOneIs) {
  std::vector<double> values;
  for (int i = 0; i < 21; ++i) values.push_back(-1.0e308 - 3e306 * i);
  for (int i = 0; i < 979; ++i) values.push_back(1.0e308 + 1e304 * i);
  const auto fits =
      fit_one(values, {.lower = tailfit::count(20), .upper = tailfit::tail_mass(0.0)});
  EXPECT_EQ(fits.lower().threshold[0], -1.0e308);
  EXPECT_EQ(fits.lower().n_exceed[0], 20);
  EXPECT_TRUE(std::isfinite(fits.lower().shape[0]));
  EXPECT_EQ(fits.status()[0] & status::range_overflow, 0u);
}

TEST(Fit, ACountOfExceedancesIsReachedButForTies) {
  const auto fits = fit_one(ramp(101), {.lower = tailfit::count(7), .upper = tailfit::count(12)});
  EXPECT_EQ(fits.lower().threshold[0], 7.0);
  EXPECT_EQ(fits.upper().threshold[0], 88.0);
  EXPECT_EQ(fits.lower().n_exceed[0], 7);
  EXPECT_EQ(fits.upper().n_exceed[0], 12);
  const auto ties =
      fit_one({1, 2, 3, 3, 3, 3, 4},
              {.lower = tailfit::count(1), .upper = tailfit::count(3), .min_exceedances = 1});
  EXPECT_EQ(ties.upper().threshold[0], 3.0);
  EXPECT_EQ(ties.upper().n_exceed[0], 1);
}

TEST(Fit, AHistogramsThresholdsAreItsQuantiles) {
  // Ten values a bin of width 10: F(30) = 0.3, F(32) = 0.32.
  const auto fits = fit_one(ramp(100), {.lower = tailfit::histogram_range(0.0, 100.0, 0.32),
                                        .upper = tailfit::histogram_range(0.0, 100.0, 0.2),
                                        .bins = 10});
  EXPECT_DOUBLE_EQ(fits.lower().threshold[0], 32.0);
  EXPECT_EQ(fits.upper().threshold[0], 80.0);
  EXPECT_EQ(fits.lower().n_exceed[0], 32);
  EXPECT_EQ(fits.upper().n_exceed[0], 19);
}

TEST(Fit, ColumnsAreTheTransposeOfRows) {
  const std::vector<double> x = tailfit::tests::mixed_batch(32, 20, 150);
  std::vector<double> transposed(x.size());
  for (std::size_t s = 0; s < 20; ++s) {
    for (std::size_t t = 0; t < 150; ++t) transposed[t * 20 + s] = x[s * 150 + t];
  }
  const Context context({.threads = 2});
  const tailfit::FitOptions options{.bins = 20};
  EXPECT_TRUE(tailfit::tests::same_bits(
      tailfit::fit(context, SeriesView<double>::columns(transposed.data(), 20, 150), options),
      tailfit::fit(context, SeriesView<double>::rows(x.data(), 20, 150), options)));
}

TEST(Fit, RaggedSeriesAreFittedAsEachAlone) {
  const std::vector<double> x = tailfit::tests::mixed_batch(33, 8, 250);
  const std::vector<std::int64_t> offsets = {3, 3, 250, 255, 900, 1999, 2000};
  const Context context({.threads = 2});
  const tailfit::FitOptions options{.bins = 20, .min_exceedances = 4};
  const auto fits = tailfit::fit(context, SeriesView<double>::ragged(x.data(), offsets), options);
  ASSERT_EQ(fits.size(), 6);
  for (std::size_t s = 0; s < 6; ++s) {
    const auto one = fit_one({x.begin() + offsets[s], x.begin() + offsets[s + 1]}, options);
    EXPECT_EQ(fits.n()[s] + fits.n_missing()[s], offsets[s + 1] - offsets[s]);
    EXPECT_EQ(fits.status()[s], one.status()[0]);
    for (const auto field : {&tailfit::TailSpans::threshold, &tailfit::TailSpans::shape,
                             &tailfit::TailSpans::scale, &tailfit::TailSpans::loglik}) {
      EXPECT_TRUE(
          tailfit::tests::same_bits(&(fits.upper().*field)[s], &(one.upper().*field)[0], 8));
      EXPECT_TRUE(
          tailfit::tests::same_bits(&(fits.lower().*field)[s], &(one.lower().*field)[0], 8));
    }
    EXPECT_TRUE(tailfit::tests::same_bits(&fits.counts_u32()[20 * s], one.counts_u32().data(), 80));
  }
}

// The cell boundary at 0.3 lies an ulp inside the quantile, where all ties exceed.
TEST(Fit, TiesAtACellBoundaryMayAllExceed) {
  std::vector<double> x(500, 0.3);
  for (std::size_t i = 0; i < 100; ++i) x[i] = 0.01 * static_cast<double>(i % 20);
  for (const double resolution : {0.2, 0.6, 0.12, 1e-3, 1e-17}) {
    for (const double shift : {0.0, 1e-16, 3e-9}) {
      std::vector<double> shifted = x;
      for (double& value : shifted) value += shift;
      const auto fits = fit_one(
          shifted, {.upper = tailfit::tail_mass(0.01), .bins = 5, .resolution = resolution});
      EXPECT_EQ(fits.n()[0], 500);
    }
  }
}

TEST(Fit, MissingAndInfiniteValuesAreDroppedAndCounted) {
  std::vector<double> x = ramp(101);
  x.insert(x.begin() + 50, {nan, inf, nan, -inf});
  const auto fits = fit_one(x, {.min_exceedances = 5});
  EXPECT_EQ(fits.n()[0], 101);
  EXPECT_EQ(fits.n_missing()[0], 4);
  EXPECT_EQ(fits.lower().threshold[0], 5.0);
  EXPECT_NE(fits.status()[0] & status::infinite_dropped, 0u);
  EXPECT_EQ(fit_one({1, nan, 2}).status()[0] & status::infinite_dropped, 0u);
}

TEST(Fit, AnEmptySeriesSaysSo) {
  for (const std::vector<double>& x : {std::vector<double>{}, std::vector<double>{nan, nan}}) {
    const auto fits = fit_one(x);
    EXPECT_EQ(fits.status()[0], status::empty);
    EXPECT_TRUE(std::isnan(fits.lower().threshold[0]));
    EXPECT_TRUE(std::isnan(fits.upper().shape[0]));
    EXPECT_EQ(fits.n()[0], 0);
  }
}

TEST(Fit, AConstantSeriesIsAnAtomWithoutTails) {
  const auto fits = fit_one(std::vector<double>(40, 3.5));
  EXPECT_NE(fits.status()[0] & status::no_spread, 0u);
  EXPECT_NE(fits.status()[0] & status::degenerate_body, 0u);
  EXPECT_EQ(fits.lower().threshold[0], 3.5);
  EXPECT_EQ(fits.upper().threshold[0], 3.5);
  EXPECT_EQ(fits.counts_u32()[0], 40u);
  EXPECT_TRUE(std::isnan(fits.lower().shape[0]));
}

TEST(Fit, AConstantBeyondAGivenThresholdIsNotFittedEither) {
  const auto fits = fit_one(std::vector<double>(40, 3.5),
                            {.lower = tailfit::given(0.0), .upper = tailfit::given(1.0)});
  EXPECT_EQ(fits.upper().n_exceed[0], 40);
  EXPECT_TRUE(std::isnan(fits.upper().shape[0]));
  EXPECT_NE(fits.status()[0] & status::no_spread, 0u);
}

TEST(Fit, ATailSwitchedOffHasNoParametersAndNoFlag) {
  const auto fits = fit_one(ramp(400), {.lower = tailfit::tail_mass(0.0)});
  EXPECT_EQ(fits.lower().threshold[0], 0.0);
  EXPECT_EQ(fits.lower().n_exceed[0], 0);
  EXPECT_TRUE(std::isnan(fits.lower().shape[0]));
  EXPECT_TRUE(std::isnan(fits.lower().loglik[0]));
  EXPECT_EQ(fits.status()[0] & 0xFF00u, 0u);
  EXPECT_FALSE(std::isnan(fits.upper().shape[0]));
}

// numpy.quantile(x, 0.0) is NaN here: the difference of the two smallest values overflows.
TEST(Fit, ATailSwitchedOffBeginsAtTheMinimumEvenWhereTheQuantileOverflows) {
  const auto fits = fit_one({-1.7e308, 1.6e308, 1.7e308, 1.65e308},
                            {.lower = tailfit::tail_mass(0.0), .min_exceedances = 1});
  EXPECT_EQ(fits.lower().threshold[0], -1.7e308);
  EXPECT_EQ(fits.status()[0] & status::range_overflow, 0u);
  EXPECT_EQ(fits.upper().n_exceed[0], 1);
}

TEST(Fit, AThresholdThatOverflowsLeavesTheOtherOneStanding) {
  const auto fits = fit_one({-1.7e308, 1.6e308, 1.7e308, 1.65e308});
  EXPECT_TRUE(std::isnan(fits.lower().threshold[0]));
  EXPECT_TRUE(std::isfinite(fits.upper().threshold[0]));
  EXPECT_EQ(fits.status()[0], status::range_overflow);
}

TEST(Fit, TooFewExceedancesKeepThresholdAndCount) {
  const auto fits = fit_one(ramp(100));
  EXPECT_EQ(fits.lower().n_exceed[0], 5);
  EXPECT_TRUE(std::isnan(fits.lower().shape[0]));
  EXPECT_EQ(fits.status()[0],
            status::lower_too_few_exceedances | status::upper_too_few_exceedances);
}

TEST(Fit, CrossedThresholdsGiveNoFit) {
  const auto fits = fit_one(ramp(100), {.lower = tailfit::given(60), .upper = tailfit::given(40)});
  EXPECT_EQ(fits.status()[0], status::thresholds_crossed);
  EXPECT_EQ(fits.lower().threshold[0], 60.0);
  EXPECT_EQ(fits.upper().threshold[0], 40.0);
  EXPECT_TRUE(std::isnan(fits.lower().shape[0]));
  EXPECT_EQ(fits.counts_u32()[0], 0u);
}

TEST(Fit, TiesAtTheThresholdLeaveNothingBeyondIt) {
  std::vector<double> x(100, 0.0);  // mostly zeros: both quantiles are 0
  x[10] = 5.0;
  const auto fits = fit_one(x);
  EXPECT_EQ(fits.lower().threshold[0], 0.0);
  EXPECT_EQ(fits.upper().threshold[0], 0.0);
  EXPECT_EQ(fits.upper().n_exceed[0], 1);
  EXPECT_EQ(fits.counts_u32()[0], 99u);
  EXPECT_NE(fits.status()[0] & status::degenerate_body, 0u);
}

TEST(Fit, ARangeThatOverflowsIsFlaggedAndTheFittedPartStays) {
  std::vector<double> x = heavy_batch(3, 1, 400);
  x[7] = -1e298;
  x[8] = 1e298;
  const auto near_zero = fit_one(x, {.lower = tailfit::given(-2.0), .upper = tailfit::given(2.0)});
  EXPECT_EQ(near_zero.status()[0] & status::range_overflow, 0u);
  EXPECT_TRUE(std::isfinite(near_zero.lower().shape[0]));
  x[7] = -1.7e308;
  x[8] = 1.7e308;
  // No excess overflows, but a scale of 1 beside 1.7e308 is out of reach.
  const auto spanning = fit_one(x, {.lower = tailfit::given(-2.0), .upper = tailfit::given(2.0)});
  EXPECT_NE(spanning.status()[0] & status::range_overflow, 0u);
  EXPECT_TRUE(std::isnan(spanning.lower().shape[0]));
  const auto fits =
      fit_one(x, {.lower = tailfit::given(1.6e308), .upper = tailfit::given(1.65e308)});
  EXPECT_NE(fits.status()[0] & status::range_overflow, 0u);
  EXPECT_TRUE(std::isnan(fits.lower().shape[0]));
}

// The best scale of these excesses, 1 to 3 times the least subnormal with a long tail, is below it.
TEST(Fit, AScaleBelowTheRangeIsFlaggedAndNotZero) {
  std::vector<double> values(60, 0.0);
  for (int i = 0; i < 30; ++i) values.push_back(0x1p-1074 * std::ldexp(1.0, 2 * (i % 20)));
  const auto fits =
      tailfit::fit(Context({.threads = 1}), SeriesView<double>::rows(values.data(), 1, 90),
                   {.lower = tailfit::tail_mass(0.0), .upper = tailfit::given(0.0)});
  EXPECT_EQ(fits.upper().n_exceed[0], 30);
  if (std::isnan(fits.upper().shape[0])) {
    EXPECT_TRUE((fits.status()[0] & status::range_overflow) != 0);
    EXPECT_TRUE(std::isnan(fits.upper().scale[0]));
  } else {
    EXPECT_GT(fits.upper().scale[0], 0.0);
  }
}

TEST(Fit, MinusZeroIsReadAsZero) {
  const auto fits = fit_one({-0.0, -0.0, -0.0, 0.0}, {.bins = 1});
  EXPECT_FALSE(std::signbit(fits.lower().threshold[0]));
  EXPECT_FALSE(std::signbit(fits.upper().threshold[0]));
}

TEST(Fit, RollingWindowsAreTheFitsOfTheCutOutWindows) {
  constexpr std::int64_t n_series = 3;
  constexpr std::int64_t length = 150;
  constexpr std::int64_t window = 60;
  constexpr std::int64_t step = 7;
  const std::vector<double> values = heavy_batch(5, n_series, length);
  const Context context({.threads = 2});
  const auto panel = SeriesView<double>::rows(values.data(), n_series, length);
  const auto rolling = SeriesView<double>::rolling(panel, window, step);
  ASSERT_EQ(rolling.n_windows(), (length - window) / step + 1);
  const tailfit::FitOptions options{.bins = 10, .min_exceedances = 2};
  const auto fits = tailfit::fit(context, rolling, options);
  std::vector<double> copied;
  for (std::int64_t s = 0; s < n_series; ++s) {
    for (std::int64_t w = 0; w < rolling.n_windows(); ++w) {
      const auto begin = values.begin() + s * length + w * step;
      copied.insert(copied.end(), begin, begin + window);
    }
  }
  const auto rows = SeriesView<double>::rows(copied.data(), rolling.n_fits(), window);
  EXPECT_TRUE(tailfit::tests::same_bits(fits, tailfit::fit(context, rows, options)));
}

TEST(Fit, FloatsGiveTheResultsOfTheSameValuesAsDoubles) {
  const std::vector<float> floats = heavy_batch<float>(6, 20, 300);
  const std::vector<double> doubles(floats.begin(), floats.end());
  const Context context;
  EXPECT_TRUE(tailfit::tests::same_bits(
      tailfit::fit(context, SeriesView<float>::rows(floats.data(), 20, 300)),
      tailfit::fit(context, SeriesView<double>::rows(doubles.data(), 20, 300))));
}

TEST(Fit, RowsMayLieApart) {
  const std::vector<double> packed = heavy_batch(8, 4, 100);
  std::vector<double> apart(4 * 130, nan);
  for (std::size_t s = 0; s < 4; ++s) {
    std::copy_n(packed.begin() + static_cast<std::ptrdiff_t>(s * 100), 100,
                apart.begin() + static_cast<std::ptrdiff_t>(s * 130));
  }
  const Context context;
  EXPECT_TRUE(tailfit::tests::same_bits(
      tailfit::fit(context, SeriesView<double>::rows(packed.data(), 4, 100)),
      tailfit::fit(context, SeriesView<double>::rows(apart.data(), 4, 100, 130))));
}

TEST(Fit, RoundedDataMoveTheThresholdsToCellBoundaries) {
  std::vector<double> x = heavy_batch(9, 1, 2000);
  for (double& value : x) value = std::round(value * 2.0) / 2.0;
  const auto fits = fit_one(x, {.resolution = 0.5});
  const auto cells = [](double u) { return u / 0.5 - 0.5; };
  EXPECT_EQ(cells(fits.upper().threshold[0]), std::round(cells(fits.upper().threshold[0])));
  EXPECT_EQ(cells(fits.lower().threshold[0]), std::round(cells(fits.lower().threshold[0])));
  EXPECT_TRUE(std::isfinite(fits.upper().shape[0]));
  EXPECT_LT(fits.upper().loglik[0], 0.0);  // a product of probabilities
}

TEST(Fit, CountsMayBeNarrowOrNotKept) {
  const std::vector<double> x = ramp(1000);
  const auto narrow = fit_one(x, {.counts = tailfit::Counts::u16});
  const auto wide = fit_one(x);
  for (std::size_t b = 0; b < 100; ++b) EXPECT_EQ(narrow.counts_u16()[b], wide.counts_u32()[b]);
  EXPECT_THROW(narrow.counts_u32(), std::logic_error);
  const auto none = fit_one(x, {.counts = tailfit::Counts::none});
  EXPECT_THROW(none.counts_u32(), std::logic_error);
  const Context context;
  EXPECT_TRUE(std::isnan(tailfit::quantile(context, none, 0.5)[0]));
  EXPECT_EQ(tailfit::quantile(context, none, 0.01)[0], tailfit::quantile(context, wide, 0.01)[0]);
}

TEST(Fit, ACountTooLargeForItsTypeFailsTheCallAndNamesTheFit) {
  std::vector<double> x(2 * 70'000, 1.0);
  for (std::size_t t = 0; t < 70'000; ++t) x[t] = static_cast<double>(t);  // fit 0 is spread out
  const Context context;
  try {
    tailfit::fit(context, SeriesView<double>::rows(x.data(), 2, 70'000),
                 {.counts = tailfit::Counts::u16});
    FAIL() << "no exception";
  } catch (const tailfit::CountOverflow& error) {
    EXPECT_STREQ(error.what(),
                 "tailfit: fit 1 has a bin with more than 65535 values, expected a wider "
                 "options.counts");
  }
}

TEST(Fit, NoSeriesAtAllIsAnEmptyResult) {
  const Context context;
  const auto fits = tailfit::fit(context, SeriesView<double>::rows(nullptr, 0, 100));
  EXPECT_EQ(fits.size(), 0);
  EXPECT_TRUE(tailfit::quantile(context, fits, 0.5).empty());
}

TEST(Fit, ResultsOutliveTheContextAndMove) {
  const std::vector<double> x = ramp(400);
  std::vector<tailfit::SplicedFits> kept;
  {
    const Context context;
    kept.push_back(tailfit::fit(context, SeriesView<double>::rows(x.data(), 1, 400)));
  }
  tailfit::SplicedFits moved = std::move(kept.front());
  EXPECT_EQ(moved.n()[0], 400);
  EXPECT_EQ(kept.front().size(), 0);
}

TEST(Fit, ProgressCountsUpToTheEndAndCancellingLeavesTheRestNotRun) {
  const std::vector<double> values = heavy_batch(10, 3000, 64);
  const auto view = SeriesView<double>::rows(values.data(), 3000, 64);
  std::int64_t last = 0;
  const Context counting({.threads = 2, .progress = [&](std::int64_t done, std::int64_t total) {
                            EXPECT_GT(done, last);
                            EXPECT_EQ(total, 3000);
                            last = done;
                            return true;
                          }});
  tailfit::fit(counting, view);
  EXPECT_EQ(last, 3000);

  // So little memory that a device needs several chunks as well.
  const Context cancelling({.threads = 1,
                            .memory_budget = std::uint64_t{1} << 20,
                            .progress = [](std::int64_t, std::int64_t) { return false; }});
  const auto fits = tailfit::fit(cancelling, view);
  const auto complete = tailfit::fit(Context({.threads = 1}), view);
  std::size_t n_run = 0;
  for (std::size_t i = 0; i < 3000; ++i) {
    if (fits.status()[i] == status::not_run) {
      EXPECT_TRUE(std::isnan(fits.lower().threshold[i]));
    } else {
      ++n_run;
      EXPECT_EQ(fits.lower().threshold[i], complete.lower().threshold[i]);
    }
  }
  EXPECT_GT(n_run, 0u);
  EXPECT_LT(n_run, 3000u);
}

}  // namespace
