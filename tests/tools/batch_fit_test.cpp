#include "tools/batch_fit.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tools/batch_plan.hpp"
#include "tools/table_writer.hpp"

namespace tailfit::tools {
namespace {

// Series of these lengths, Student-like tails, with a missing value in each of the longer ones.
Panel random_panel(const std::vector<std::int64_t>& lengths) {
  std::mt19937_64 random(5);
  std::student_t_distribution<double> student(4.0);
  Panel panel;
  std::vector<double> values;
  for (const std::int64_t length : lengths) {
    panel.names.push_back("s" + std::to_string(panel.names.size()));
    panel.offsets.push_back(panel.offsets.back() + length);
    for (std::int64_t t = 0; t < length; ++t) values.push_back(student(random));
    if (length > 100) values.back() = std::numeric_limits<double>::quiet_NaN();
  }
  panel.values = std::move(values);
  return panel;
}

// The rows of all fits as text, in the order of the output.
std::string fitted(const Panel& panel, const FitRequest& request, std::int64_t most_fits) {
  const Context context(Context::Options{.backend = Backend::cpu, .threads = 2});
  BatchFitter fitter(context, panel, request);
  std::string text;
  std::int64_t n_fitted = 0;
  std::int64_t n_planned = 0;
  for (const Batch& batch : plan_batches(panel, request.window, most_fits)) {
    const BatchFits fits = fitter.fit(batch, n_fitted);
    n_planned += n_fits(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      for (std::int64_t w = 0; w < batch[i].n_windows; ++w) {
        const std::size_t fit = fits.places[i].first_fit + static_cast<std::size_t>(w);
        text += panel.names[batch[i].series];
        append_fit(text, fits.groups[fits.places[i].group], fit);
      }
    }
  }
  EXPECT_EQ(n_fitted, n_planned);
  return text;
}

// The same, one series and window at a time.
std::string fitted_singly(const Panel& panel, const FitRequest& request) {
  const Context context(Context::Options{.backend = Backend::cpu, .threads = 1});
  const auto& values = std::get<std::vector<double>>(panel.values);
  std::string text;
  for (std::size_t s = 0; s < panel.n_series(); ++s) {
    const std::int64_t length = request.window ? request.window->length : panel.length(s);
    const std::int64_t step = request.window ? request.window->step : 1;
    for (std::int64_t first = 0; first + length <= panel.length(s); first += step) {
      GroupFits group{
          fit(context,
              SeriesView<double>::rows(values.data() + panel.offsets[s] + first, 1, length),
              request.options),
          {},
          {}};
      for (const double p : request.quantiles) {
        group.quantiles.push_back(quantile(context, group.fits, p));
      }
      for (const double p : request.expected_shortfalls) {
        group.expected_shortfalls.push_back(expected_shortfall(context, group.fits, p));
      }
      text += panel.names[s];
      append_fit(text, group, 0);
    }
  }
  return text;
}

FitRequest request_of(std::optional<WindowArguments> window) {
  FitRequest request;
  request.window = window;
  request.quantiles = {0.01, 0.5};
  request.expected_shortfalls = {0.99};
  return request;
}

TEST(BatchFit, DoesNotDependOnTheBatches) {
  const Panel panel = random_panel({300, 250, 300, 0, 300, 40, 250});
  for (const auto& window : {std::optional<WindowArguments>(), {WindowArguments{200, 7}}}) {
    const FitRequest request = request_of(window);
    const std::string expected = fitted_singly(panel, request);
    for (const std::int64_t most_fits : {1, 2, 5, 13, 1000}) {
      EXPECT_EQ(fitted(panel, request, most_fits), expected) << most_fits;
    }
  }
}

TEST(BatchFit, FitsEvenlySpacedSeriesWhereTheyLie) {
  const Panel panel = random_panel({300, 300, 300, 300});
  const FitRequest request = request_of(WindowArguments{100, 50});
  EXPECT_EQ(fitted(panel, request, 1000), fitted_singly(panel, request));
}

// As the library does it in one call for series of different lengths.
TEST(BatchFit, CountsBeyondAShortSeriesAsInARaggedBatch) {
  const Panel panel = random_panel({300, 1, 40, 2, 0, 41, 300});
  FitRequest request;
  request.options.lower = count(40);
  request.options.upper = count(41);
  request.options.counts = Counts::none;
  const Context context(Context::Options{.backend = Backend::cpu, .threads = 2});
  const auto view =
      SeriesView<double>::ragged(std::get<std::vector<double>>(panel.values).data(), panel.offsets);
  const GroupFits expected{fit(context, view, request.options), {}, {}};
  std::string text;
  for (std::size_t s = 0; s < panel.n_series(); ++s) {
    text += panel.names[s];
    append_fit(text, expected, s);
  }
  for (const std::int64_t most_fits : {1, 3, 1000}) {
    EXPECT_EQ(fitted(panel, request, most_fits), text) << most_fits;
  }
}

TEST(BatchFit, GivesASeriesWithoutValuesAStatus) {
  EXPECT_EQ(fitted(random_panel({0}), FitRequest{}, 10),
            "s0,0,0,empty,nan,0,nan,nan,nan,nan,0,nan,nan,nan\n");
}

TEST(FitRequest, KeepsCountsOnlyWhereTheyAreAsked) {
  FitArguments arguments;
  EXPECT_EQ(fit_request(arguments).options.counts, Counts::none);
  arguments.quantiles = {{"0.5", 0.5}};
  EXPECT_EQ(fit_request(arguments).options.counts, Counts::u32);
  arguments.quantiles.clear();
  arguments.bins_output = "b.csv";
  EXPECT_EQ(fit_request(arguments).options.counts, Counts::u32);
}

}  // namespace
}  // namespace tailfit::tools
