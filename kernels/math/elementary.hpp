// log, log1p, exp, expm1 for fp64, the same bits everywhere: made of +, -, x, / on fp64 only, in
// the order written (compiled without contraction). No fma: where it is emulated it is slow.
//
//   function   domain                          largest error seen (tests/math/elementary_test.cpp)
//   log        x > 0; 0 -> -inf, < 0 -> NaN    < 1 ulp
//   log1p      x > -1; -1 -> -inf, < -1 -> NaN < 1.5 ulp
//   exp        all                             < 1 ulp (normal results), <= 1 ulp (subnormal)
//   expm1      all                             < 1.5 ulp
//
// Coefficients are those of the Taylor series: the argument reduction makes the first omitted term
// smaller than 2^-57 of the result, so a fitted polynomial would save time only.
#pragma once

#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

// log 2 in two parts; the high one has 32 trailing zero bits, so k*high is exact for |k| < 2^20.
constexpr double log2_high = 0x1.62e42feep-1;
constexpr double log2_low = 0x1.a39ef35793c76p-33;

// R(z) of log(1+f) = 2s + s*R(s^2), s = f/(2+f): 2z/3 + 2z^2/5 + ... For |s| <= 0.1716, z <= 0.0295
// and the first omitted term, 2z^12/25, is below 2^-62 of 2.
TAILFIT_HD inline double log_series(double z) {
  double r = 2.0 / 23.0;
  r = r * z + 2.0 / 21.0;
  r = r * z + 2.0 / 19.0;
  r = r * z + 2.0 / 17.0;
  r = r * z + 2.0 / 15.0;
  r = r * z + 2.0 / 13.0;
  r = r * z + 2.0 / 11.0;
  r = r * z + 2.0 / 9.0;
  r = r * z + 2.0 / 7.0;
  r = r * z + 2.0 / 5.0;
  r = r * z + 2.0 / 3.0;
  return r * z;
}

// exponent*log 2 + log(1+f) + tail, for 1+f in [sqrt(1/2), sqrt(2)) and a tiny tail. The square
// f^2/2 is split off so that its rounding error meets a number of its own size (2s = f - s*f).
TAILFIT_HD inline double log_assemble(double exponent, double f, double tail) {
  const double s = f / (2.0 + f);
  const double half_square = 0.5 * f * f;
  const double r = log_series(s * s);
  return exponent * log2_high -
         ((half_square - (s * (half_square + r) + (exponent * log2_low + tail))) - f);
}

struct SplitDouble {
  double mantissa;  // in [sqrt(1/2), sqrt(2))
  int exponent;
};

// x = mantissa * 2^exponent for a positive finite x, subnormal or not.
TAILFIT_HD inline SplitDouble split(double x) {
  int shift = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    shift = -54;
  }
  uint64_t bits = bits_of(x);
  // 0x3FE6A09E667F3BCD is sqrt(1/2): biased so that the cut lies there and not at a power of two.
  bits += 0x3FF0000000000000u - 0x3FE6A09E667F3BCDu;
  const int exponent = static_cast<int>(bits >> 52) - 1023;
  bits = (bits & 0x000FFFFFFFFFFFFFu) + 0x3FE6A09E667F3BCDu;
  return {double_of(bits), exponent + shift};
}

TAILFIT_HD inline double log(double x) {
  if (!(x > 0.0)) return x == 0.0 ? -infinity() : canonical_nan();
  if (x == infinity()) return x;
  const SplitDouble parts = split(x);
  return log_assemble(parts.exponent, parts.mantissa - 1.0, 0.0);
}

TAILFIT_HD inline double log1p(double x) {
  if (!(x > -1.0)) return x == -1.0 ? -infinity() : canonical_nan();
  if (x == infinity()) return x;
  if (x > -0.29 && x < 0.41) {
    // The smallest x would make f*f underflow; there log1p(x) rounds to x.
    return (x > -0x1p-60 && x < 0x1p-60) ? x : log_assemble(0.0, x, 0.0);
  }
  const double sum = 1.0 + x;
  // What the addition dropped, exactly (Dekker 1971): log(sum + lost) = log(sum) + lost/sum + ...
  const double lost = x >= 1.0 ? 1.0 - (sum - x) : x - (sum - 1.0);
  const SplitDouble parts = split(sum);
  return log_assemble(parts.exponent, parts.mantissa - 1.0, lost / sum);
}

struct ReducedExponent {
  double high;  // the reduced argument is high - low, |high - low| <= log(2)/2 + 2^-30
  double low;
  int exponent;
};

TAILFIT_HD inline ReducedExponent reduce_exponent(double x) {
  const double scaled = x * 0x1.71547652b82fep+0;  // x / log 2
  const int exponent = static_cast<int>(scaled < 0.0 ? scaled - 0.5 : scaled + 0.5);
  return {x - exponent * log2_high, exponent * log2_low, exponent};
}

// (expm1(r) - r)/r^2 = 1/2 + r/6 + ...; for |r| <= 0.3466 the first omitted term, r^13/15!, is
// below 2^-60.
TAILFIT_HD inline double expm1_series(double r) {
  double p = 1.0 / 87178291200.0;
  p = p * r + 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  return p * r + 0.5;
}

// 2^exponent for -1022 <= exponent <= 1023.
TAILFIT_HD inline double power_of_two(int exponent) {
  return double_of(static_cast<uint64_t>(exponent + 1023) << 52);
}

// value * 2^exponent with one rounding, for value in [0.5, 2) and |exponent| <= 1100.
TAILFIT_HD inline double scale_by_power(double value, int exponent) {
  if (exponent > 1023) return value * 2.0 * power_of_two(exponent - 1);
  if (exponent >= -1000) return value * power_of_two(exponent);
  return value * power_of_two(exponent + 100) * 0x1p-100;
}

TAILFIT_HD inline double exp(double x) {
  if (is_nan(x)) return canonical_nan();
  if (x > 709.79) return infinity();
  if (x < -745.14) return 0.0;
  const ReducedExponent reduced = reduce_exponent(x);
  const double r = reduced.high - reduced.low;
  const double tail = (reduced.high - r) - reduced.low;
  const double value = 1.0 + (r + (r * r * expm1_series(r) + tail));
  return scale_by_power(value, reduced.exponent);
}

TAILFIT_HD inline double expm1(double x) {
  if (is_nan(x)) return canonical_nan();
  if (x > 709.79) return infinity();
  if (x < -38.0) return -1.0;
  if (x > -0x1p-60 && x < 0x1p-60) return x;
  if (x > -0.3465 && x < 0.3465) return x + x * x * expm1_series(x);
  const ReducedExponent reduced = reduce_exponent(x);
  const double r = reduced.high - reduced.low;
  const double tail = (reduced.high - r) - reduced.low;
  const double rest = r + (r * r * expm1_series(r) + tail);  // expm1 of the reduced argument
  if (reduced.exponent > 60) return scale_by_power(1.0 + rest, reduced.exponent);
  const double power = power_of_two(reduced.exponent);
  return (power - 1.0) + power * rest;
}

// log1p(t)/t, 1 at t = 0: smooth through zero without a switch.
TAILFIT_HD inline double log1p_ratio(double t) { return t == 0.0 ? 1.0 : log1p(t) / t; }
// expm1(t)/t, 1 at t = 0.
TAILFIT_HD inline double expm1_ratio(double t) { return t == 0.0 ? 1.0 : expm1(t) / t; }

}  // namespace
}  // namespace tailfit::kernels
