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

// Empty if the fit is right, else what is wrong with it. An ambiguous sample has two right answers
// for existence and boundary_higher; the one that was given must be right all the same.
inline std::string what_is_wrong(const std::vector<double>& excess, const FitToCheck& fit,
                                 const ExactFit& exact) {
  if (!std::isfinite(fit.shape) || !std::isfinite(fit.scale) || !std::isfinite(fit.loglik)) {
    return "not converged";
  }
  const bool ambiguous = !exact.ambiguous.empty();
  const auto differs = [&](std::uint32_t bit, bool expected) {
    return ((fit.flags & bit) != 0) != expected;
  };
  if (differs(kernels::status_bits::no_interior_maximum, exact.no_interior_maximum) ||
      differs(kernels::status_bits::shape_capped, exact.shape_capped)) {
    return ambiguous ? "" : "existence";
  }
  if (differs(kernels::status_bits::boundary_higher, exact.boundary_higher) && !ambiguous) {
    return "boundary_higher";
  }
  const double size = static_cast<double>(excess.size());
  if (std::abs(fit.loglik - exact.loglik) > 1e-10 * size + 1e-14 * std::abs(exact.loglik)) {
    return "log-likelihood";
  }
  const bool interior = !exact.no_interior_maximum && !exact.shape_capped;
  const double tolerance = interior ? std::max(1e-9, 1e-13 / std::abs(exact.curvature)) : 0.0;
  // Two maxima may be as high as each other.
  const bool other = exact.ambiguous == "two maxima as high";
  if (std::abs(fit.shape - exact.shape) > tolerance) return other ? "" : "shape";
  // log sigma moves with xi at most as fast as 1 + 1/|xi| allows along the ridge; at the cap it is
  // free.
  // A subnormal scale has a spacing of its own.
  const double spacing = 0x1p-1074 / exact.scale;
  if (interior && std::abs(std::log(fit.scale / exact.scale)) > 4.0 * tolerance + 1e-12 + spacing) {
    return "scale";
  }
  return "";
}

}  // namespace tailfit::tests
