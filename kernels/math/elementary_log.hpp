// log and log1p in fp64, by the reduction of FreeBSD's msun (Ng 1993): x = 2^n*(1+f) with 1+f in
// [sqrt(1/2), sqrt(2)), log(1+f) = 2s + s*R(s^2), s = f/(2+f).
#pragma once

#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

// log 2 in two parts; the high one has 21 trailing zero bits, so k*high is exact for |k| < 2^20.
constexpr double log2_high = 0x1.62e42feep-1;
constexpr double log2_low = 0x1.a39ef35793c76p-33;

// R(z) = 2z/3 + 2z^2/5 + ... for |s| <= 0.1716, z = s^2; off by less than 2^-50 of itself, which is
// 2^-57 of the logarithm. Summed in pairs: a shorter chain of operations that wait for each other.
template <class Real>
TAILFIT_HD inline Real log_series(Real z) {
  const Real z2 = z * z;
  const Real low = (0x1.5555555555558p-1 + 0x1.99999999952a5p-2 * z) +
                   (0x1.2492492df74aap-2 + 0x1.c71c62de99f9bp-3 * z) * z2;
  const Real high = (0x1.7462b67496391p-3 + 0x1.39fe29e010e8cp-3 * z) + 0x1.2b5ab9e54f3c7p-3 * z2;
  return z * (low + high * (z2 * z2));
}

// exponent*log 2 + log(1+f) + tail, for 1+f in [sqrt(1/2), sqrt(2)) and a tiny tail. The square
// f^2/2 is split off so that its rounding error meets a number of its own size (2s = f - s*f).
template <class Real>
TAILFIT_HD inline Real log_assemble(Real exponent, Real f, Real tail) {
  const Real s = f / (2.0 + f);
  const Real half_square = 0.5 * f * f;
  const Real r = log_series(s * s);
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
  return log_assemble<double>(parts.exponent, parts.mantissa - 1.0, 0.0);
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
  return log_assemble<double>(parts.exponent, parts.mantissa - 1.0, lost / sum);
}

}  // namespace
}  // namespace tailfit::kernels
