// The maximum interval likelihood of rounded data by a dense search in long double: for every shape
// of a grid the best scale by bisection, and golden sections around every grid point that is higher
// than its neighbours. It proves nothing: a maximum narrower than a step of the grid (0.01, near xi
// = -1 a seventh of xi + 1) is not seen. But the solver's grid is ten times as coarse.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

namespace tailfit::tests {

using CellCounts = std::map<std::int64_t, std::int64_t>;  // excesses in [c, c + 1]

class IntervalExactProfile {
 public:
  using Real = long double;
  struct Point {
    Real shape;
    Real log_scale;
    Real loglik;
  };

  explicit IntervalExactProfile(const CellCounts& cells) {
    for (const auto& [cell, n] : cells) {
      cells_.push_back({static_cast<Real>(cell), static_cast<Real>(n)});
      size_ += cells_.back().n;
    }
  }

  Real size() const { return size_; }

  Real loglik(Real shape, Real log_scale) const {
    const Real scale = std::exp(log_scale);
    Real sum = 0;
    for (const auto& [cell, n] : cells_) {
      const Real room = scale + shape * cell;  // sigma - |xi|*y: up to the end of the support
      if (!(room > 0)) return -infinity;
      sum -= n * (shape == 0 ? cell / scale : std::log1p(shape * cell / scale) / shape);
      if (room + shape > 0) sum += n * std::log(-std::expm1(-hazard(shape, room)));
    }
    return sum;
  }

  // At xi = -1 the survival function is 1 - y/sigma: with m the largest cell and c its count the
  // derivative in sigma is c/(sigma - m) - k/sigma up to m + 1, and negative from there on.
  Point uniform() const {
    const auto& [m, c] = cells_.back();
    const Real scale = c < size_ ? std::min(m + 1, m * size_ / (size_ - c)) : m + 1;
    const Real loglik = c * std::log(scale - m) - size_ * std::log(scale);
    return {-1, std::log(scale), loglik};
  }

  // The best scale for a shape > -1: the log-likelihood is concave in log sigma. A slope of 1e-8 k
  // is 1e-16 k below the top.
  Point best_scale(Real shape, Real guess) const {
    const Real end = shape < 0 ? std::log(-shape * cells_.back().cell) : -infinity;
    Real low = std::max(guess - 0.01L, end);
    Real high = std::max(guess, low) + 0.01L;
    Real at_low = low > end ? slope(shape, low) : infinity;
    for (Real step = 0.04L; at_low < 0; step *= 3) {
      high = low;
      low = std::max(low - step, end);
      at_low = low > end ? slope(shape, low) : infinity;
    }
    Real at_high = slope(shape, high);
    for (Real step = 0.04L; at_high > 0; step *= 3) {
      low = high;
      at_low = at_high;
      high += step;
      at_high = slope(shape, high);
    }
    for (int i = 0; i < 200 && high - low > 1e-17L * (1 + std::abs(low)); ++i) {
      Real next = low - (high - low) * at_low / (at_high - at_low);
      if (i % 4 == 3 || !(next > low && next < high)) next = (low + high) / 2;
      if (!(next > low && next < high)) break;
      const Real at = slope(shape, next);
      if (std::abs(at) < 1e-8L * size_) return {shape, next, loglik(shape, next)};
      (at > 0 ? low : high) = next;
      (at > 0 ? at_low : at_high) = at;
      (at > 0 ? at_high : at_low) /= 2;
    }
    return {shape, high, loglik(shape, high)};
  }

 private:
  static constexpr Real infinity = std::numeric_limits<Real>::infinity();
  struct Cell {
    Real cell;
    Real n;
  };

  // log S(c) - log S(c + 1); room: sigma + xi*c.
  static Real hazard(Real shape, Real room) {
    return shape == 0 ? 1 / room : std::log1p(shape / room) / shape;
  }

  // The derivative in log sigma.
  Real slope(Real shape, Real log_scale) const {
    const Real scale = std::exp(log_scale);
    Real sum = 0;
    for (const auto& [cell, n] : cells_) {
      const Real room = scale + shape * cell;
      if (!(room > 0)) return infinity;
      sum += n * (cell / room);
      const Real rest = room + shape;
      if (rest > 0) sum -= n * (scale / (room * rest)) / std::expm1(hazard(shape, room));
    }
    return sum;
  }

  std::vector<Cell> cells_;  // in order
  Real size_ = 0;
};

struct IntervalExactFit {
  using Point = IntervalExactProfile::Point;
  std::vector<Point> maxima;  // interior, the highest first
  // How far the profile falls on the less deep side of each: noise has next to none.
  std::vector<long double> prominence;
  Point uniform;
  Point cap;        // at xi = 10
  bool cap_rising;  // towards it
};

inline std::vector<long double> interval_shapes() {
  std::vector<long double> shapes;
  for (long double room = 1e-6L; room < 0.07L; room *= 1.15L) shapes.push_back(room - 1);
  for (long double shape = -0.93L; shape < 1.495L; shape += 0.01L) shapes.push_back(shape);
  for (long double shape = 1.5L; shape < 9.98L; shape *= 1.02L) shapes.push_back(shape);
  for (const long double shape : {9.99L, 9.999L, 9.9999L, 10.0L}) shapes.push_back(shape);
  return shapes;
}

// The maximum of the profile between two shapes with one maximum between them.
inline IntervalExactProfile::Point golden_section(const IntervalExactProfile& profile,
                                                  long double low, long double high,
                                                  long double log_scale) {
  const long double ratio = (std::sqrt(5.0L) - 1) / 2;
  auto left = profile.best_scale(high - ratio * (high - low), log_scale);
  auto right = profile.best_scale(low + ratio * (high - low), log_scale);
  while (high - low > 1e-10L * (1 + high)) {
    if (left.loglik < right.loglik) {
      low = left.shape;
      left = right;
      right = profile.best_scale(low + ratio * (high - low), left.log_scale);
    } else {
      high = right.shape;
      right = left;
      left = profile.best_scale(high - ratio * (high - low), right.log_scale);
    }
  }
  return left.loglik > right.loglik ? left : right;
}

// cells: not all excesses in cell 0.
inline IntervalExactFit interval_exact_fit(const IntervalExactProfile& profile) {
  IntervalExactFit fit{};
  fit.uniform = profile.uniform();
  std::vector<IntervalExactProfile::Point> grid;
  for (const long double shape : interval_shapes()) {
    const std::size_t n = grid.size();
    long double guess = n == 0 ? fit.uniform.log_scale : grid[n - 1].log_scale;
    if (n > 1) guess += (guess - grid[n - 2].log_scale);
    grid.push_back(profile.best_scale(shape, guess));
  }
  const auto lower = [](const auto& a, const auto& b) { return a.loglik < b.loglik; };
  for (std::size_t i = 1; i + 1 < grid.size(); ++i) {
    if (!(grid[i].loglik >= grid[i - 1].loglik && grid[i].loglik > grid[i + 1].loglik)) continue;
    const auto top =
        golden_section(profile, grid[i - 1].shape, grid[i + 1].shape, grid[i].log_scale);
    const auto at = grid.begin() + static_cast<std::ptrdiff_t>(i);
    const long double left = std::min_element(grid.begin(), at, lower)->loglik;
    const long double right = std::min_element(at, grid.end(), lower)->loglik;
    const auto before = std::find_if(fit.maxima.begin(), fit.maxima.end(),
                                     [&](const auto& other) { return other.loglik < top.loglik; });
    fit.prominence.insert(fit.prominence.begin() + (before - fit.maxima.begin()),
                          top.loglik - std::max(left, right));
    fit.maxima.insert(before, top);
  }
  fit.cap = grid.back();
  fit.cap_rising = grid.back().loglik > profile.best_scale(9.999L, fit.cap.log_scale).loglik;
  return fit;
}

}  // namespace tailfit::tests
