// Samples of rounded data for the comparison of interval fits: counts in cells.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

#include "tests/exact/interval_exact.hpp"

namespace tailfit::tests {

inline const char* interval_family_name(int family) {
  static const char* const names[] = {"plain, shape -0.9 to 1",   "short tail, shape -1 to -0.3",
                                      "uniform integers",         "geometric, few cells",
                                      "two or three cells",       "outliers",
                                      "heavy, shape 0 to 5",      "mixture",
                                      "fine lattice, short tail", "fine lattice, shape -0.5 to 1"};
  return names[family];
}
constexpr int n_interval_families = 10;

inline CellCounts draw_cells(int family, std::int64_t size, std::mt19937_64& random) {
  std::uniform_real_distribution<double> uniform(0x1p-53, 1.0);
  const auto between = [&](double low, double high) {
    return low + (high - low) * uniform(random);
  };
  const auto gpd = [&](double shape) {
    const double l = -std::log(uniform(random));
    return shape == 0.0 ? l : std::expm1(shape * l) / shape;
  };
  double scale = std::pow(10.0, between(-0.5, 2.5));
  double shape = between(-0.9, 1.0);
  if (family == 1) shape = between(-1.0, -0.3);
  if (family == 1) scale = between(5.0, 150.0);
  if (family == 2) shape = -1.0;
  if (family == 3) shape = 0.0;
  if (family == 3) scale = between(0.3, 2.0);
  if (family == 4) scale = 1.0;
  if (family == 6) shape = between(0.0, 5.0);
  if (family == 8) shape = between(-1.0, -0.3);
  if (family == 9) shape = between(-0.5, 1.0);
  if (family >= 8) scale = std::pow(10.0, between(3.0, 8.0));
  const double share = uniform(random);
  CellCounts cells;
  for (std::int64_t i = 0; i < size; ++i) {
    double y = scale * gpd(shape);
    if (family == 4) y = (uniform(random) < share ? 0.0 : between(1.0, 3.0));
    if (family == 5 && i < 2) y *= std::pow(10.0, between(0.0, 3.0));
    if (family == 7 && i % 2 == 0) y = 0.1 * scale * gpd(-shape);
    ++cells[static_cast<std::int64_t>(std::floor(std::min(y, 1e12)))];
  }
  return cells;
}

}  // namespace tailfit::tests
