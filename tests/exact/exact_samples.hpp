// The samples of the exactness test: a plain grid of sizes and shapes, and adversarial families.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "tests/kernels/gpd_samples.hpp"

namespace tailfit::tests {

struct Cell {
  std::int64_t size = 0;
  double shape = 0.0;
  int family = 0;                  // 0: plain
  std::vector<std::string> words;  // the lines of the summary that it counts in
};

inline const char* family_name(int family) {
  static const char* const names[] = {"plain",
                                      "scaled 1e-300...1e300",
                                      "lattice",
                                      "one huge outlier",
                                      "tiny smallest",
                                      "nearly identical",
                                      "two clusters",
                                      "log-uniform, 40 decades",
                                      "close to the largest",
                                      "arithmetic",
                                      "geometric",
                                      "subnormal"};
  return names[family];
}
constexpr int n_families = 12;

inline std::vector<Cell> exactness_cells() {
  std::vector<Cell> cells;
  for (int family = 0; family < n_families; ++family) {
    for (const std::int64_t size : {1, 2, 3, 5, 7, 10, 20, 50, 100, 500, 5000}) {
      for (const double shape :
           {-0.9, -0.6, -0.4, -0.2, 0.0, 1e-9, 0.1, 0.3, 0.5, 1.0, 2.0, 5.0, 12.0}) {
        Cell cell{size, shape, family, {}};
        char word[64];
        if (family == 0) {
          std::snprintf(word, sizeof word, "plain, k %5d", static_cast<int>(size));
          cell.words.emplace_back(word);
          std::snprintf(word, sizeof word, "plain, shape %g", shape);
          cell.words.emplace_back(word);
          cell.words.emplace_back("plain, all");
        } else {
          cell.words.emplace_back(std::string("adversarial, ") + family_name(family));
          cell.words.emplace_back("adversarial, all");
        }
        cells.push_back(cell);
      }
    }
  }
  return cells;
}

// Large samples cost more: fewer of them, but some in every cell. A plain cell has six times as
// many as an adversarial one, and more of the large.
inline std::int64_t samples_of(const Cell& cell, std::int64_t per_cell) {
  std::int64_t part = 1;
  if (cell.size > 20) part = 2;
  if (cell.size > 50) part = 5;
  if (cell.size > 100) part = 50;
  if (cell.size > 500) part = 450;
  if (cell.family != 0) return std::max<std::int64_t>(1, per_cell / part);
  return std::max<std::int64_t>(1, 6 * per_cell / std::min<std::int64_t>(part, 150));
}

inline void distort(int family, std::mt19937_64& random, std::vector<double>& excess) {
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  const auto power = [&](double decades) { return std::pow(10.0, decades * uniform(random)); };
  double factor = 1.0;
  switch (family) {
    case 1:
      factor = std::pow(10.0, 600.0 * uniform(random) - 300.0);
      for (double& y : excess) y *= factor;
      break;
    case 2:
      for (double& y : excess) y = std::ceil(y * 4.0) / 4.0;
      break;
    case 3:
      excess[0] *= power(30.0);
      break;
    case 4:
      *std::min_element(excess.begin(), excess.end()) /= power(100.0);
      break;
    case 5:
      factor = power(-15.0);
      for (double& y : excess) y = 1.0 + factor * uniform(random);
      break;
    case 6:
      factor = power(-20.0);
      for (std::size_t i = 0; i < excess.size(); ++i) {
        excess[i] = (i % 2 == 0 ? 1.0 : factor) * (1.0 + 0.1 * uniform(random));
      }
      break;
    case 7:
      for (double& y : excess) y = power(-40.0);
      break;
    case 8:
      for (double& y : excess) y = 1.0 - 0.999 * power(-10.0);
      break;
    case 9:
      for (std::size_t i = 0; i < excess.size(); ++i) excess[i] = static_cast<double>(i + 1);
      excess[0] = uniform(random) + 1e-3;
      break;
    case 10:
      factor = 1.0 + uniform(random);
      for (std::size_t i = 0; i < excess.size(); ++i) {
        excess[i] = std::pow(factor, static_cast<double>(i % 500));
      }
      break;
    case 11:
      for (double& y : excess) y = (1.0 + std::floor(1000.0 * std::min(y, 1e6))) * 0x1p-1074;
      break;
    default:
      break;
  }
}

// A sample of the cell; empty if it left the range of doubles.
inline std::vector<double> draw(const Cell& cell, std::mt19937_64& random) {
  std::vector<double> excess = gpd_sample(random, cell.size, cell.shape, 1.0);
  distort(cell.family, random, excess);
  const double largest = *std::max_element(excess.begin(), excess.end());
  for (const double y : excess) {
    // The library forms y/max in fp64; a quotient that underflows is outside the claim.
    if (!(y > 0.0) || !std::isfinite(y) || y / largest < 1e-300) return {};
  }
  return excess;
}

}  // namespace tailfit::tests
