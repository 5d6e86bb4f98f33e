// Log density, CRPS and composite score again, in complex numbers of more digits and by other
// formulas than the kernels', so that an imaginary step gives derivatives without differences.
#pragma once

#include <complex>
#include <cstddef>
#include <vector>

namespace tailfit::tests {
namespace {

using Real = long double;
using Complex = std::complex<long double>;

// log(1+t)/t.
inline Complex log1p_over(Complex t) {
  if (std::abs(t) > Real{0.05}) return std::log(Real{1} + t) / t;
  Complex sum = 0;
  for (int k = 40; k >= 0; --k) sum = Real{1} / static_cast<Real>(k + 1) - t * sum;
  return sum;
}

struct ComplexTail {
  Real mass;
  Complex shape;
  Complex scale;

  // -log of the survival probability at y; +inf is for the caller to keep away from.
  Complex hazard(Complex y) const { return y / scale * log1p_over(shape * (y / scale)); }
  bool reaches(Complex y) const { return (Real{1} + shape * (y / scale)).real() > 0; }
  Complex log_density(Complex y) const {
    return std::log(mass) - std::log(scale) - (Real{1} + shape) * hazard(y);
  }
  // int S^power dy from y on: sigma*S^power*(1 + xi*y/sigma)/(power - xi).
  Complex integral_from(Real power, Complex y) const {
    if (!reaches(y)) return 0;
    return scale * std::exp(-power * hazard(y)) * (Real{1} + shape * (y / scale)) / (power - shape);
  }
  Complex integral_to(Real power, Complex y) const {
    return integral_from(power, 0) - integral_from(power, y);
  }
  // int (1{z > x} - F)^2 over the tail, x at a distance of y outwards (<= 0: not in the tail).
  Complex crps(Complex y) const {
    if (mass == 0) return y.real() > 0 ? y : 0;
    if (y.real() <= 0) return mass * mass * integral_from(2, 0);
    return mass * mass * integral_from(2, y) + y - Real{2} * mass * integral_to(1, y) +
           mass * mass * integral_to(2, y);
  }
};

struct ComplexRow {
  std::vector<Complex> logits;
  std::vector<Real> edges;
  ComplexTail lower;
  ComplexTail upper;

  std::vector<Complex> masses(Real body) const {
    std::vector<Complex> found;
    Complex sum = 0;
    for (const Complex logit : logits) {
      found.push_back(std::exp(logit));
      sum += found.back();
    }
    for (Complex& mass : found) mass *= body / sum;
    return found;
  }
  Real body() const { return Real{1} - lower.mass - upper.mass; }
  std::size_t bin_of(Complex x) const {
    std::size_t b = 0;
    while (b + 1 < logits.size() && x.real() >= edges[b + 1]) ++b;
    return b;
  }

  Complex log_pdf(Complex x) const {
    if (x.real() < edges.front()) return lower.log_density(edges.front() - x);
    if (x.real() > edges.back()) return upper.log_density(x - edges.back());
    const std::size_t b = bin_of(x);
    return std::log(masses(body())[b]) - std::log(edges[b + 1] - edges[b]);
  }

  Complex crps(Complex x) const {
    Complex sum = lower.crps(edges.front() - x) + upper.crps(x - edges.back());
    const std::vector<Complex> p = masses(body());
    const auto square = [](Complex a, Complex b) { return (a * a + a * b + b * b) / Real{3}; };
    Complex below = lower.mass;
    for (std::size_t b = 0; b < p.size(); ++b) {
      const Complex left = edges[b];
      const Complex right = edges[b + 1];
      const Complex after = below + p[b];
      const Complex split = x.real() <= edges[b] ? left : x.real() >= edges[b + 1] ? right : x;
      const Complex at = below + p[b] * (split - left) / (right - left);
      sum += (split - left) * square(below, at) +
             (right - split) * square(Real{1} - at, Real{1} - after);
      below = after;
    }
    return sum;
  }

  // The bins as those of the whole range; thresholds at real numbers, as the logits' real parts
  // have them.
  Real threshold(Real level) const {
    const std::vector<Complex> p = masses(1);
    Real below = 0;
    for (std::size_t b = 0; b < p.size(); ++b) {
      const Real mass = p[b].real();
      if (below + mass >= level) {
        return edges[b] + (edges[b + 1] - edges[b]) * (level - below) / mass;
      }
      below += mass;
    }
    return edges.back();
  }
  Complex composite_log_score(Complex x) const {
    Complex score = -std::log(masses(1)[bin_of(x)]);
    const Complex below = threshold(lower.mass) - x;
    const Complex above = x - threshold(Real{1} - upper.mass);
    if (lower.mass > 0 && below.real() > 0) score -= lower.log_density(below);
    if (upper.mass > 0 && above.real() > 0) score -= upper.log_density(above);
    return score;
  }
};

}  // namespace
}  // namespace tailfit::tests
