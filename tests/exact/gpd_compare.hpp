// Is a fit right, by the limits that docs/accuracy.md states?
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/fit/fit_types.hpp"
#include "tests/exact/gpd_exact.hpp"

namespace tailfit::tests {

struct FitToCheck {
  double shape;
  double scale;
  double loglik;
  std::uint32_t flags;  // status bits as the lower tail has them
};

// What is wrong with the fit if this is the answer; empty if nothing is.
inline std::string difference(const std::vector<double>& excess, const FitToCheck& fit,
                              const ExactFit& exact) {
  const auto differs = [&](std::uint32_t bit, bool expected) {
    return ((fit.flags & bit) != 0) != expected;
  };
  if (differs(kernels::status_bits::no_interior_maximum, exact.no_interior_maximum) ||
      differs(kernels::status_bits::shape_capped, exact.shape_capped)) {
    return "existence";
  }
  if (differs(kernels::status_bits::boundary_higher, exact.boundary_higher)) {
    return "boundary_higher";
  }
  const double size = static_cast<double>(excess.size());
  if (std::abs(fit.loglik - exact.loglik) > 1e-10 * size + 1e-14 * std::abs(exact.loglik)) {
    return "log-likelihood";
  }
  const bool interior = !exact.no_interior_maximum && !exact.shape_capped;
  const double tolerance = interior ? std::max(1e-9, 1e-13 / std::abs(exact.curvature)) : 0.0;
  if (std::abs(fit.shape - exact.shape) > tolerance) return "shape";
  // log sigma moves with xi at most as fast as 1 + 1/|xi| allows along the ridge; at the cap it is
  // free.
  // A subnormal scale has a spacing of its own.
  const double spacing = 0x1p-1074 / exact.scale;
  if (interior && std::abs(std::log(fit.scale / exact.scale)) > 4.0 * tolerance + 1e-12 + spacing) {
    return "scale";
  }
  return "";
}

// Is the fit a place where |p'| < 2e-12, with the log-likelihood of that place, and as high as the
// highest maximum of the search, doubtful or not? Beside a fold of p' that is a right answer.
inline bool is_right_beside_fold(const std::vector<double>& excess, const FitToCheck& fit,
                                 const ExactFit& exact) {
  if (exact.ambiguous != "fold" || !(fit.shape > -1.0 && fit.shape < 10.0)) return false;
  const ExactProfile profile(excess);
  const Real u = profile.where_shape_is(fit.shape);
  const double tolerance = 1e-10 * static_cast<double>(excess.size());
  if (std::abs(profile.at(u).slope) > 2e-12L) return false;
  if (std::abs(static_cast<double>(profile.loglik(u)) - fit.loglik) > tolerance) return false;
  const bool interior = !exact.no_interior_maximum && !exact.shape_capped;
  return !interior || fit.loglik >= exact.loglik - tolerance;
}

// Empty if the fit is right, else what is wrong with it. An ambiguous sample has several right
// answers.
inline std::string what_is_wrong(const std::vector<double>& excess, const FitToCheck& fit,
                                 const ExactFit& exact) {
  if (!std::isfinite(fit.shape) || !std::isfinite(fit.scale) || !std::isfinite(fit.loglik)) {
    return "not converged";
  }
  std::string wrong = difference(excess, fit, exact);
  for (const ExactFit& other : exact.others) {
    if (!wrong.empty() && difference(excess, fit, other).empty()) wrong.clear();
  }
  if (!wrong.empty() && is_right_beside_fold(excess, fit, exact)) wrong.clear();
  return wrong;
}

}  // namespace tailfit::tests
