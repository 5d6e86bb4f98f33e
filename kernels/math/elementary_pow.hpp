// pow in fp64: e^(y*log|x|) with the logarithm and the product in double-double arithmetic, about
// 2^-67 of itself off, so that what is left is the rounding of exp.
#pragma once

#include "kernels/math/double_double.hpp"
#include "kernels/math/elementary_exp.hpp"

namespace tailfit::kernels {
namespace {

TAILFIT_HD inline DoubleDouble multiply(const DoubleDouble& a, const DoubleDouble& b) {
  const DoubleDouble product = two_product(a.high, b.high);
  return fast_two_sum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

// a + b, |a| >= |b|.
TAILFIT_HD inline DoubleDouble add(const DoubleDouble& a, const DoubleDouble& b) {
  const DoubleDouble sum = fast_two_sum(a.high, b.high);
  return fast_two_sum(sum.high, sum.low + (a.low + b.low));
}

constexpr double log2_lowest = 0x1.cc01f97b57a08p-87;  // log 2 - log2_high - log2_low

// log x of a positive finite x: exponent*log 2 + 2s*(1 + z*(1/3 + z*(1/5 + z*(1/7 + ...)))),
// s = f/(2+f), z = s^2. From 1/7 on one double is enough: z^3/7 < 2^-18 of the sum.
TAILFIT_HD inline DoubleDouble log_double_double(double x) {
  const SplitDouble parts = split(x);
  const double f = parts.mantissa - 1.0;  // exact
  const DoubleDouble denominator = fast_two_sum(2.0, f);
  // s = f/denominator: the remainder of the quotient of the high parts gives the low one.
  const double quotient = f / denominator.high;
  const DoubleDouble back = two_product(quotient, denominator.high);
  const double remainder = ((f - back.high) - back.low) - quotient * denominator.low;
  const DoubleDouble s = fast_two_sum(quotient, remainder / denominator.high);
  const DoubleDouble z = multiply(s, s);
  double sum = 1.0 / 27.0;  // the first omitted term is below 2^-76
  for (int odd = 25; odd >= 7; odd -= 2) sum = sum * z.high + 1.0 / static_cast<double>(odd);
  // 1/5 and 1/3 in two parts.
  DoubleDouble series = add({0x1.999999999999ap-3, -0x1.999999999999ap-57}, {z.high * sum, 0.0});
  series = add({0x1.5555555555555p-2, 0x1.5555555555555p-56}, multiply(z, series));
  series = multiply(z, series);
  const DoubleDouble cube = multiply(s, series);
  DoubleDouble result = add({2.0 * s.high, 2.0 * s.low}, {2.0 * cube.high, 2.0 * cube.low});
  if (parts.exponent != 0) {
    const double n = parts.exponent;  // n*log2_high is exact
    const DoubleDouble rest = two_product(n, log2_low);
    const DoubleDouble sum_of_two = fast_two_sum(n * log2_high, rest.high);
    const double low = sum_of_two.low + (rest.low + n * log2_lowest);
    result = add({sum_of_two.high, low}, result);
  }
  return result;
}

TAILFIT_HD inline double absolute(double x) { return double_of(bits_of(x) & 0x7FFFFFFFFFFFFFFFu); }

// 0: y is no integer; 1: an odd one; 2: an even one. y finite.
TAILFIT_HD inline int parity_of_integer(double y) {
  const double size = absolute(y);
  if (size >= 0x1p53) return 2;
  if (size < 1.0) return size == 0.0 ? 2 : 0;
  const double whole = static_cast<double>(static_cast<int64_t>(size));
  if (whole != size) return 0;
  return static_cast<int64_t>(size) % 2 == 1 ? 1 : 2;
}

// x^y for 0 < x < inf and finite y.
TAILFIT_HD inline double pow_positive(double x, double y) {
  // |log x| >= 2^-53 unless x = 1: a larger y over- or underflows, a smaller one gives 1.
  if (x == 1.0) return 1.0;
  if (absolute(y) >= 0x1p65) return (y > 0.0) == (x > 1.0) ? infinity() : 0.0;
  if (absolute(y) < 0x1p-70) return 1.0;
  const DoubleDouble log_x = log_double_double(x);
  const DoubleDouble product = two_product(y, log_x.high);
  return exp_of_sum(product.high, product.low + y * log_x.low);
}

TAILFIT_HD inline double pow(double x, double y) {
  if (y == 0.0 || x == 1.0) return 1.0;
  if (is_nan(x) || is_nan(y)) return canonical_nan();
  const double size = absolute(x);
  if (!is_finite(y)) {
    if (size == 1.0) return 1.0;
    return (size > 1.0) == (y > 0.0) ? infinity() : 0.0;
  }
  const int parity = parity_of_integer(y);
  const double sign = (bits_of(x) >> 63) != 0 && parity == 1 ? -1.0 : 1.0;
  if (size == 0.0 || size == infinity()) {
    return sign * ((size == 0.0) == (y > 0.0) ? 0.0 : infinity());
  }
  if (x < 0.0 && parity == 0) return canonical_nan();
  return sign * pow_positive(size, y);
}

}  // namespace
}  // namespace tailfit::kernels
