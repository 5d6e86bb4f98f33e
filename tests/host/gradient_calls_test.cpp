// Derivatives as calls: shapes, types, sums, weights, threads, and what a bad call says. What the
// numbers are is the business of tests/math.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/host/series_samples.hpp"

namespace {

using tailfit::Context;
using tailfit::Function;
using tailfit::GradientOptions;
using tailfit::Gradients;
using tailfit::Points;
using tailfit::SeriesView;
using tailfit::tests::heavy_batch;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t n_rows = 23;
constexpr std::int64_t bins = 9;

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no exception";
}

std::vector<std::uint64_t> bits(const Gradients& of) {
  std::vector<std::uint64_t> found;
  for (const auto* numbers : {&of.value, &of.x, &of.logits, &of.lower_shape, &of.lower_scale,
                              &of.upper_shape, &of.upper_scale}) {
    for (const double number : *numbers) found.push_back(std::bit_cast<std::uint64_t>(number));
    found.push_back(numbers->size());
  }
  return found;
}

// What a network emits: floats, edges shared.
struct Rows {
  std::vector<float> logits;
  std::vector<float> edges;
  std::vector<float> tails;

  Rows() {
    const std::vector<float> numbers = heavy_batch<float>(5, n_rows, bins);
    logits.assign(numbers.begin(), numbers.end());
    for (std::int64_t b = 0; b <= bins; ++b) edges.push_back(static_cast<float>(b) - 4.5f);
    for (std::int64_t i = 0; i < n_rows; ++i) {
      tails.push_back(0.03f + 0.01f * static_cast<float>(i % 5));
      tails.push_back(-0.3f + 0.05f * static_cast<float>(i));
      tails.push_back(0.5f + 0.1f * static_cast<float>(i % 7));
    }
  }
  tailfit_parameters_view view() const {
    auto found = tailfit::parameters_view<float>(n_rows, bins);
    found.weights = logits.data();
    found.weights_kind = TAILFIT_WEIGHTS_LOGITS;
    found.edges = edges.data();
    found.lower = {tails.data(), tails.data() + 1, tails.data() + 2, 3};
    found.upper = found.lower;
    return found;
  }
};

const std::vector<Function> functions = {Function::log_pdf, Function::log_score, Function::crps,
                                         Function::composite_log_score};

class GradientCalls : public testing::Test {
 protected:
  const Context context_{{.threads = 2}};
  const Rows rows_;
  // Halves, so that they are floats.
  const std::vector<double> x_ = {-20.0, -4.5, -1.5, 0.0, 3.5, 4.5, 1000.0};
  const std::int64_t m_ = static_cast<std::int64_t>(x_.size());
};

TEST_F(GradientCalls, SharedAndOwnAndSinglePointsGiveTheSameNumbers) {
  std::vector<double> each;
  for (std::int64_t i = 0; i < n_rows; ++i) each.insert(each.end(), x_.begin(), x_.end());
  const std::vector<float> floats(x_.begin(), x_.end());
  for (const Function function : functions) {
    const Gradients shared = gradients(context_, rows_.view(), function, Points::shared(x_));
    ASSERT_EQ(shared.logits.size(), static_cast<std::size_t>(n_rows * m_ * bins));
    ASSERT_EQ(shared.upper_scale.size(), static_cast<std::size_t>(n_rows * m_));
    EXPECT_EQ(bits(gradients(context_, rows_.view(), function, Points::each(each, n_rows))),
              bits(shared));
    EXPECT_EQ(bits(gradients(context_, rows_.view(), function, Points::shared(floats))),
              bits(shared));
    const auto value = evaluate(context_, rows_.view(), function, Points::shared(x_));
    for (std::size_t i = 0; i < value.size(); ++i) EXPECT_EQ(value[i], shared.value[i]);
    const Gradients single = gradients(context_, rows_.view(), function, x_[3]);
    for (std::size_t i = 0; i < static_cast<std::size_t>(n_rows); ++i) {
      EXPECT_EQ(single.x[i], shared.x[i * x_.size() + 3]);
      EXPECT_EQ(single.logits[i * bins + 2], shared.logits[(i * x_.size() + 3) * bins + 2]);
    }
  }
}

TEST_F(GradientCalls, ThreadsBudgetsAndBatchesChangeNothing) {
  const Context one({.threads = 1});
  const Context tight({.threads = 3, .memory_budget = 900});
  for (const Function function : functions) {
    const Gradients all = gradients(context_, rows_.view(), function, Points::shared(x_));
    EXPECT_EQ(bits(gradients(one, rows_.view(), function, Points::shared(x_))), bits(all));
    EXPECT_EQ(bits(gradients(tight, rows_.view(), function, Points::shared(x_))), bits(all));
    tailfit_parameters_view last = rows_.view();
    last.n_rows = 1;
    last.weights = rows_.logits.data() + (n_rows - 1) * bins;
    last.lower = {&rows_.tails[3 * (n_rows - 1)], &rows_.tails[3 * (n_rows - 1) + 1],
                  &rows_.tails[3 * (n_rows - 1) + 2], 0};
    last.upper = last.lower;
    const Gradients alone = gradients(context_, last, function, Points::shared(x_));
    const std::size_t begin = all.logits.size() - alone.logits.size();
    for (std::size_t i = 0; i < alone.logits.size(); ++i) {
      EXPECT_EQ(alone.logits[i], all.logits[begin + i]);
    }
  }
  const Context none({.threads = 1, .memory_budget = 100});
  EXPECT_EQ(message_of([&] { gradients(none, rows_.view(), Function::crps, 0.0); }),
            "tailfit: memory_budget is 100 bytes, expected at least 576 for distributions of 9 "
            "bins");
}

TEST_F(GradientCalls, SumsAreOfWeightedPointsInTheirOrder) {
  std::vector<double> weights;
  for (std::int64_t i = 0; i < n_rows * m_; ++i) {
    weights.push_back(i % 4 == 0 ? 0.0 : 0.25 * static_cast<double>(i % 9) - 1.0);
  }
  for (const Function function : functions) {
    const Gradients each = gradients(context_, rows_.view(), function, Points::shared(x_));
    const Gradients weighted =
        gradients(context_, rows_.view(), function, Points::shared(x_), {.weights = weights});
    const Gradients sums = gradients(context_, rows_.view(), function, Points::shared(x_),
                                     {.weights = weights, .sum_over_points = true});
    EXPECT_EQ(sums.value, each.value);
    EXPECT_EQ(sums.x, weighted.x);
    ASSERT_EQ(sums.logits.size(), static_cast<std::size_t>(n_rows * bins));
    ASSERT_EQ(sums.lower_shape.size(), static_cast<std::size_t>(n_rows));
    for (std::size_t i = 0; i < static_cast<std::size_t>(n_rows); ++i) {
      double shape = 0.0;
      std::vector<double> logits(bins);
      for (std::size_t j = 0; j < x_.size(); ++j) {
        const std::size_t at = i * x_.size() + j;
        EXPECT_EQ(weighted.upper_shape[at], weights[at] * each.upper_shape[at]);
        shape += weighted.upper_shape[at];
        for (std::size_t b = 0; b < bins; ++b) {
          EXPECT_EQ(weighted.logits[at * bins + b], weights[at] * each.logits[at * bins + b]);
          logits[b] += weighted.logits[at * bins + b];
        }
      }
      EXPECT_EQ(sums.upper_shape[i], shape);
      for (std::size_t b = 0; b < bins; ++b) EXPECT_EQ(sums.logits[i * bins + b], logits[b]);
    }
  }
}

// As a trainer with missing observations has it.
TEST_F(GradientCalls, APointWithoutWeightCountsNothingEvenNaN) {
  const std::vector<double> with = {1.0, nan, 2.0};
  const std::vector<double> without = {1.0, 2.0};
  const std::vector<double> weights = {1.0, 0.0, 1.0};
  for (const Function function : functions) {
    const Gradients masked = gradients(context_, rows_.view(), function, Points::shared(with),
                                       {.weights = weights, .sum_over_points = true});
    const Gradients plain = gradients(context_, rows_.view(), function, Points::shared(without),
                                      {.sum_over_points = true});
    EXPECT_EQ(masked.logits, plain.logits);
    EXPECT_EQ(masked.upper_scale, plain.upper_scale);
    EXPECT_TRUE(std::isnan(masked.value[1]));
    EXPECT_EQ(masked.x[1], 0.0);
    const Gradients unmasked = gradients(context_, rows_.view(), function, Points::shared(with));
    EXPECT_EQ(std::bit_cast<std::uint64_t>(unmasked.logits[bins]), 0x7FF8000000000000u);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(unmasked.x[1]), 0x7FF8000000000000u);
  }
}

TEST_F(GradientCalls, OnlyWhatIsWantedIsWritten) {
  const Gradients all = gradients(context_, rows_.view(), Function::crps, Points::shared(x_));
  const Gradients none = gradients(context_, rows_.view(), Function::crps, Points::shared(x_),
                                   {.x = false, .logits = false, .tails = false});
  EXPECT_EQ(none.value, all.value);
  EXPECT_TRUE(none.x.empty() && none.logits.empty() && none.lower_shape.empty());
  const Gradients logits = gradients(context_, rows_.view(), Function::crps, Points::shared(x_),
                                     {.x = false, .tails = false});
  EXPECT_EQ(logits.logits, all.logits);
  // Sums of no points are zeros, also in memory that held other numbers.
  std::vector<double> sums(n_rows * bins, 7.0);
  std::vector<double> shapes(n_rows, 7.0);
  tailfit_gradients out{};
  out.struct_size = sizeof out;
  out.sum_over_points = 1;
  out.logits = sums.data();
  out.upper_shape = shapes.data();
  const tailfit_points points{sizeof points, nullptr, TAILFIT_F64, 0, 0, 0, 0.0, 0, 0};
  const tailfit_parameters_view view = rows_.view();
  ASSERT_EQ(tailfit_gradient_parameters(context_.c_handle(), &view, TAILFIT_CRPS, &points, &out),
            TAILFIT_OK);
  EXPECT_EQ(sums, std::vector<double>(n_rows * bins, 0.0));
  EXPECT_EQ(shapes, std::vector<double>(n_rows, 0.0));
}

// A fit's logits are the logarithms of its counts.
TEST_F(GradientCalls, FitsHaveTheDerivativesOfTheirParameters) {
  const std::vector<double> values = heavy_batch<double>(41, n_rows, 400);
  const tailfit::SplicedFits fits =
      tailfit::fit(context_, SeriesView<double>::rows(values.data(), n_rows, 400), {.bins = bins});
  const std::vector<double> x = {-9.0, -1.013, 0.217, 1.113, 12.0};
  for (std::int64_t i = 0; i < n_rows; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const double n = static_cast<double>(fits.n()[at]);
    std::vector<double> logits, edges;
    for (std::size_t b = 0; b < bins; ++b) {
      logits.push_back(std::log(fits.counts_u32()[at * bins + b]) - 1.0);
      edges.push_back(fits.lower().threshold[at] +
                      static_cast<double>(b) *
                          (fits.upper().threshold[at] - fits.lower().threshold[at]) /
                          static_cast<double>(bins));
    }
    edges.push_back(fits.upper().threshold[at]);
    const double lower_mass = static_cast<double>(fits.lower().n_exceed[at]) / n;
    const double upper_mass = static_cast<double>(fits.upper().n_exceed[at]) / n;
    auto view = tailfit::parameters_view<double>(1, bins);
    view.weights = logits.data();
    view.weights_kind = TAILFIT_WEIGHTS_LOGITS;
    view.edges = edges.data();
    view.lower = {&lower_mass, &fits.lower().shape[at], &fits.lower().scale[at], 0};
    view.upper = {&upper_mass, &fits.upper().shape[at], &fits.upper().scale[at], 0};
    for (const Function function : {Function::log_pdf, Function::crps}) {
      const Gradients of_fits = gradients(context_, fits, function, Points::shared(x));
      const Gradients of_row = gradients(context_, view, function, Points::shared(x));
      for (std::size_t j = 0; j < x.size(); ++j) {
        const std::size_t point = at * x.size() + j;
        EXPECT_NEAR(of_fits.x[point], of_row.x[j], 1e-12);
        EXPECT_NEAR(of_fits.lower_shape[point], of_row.lower_shape[j], 1e-11);
        EXPECT_NEAR(of_fits.upper_scale[point], of_row.upper_scale[j], 1e-11);
        for (std::size_t b = 0; b < bins; ++b) {
          EXPECT_NEAR(of_fits.logits[point * bins + b], of_row.logits[j * bins + b], 1e-12);
        }
      }
    }
  }
}

// One bin holds all of the body, whatever its logits; a series without values has none.
TEST_F(GradientCalls, FitsWithoutBinsOrValues) {
  std::vector<double> values(40, 2.0);
  values.insert(values.end(), 40, nan);
  const auto fits =
      tailfit::fit(context_, SeriesView<double>::rows(values.data(), 2, 40), {.bins = bins});
  for (const Function function : {Function::log_pdf, Function::crps}) {
    const Gradients of = gradients(context_, fits, function, 3.0);
    for (std::size_t b = 0; b < bins; ++b) {
      EXPECT_EQ(of.logits[b], 0.0);
      EXPECT_EQ(std::bit_cast<std::uint64_t>(of.logits[bins + b]), 0x7FF8000000000000u);
    }
    EXPECT_EQ(std::bit_cast<std::uint64_t>(of.lower_scale[1]), 0x7FF8000000000000u);
  }
  EXPECT_EQ(gradients(context_, fits, Function::crps, 3.0).x[0], 1.0);
}

TEST_F(GradientCalls, BadCallsAreNamed) {
  const double x = 1.0;
  double value[n_rows];
  tailfit_points points{sizeof points, &x, TAILFIT_F64, TAILFIT_MEMORY_HOST, 1, 0, 0.0, 0, 0};
  tailfit_gradients out{};
  out.struct_size = sizeof out;
  out.value = value;
  tailfit_parameters_view view = rows_.view();
  const auto message = [&](std::int32_t function) {
    return tailfit_gradient_parameters(context_.c_handle(), &view, function, &points, &out) ==
                   TAILFIT_OK
               ? std::string("ok")
               : std::string(tailfit_last_error());
  };
  EXPECT_EQ(message(TAILFIT_LOG_PDF), "ok");
  EXPECT_EQ(message(TAILFIT_CDF),
            "tailfit: function is 3, expected one that has derivatives: 1 (log_pdf), 40 (crps), 41 "
            "(log_score) or 44 (composite_log_score)");
  out.sum_over_points = 2;
  EXPECT_EQ(message(TAILFIT_CRPS),
            "tailfit: gradients.sum_over_points is 2, expected 0 (of each point) or 1 (summed)");
  out.sum_over_points = 0;
  out.weights_stride = -1;
  EXPECT_EQ(message(TAILFIT_CRPS),
            "tailfit: gradients.weights_stride is -1, expected 0 (shared) or 1 to 2^48");
  out.weights_stride = 0;
  out.value = nullptr;
  EXPECT_EQ(message(TAILFIT_CRPS),
            "tailfit: every array of gradients is null, expected at least one to write");
  out.value = value;
  out.struct_size = 8;
  EXPECT_EQ(message(TAILFIT_CRPS),
            "tailfit: tailfit_gradients.struct_size is 8, expected "
            "sizeof(tailfit_gradients) = " +
                std::to_string(sizeof out));
  out.struct_size = sizeof out;
  points.memory = TAILFIT_MEMORY_DEVICE;
  EXPECT_EQ(message(TAILFIT_CRPS),
            "tailfit: points.memory is 1 (device), expected 0 (host), as that of "
            "the distributions");
  points.memory = TAILFIT_MEMORY_HOST;
  view.bins = 0;
  EXPECT_EQ(message(TAILFIT_CRPS), "tailfit: parameters.bins is 0, expected 1 to 2^20");
  view.bins = bins;
  EXPECT_EQ(tailfit_gradient_parameters(context_.c_handle(), &view, TAILFIT_CRPS, &points, nullptr),
            TAILFIT_INVALID_ARGUMENT);
  EXPECT_EQ(tailfit_gradient_parameters(context_.c_handle(), &view, TAILFIT_CRPS, nullptr, &out),
            TAILFIT_INVALID_ARGUMENT);
  EXPECT_EQ(message_of([&] {
              const std::vector<double> three(3);
              gradients(context_, view, Function::crps, 0.0, {.weights = three});
            }),
            "tailfit: weights has 3 numbers, expected none, 1 or 23");
  const std::vector<double> values = heavy_batch<double>(1, 2, 100);
  const auto fits = tailfit::fit(context_, SeriesView<double>::rows(values.data(), 2, 100));
  const std::string of_fits =
      "tailfit: function is 44 (composite_log_score), expected another one: fits have no histogram "
      "of the whole range, rows of parameters do";
  EXPECT_EQ(message_of([&] { gradients(context_, fits, Function::composite_log_score, 0.0); }),
            of_fits);
  EXPECT_EQ(message_of([&] { evaluate(context_, fits, Function::composite_log_score, 0.0); }),
            of_fits);
  // An empty batch is no bad call.
  view.n_rows = 0;
  EXPECT_TRUE(gradients(context_, view, Function::crps, 0.0).logits.empty());
}

}  // namespace
