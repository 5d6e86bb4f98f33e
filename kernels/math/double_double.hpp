// Numbers as unrounded sums of two doubles, and exact sums and products of doubles as such.
#pragma once

#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

// high + low, |low| <= ulp(high)/2.
struct DoubleDouble {
  double high;
  double low;
};

// a + b exactly, |a| >= |b| or a = 0 (Dekker 1971).
TAILFIT_HD inline DoubleDouble fast_two_sum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

// a + b exactly, absent overflow (Knuth 1997, theorem 4.2.2B).
TAILFIT_HD inline DoubleDouble two_sum(double a, double b) {
  const double sum = a + b;
  const double b_seen = sum - a;
  return {sum, (a - (sum - b_seen)) + (b - b_seen)};
}

// a*b exactly, |a|, |b| < 2^995 and no underflow (Veltkamp's splitting; Dekker 1971).
TAILFIT_HD inline DoubleDouble two_product(double a, double b) {
  constexpr double splitter = 134217729.0;  // 2^27 + 1
  const double a_scaled = splitter * a;
  const double b_scaled = splitter * b;
  const double a_high = a_scaled - (a_scaled - a);
  const double b_high = b_scaled - (b_scaled - b);
  const double a_low = a - a_high;
  const double b_low = b - b_high;
  const double product = a * b;
  return {product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

}  // namespace
}  // namespace tailfit::kernels
