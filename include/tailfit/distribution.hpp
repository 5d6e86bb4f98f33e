// Questions to the fitted distributions, each for the whole batch.
#pragma once

#include <tailfit/tailfit.h>
#include <tailfit/context.hpp>
#include <tailfit/error.hpp>
#include <tailfit/spliced_fits.hpp>

#include <cstddef>
#include <vector>

namespace tailfit {
inline namespace v1 {

// Q(p) = inf{x : F(x) >= p} of every fit, 0 <= p <= 1; Q(0) and Q(1) are the support's ends. NaN
// where p lies in a tail that could not be fitted or in a body whose counts were not kept.
// Synchronous. Throws std::invalid_argument for p outside [0, 1].
inline std::vector<double> quantile(const Context& context, const FitsSpans& fits, double p) {
  std::vector<double> out(static_cast<std::size_t>(fits.size()));
  detail::check(tailfit_quantile(context.c_handle(), &fits.view(), p, out.data()));
  return out;
}

// The mean beyond a quantile: (1/p) int_0^p Q for p < 0.5, else (1/(1-p)) int_p^1 Q; 0 < p < 1
// (Acerbi & Tasche 2002). -inf or +inf where that tail's shape is >= 1; NaN where a tail that it
// needs could not be fitted. Synchronous. Throws std::invalid_argument for p outside (0, 1).
inline std::vector<double> expected_shortfall(const Context& context, const FitsSpans& fits,
                                              double p) {
  std::vector<double> out(static_cast<std::size_t>(fits.size()));
  detail::check(tailfit_expected_shortfall(context.c_handle(), &fits.view(), p, out.data()));
  return out;
}

}  // namespace v1
}  // namespace tailfit
