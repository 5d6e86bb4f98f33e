// exp and expm1 in fp64: x = n*log 2 + r with |r| <= log(2)/2, e^r = 1 + r + r^2/2 + r^3*Q(r).
#pragma once

#include "kernels/math/elementary_log.hpp"

namespace tailfit::kernels {
namespace {

struct ReducedExponent {
  double r;     // |r| <= log(2)/2 + 2^-30
  double tail;  // what r lacks, |tail| <= 2^-54
  int exponent;
};

// Of x + more, |x| < 800 and more tiny.
TAILFIT_HD inline ReducedExponent reduce_exponent(double x, double more) {
  const double scaled = x * 0x1.71547652b82fep+0;  // x / log 2
  const int exponent = static_cast<int>(scaled < 0.0 ? scaled - 0.5 : scaled + 0.5);
  const double high = x - exponent * log2_high;  // exact
  const double low = exponent * log2_low - more;
  const double r = high - low;
  return {r, (high - r) - low, exponent};
}

// expm1(r) - r = r^2/2 + r^3*Q(r) for |r| <= 0.34658. Q = 1/6 + r/24 + ... is off by less than
// 2^-50 of itself, which is 2^-60 of e^r. Summed in pairs: a shorter chain of operations that wait
// for each other.
template <class Real>
TAILFIT_HD inline Real expm1_rest(Real r) {
  const Real r2 = r * r;
  const Real r4 = r2 * r2;
  const Real low = (0x1.5555555555557p-3 + 0x1.5555555555557p-5 * r) +
                   (0x1.111111110ffc1p-7 + 0x1.6c16c16c147bbp-10 * r) * r2;
  const Real high = (0x1.a01a01ac8114dp-13 + 0x1.a01a01b569056p-16 * r) +
                    (0x1.71de00513b245p-19 + 0x1.27e4adf3cab88p-22 * r) * r2;
  const Real highest = 0x1.af51c54a6db87p-26 + 0x1.1fd00c4a12623p-29 * r;
  return 0.5 * r2 + (r2 * r) * (low + (high + highest * r4) * r4);
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

// e^(x + more), more tiny beside 1.
TAILFIT_HD inline double exp_of_sum(double x, double more) {
  if (x > 709.79) return infinity();
  if (x < -745.14) return 0.0;
  const ReducedExponent reduced = reduce_exponent(x, more);
  const double r = reduced.r;
  // 1 + r without its rounding error, which would be the larger part of the result's.
  const double sum = 1.0 + r;
  const double lost = r - (sum - 1.0);
  const double value = sum + (lost + (expm1_rest(r) + reduced.tail));
  return scale_by_power(value, reduced.exponent);
}

TAILFIT_HD inline double exp(double x) {
  if (is_nan(x)) return canonical_nan();
  return exp_of_sum(x, 0.0);
}

TAILFIT_HD inline double expm1(double x) {
  if (is_nan(x)) return canonical_nan();
  if (x > 709.79) return infinity();
  if (x < -38.0) return -1.0;
  if (x > -0x1p-60 && x < 0x1p-60) return x;
  if (x > -0.3465 && x < 0.3465) return x + expm1_rest(x);
  const ReducedExponent reduced = reduce_exponent(x, 0.0);
  const double r = reduced.r;
  // 2^n*e^r - 1 = 2^n*((1 - 2^-n + r) + rest). The constant is larger than r, so the error of the
  // first sum is known; so is what the constant lacks.
  const double power = reduced.exponent > 60 ? 0.0 : power_of_two(-reduced.exponent);
  const double constant = 1.0 - power;
  const double rest = expm1_rest(r) + (reduced.tail + ((1.0 - constant) - power));
  const double sum = constant + r;
  const double lost = r - (sum - constant);
  return scale_by_power(sum + (lost + rest), reduced.exponent);
}

}  // namespace
}  // namespace tailfit::kernels
