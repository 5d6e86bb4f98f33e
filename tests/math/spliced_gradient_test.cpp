// Gradients against central differences of the functions themselves, their smoothness through shape
// zero, and that none is ever infinite inside of a support.
#include "kernels/math/spliced_gradient.hpp"

#include "tests/math/random_network.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

namespace {

namespace k = tailfit::kernels;

using tailfit::tests::bins;
using tailfit::tests::Network;
using tailfit::tests::random_network;

enum class Which { log_pdf, crps };

k::RowGradient gradient_of(Which which, const Network& network, double x, double* logits) {
  std::vector<double> memory;
  const k::SplicedRow row = network.row(memory);
  return which == Which::log_pdf ? k::log_pdf_gradient(row, x, logits)
                                 : k::crps_gradient(row, x, logits);
}

double value_of(Which which, const Network& network, double x) {
  std::vector<double> memory;
  const k::SplicedRow row = network.row(memory);
  return which == Which::log_pdf ? k::spliced_log_pdf(row, x) : k::spliced_crps(row, x);
}

// A difference of fourth order; its error is some h^4 of the fifth derivative, 1e-11 here, and
// eps*value/h, 1e-12.
double difference(const std::function<double(double)>& f, double h) {
  return (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h);
}

void expect_near(double found, double expected, double x, const char* what) {
  EXPECT_NEAR(found, expected, 2e-7 * (1.0 + std::abs(expected))) << what << " at " << x;
}

void compare(Which which, const Network& network, double x) {
  constexpr double h = 5e-4;
  std::vector<double> logits(bins);
  const k::RowGradient found = gradient_of(which, network, x, logits.data());
  if (!std::isfinite(found.value)) return;
  EXPECT_EQ(found.value, value_of(which, network, x));
  const auto with = [&](const std::function<void(Network&, double)>& set) {
    return difference(
        [&](double step) {
          Network moved = network;
          set(moved, step);
          return value_of(which, moved, x);
        },
        h);
  };
  expect_near(found.lower.shape, with([](Network& n, double s) { n.lower.shape += s; }), x,
              "lower shape");
  expect_near(found.lower.scale, with([](Network& n, double s) { n.lower.scale += s; }), x,
              "lower scale");
  expect_near(found.upper.shape, with([](Network& n, double s) { n.upper.shape += s; }), x,
              "upper shape");
  expect_near(found.upper.scale, with([](Network& n, double s) { n.upper.scale += s; }), x,
              "upper scale");
  for (std::int64_t b = 0; b < bins; ++b) {
    const auto at = static_cast<std::size_t>(b);
    expect_near(logits[at], with([at](Network& n, double s) { n.logits[at] += s; }), x, "logit");
  }
  expect_near(found.x,
              difference([&](double step) { return value_of(which, network, x + step); }, h), x,
              "x");
}

// Not beside a kink (an edge, a threshold, the end of a support), nor so far out that the fifth
// derivative is large.
bool is_smooth_at(const Network& network, double x) {
  for (const double edge : network.edges) {
    if (std::abs(x - edge) < 0.02) return false;
  }
  const auto is_far = [](const k::GivenTail& tail, double y) {
    return y > 0.0 && (y > 12.0 * tail.scale || 1.0 + tail.shape * y / tail.scale < 0.4);
  };
  return !is_far(network.lower, network.edges.front() - x) &&
         !is_far(network.upper, x - network.edges.back());
}

TEST(SplicedGradient, AgreesWithCentralDifferences) {
  std::mt19937_64 generator(21);
  std::uniform_real_distribution<double> value(-12.0, 16.0);
  int n_compared = 0;
  for (int i = 0; i < 300; ++i) {
    const Network network = random_network(generator, -0.45, 0.9);
    for (int j = 0; j < 6; ++j) {
      const double x = value(generator);
      if (!is_smooth_at(network, x)) continue;
      compare(Which::log_pdf, network, x);
      compare(Which::crps, network, x);
      ++n_compared;
    }
  }
  EXPECT_GT(n_compared, 1000);
}

TEST(SplicedGradient, HelpersAgreeOnBothSidesOfTheirSwitches) {
  for (const double t : {-0.125, 0.125}) {
    for (const double xi : {1e-3, 1.0}) {
      const double z = t / xi;
      const double hazard = std::log1p(t) / xi;
      const double inside = k::hazard_slope(xi, z, 1.0 + t, hazard);
      const double outside = (std::log1p(t) - t / (1.0 + t)) / (xi * xi);
      EXPECT_NEAR(inside, outside, 1e-13 * z * z);
    }
  }
  for (const double v : {-0.5, 0.5}) {
    EXPECT_NEAR(k::integral_slope(v, 1.0), (1.0 - (1.0 + v) * std::exp(-v)) / (v * v), 1e-15);
  }
  EXPECT_EQ(k::hazard_slope(0.0, 3.0, 1.0, 3.0), 4.5);
  EXPECT_EQ(k::integral_slope(0.0, 3.0), 4.5);
  // Where a square of t would be infinite.
  EXPECT_NEAR(k::hazard_slope(0.5, 1e200, 0.5e200, 2.0 * std::log(0.5e200)),
              4.0 * (std::log(0.5e200) - 1.0), 1e-9);
}

bool is_finite(const k::RowGradient& at, const std::vector<double>& logits) {
  bool finite = std::isfinite(at.x) && std::isfinite(at.lower.shape) &&
                std::isfinite(at.lower.scale) && std::isfinite(at.upper.shape) &&
                std::isfinite(at.upper.scale);
  for (const double logit : logits) finite = finite && std::isfinite(logit);
  return finite;
}

// bench/gradient_sweep.cpp tries a million. Beyond 1e150 the squares of a distance, which
// derivatives at shape zero are, are truly infinite.
TEST(SplicedGradient, IsFiniteForRandomParameters) {
  std::mt19937_64 generator(23);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  std::vector<double> logits(bins);
  std::int64_t n_inside = 0;
  for (int i = 0; i < 3'000; ++i) {
    Network network = random_network(generator, -0.99, 1.99);
    if (i % 3 == 0) network.upper.shape *= std::exp(-700.0 * unit(generator));
    if (i % 5 == 0) network.lower.shape = -1.0;
    for (int j = 0; j < 10; ++j) {
      const double x = 40.0 * (unit(generator) - 0.5) * (j == 9 ? 1e140 : 1.0);
      for (const Which which : {Which::log_pdf, Which::crps}) {
        const k::RowGradient at = gradient_of(which, network, x, logits.data());
        if (!std::isfinite(at.value)) continue;
        ++n_inside;
        EXPECT_TRUE(is_finite(at, logits)) << i << " " << x;
      }
    }
  }
  EXPECT_GT(n_inside, 30'000);
}

// The very end of a support: of a uniform density too, whose logarithm is finite there.
TEST(SplicedGradient, IsZeroAtTheEndOfASupportAndBeyond) {
  std::mt19937_64 generator(24);
  for (const double shape : {-1.0, -0.5, -2.0}) {
    Network network = random_network(generator, shape, shape);
    network.edges = {-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0};
    network.upper.scale = 2.0;
    for (const double past : {0.0, 0.5}) {
      std::vector<double> logits(bins, 7.0);
      const k::RowGradient at =
          gradient_of(Which::log_pdf, network, 4.0 + 2.0 / -shape + past, logits.data());
      EXPECT_EQ(at.x, 0.0);
      EXPECT_EQ(at.upper.shape, 0.0);
      EXPECT_EQ(at.upper.scale, 0.0);
      EXPECT_EQ(logits, std::vector<double>(bins, 0.0));
    }
  }
}

TEST(SplicedGradient, IsNotANumberWhereTheFunctionIsNone) {
  std::mt19937_64 generator(25);
  const Network network = random_network(generator, 0.1, 0.1);
  for (const Which which : {Which::log_pdf, Which::crps}) {
    std::vector<double> logits(bins);
    const k::RowGradient at = gradient_of(which, network, std::nan(""), logits.data());
    EXPECT_TRUE(std::isnan(at.value) && std::isnan(at.x) && std::isnan(at.lower.shape));
    EXPECT_TRUE(std::isnan(at.upper.scale) && std::isnan(logits[3]));
    EXPECT_EQ(gradient_of(which, network, 0.1, nullptr).value,
              gradient_of(which, network, 0.1, logits.data()).value);
  }
}

// Of a uniform tail the derivative by sigma is -1/sigma wherever x lies, one digit from the end
// too.
TEST(SplicedGradient, ScaleNearTheEndOfASupportKeepsItsDigits) {
  const std::vector<double> weights{1.0}, edges{0.0, 1.0};
  std::vector<double> memory(8);
  const auto scale_slope = [&](double shape, double scale, double x) {
    const k::SplicedRow row = k::row_of_given(
        {{0.1, 0.0, 1.0}, {0.1, shape, scale}, weights.data(), edges.data(), true, false, 1},
        memory.data());
    return k::log_pdf_gradient(row, x, nullptr).upper.scale;
  };
  const double scale = 1.4755672456228435;
  for (const double x : {1.5, 2.4, 2.47556724, 2.475567245622842}) {
    EXPECT_DOUBLE_EQ(scale_slope(-1.0, scale, x), -1.0 / scale) << x;
  }
  // xi = -3/4, x = 1 + 31/24: z = 31/24, 1 + xi*z = 1/32, (z - 1)/(1 + xi*z) = 28/3.
  EXPECT_NEAR(scale_slope(-0.75, 1.0, 1.0 + 31.0 / 24.0), 28.0 / 3.0, 1e-13);
}

}  // namespace
