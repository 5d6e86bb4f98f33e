// Random tails for tests: GPD excesses and adversarial shapes.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace tailfit::tests {

inline std::vector<double> gpd_sample(std::mt19937_64& random, std::int64_t k, double shape,
                                      double scale) {
  std::uniform_real_distribution<double> uniform(0x1p-53, 1.0);
  std::vector<double> excess;
  while (static_cast<std::int64_t>(excess.size()) < k) {
    const double l = -std::log(uniform(random));
    const double y = scale * (shape == 0.0 ? l : std::expm1(shape * l) / shape);
    if (y > 0.0 && std::isfinite(y)) excess.push_back(y);
  }
  return excess;
}

// Log-likelihood of exact excesses, as the textbook writes it.
inline double gpd_loglik(const std::vector<double>& excess, double shape, double scale) {
  double sum = 0.0;
  for (const double y : excess) {
    const double t = shape * y / scale;
    if (!(1.0 + t > 0.0)) return -INFINITY;
    sum -= std::abs(shape) < 1e-12 ? std::log(scale) + y / scale
                                   : std::log(scale) + (1.0 + 1.0 / shape) * std::log1p(t);
  }
  return sum;
}

}  // namespace tailfit::tests
