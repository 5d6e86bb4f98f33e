// Sizes at which 32 bits are not enough, or nearly not. Seconds and a gigabyte, so not under
// sanitizers.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/host/series_samples.hpp"
#include "tests/sanitized.hpp"

namespace {

using tailfit::Backend;
using tailfit::Context;
using tailfit::Counts;
using tailfit::FitOptions;
using tailfit::SeriesView;
using tailfit::tests::same_bits;

class Sizes : public testing::Test {
 protected:
  void SetUp() override {
    if (tailfit::is_sanitized) GTEST_SKIP() << "too slow and too large under a sanitizer";
  }
  const Context context_{{.backend = Backend::cpu}};
};

TEST_F(Sizes, MoreValuesThanThirtyTwoBitsCount) {
  // All series are the same memory; most values are missing, which is the quickest to read.
  constexpr std::int64_t length = 1 << 20;
  constexpr std::int64_t n_series = 2050;
  static_assert(n_series * length > std::int64_t{1} << 31);
  std::vector<double> values(length, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t t = 0; t < 40; ++t) values[t * 26'000] = std::cos(static_cast<double>(t));
  // Given thresholds need no selection, which takes most of the time.
  const FitOptions options{
      .lower = tailfit::given(-0.5), .upper = tailfit::given(0.5), .bins = 4, .min_exceedances = 1};
  const auto fits =
      tailfit::fit(context_, SeriesView<double>::rows(values.data(), n_series, length, 0), options);
  const auto one =
      tailfit::fit(context_, SeriesView<double>::rows(values.data(), 1, length), options);
  EXPECT_EQ(std::accumulate(fits.n_missing().begin(), fits.n_missing().end(), std::int64_t{0}),
            n_series * (length - 40));
  for (std::size_t i = 0; i < static_cast<std::size_t>(n_series); ++i) {
    ASSERT_EQ(fits.n()[i], 40);
    ASSERT_EQ(fits.status()[i], one.status()[0]);
    ASSERT_TRUE(same_bits(&fits.upper().shape[i], &one.upper().shape[0], sizeof(double)));
    ASSERT_TRUE(same_bits(&fits.counts_u32()[4 * i], &one.counts_u32()[0], 4 * sizeof(int)));
  }
}

TEST_F(Sizes, SeriesThatLieFurtherApartThanThirtyTwoBitsReach) {
  constexpr std::int64_t length = 500;
  constexpr std::int64_t n_series = 5;
  constexpr std::int64_t stride = (std::int64_t{1} << 30) + 12'345;
  static_assert((n_series - 1) * stride > std::int64_t{1} << 32);
  // Pages that are not written take no memory.
  const std::size_t bytes = static_cast<std::size_t>((n_series - 1) * stride + length) * 4;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) GTEST_SKIP() << "no address space of " << bytes << " bytes";
  auto* far = static_cast<float*>(memory);
  const std::vector<float> near = tailfit::tests::heavy_batch<float>(111, n_series, length);
  for (std::int64_t s = 0; s < n_series; ++s) {
    std::memcpy(far + s * stride, near.data() + s * length, length * sizeof(float));
  }
  const auto expected =
      tailfit::fit(context_, SeriesView<float>::rows(near.data(), n_series, length));
  EXPECT_TRUE(same_bits(
      tailfit::fit(context_, SeriesView<float>::rows(far, n_series, length, stride)), expected));
  const std::vector<std::int64_t> offsets{4 * stride, 4 * stride + length};
  const auto last = tailfit::fit(context_, SeriesView<float>::ragged(far, offsets));
  EXPECT_TRUE(same_bits(&last.upper().scale[0], &expected.upper().scale[4], sizeof(double)));
  munmap(memory, bytes);
}

TEST_F(Sizes, ASeriesOfTenMillionValues) {
  constexpr std::int64_t length = 10'000'000;
  const std::vector<float> values = tailfit::tests::heavy_batch<float>(112, 1, length);
  const auto fits = tailfit::fit(context_, SeriesView<float>::rows(values.data(), 1, length));
  EXPECT_EQ(fits.status()[0], 0u);
  EXPECT_EQ(fits.n()[0], length);
  // 0.05*(n-1) is 499,999.95 and 0.95*(n-1) 9,499,999.05: between the order statistics of those
  // numbers, counted from 0.
  EXPECT_EQ(fits.lower().n_exceed[0], 500'000);
  EXPECT_EQ(fits.upper().n_exceed[0], 500'000);
  const auto below = std::count_if(values.begin(), values.end(), [&](float x) {
    return static_cast<double>(x) < fits.lower().threshold[0];
  });
  EXPECT_EQ(below, 500'000);
  const auto bins = fits.counts_u32();
  EXPECT_EQ(std::accumulate(bins.begin(), bins.end(), std::int64_t{0}), 9'000'000);
  std::vector<float> sorted = values;
  const auto rare = sorted.begin() + (length - length / 1000);
  std::nth_element(sorted.begin(), rare, sorted.end());
  const double quantile = tailfit::quantile(context_, fits, 0.999)[0];
  EXPECT_NEAR(quantile, static_cast<double>(*rare), 0.02 * quantile);  // the model is not exact
  const std::vector<double> doubles(values.begin(), values.end());
  EXPECT_TRUE(
      same_bits(tailfit::fit(context_, SeriesView<double>::rows(doubles.data(), 1, length)), fits));
}

TEST_F(Sizes, TenMillionSeries) {
  constexpr std::int64_t n_series = 10'000'000;
  constexpr std::size_t period = 1000;
  std::vector<float> values(n_series + 2);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(i % period * 7 % period);
  }
  const FitOptions options{.lower = tailfit::given(100.0),
                           .upper = tailfit::given(900.0),
                           .bins = 3,
                           .counts = Counts::u16};
  // Overlapping, three values each.
  const auto fits =
      tailfit::fit(context_, SeriesView<float>::rows(values.data(), n_series, 3, 1), options);
  const auto first =
      tailfit::fit(context_, SeriesView<float>::rows(values.data(), period, 3, 1), options);
  ASSERT_EQ(fits.size(), n_series);
  std::int64_t n_wrong = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(n_series); ++i) {
    const std::size_t j = i % period;
    const bool is_right = fits.n()[i] == 3 && fits.status()[i] == first.status()[j] &&
                          fits.lower().n_exceed[i] == first.lower().n_exceed[j] &&
                          fits.upper().n_exceed[i] == first.upper().n_exceed[j] &&
                          fits.upper().threshold[i] == 900.0 && std::isnan(fits.lower().shape[i]) &&
                          same_bits(&fits.counts_u16()[3 * i], &first.counts_u16()[3 * j], 6);
    if (!is_right) ++n_wrong;
  }
  EXPECT_EQ(n_wrong, 0);
  const auto chosen = tailfit::status::lower_too_few_exceedances;
  EXPECT_NE(fits.status().back() & chosen, 0u);
}

}  // namespace
