// Functions of distributions as calls: shapes, types, threads, budgets, rows of parameters, and
// what a bad call says. What the numbers are is the business of tests/math and tests/golden.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/host/series_samples.hpp"

namespace {

using tailfit::Context;
using tailfit::Distributions;
using tailfit::FitOptions;
using tailfit::Function;
using tailfit::Points;
using tailfit::SeriesView;
using tailfit::tests::heavy_batch;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t n_fits = 37;

const std::vector<Function> functions_of_points = {Function::log_pdf,
                                                   Function::pdf,
                                                   Function::cdf,
                                                   Function::sf,
                                                   Function::log_sf,
                                                   Function::log_cdf,
                                                   Function::mid_pit,
                                                   Function::quantile,
                                                   Function::isf,
                                                   Function::expected_shortfall,
                                                   Function::mean_excess,
                                                   Function::return_level,
                                                   Function::crps,
                                                   Function::log_score,
                                                   Function::quantile_score,
                                                   Function::twcrps,
                                                   Function::anomaly_score};

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no exception";
}

std::vector<std::uint64_t> bits(const std::vector<double>& values) {
  std::vector<std::uint64_t> found;
  for (const double value : values) found.push_back(std::bit_cast<std::uint64_t>(value));
  return found;
}

class DistributionCalls : public testing::Test {
 protected:
  const Context context_{{.threads = 2}};
  const std::vector<float> values_ = heavy_batch<float>(41, n_fits, 400);
  const tailfit::SplicedFits fits_ =
      tailfit::fit(context_, SeriesView<float>::rows(values_.data(), n_fits, 400));
  // Halves, so that they are floats.
  const std::vector<double> x_ = {-20.0, -1.5, 0.0, 0.5, 3.0, 1000.0};
};

TEST_F(DistributionCalls, SharedAndOwnAndSinglePointsGiveTheSameNumbers) {
  const auto m = static_cast<std::int64_t>(x_.size());
  std::vector<double> each;
  for (std::int64_t i = 0; i < n_fits; ++i) each.insert(each.end(), x_.begin(), x_.end());
  const std::vector<float> floats(x_.begin(), x_.end());
  for (const Function function : functions_of_points) {
    const auto shared = evaluate(context_, fits_, function, Points::shared(x_), 0.25);
    ASSERT_EQ(shared.size(), static_cast<std::size_t>(n_fits * m));
    EXPECT_EQ(bits(evaluate(context_, fits_, function, Points::each(each, n_fits), 0.25)),
              bits(shared));
    EXPECT_EQ(bits(evaluate(context_, fits_, function, Points::shared(floats), 0.25)),
              bits(shared));
    for (std::int64_t j = 0; j < m; ++j) {
      const auto single =
          evaluate(context_, fits_, function, x_[static_cast<std::size_t>(j)], 0.25);
      for (std::int64_t i = 0; i < n_fits; ++i) {
        EXPECT_EQ(std::bit_cast<std::uint64_t>(single[static_cast<std::size_t>(i)]),
                  std::bit_cast<std::uint64_t>(shared[static_cast<std::size_t>(i * m + j)]));
      }
    }
  }
}

TEST_F(DistributionCalls, ThreadsAndBudgetsChangeNothing) {
  const Context one({.threads = 1});
  const Context tight({.threads = 3, .memory_budget = 6'000});
  for (const Function function : functions_of_points) {
    const auto expected = bits(evaluate(context_, fits_, function, Points::shared(x_), 0.25));
    EXPECT_EQ(bits(evaluate(one, fits_, function, Points::shared(x_), 0.25)), expected);
    EXPECT_EQ(bits(evaluate(tight, fits_, function, Points::shared(x_), 0.25)), expected);
  }
  const auto draws = sample(one, fits_, 100, {.seed = 9});
  EXPECT_EQ(bits(sample(context_, fits_, 100, {.seed = 9})), bits(draws));
  const Context none({.threads = 1, .memory_budget = 100});
  EXPECT_EQ(message_of([&] { cdf(none, fits_, 0.0); }),
            "tailfit: memory_budget is 100 bytes, expected at least 4864 for distributions of 100 "
            "bins");
}

TEST_F(DistributionCalls, ShortCutsAreTheFunctionsOfTheirNames) {
  const auto at = Points::shared(x_);
  const auto probabilities = std::vector<double>{0.001, 0.3, 0.99};
  const auto p = Points::shared(probabilities);
  EXPECT_EQ(bits(log_pdf(context_, fits_, at)),
            bits(evaluate(context_, fits_, Function::log_pdf, at)));
  EXPECT_EQ(bits(crps(context_, fits_, at)), bits(evaluate(context_, fits_, Function::crps, at)));
  EXPECT_EQ(bits(twcrps(context_, fits_, at, 1.0)),
            bits(evaluate(context_, fits_, Function::twcrps, at, 1.0)));
  EXPECT_EQ(bits(quantile_score(context_, fits_, at, 0.9)),
            bits(evaluate(context_, fits_, Function::quantile_score, at, 0.9)));
  const auto q = quantile(context_, Distributions(fits_), p);
  for (std::size_t j = 0; j < probabilities.size(); ++j) {
    const auto one = quantile(context_, fits_, probabilities[j]);
    const auto es = expected_shortfall(context_, fits_, probabilities[j]);
    for (std::size_t i = 0; i < static_cast<std::size_t>(n_fits); ++i) {
      EXPECT_EQ(q[3 * i + j], one[i]);
      EXPECT_EQ(expected_shortfall(context_, Distributions(fits_), p)[3 * i + j], es[i]);
    }
  }
  EXPECT_EQ(mean(context_, fits_).size(), static_cast<std::size_t>(n_fits));
  // A thousand periods and a thousandth.
  EXPECT_EQ(bits(return_level(context_, fits_, 1024.0)), bits(isf(context_, fits_, 0x1p-10)));
}

TEST_F(DistributionCalls, AnomalyScoresAreTailProbabilitiesWithASign) {
  const auto scores = score_anomaly(context_, fits_, Points::shared(x_));
  const auto below = cdf(context_, fits_, Points::shared(x_));
  const auto above = sf(context_, fits_, Points::shared(x_));
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double p = 2.0 * std::min(below[i], above[i]);
    const double expected = -std::log10(std::min(p, 1.0));
    if (std::isfinite(expected)) {
      EXPECT_NEAR(std::abs(scores[i]), expected, 1e-12 * (1.0 + expected));
    } else {
      // Beyond the support, or so far out that only its logarithm is a number.
      EXPECT_GT(std::abs(scores[i]), 300.0);
    }
    EXPECT_EQ(std::signbit(scores[i]), above[i] > below[i] && scores[i] != 0.0);
  }
}

TEST_F(DistributionCalls, DrawsDependOnSeedSeriesAndDrawAlone) {
  const auto all = sample(context_, fits_, 50, {.seed = 3});
  // The last fits as a batch of their own.
  const auto some = SeriesView<float>::rows(values_.data() + 30 * 400, n_fits - 30, 400);
  const auto later = sample(context_, tailfit::fit(context_, some), 20,
                            {.seed = 3, .first_series = 30, .first_draw = 30});
  for (std::size_t i = 0; i < static_cast<std::size_t>(n_fits) - 30; ++i) {
    for (std::size_t j = 0; j < 20; ++j) EXPECT_EQ(later[20 * i + j], all[50 * (30 + i) + 30 + j]);
  }
  std::vector<double> thresholds(static_cast<std::size_t>(n_fits));
  std::copy_n(fits_.upper().threshold.data(), thresholds.size(), thresholds.begin());
  const double limit = 50.0;
  const auto excesses =
      sample(context_, fits_, 50, {.seed = 4, .above = thresholds, .at_most = {&limit, 1}});
  for (std::size_t i = 0; i < excesses.size(); ++i) {
    EXPECT_GT(excesses[i], thresholds[i / 50]);
    EXPECT_LE(excesses[i], limit);
  }
}

// Numbers of a Philox that was written by the documentation alone; those of seed 0 are the
// generator's published vector.
TEST_F(DistributionCalls, DrawsAreThoseThatTheDocumentationSays) {
  const double none = 0.0;
  const double one = 1.0;
  const double edges[] = {0.0, 1.0};
  auto uniform = tailfit::parameters_view<double>(1, 1);
  uniform.weights = &one;
  uniform.edges = edges;
  uniform.lower = {&none, &none, &one, 0};
  uniform.upper = uniform.lower;
  const auto first = sample(context_, uniform, 2);
  EXPECT_DOUBLE_EQ(first[0], 0.8805201978886142);
  EXPECT_DOUBLE_EQ(first[1], 0.6054818538799214);
  constexpr std::int64_t high = std::int64_t{1} << 32;
  const auto later = sample(context_, uniform, 2,
                            {.seed = 3 * std::uint64_t{high} + 7,
                             .first_series = 5 * high + 2,
                             .first_draw = 9 * high + 4});
  EXPECT_DOUBLE_EQ(later[0], 0.0803608672749231);
  EXPECT_DOUBLE_EQ(later[1], 0.7118385886305147);
}

// Parameters that say what a fit says are that fit.
TEST_F(DistributionCalls, ParametersOfAFitGiveItsNumbers) {
  const std::int64_t bins = fits_.bins();
  const auto n = static_cast<std::size_t>(n_fits);
  std::vector<double> masses(n * 100), edges(n * 101), lower(3 * n), upper(3 * n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto tails = {std::pair(fits_.lower(), &lower), std::pair(fits_.upper(), &upper)};
    for (const auto& [tail, numbers] : tails) {
      (*numbers)[i] = static_cast<double>(tail.n_exceed[i]) / static_cast<double>(fits_.n()[i]);
      (*numbers)[n + i] = tail.shape[i];
      (*numbers)[2 * n + i] = tail.scale[i];
    }
    const double low = fits_.lower().threshold[i];
    const double step = (fits_.upper().threshold[i] - low) / 100.0;
    for (std::size_t b = 0; b < 100; ++b) {
      masses[100 * i + b] = fits_.counts_u32()[100 * i + b];
      edges[101 * i + b] = low + static_cast<double>(b) * step;
    }
    edges[101 * i + 100] = fits_.upper().threshold[i];
  }
  auto rows = tailfit::parameters_view<double>(n_fits, bins);
  rows.weights = masses.data();
  rows.edges = edges.data();
  rows.edges_stride = bins + 1;
  rows.lower = {lower.data(), lower.data() + n, lower.data() + 2 * n, 1};
  rows.upper = {upper.data(), upper.data() + n, upper.data() + 2 * n, 1};
  std::vector<double> logits(masses);
  for (double& logit : logits) logit = std::log(logit) + 3.0;
  auto by_logits = rows;
  by_logits.weights = logits.data();
  by_logits.weights_kind = TAILFIT_WEIGHTS_LOGITS;
  for (const Function function : functions_of_points) {
    if (function == Function::pdf || function == Function::log_pdf ||
        function == Function::log_score) {
      continue;  // a point may lie in the other bin of two
    }
    const auto expected = evaluate(context_, fits_, function, Points::shared(x_), 0.25);
    for (const auto& of : {rows, by_logits}) {
      const auto found = evaluate(context_, of, function, Points::shared(x_), 0.25);
      ASSERT_EQ(found.size(), expected.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (std::isfinite(expected[i])) {
          EXPECT_NEAR(found[i], expected[i], 1e-11 * (1.0 + std::abs(expected[i])))
              << static_cast<int>(function);
        } else {
          EXPECT_EQ(std::isnan(found[i]), std::isnan(expected[i]));
        }
      }
    }
  }
}

TEST_F(DistributionCalls, ParametersThatAreNoneAreNotANumber) {
  const std::vector<float> good_weights = {1.0f, 2.0f};
  const std::vector<float> good_edges = {-1.0f, 0.0f, 1.0f};
  const std::vector<float> good_tail = {0.1f, 0.2f, 1.0f};
  const auto at_half = [&](const std::vector<float>& weights, const std::vector<float>& edges,
                           const std::vector<float>& tail) {
    auto rows = tailfit::parameters_view<float>(1, 2);
    rows.weights = weights.data();
    rows.edges = edges.data();
    rows.lower = {tail.data(), tail.data() + 1, tail.data() + 2, 0};
    rows.upper = rows.lower;
    return cdf(context_, rows, 0.5)[0];
  };
  const auto not_a_number = static_cast<float>(nan);
  EXPECT_NEAR(at_half(good_weights, good_edges, good_tail), 0.1 + 0.8 * (1.0 / 3.0 + 1.0 / 3.0),
              1e-7);
  for (const std::vector<float>& weights :
       {std::vector<float>{not_a_number, 1.0f}, {-1.0f, 2.0f}, {0.0f, 0.0f}}) {
    EXPECT_TRUE(std::isnan(at_half(weights, good_edges, good_tail)));
  }
  for (const std::vector<float>& edges :
       {std::vector<float>{-1.0f, -1.0f, 1.0f}, {0.0f, 1.0f, not_a_number}, {1.0f, 0.0f, 2.0f}}) {
    EXPECT_TRUE(std::isnan(at_half(good_weights, edges, good_tail)));
  }
  for (const std::vector<float>& tail : {std::vector<float>{0.6f, 0.2f, 1.0f},
                                         {-0.1f, 0.2f, 1.0f},
                                         {0.1f, not_a_number, 1.0f},
                                         {0.1f, 0.2f, 0.0f},
                                         {0.1f, 0.2f, -1.0f},
                                         {not_a_number, 0.2f, 1.0f}}) {
    EXPECT_TRUE(std::isnan(at_half(good_weights, good_edges, tail)));
  }
  // A tail without mass needs no parameters.
  EXPECT_FALSE(std::isnan(at_half(good_weights, good_edges, {0.0f, not_a_number, -1.0f})));
}

TEST_F(DistributionCalls, SeriesWithoutADistributionAreNotANumber) {
  const std::vector<double> values(20, nan);
  const auto empty = tailfit::fit(context_, SeriesView<double>::rows(values.data(), 1, 20));
  for (const Function function : functions_of_points) {
    for (const double value : evaluate(context_, empty, function, Points::shared(x_), 0.25)) {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(value), 0x7FF8000000000000u);
    }
  }
  EXPECT_TRUE(std::isnan(mean(context_, empty)[0]));
  EXPECT_TRUE(std::isnan(sample(context_, empty, 1)[0]));
}

// An atom's PIT: uniform over its jump.
TEST_F(DistributionCalls, AtomsHaveAMiddleAndARandomPit) {
  std::vector<double> values(100, 2.0);
  const auto atom = tailfit::fit(context_, SeriesView<double>::rows(values.data(), 1, 100));
  EXPECT_EQ(mid_pit(context_, atom, 2.0)[0], 0.5);
  EXPECT_EQ(cdf(context_, atom, 2.0)[0], 1.0);
  EXPECT_EQ(cdf(context_, atom, 1.0)[0], 0.0);
  EXPECT_EQ(pdf(context_, atom, 2.0)[0], infinity);
  EXPECT_EQ(mean(context_, atom)[0], 2.0);
  EXPECT_EQ(variance(context_, atom)[0], 0.0);
  EXPECT_EQ(crps(context_, atom, 5.0)[0], 3.0);
  EXPECT_EQ(score_anomaly(context_, atom, 2.0)[0], 0.0);
  const std::vector<double> same(1000, 2.0);
  auto pits = randomized_pit(context_, atom, Points::shared(same), 17);
  EXPECT_EQ(bits(pits), bits(randomized_pit(context_, atom, Points::shared(same), 17)));
  std::sort(pits.begin(), pits.end());
  for (std::size_t i = 0; i < pits.size(); ++i) {
    EXPECT_NEAR(pits[i], (static_cast<double>(i) + 0.5) / 1000.0, 0.06);
  }
}

// Rain: two thirds of the days are dry, so the lower threshold is 0 and nothing lies below it.
TEST_F(DistributionCalls, ValuesAtASupportsEndScoreHalfTheirBin) {
  std::vector<double> rain(300, 0.0);
  for (std::size_t t = 0; t < 100; ++t) rain[3 * t] = 0.1 + 0.25 * static_cast<double>(t);
  const auto fits = tailfit::fit(context_, SeriesView<double>::rows(rain.data(), 1, 300),
                                 {.upper = tailfit::given(10.0), .bins = 4});
  ASSERT_EQ(fits.lower().n_exceed[0], 0);
  ASSERT_EQ(fits.counts_u32()[0], 210u);  // up to 2.5 the dry days and ten others
  const std::vector<double> x = {0.0, 1.0, 1.25, 2.0, 9.9, -1e-9};
  const auto scores = score_anomaly(context_, fits, Points::shared(x));
  const double half_of_bin = std::log10(2.0 * (0.5 * 210.0 / 300.0));
  EXPECT_DOUBLE_EQ(scores[0], half_of_bin);
  EXPECT_DOUBLE_EQ(scores[1], half_of_bin);
  EXPECT_DOUBLE_EQ(scores[2], half_of_bin);  // F itself from here on
  EXPECT_NEAR(scores[3], -std::log10(2.0 * (1.0 - 0.8 * 210.0 / 300.0)), 1e-15);
  EXPECT_GT(scores[4], 0.0);
  EXPECT_EQ(scores[5], -infinity);  // the fit has never seen one
  EXPECT_EQ(cdf(context_, fits, 0.0)[0], 0.0);

  // The same seen from the other side.
  for (double& r : rain) r = -r;
  const auto mirrored =
      tailfit::fit(context_, SeriesView<double>::rows(rain.data(), 1, 300),
                   {.lower = tailfit::given(-10.0), .upper = tailfit::tail_mass(0.05), .bins = 4});
  EXPECT_DOUBLE_EQ(score_anomaly(context_, mirrored, 0.0)[0], -half_of_bin);
  EXPECT_EQ(score_anomaly(context_, mirrored, 1e-9)[0], infinity);
}

TEST_F(DistributionCalls, BadCallsAreNamed) {
  const tailfit_fits_view& view = fits_.view();
  std::vector<double> out(static_cast<std::size_t>(n_fits));
  const double x = 1.0;
  tailfit_points points{sizeof points, &x, TAILFIT_F64, TAILFIT_MEMORY_HOST, 1, 0, 0.0, 0, 0};
  const auto message = [&](std::int32_t function) {
    const tailfit_code code =
        tailfit_evaluate(context_.c_handle(), &view, function, &points, out.data());
    return code == TAILFIT_OK ? std::string("ok") : std::string(tailfit_last_error());
  };
  EXPECT_EQ(message(TAILFIT_CDF), "ok");
  EXPECT_EQ(message(60), "tailfit: function is 60, expected a tailfit_function");
  EXPECT_EQ(message(0), "tailfit: function is 0, expected a tailfit_function");
  points.dtype = TAILFIT_I64;
  EXPECT_EQ(message(TAILFIT_CDF), "tailfit: points.dtype is 5, expected 1 (f32) or 2 (f64)");
  points.dtype = TAILFIT_F64;
  points.n_points = 3;
  points.stride = 2;
  EXPECT_EQ(message(TAILFIT_CDF), "tailfit: points.stride is 2, expected 0 (shared) or 3 to 2^48");
  points.n_points = -1;
  points.stride = 0;
  EXPECT_EQ(message(TAILFIT_CDF), "tailfit: points.n_points is -1, expected 0 to 2^48");
  points.n_points = 1;
  points.values = nullptr;
  EXPECT_EQ(message(TAILFIT_CDF), "tailfit: points.values is null, expected an array of numbers");
  points.memory = TAILFIT_MEMORY_DEVICE;
  points.values = &x;
  EXPECT_EQ(message(TAILFIT_CDF),
            "tailfit: points.memory is 1 (device), expected 0 (host), as that of "
            "the distributions");
  EXPECT_EQ(tailfit_evaluate(context_.c_handle(), &view, TAILFIT_CDF, nullptr, out.data()),
            TAILFIT_INVALID_ARGUMENT);
  EXPECT_STREQ(tailfit_last_error(),
               "tailfit: points is null, expected the points that this function is asked at");
  EXPECT_EQ(message_of([&] { Points::each(std::vector<double>(5), 2); }),
            "tailfit: 5 points were given, expected a multiple of the 2 distributions");
  const std::vector<double> of_ten(100);
  EXPECT_EQ(message_of([&] { cdf(context_, fits_, Points::each(of_ten, 10)); }),
            "tailfit: points of 10 distributions were given, expected those of 37");
  EXPECT_EQ(message_of([&] { randomized_pit(context_, fits_, Points::each(of_ten, 10), 1); }),
            "tailfit: points of 10 distributions were given, expected those of 37");
  EXPECT_EQ(message_of([&] { sample(context_, fits_, -1); }),
            "tailfit: sampling.n_draws is -1, expected 0 to 2^48");
  EXPECT_EQ(message_of([&] {
              evaluate_into(context_, fits_, Function::cdf, 0.0, std::span(out).first(3));
            }),
            "tailfit: out has 3 numbers, expected 37");
}

TEST_F(DistributionCalls, WhatCannotBeQueuedNamesTheCallToMake) {
  const Context cpu({.backend = tailfit::Backend::cpu});
  const tailfit::DeviceQueue queue{};
  std::vector<double> out(static_cast<std::size_t>(n_fits));
  const auto ends_with_call = [&](const std::function<void()>& call, const std::string& name) {
    const std::string message = message_of(call);
    EXPECT_TRUE(message.ends_with(", or the call that needs no device, " + name)) << message;
  };
  const Distributions fits(fits_);
  ends_with_call([&] { evaluate_async(cpu, fits, Function::cdf, 0.0, out.data(), queue); },
                 "tailfit_evaluate");
  ends_with_call([&] { sample_async(cpu, fits, 1, out.data(), queue); }, "tailfit_sample");
  ends_with_call([&] { tailfit::distribution_workspace(cpu, 100); },
                 "tailfit_evaluate, which takes no workspace");
}

// A sanitizer's allocator ends the program.
#if !defined(TAILFIT_SANITIZED)
TEST_F(DistributionCalls, ResultsThatMemoryDoesNotHoldAreOutOfMemory) {
  constexpr std::int64_t many = std::int64_t{1} << 45;
  const std::string expected =
      "tailfit: out of host memory: " + std::to_string(8 * n_fits * many) + " bytes were asked for";
  const auto said = [](const std::function<void()>& call) {
    try {
      call();
    } catch (const tailfit::OutOfMemory& error) {
      return std::string(error.what());
    }
    return std::string("no OutOfMemory");
  };
  // Not looked at: there is no room for what they would give.
  const Points points = Points::shared(std::span(x_.data(), std::size_t{many}));
  EXPECT_EQ(said([&] { sample(context_, fits_, many); }), expected);
  EXPECT_EQ(said([&] { cdf(context_, fits_, points); }), expected);
  EXPECT_EQ(said([&] { randomized_pit(context_, fits_, points, 1); }), expected);
  EXPECT_EQ(said([&] { gradients(context_, fits_, Function::crps, points); }), expected);
  EXPECT_EQ(message_of([&] { sample(context_, fits_, std::int64_t{1} << 62); }),
            "tailfit: sampling.n_draws is 4611686018427387904, expected 0 to 2^48");
}
#endif

}  // namespace
