// Gradients against the imaginary parts of functions in complex arithmetic, for shapes on both
// sides of zero down to the smallest numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "kernels/math/spliced_composite.hpp"
#include "tests/math/complex_reference.hpp"
#include "tests/math/random_network.hpp"

namespace {

namespace k = tailfit::kernels;
using tailfit::tests::bins;
using tailfit::tests::Complex;
using tailfit::tests::ComplexRow;
using tailfit::tests::Network;
using tailfit::tests::random_network;
using tailfit::tests::Real;

enum class Which { log_pdf, crps, composite };

k::RowGradient gradient_of(Which which, const Network& network, double x,
                           std::vector<double>& logits) {
  std::vector<double> memory;
  const k::SplicedRow row = network.row(memory);
  if (which == Which::log_pdf) return k::log_pdf_gradient(row, x, logits.data());
  if (which == Which::crps) return k::crps_gradient(row, x, logits.data());
  return k::composite_gradient(k::composite_row(network.parameters(), memory.data()), x,
                               logits.data());
}

ComplexRow complex_row(const Network& network) {
  const auto tail = [](const k::GivenTail& of) {
    return tailfit::tests::ComplexTail{of.mass, Complex(of.shape), Complex(of.scale)};
  };
  return {{network.logits.begin(), network.logits.end()},
          {network.edges.begin(), network.edges.end()},
          tail(network.lower),
          tail(network.upper)};
}

Complex value_of(Which which, const ComplexRow& row, Complex x) {
  if (which == Which::log_pdf) return row.log_pdf(x);
  return which == Which::crps ? row.crps(x) : row.composite_log_score(x);
}

// The greatest difference of a derivative from the reference, of 1 and its size.
double difference(Which which, const Network& network, double x) {
  constexpr Real step = 1e-300L;
  std::vector<double> logits(bins);
  const k::RowGradient found = gradient_of(which, network, x, logits);
  if (!std::isfinite(found.value)) return 0.0;
  const ComplexRow row = complex_row(network);
  double greatest = 0.0;
  const auto compare = [&](double derivative, const ComplexRow& moved, Complex at) {
    const Real exact = value_of(which, moved, at).imag() / step;
    const Real error = std::abs(derivative - exact) / (1 + std::abs(exact));
    greatest = std::max(greatest, static_cast<double>(error));
    EXPECT_TRUE(std::isfinite(derivative));
  };
  const auto compare_moved = [&](double derivative, auto&& part_of) {
    ComplexRow moved = row;
    part_of(moved) += Complex(0, step);
    compare(derivative, moved, x);
  };
  compare(found.x, row, Complex(x, step));
  compare_moved(found.lower.shape, [](ComplexRow& r) -> Complex& { return r.lower.shape; });
  compare_moved(found.lower.scale, [](ComplexRow& r) -> Complex& { return r.lower.scale; });
  compare_moved(found.upper.shape, [](ComplexRow& r) -> Complex& { return r.upper.shape; });
  compare_moved(found.upper.scale, [](ComplexRow& r) -> Complex& { return r.upper.scale; });
  for (std::size_t b = 0; b < logits.size(); ++b) {
    compare_moved(logits[b], [b](ComplexRow& r) -> Complex& { return r.logits[b]; });
  }
  return greatest;
}

// The reference itself loses what a difference of 1 and a shape near it lose.
TEST(SplicedGradient, AgreesWithComplexSteps) {
  std::mt19937_64 generator(31);
  std::uniform_real_distribution<double> value(-12.0, 16.0);
  for (const Which which : {Which::log_pdf, Which::crps, Which::composite}) {
    double greatest = 0.0;
    for (int i = 0; i < 250; ++i) {
      const Network network = random_network(generator, -0.95, 0.95);
      for (int j = 0; j < 4; ++j) {
        greatest = std::max(greatest, difference(which, network, value(generator)));
      }
    }
    EXPECT_LT(greatest, 1e-11) << static_cast<int>(which);
  }
}

// So there is no jump at zero either: every shape has its own exact derivatives.
TEST(SplicedGradient, AgreesWithComplexStepsThroughShapeZero) {
  std::mt19937_64 generator(32);
  Network network = random_network(generator, 0.0, 0.0);
  const double lower = network.edges.front();
  const double upper = network.edges.back();
  double greatest = 0.0;
  for (int exponent = 1; exponent <= 324; exponent += exponent < 20 ? 1 : 16) {
    for (const double sign : {-1.0, 1.0}) {
      // From 1e-308 on subnormal; the last is zero.
      network.lower.shape = network.upper.shape = sign * std::pow(10.0, -exponent);
      for (const Which which : {Which::log_pdf, Which::crps, Which::composite}) {
        for (const double z : {0.0, 0.01, 0.7, 3.0, 9.5, 40.0}) {
          greatest = std::max(greatest,
                              difference(which, network, lower - 1e-9 - z * network.lower.scale));
          greatest = std::max(greatest,
                              difference(which, network, upper + 1e-9 + z * network.upper.scale));
        }
      }
    }
  }
  EXPECT_LT(greatest, 1e-12);
}

}  // namespace
