// The values of a random call of fit().
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/cuda/random_fit_case.hpp"

namespace tailfit::gpu {
namespace {

inline double number_of(Family family, double scale, double progress, CaseRandom& random) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  switch (family) {
    case Family::normal:
    case Family::huge:
      return scale * random.normal();
    case Family::ties:
      return std::round(2.0 * random.heavy()) / 2.0;
    case Family::lattice:
      return std::round(100.0 * random.heavy()) / 100.0;
    case Family::constants:
      return random.chance(0.02) ? scale * random.heavy() : 7.25 * scale;
    case Family::missing:
      if (random.chance(0.3)) return std::numeric_limits<double>::quiet_NaN();
      if (random.chance(0.02)) return random.chance(0.5) ? inf : -inf;
      return scale * random.heavy();
    case Family::trending:
      return scale * (20.0 * progress + random.normal());
    case Family::two_clusters:
      return scale * (random.chance(0.5) ? 1000.0 + random.normal() : random.normal());
    case Family::bounded:
      return scale * random.uniform();
    default:
      return scale * random.heavy();
  }
}

// The conversion of what float cannot hold is not defined.
template <class T>
T converted(double x) {
  constexpr double most = static_cast<double>(std::numeric_limits<T>::max());
  constexpr T inf = std::numeric_limits<T>::infinity();
  if (x > most) return inf;
  if (x < -most) return -inf;
  return static_cast<T>(x);
}

// n_values of them. T: as view.dtype says.
template <class T>
std::vector<T> values_of(const FitCase& c) {
  CaseRandom random(c.seed, c.number, 1);
  std::vector<T> values(static_cast<std::size_t>(c.n_values));
  const auto row = static_cast<std::size_t>(std::max<std::int64_t>(c.row_length, 1));
  for (std::size_t begin = 0; begin < values.size(); begin += row) {
    const std::size_t end = std::min(values.size(), begin + row);
    const bool mixed = c.family == Family::mixed;
    const Family family = mixed ? static_cast<Family>(random.below(13)) : c.family;
    const double scale = mixed ? scale_of(family, sizeof(T) == sizeof(double), random) : c.scale;
    for (std::size_t i = begin; i < end; ++i) {
      const double progress = static_cast<double>(i - begin) / static_cast<double>(row);
      values[i] = converted<T>(number_of(family, scale, progress, random));
    }
    if (family != Family::sorted) continue;
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = values.begin() + static_cast<std::ptrdiff_t>(end);
    std::sort(first, last);
    if (random.chance(0.5)) std::reverse(first, last);
  }
  return values;
}

}  // namespace
}  // namespace tailfit::gpu
