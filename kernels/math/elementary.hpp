// log, log1p, exp, expm1 and pow for fp64 and fp32, the same bits everywhere: made of +, -, x, / in
// the argument's own type and in the order written (compiled without contraction). No fma: where it
// is emulated it is slow. No tables: they would be a gather per lane.
//
//   function  domain                               error, ulp of the exact result
//                                                  fp64      fp32
//   log       x > 0; 0 -> -inf, < 0 -> NaN         < 0.9     < 0.9
//   log1p     x > -1; -1 -> -inf, < -1 -> NaN      < 0.95    < 0.9
//   exp       all; results above the range -> inf  < 0.75    < 0.75
//     subnormal results                            < 0.85    < 0.85
//   expm1     all                                  < 1       < 0.95
//   pow       as IEEE 754-2019, 9.2.1: pow         < 0.75    < 0.51
//     subnormal results                            < 0.85    < 0.51
//
// Exact: log 1, log1p 0, exp 0, expm1 0, pow(x, 0), pow(x, 1). -0 gives what +0 gives but for pow,
// expm1 and log1p, which keep the sign. Any NaN gives the canonical one of the type. The
// bounds are asserted by tests/math against MPFR, and for fp32 over every argument;
// docs/accuracy.md has the largest errors seen. Polynomials:
// scripts/development/make_elementary_polynomials.py.
#pragma once

#include "kernels/math/elementary_exp.hpp"
#include "kernels/math/elementary_float.hpp"
#include "kernels/math/elementary_log.hpp"
#include "kernels/math/elementary_pow.hpp"

namespace tailfit::kernels {
namespace {

// log1p(t)/t, 1 at t = 0: smooth through zero without a switch.
TAILFIT_HD inline double log1p_ratio(double t) { return t == 0.0 ? 1.0 : log1p(t) / t; }
// expm1(t)/t, 1 at t = 0.
TAILFIT_HD inline double expm1_ratio(double t) { return t == 0.0 ? 1.0 : expm1(t) / t; }

}  // namespace
}  // namespace tailfit::kernels
