// Parameters as a network emits them, for the tests of gradients.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "kernels/math/spliced_composite.hpp"

namespace tailfit::tests {
namespace {

constexpr std::int64_t bins = 7;

// Parameters as a network emits them.
struct Network {
  std::vector<double> logits = std::vector<double>(bins);
  std::vector<double> edges = std::vector<double>(bins + 1);
  kernels::GivenTail lower{};
  kernels::GivenTail upper{};

  kernels::GivenParameters parameters() const {
    return {lower, upper, logits.data(), edges.data(), true, true, bins};
  }
  // memory: of the row, which is valid as long.
  kernels::SplicedRow row(std::vector<double>& memory) const {
    memory.resize(4 * (bins + 1));
    return kernels::row_of_given(parameters(), memory.data());
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
    return kernels::GivenTail{0.02 + 0.2 * unit(generator), shape, 0.2 + 2.0 * unit(generator)};
  };
  network.lower = tail();
  network.upper = tail();
  return network;
}

}  // namespace
}  // namespace tailfit::tests
