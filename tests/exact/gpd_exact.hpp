// The maximum-likelihood GPD of a sample, slowly and by another way than kernels/fit: the range
// -1 <= xi <= 10 is bisected until first-order bounds on p' (docs/model.md) exclude a root or a
// bound on p''' proves p' monotone. Long double throughout. It is the arbiter for millions of
// samples; tests/golden/gpd_reference.py, with 50 digits, is the arbiter of this one.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tailfit::tests {

using Real = long double;

// Everything of the profile p(u) = log(xi/(e^u-1)) + xi at one u.
struct ExactProfilePoint {
  Real shape = 0;      // xi
  Real first = 0;      // xi'
  Real slope = 0;      // p'
  Real curvature = 0;  // p''
};

class ExactProfile {
 public:
  explicit ExactProfile(const std::vector<double>& excesses) {
    largest_ = *std::max_element(excesses.begin(), excesses.end());
    for (const double x : excesses) {
      y_.push_back(static_cast<Real>(x) / largest_);
      rest_.push_back((largest_ - static_cast<Real>(x)) / largest_);
    }
    for (int j = 0; j < n_moments; ++j) {
      Real sum = 0;
      for (const Real y : y_) sum += std::pow(y, static_cast<Real>(j + 1));
      coefficient_[j] = (j % 2 == 0 ? 1 : -1) * sum / (size() * static_cast<Real>(j + 1));
    }
  }

  Real size() const { return static_cast<Real>(y_.size()); }
  Real largest() const { return largest_; }

  Real shape(Real u) const {
    const Real e = std::exp(u);
    Real sum = 0;
    for (std::size_t i = 0; i < y_.size(); ++i) sum += std::log(rest_[i] + y_[i] * e);
    return sum / size();
  }

  ExactProfilePoint at(Real u) const {
    ExactProfilePoint point;
    const Real e = std::exp(u);
    Real spread = 0;
    for (std::size_t i = 0; i < y_.size(); ++i) {
      const Real t = rest_[i] + y_[i] * e;
      const Real w = y_[i] * e / t;
      point.shape += std::log(t);
      point.first += w;
      spread += w * (rest_[i] / t);
    }
    point.shape /= size();
    point.first /= size();
    spread /= size();
    // Comparisons with NaN would settle everything.
    if (!std::isfinite(point.shape)) throw std::range_error("e^u is not representable");
    if (std::abs(u) < 0.05L) return near_zero(u, point);
    const Real h = -1 / std::expm1(-u);
    const Real ratio = point.first / point.shape;
    point.slope = ratio - h + point.first;
    point.curvature = spread / point.shape - ratio * ratio + h * (h - 1) + spread;
    return point;
  }

  // sigma = scale(u), log-likelihood; u != 0.
  Real scale(Real u) const {
    if (std::abs(u) < 0.05L) return largest_ * series(std::expm1(u))[0];
    return shape(u) * largest_ / std::expm1(u);
  }
  Real loglik(Real u) const { return -size() * (std::log(scale(u)) + shape(u) + 1); }

  // Where xi(u) is the target: xi lies between u/k and u, and increases.
  Real where_shape_is(Real target) const {
    Real low = std::min(target, target * size());
    Real high = std::max(target, target * size());
    for (int i = 0; i < 70; ++i) {
      const Real middle = (low + high) / 2;
      (shape(middle) < target ? low : high) = middle;
    }
    return (low + high) / 2;
  }

  // (sigma, log-likelihood) of the best scale at a fixed shape > 0: mean theta*x/(1+theta*x) is
  // xi/(1+xi) there and increases with theta.
  std::pair<Real, Real> best_scale_at(Real xi) const {
    Real low = -60;
    Real high = 800;
    for (int i = 0; i < 80; ++i) {
      const Real v = (low + high) / 2;
      const Real e = std::exp(-v);
      Real sum = 0;
      for (const Real y : y_) sum += y / (y + e);
      (sum / size() < xi / (1 + xi) ? low : high) = v;
    }
    const Real v = (low + high) / 2;
    Real total = 0;
    for (const Real y : y_) total += std::log1p(std::exp(v) * y);
    const Real sigma = xi * largest_ * std::exp(-v);
    return {sigma, -size() * std::log(sigma) - (1 + 1 / xi) * total};
  }

 private:
  static constexpr int n_moments = 20;

  // s, s', s'' of s(theta) = xi/theta.
  std::array<Real, 3> series(Real theta) const {
    std::array<Real, 3> s = {0, 0, 0};
    for (int j = n_moments - 1; j >= 0; --j) {
      s[2] = s[2] * theta + 2 * s[1];
      s[1] = s[1] * theta + s[0];
      s[0] = s[0] * theta + coefficient_[j];
    }
    return s;
  }
  ExactProfilePoint near_zero(Real u, ExactProfilePoint point) const {
    const Real theta = std::expm1(u);
    const auto [s, s1, s2] = series(theta);
    const Real ratio = s1 / s;
    const Real slope = ratio + s + theta * s1;
    const Real curvature = s2 / s - ratio * ratio + 2 * s1 + theta * s2;
    point.slope = (1 + theta) * slope;
    point.curvature = point.slope + (1 + theta) * (1 + theta) * curvature;
    return point;
  }

  std::vector<Real> y_;
  std::vector<Real> rest_;
  Real largest_ = 0;
  Real coefficient_[n_moments] = {};
};

struct ExactFit {
  double shape = 0;
  double scale = 0;
  double loglik = 0;
  bool no_interior_maximum = false;
  bool shape_capped = false;
  bool boundary_higher = false;
  double curvature = 0;          // p'' at an interior maximum
  std::string ambiguous;         // why another answer is right too, or empty
  std::vector<ExactFit> others;  // those answers
};

// Every interval of [low, high] on which p' rises through zero. Each split costs one evaluation.
// ambiguous: an extremum of p' may have |p'| < undecided, so that one root more or less is right.
class RootSearch {
 public:
  RootSearch(const ExactProfile& profile, Real low, Real high)
      : profile_(profile), zero_first_(profile.at(0).first) {
    split({low, profile.at(low)}, {high, profile.at(high)});
  }
  std::vector<std::pair<Real, Real>> rises;
  bool ambiguous = false;

 private:
  static constexpr Real undecided = 1e-12L;  // docs/accuracy.md
  static constexpr Real margin = 1e-15L;
  static constexpr Real narrowest = 1e-9L;

  struct Node {
    Real u;
    ExactProfilePoint point;
  };

  static Real h_of(Real u) { return -1 / std::expm1(-u); }

  static bool excluded_by_first_order(const Node& a, const Node& b) {
    if (a.u <= 0 && b.u >= 0) return false;
    const bool right = a.u > 0;
    const ExactProfilePoint& l = a.point;
    const ExactProfilePoint& r = b.point;
    const Real x = (right ? l : r).first * (1 + 1 / r.shape) - h_of(a.u);
    const Real y = (right ? r : l).first * (1 + 1 / l.shape) - h_of(b.u);
    return std::min(x, y) > undecided || std::max(x, y) < -undecided;
  }

  // M >= |p'''| on [a, b]; see tests/golden/gpd_reference.py.
  Real third_derivative_bound(const Node& a, const Node& b) const {
    const Real small = 1 / (6 * std::sqrt(Real{3}));
    if (a.u >= 0.5L || b.u <= -0.5L) {
      const Node& near = a.u > 0 ? a : b;
      const Real r = b.point.first / std::abs(near.point.shape);
      const Real h = h_of(near.u);
      return small + r + 3 * r * r + 2 * r * r * r + std::abs(h * (h - 1) * (2 * h - 1));
    }
    const Real high = b.u > 0 ? b.point.first : zero_first_;
    const Real low = a.u < 0 ? a.point.first : zero_first_;
    const Real ratio = high / low;
    const Real q1 = ratio / 2;
    return ratio / 4 + 3 * q1 * ratio / 3 + 2 * q1 * q1 * q1 + 2 * small;
  }

  bool settled(const Node& a, const Node& middle, const Node& b) {
    if (b.u - a.u < 4 && excluded_by_first_order(a, b)) return true;
    const Real radius = (b.u - a.u) / 2;
    const Real bound = third_derivative_bound(a, b);
    const Real curvature = std::abs(middle.point.curvature);
    const Real slope = std::abs(middle.point.slope);
    const Real change = curvature * radius + bound * radius * radius / 2;
    if (slope - change > undecided) return true;
    if (curvature - bound * radius > margin) {
      if (middle.point.curvature > 0) add_rise(a, b);
      return true;
    }
    if (slope + change > undecided && b.u - a.u >= narrowest) return false;
    ambiguous = true;
    add_rise(a, b);
    return true;
  }

  // A root on a node belongs to the interval that it opens.
  void add_rise(const Node& a, const Node& b) {
    if (a.point.slope <= 0 && b.point.slope > 0) rises.emplace_back(a.u, b.u);
  }

  void split(const Node& a, const Node& b) {
    const Real u = (a.u + b.u) / 2;
    const Node middle{u, profile_.at(u)};
    if (settled(a, middle, b)) return;
    split(a, middle);
    split(middle, b);
  }

  const ExactProfile& profile_;
  Real zero_first_;
};

inline Real root_between(const ExactProfile& profile, Real low, Real high) {
  Real u = (low + high) / 2;
  for (int i = 0; i < 200; ++i) {
    const ExactProfilePoint point = profile.at(u);
    (point.slope < 0 ? low : high) = u;
    Real next = u - point.slope / point.curvature;
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (std::abs(next - u) <= 1e-18L * std::abs(u) + 1e-25L) break;
    u = next;
  }
  return u;
}

// A minimum of p. doubtful: within 1e-9 of an end of the range, or beside a fold of p'.
struct ExactRoot {
  Real u;
  Real loglik;
  bool doubtful;
};

// The likelihood at xi = -1, and at xi = 10 with its best scale.
struct Boundaries {
  const ExactProfile& profile;
  Real uniform;
  Real cap_scale;
  Real cap;
};

// The answer if these were all minima, and p' < 0 at xi = 10 or not.
inline ExactFit best_answer(const Boundaries& ends, const std::vector<ExactRoot>& roots,
                            bool cap_rising) {
  ExactFit fit;
  if (!roots.empty()) {
    const ExactRoot best = *std::max_element(
        roots.begin(), roots.end(),
        [](const ExactRoot& a, const ExactRoot& b) { return a.loglik < b.loglik; });
    const ExactProfilePoint point = ends.profile.at(best.u);
    fit.shape = static_cast<double>(point.shape);
    fit.scale = static_cast<double>(ends.profile.scale(best.u));
    fit.loglik = static_cast<double>(best.loglik);
    fit.curvature = static_cast<double>(point.curvature);
    fit.boundary_higher =
        (cap_rising ? std::max(ends.uniform, ends.cap) : ends.uniform) > best.loglik;
  } else if (cap_rising) {
    fit.shape = 10.0;
    fit.scale = static_cast<double>(ends.cap_scale);
    fit.loglik = static_cast<double>(ends.cap);
    fit.shape_capped = true;
  } else {
    fit.shape = -1.0;
    fit.scale = static_cast<double>(ends.profile.largest());
    fit.loglik = static_cast<double>(ends.uniform);
    fit.no_interior_maximum = true;
  }
  return fit;
}

inline ExactFit exact_gpd_fit(const std::vector<double>& excesses) {
  const ExactProfile profile(excesses);
  const Real k = profile.size();
  const Real uniform = -k * std::log(profile.largest());
  ExactFit fit;
  if (*std::min_element(excesses.begin(), excesses.end()) ==
      static_cast<double>(profile.largest())) {
    return {-1.0,
            static_cast<double>(profile.largest()),
            static_cast<double>(uniform),
            true,
            false,
            false,
            0.0,
            "",
            {}};
  }
  const Real cap_u = profile.where_shape_is(10);
  const Real cap_slope = profile.at(cap_u).slope;
  // At a minimum with xi < 0, (mean w^2)/(mean w)^2 >= 1 + 1/(xi+1) (see gpd_cells.hpp), and it is
  // never above k/n_largest: nothing lies below this xi, where p' may be smaller than any margin.
  const Real n_largest = static_cast<Real>(
      std::count(excesses.begin(), excesses.end(), static_cast<double>(profile.largest())));
  const Real least = std::min(Real{-1} + n_largest / (k - n_largest), Real{-1e-3L});
  // Nor far to the left, where e^u underflows for large k. With the largest alone in mean w,
  //     p' <= (n/k)(1 + 1/xi) + e^u/(1 - e^u),    n = n_largest,
  // and xi >= least makes the first term no more than -(n/k)^2; at this u and below the second is
  // less than (n/k)^2/6.
  const Real far_left = -2 * std::log(k / n_largest) - 2;
  const Real lowest = std::max(profile.where_shape_is(least * 1.000001L), far_left);
  const RootSearch search(profile, lowest, cap_u);
  if (search.ambiguous) fit.ambiguous = "fold";
  if (std::abs(cap_slope) < 1e-12L) fit.ambiguous = "cap";
  const std::pair<Real, Real> cap = profile.best_scale_at(10);
  std::vector<ExactRoot> roots;
  for (const auto& [low, high] : search.rises) {
    const Real u = root_between(profile, low, high);
    const ExactProfilePoint point = profile.at(u);
    const bool at_end = std::min(std::abs(point.shape + 1), std::abs(point.shape - 10)) < 1e-9L;
    if (at_end) fit.ambiguous = "end";
    // Beside an extremum of p' that is as good as zero.
    const bool beside_fold = search.ambiguous && std::abs(point.curvature) < 1e-5L;
    roots.push_back({u, profile.loglik(u), at_end || beside_fold});
  }
  const Boundaries ends{profile, uniform, cap.first, cap.second};
  const std::string why = fit.ambiguous;
  fit = best_answer(ends, roots, cap_slope < 0);
  fit.ambiguous = why;
  const Real close = 1e-9L * k;
  if (!fit.no_interior_maximum && !fit.shape_capped) {
    const Real best = static_cast<Real>(fit.loglik);
    const Real higher = cap_slope < 0 ? std::max(uniform, cap.second) : uniform;
    if (std::abs(higher - best) < close) {
      fit.ambiguous = "boundary as high";
      fit.others.push_back(fit);
      fit.others.back().boundary_higher = !fit.boundary_higher;
    }
    for (const ExactRoot& root : roots) {
      const ExactFit alone = best_answer(ends, {root}, cap_slope < 0);
      if (alone.shape == fit.shape || best - root.loglik >= close) continue;
      fit.ambiguous = "two maxima as high";
      fit.others.push_back(alone);
    }
  }
  if (fit.ambiguous.empty()) return fit;
  std::vector<ExactRoot> certain;
  for (const ExactRoot& root : roots) {
    if (!root.doubtful) certain.push_back(root);
  }
  for (const bool rising : {false, true}) {
    if (rising != (cap_slope < 0) && fit.ambiguous != "cap" && fit.ambiguous != "end") continue;
    fit.others.push_back(best_answer(ends, roots, rising));
    fit.others.push_back(best_answer(ends, certain, rising));
  }
  if (fit.ambiguous == "cap" || fit.ambiguous == "end") {
    // The cap may be taken for a minimum within the range, as high as itself.
    certain.push_back({cap_u, profile.loglik(cap_u), true});
    ExactFit at_cap = best_answer(ends, certain, false);
    for (const bool higher : {false, true}) {
      at_cap.boundary_higher = higher;
      fit.others.push_back(at_cap);
    }
  }
  return fit;
}

}  // namespace tailfit::tests
