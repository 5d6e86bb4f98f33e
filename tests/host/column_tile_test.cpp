// Time-major panels and windows on them: the fits of the same values laid out as rows.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/host/series_samples.hpp"

namespace {

using tailfit::Context;
using tailfit::SeriesView;
using tailfit::tests::same_bits;

// A view whose strides are anything, through the C structure.
struct Strides {
  std::int64_t n_series;
  std::int64_t n_windows;
  std::int64_t length;
  std::int64_t series;
  std::int64_t window;
  std::int64_t value;
};

template <class T>
void expect_the_fits_of_rows(const std::vector<T>& values, std::int64_t origin, const Strides& s) {
  std::vector<T> rows;
  for (std::int64_t i = 0; i < s.n_series; ++i) {
    for (std::int64_t w = 0; w < s.n_windows; ++w) {
      for (std::int64_t t = 0; t < s.length; ++t) {
        const std::int64_t at = origin + i * s.series + w * s.window + t * s.value;
        rows.push_back(values.at(static_cast<std::size_t>(at)));
      }
    }
  }
  const std::int64_t n_fits = s.n_series * s.n_windows;
  const tailfit::FitOptions options{.bins = 12, .min_exceedances = 3};
  const auto expected = tailfit::fit(Context({.threads = 1}),
                                     SeriesView<T>::rows(rows.data(), n_fits, s.length), options);
  tailfit_series_view view =
      SeriesView<T>::rows(values.data() + origin, s.n_series, s.length).c_view();
  view.n_windows = s.n_windows;
  view.series_stride = s.series;
  view.window_stride = s.window;
  view.value_stride = s.value;
  tailfit_fit_plan plan;
  const tailfit_fit_options c_options = options.c_options();
  ASSERT_EQ(tailfit_plan_fit(&view, &c_options, 1, 0, &plan), TAILFIT_OK);
  for (const std::uint64_t budget :
       {std::uint64_t{0}, plan.minimum_budget, 3 * plan.minimum_budget}) {
    for (const std::int32_t threads : {1, 3}) {
      const Context context({.threads = threads, .memory_budget = budget});
      tailfit_fits* fits = nullptr;
      ASSERT_EQ(tailfit_fit(context.c_handle(), &view, &c_options, &fits), TAILFIT_OK)
          << tailfit_last_error();
      tailfit_fits_view found;
      tailfit_fits_get_view(fits, &found);
      const auto n = static_cast<std::size_t>(n_fits);
      const tailfit_fits_view wanted = expected.view();
      EXPECT_TRUE(same_bits(found.lower.shape, wanted.lower.shape, 8 * n) &&
                  same_bits(found.upper.loglik, wanted.upper.loglik, 8 * n) &&
                  same_bits(found.upper.threshold, wanted.upper.threshold, 8 * n) &&
                  same_bits(found.status, wanted.status, 4 * n) &&
                  same_bits(found.counts, wanted.counts, 4 * 12 * n))
          << "series " << s.n_series << ", windows " << s.n_windows << ", length " << s.length
          << ", strides " << s.series << ' ' << s.window << ' ' << s.value << ", budget " << budget;
      tailfit_fits_destroy(fits);
    }
  }
}

TEST(ColumnTile, PanelsOfAnyStridesHaveTheFitsOfRows) {
  const std::vector<double> doubles = tailfit::tests::heavy_batch(81, 1, 200'000);
  const std::vector<float> floats(doubles.begin(), doubles.end());
  // Time-major, packed and with gaps; backwards in time, in series; longer than a block by one.
  for (const Strides& s :
       {Strides{50, 1, 300, 1, 0, 50}, Strides{7, 1, 1025, 2, 0, 40}, Strides{1, 1, 77, 1, 0, 13},
        Strides{33, 1, 16, 1, 0, 33}, Strides{300, 1, 2, 1, 0, 300}}) {
    expect_the_fits_of_rows(doubles, 0, s);
    expect_the_fits_of_rows(floats, 3, s);
  }
  expect_the_fits_of_rows(doubles, 150'000, {20, 1, 200, -1, 0, -64});
  expect_the_fits_of_rows(doubles, 150'000, {20, 1, 200, 1, 0, -64});
}

TEST(ColumnTile, WindowsOfAPanelsColumnsHaveTheFitsOfRows) {
  const std::vector<double> values = tailfit::tests::heavy_batch(82, 1, 200'000);
  for (const std::int64_t step : {1, 7, 100, 101}) {  // the last ones do not overlap
    expect_the_fits_of_rows(values, 0, {9, 30, 100, 1, step * 9, 9});
  }
  // Windows that lie where no value of another one lies.
  expect_the_fits_of_rows(values, 0, {3, 5, 40, 1, 13, 17});
}

}  // namespace
