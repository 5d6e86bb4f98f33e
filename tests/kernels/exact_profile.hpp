// The profile of a tail straight from its definition, in long double, and tails to try it with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "kernels/fit/tail_sample.hpp"
#include "tests/kernels/gpd_samples.hpp"

namespace tailfit::tests {

struct ExactPoint {
  long double xi = 0.0L;
  long double weight = 0.0L;
  long double spread = 0.0L;
  long double slope = 0.0L;
  long double curvature = 0.0L;
};

// For the y that the solver sees.
inline ExactPoint exact_point(const kernels::TailSample& sample, double u) {
  ExactPoint exact;
  const long double e = std::exp(static_cast<long double>(u));
  for (std::int64_t i = 0; i < sample.k; ++i) {
    const long double y = sample.y[i];
    const long double t = (1.0L - y) + y * e;
    // Near u = 0 the logarithms are small: t has lost their digits.
    exact.xi +=
        std::abs(u) < 0.5 ? std::log1p(y * std::expm1(static_cast<long double>(u))) : std::log(t);
    exact.weight += y * e / t;
    exact.spread += y * e * (1.0L - y) / (t * t);
  }
  const auto n = static_cast<long double>(sample.k);
  const auto n_largest = static_cast<long double>(sample.n_largest);
  exact.xi = (exact.xi + n_largest * static_cast<long double>(u)) / n;
  exact.weight = (exact.weight + n_largest) / n;
  exact.spread /= n;
  const long double h = -1.0L / std::expm1(-static_cast<long double>(u));
  const long double x = exact.weight / exact.xi;
  exact.slope = x - h + exact.weight;
  exact.curvature = exact.spread / exact.xi - x * x + h * (h - 1.0L) + exact.spread;
  return exact;
}

inline std::vector<double> random_tail(std::mt19937_64& random) {
  static const double shapes[] = {-0.9, -0.4, 0.0, 0.3, 1.0, 5.0, 12.0};
  const auto size = static_cast<std::int64_t>(2 + random() % 60);
  std::vector<double> excess = gpd_sample(random, size, shapes[random() % 7], 1.0);
  switch (random() % 5) {
    case 0:  // a lattice
      for (double& y : excess) y = std::ceil(4.0 * y) / 4.0;
      break;
    case 1:  // nearly identical: as few atoms as make the moments degenerate
      for (double& y : excess) y = 1.0 + 1e-9 * std::min(y, 1e6);
      break;
    case 2:  // a tiny smallest excess
      excess[0] *= 1e-12;
      break;
    default:
      break;
  }
  return excess;
}

}  // namespace tailfit::tests
