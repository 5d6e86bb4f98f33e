// The promise over everything at once: the same values in every layout, by every number of threads,
// in chunks of every size and within every budget have the same bits, in any order of the series.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "host/cpu_backend.hpp"
#include "host/plan.hpp"
#include "tests/host/series_samples.hpp"
#include "tests/sanitized.hpp"

namespace {

using tailfit::Context;
using tailfit::FitOptions;
using tailfit::SeriesView;
using tailfit::SplicedFits;
using tailfit::tests::same_bits;

constexpr std::int64_t n_series = 48;
const FitOptions options{.bins = 20, .min_exceedances = 5};

// Values that a float holds too, so that both types have the same bits.
std::vector<double> float_values(std::uint64_t seed, std::int64_t length) {
  std::vector<double> values = tailfit::tests::mixed_batch(seed, n_series, length);
  for (double& x : values) x = static_cast<double>(static_cast<float>(x));
  return values;
}

// One set of values in memory of every layout.
template <class T>
class Layouts {
 public:
  Layouts(const std::vector<double>& values, std::int64_t length)
      : rows_(values.begin(), values.end()) {
    const auto n = static_cast<std::size_t>(n_series);
    const auto l = static_cast<std::size_t>(length);
    columns_.resize(n * l);
    strided_.assign(n * l * 3 + 2, T{-1});
    gaps_.assign(n * (l + 5), T{-2});
    std::int64_t end = 7;
    ragged_.assign(7, T{-3});
    for (std::size_t s = 0; s < n; ++s) {
      for (std::size_t t = 0; t < l; ++t) {
        const T x = rows_[s * l + t];
        columns_[t * n + s] = x;
        strided_[(n * l - 1 - (t * n + s)) * 3 + 1] = x;
        gaps_[s * (l + 5) + t] = x;
        ragged_.push_back(x);
      }
      offsets_.push_back(end);
      end += length;
    }
    offsets_.push_back(end);
    views_ = {
        {"rows", SeriesView<T>::rows(rows_.data(), n_series, length)},
        {"rows with gaps", SeriesView<T>::rows(gaps_.data(), n_series, length, length + 5)},
        {"columns", SeriesView<T>::columns(columns_.data(), n_series, length)},
        {"ragged", SeriesView<T>::ragged(ragged_.data(), offsets_)},
        {"rolling", SeriesView<T>::rolling(SeriesView<T>::rows(rows_.data(), 1, n_series * length),
                                           length, length)}};
  }

  const std::vector<std::pair<std::string, SeriesView<T>>>& views() const { return views_; }

  // Backwards in memory, every third value: no factory of the C++ layer makes it.
  tailfit_series_view backwards(std::int64_t length) const {
    tailfit_series_view view = views_.front().second.c_view();
    view.values = strided_.data() + (n_series * length - 1) * 3 + 1;
    view.series_stride = -3;
    view.value_stride = -3 * n_series;
    return view;
  }

 private:
  std::vector<T> rows_;
  std::vector<T> columns_;
  std::vector<T> strided_;
  std::vector<T> gaps_;
  std::vector<T> ragged_;
  std::vector<std::int64_t> offsets_;
  std::vector<std::pair<std::string, SeriesView<T>>> views_;
};

SplicedFits fit_view(const Context& context, const tailfit_series_view& view) {
  const tailfit_fit_options c_options = options.c_options();
  tailfit_fits* fits = nullptr;
  tailfit::detail::check(tailfit_fit(context.c_handle(), &view, &c_options, &fits));
  return SplicedFits(fits);
}

// A budget is a multiple of the least that a layout needs; 0: none.
struct Resources {
  std::int32_t threads;
  std::uint64_t least_budgets;
};

SplicedFits fit_within(const Resources& resources, const tailfit_series_view& view) {
  const tailfit_fit_options c_options = options.c_options();
  tailfit_fit_plan plan{};
  plan.struct_size = sizeof plan;
  tailfit::detail::check(tailfit_plan_fit(&view, &c_options, 1, 0, &plan));
  const Context context({.threads = resources.threads,
                         .memory_budget = resources.least_budgets * plan.minimum_budget});
  return fit_view(context, view);
}

template <class T>
void expect_equal_bits(const Resources& resources, const std::vector<double>& values,
                       std::int64_t length, const SplicedFits& expected) {
  const Layouts<T> layouts(values, length);
  for (const auto& [name, view] : layouts.views()) {
    EXPECT_TRUE(same_bits(fit_within(resources, view.c_view()), expected))
        << name << ", " << sizeof(T) << " bytes a value, length " << length;
  }
  EXPECT_TRUE(same_bits(fit_within(resources, layouts.backwards(length)), expected))
      << "backwards, " << sizeof(T) << " bytes a value, length " << length;
}

TEST(LayoutBits, DoNotDependOnLayoutTypeThreadsAndBudget) {
  // The chunks of a plan follow the length: all series in one, several in one, one in one.
  for (const std::int64_t length : {1, 40, 700, 3001}) {
    const std::vector<double> values = float_values(101, length);
    const auto rows = SeriesView<double>::rows(values.data(), n_series, length);
    const SplicedFits expected = tailfit::fit(Context({.threads = 1}), rows, options);
    for (const std::int32_t threads : {1, 2, 7}) {
      for (const std::uint64_t least_budgets : {0u, 1u, 3u}) {
        if (tailfit::is_sanitized && threads != 2 && least_budgets != 1) continue;
        expect_equal_bits<double>({threads, least_budgets}, values, length, expected);
        expect_equal_bits<float>({threads, least_budgets}, values, length, expected);
      }
    }
  }
}

TEST(LayoutBits, DoNotDependOnTheChunks) {
  constexpr std::int64_t length = 200;
  const std::vector<double> values = float_values(104, length);
  const auto view = SeriesView<double>::rows(values.data(), n_series, length);
  const Context context({.backend = tailfit::Backend::cpu, .threads = 3});
  const SplicedFits expected = tailfit::fit(context, view, options);
  const tailfit_fit_options c_options = options.c_options();
  for (const std::int64_t chunk : {std::int64_t{1}, std::int64_t{7}, std::int64_t{47}, n_series}) {
    tailfit_fit_plan plan = tailfit::host::make_plan(view.c_view(), c_options, 3, 0);
    plan.chunk_fits = chunk;
    plan.n_chunks = (n_series + chunk - 1) / chunk;
    const SplicedFits out = tailfit::fit(context, view, options);
    std::memset(out.view().counts, 0xA5, n_series * 20 * sizeof(std::uint32_t));
    std::memset(out.view().upper.shape, 0xA5, n_series * sizeof(double));
    tailfit::host::run_on_cpu(*context.c_handle(), plan, view.c_view(), c_options, out.view());
    EXPECT_TRUE(same_bits(out, expected)) << "chunks of " << chunk;
  }
}

// The elements at order[0], order[1], ... of a span.
template <class Span>
auto picked(const Span& span, const std::vector<std::size_t>& order, std::size_t width = 1) {
  std::vector<std::remove_const_t<typename Span::element_type>> out;
  for (const std::size_t i : order) {
    for (std::size_t b = 0; b < width; ++b) out.push_back(span[i * width + b]);
  }
  return out;
}

template <class Span>
bool is_permuted(const Span& fits, const Span& base, const std::vector<std::size_t>& order,
                 std::size_t width = 1) {
  const auto expected = picked(base, order, width);
  return same_bits(fits.data(), expected.data(), fits.size_bytes());
}

TEST(LayoutBits, EveryFieldFollowsAPermutationOfTheSeries) {
  constexpr std::int64_t length = 250;
  const std::vector<double> values = float_values(102, length);
  std::vector<std::size_t> order(n_series);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), std::mt19937_64(103));
  std::vector<double> shuffled;
  for (const std::size_t s : order) {
    const double* first = values.data() + s * length;
    shuffled.insert(shuffled.end(), first, first + length);
  }
  const auto base = tailfit::fit(
      Context({.threads = 1}), SeriesView<double>::rows(values.data(), n_series, length), options);
  for (const std::int32_t threads : {1, 2, 7}) {
    const Context context({.threads = threads});
    const auto fits =
        tailfit::fit(context, SeriesView<double>::rows(shuffled.data(), n_series, length), options);
    EXPECT_TRUE(is_permuted(fits.n(), base.n(), order));
    EXPECT_TRUE(is_permuted(fits.n_missing(), base.n_missing(), order));
    EXPECT_TRUE(is_permuted(fits.status(), base.status(), order));
    EXPECT_TRUE(is_permuted(fits.counts_u32(), base.counts_u32(), order, 20));
    for (const auto& [ours, theirs] :
         {std::pair(fits.lower(), base.lower()), std::pair(fits.upper(), base.upper())}) {
      EXPECT_TRUE(is_permuted(ours.threshold, theirs.threshold, order));
      EXPECT_TRUE(is_permuted(ours.shape, theirs.shape, order));
      EXPECT_TRUE(is_permuted(ours.scale, theirs.scale, order));
      EXPECT_TRUE(is_permuted(ours.loglik, theirs.loglik, order));
      EXPECT_TRUE(is_permuted(ours.n_exceed, theirs.n_exceed, order));
    }
  }
}

}  // namespace
