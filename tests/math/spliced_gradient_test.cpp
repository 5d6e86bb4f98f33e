// Gradients against central differences of the functions themselves, their smoothness through shape
// zero, and that none is ever infinite inside of a support.
#include "kernels/math/spliced_gradient.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

namespace {

namespace k = tailfit::kernels;

constexpr std::int64_t bins = 7;

// Parameters as a network emits them.
struct Network {
  std::vector<double> logits = std::vector<double>(bins);
  std::vector<double> edges = std::vector<double>(bins + 1);
  k::GivenTail lower{};
  k::GivenTail upper{};

  // memory: of the row, which is valid as long.
  k::SplicedRow row(std::vector<double>& memory) const {
    memory.resize(4 * (bins + 1));
    return k::row_of_given({lower, upper, logits.data(), edges.data(), true, true, bins},
                           memory.data());
  }
};

Network random_network(std::mt19937_64& generator, double least_shape, double greatest_shape) {
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  std::normal_distribution<double> normal;
  Network network;
  for (double& logit : network.logits) logit = normal(generator);
  double edge = -1.0 - unit(generator);
  for (double& e : network.edges) {
    e = edge;
    edge += 0.1 + unit(generator);
  }
  const auto tail = [&] {
    const double shape = least_shape + (greatest_shape - least_shape) * unit(generator);
    return k::GivenTail{0.02 + 0.2 * unit(generator), shape, 0.2 + 2.0 * unit(generator)};
  };
  network.lower = tail();
  network.upper = tail();
  return network;
}

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

// From the left and from the right, down to the smallest shapes.
TEST(SplicedGradient, IsContinuousThroughShapeZero) {
  std::mt19937_64 generator(22);
  for (int i = 0; i < 20; ++i) {
    Network network = random_network(generator, 0.0, 0.0);
    for (const double x : {-9.0, -2.5, 0.3, 8.0, 15.0}) {
      for (const Which which : {Which::log_pdf, Which::crps}) {
        std::vector<double> logits(bins);
        network.lower.shape = network.upper.shape = 0.0;
        const k::RowGradient zero = gradient_of(which, network, x, logits.data());
        for (double size = 1e-2; size > 1e-322; size /= 5.0) {
          for (const double shape : {-size, size}) {
            network.lower.shape = network.upper.shape = shape;
            const k::RowGradient at = gradient_of(which, network, x, logits.data());
            if (!std::isfinite(at.value)) continue;
            // Second derivatives are at most some z^3, z < 80.
            const double slack =
                1e6 * size * (1.0 + std::abs(zero.upper.shape) + std::abs(zero.lower.shape)) +
                1e-11;
            EXPECT_NEAR(at.lower.shape, zero.lower.shape, slack) << shape;
            EXPECT_NEAR(at.upper.shape, zero.upper.shape, slack) << shape;
            EXPECT_NEAR(at.lower.scale, zero.lower.scale, slack) << shape;
            EXPECT_NEAR(at.upper.scale, zero.upper.scale, slack) << shape;
            EXPECT_NEAR(at.x, zero.x, slack) << shape;
          }
        }
      }
    }
  }
}

TEST(SplicedGradient, HelpersAgreeOnBothSidesOfTheirSwitches) {
  for (const double t : {-0.125, 0.125}) {
    const double inside = k::hazard_slope(t, 1.0 + t);
    const double outside = (std::log1p(t) - t / (1.0 + t)) / (t * t);
    EXPECT_NEAR(inside, outside, 1e-13);
  }
  for (const double v : {-0.5, 0.5}) {
    EXPECT_NEAR(k::integral_slope(v), (1.0 - (1.0 + v) * std::exp(-v)) / (v * v), 1e-15);
  }
  EXPECT_EQ(k::hazard_slope(0.0, 1.0), 0.5);
  EXPECT_EQ(k::integral_slope(0.0), 0.5);
}

TEST(SplicedGradient, IsFiniteForAMillionRandomParameters) {
  std::mt19937_64 generator(23);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  std::vector<double> logits(bins);
  std::int64_t n_inside = 0;
  std::int64_t n_wrong = 0;
  for (int i = 0; i < 100'000; ++i) {
    Network network = random_network(generator, -0.99, 0.99);
    if (i % 3 == 0) network.upper.shape *= std::exp(-700.0 * unit(generator));
    if (i % 5 == 0) network.lower.shape = -1.0;
    for (int j = 0; j < 10; ++j) {
      const double x = 40.0 * (unit(generator) - 0.5) * (j == 9 ? 1e6 : 1.0);
      for (const Which which : {Which::log_pdf, Which::crps}) {
        const k::RowGradient at = gradient_of(which, network, x, logits.data());
        if (!std::isfinite(at.value)) continue;
        ++n_inside;
        bool is_finite = std::isfinite(at.x) && std::isfinite(at.lower.shape) &&
                         std::isfinite(at.lower.scale) && std::isfinite(at.upper.shape) &&
                         std::isfinite(at.upper.scale);
        for (const double logit : logits) is_finite = is_finite && std::isfinite(logit);
        n_wrong += is_finite ? 0 : 1;
      }
    }
  }
  EXPECT_EQ(n_wrong, 0);
  EXPECT_GT(n_inside, 1'000'000);
}

}  // namespace
