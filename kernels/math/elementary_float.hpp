// log, log1p, exp and expm1 in fp32, with fp32 arithmetic only: on a GPU whose fp64 runs at a small
// part of its fp32 rate that is what one wants. The reductions are those of fp64.
#pragma once

#include "kernels/math/elementary_pow.hpp"

namespace tailfit::kernels {
namespace {

// log 2 in two parts; the high one has 15 significant bits, so k*high is exact for |k| < 2^9.
constexpr float log2_high_float = 0x1.62e4p-1f;
constexpr float log2_low_float = 0x1.7f7d1cp-20f;

struct SplitFloat {
  float mantissa;  // in [sqrt(1/2), sqrt(2))
  int exponent;
};

// x = mantissa * 2^exponent for a positive finite x, subnormal or not.
TAILFIT_HD inline SplitFloat split(float x) {
  int shift = 0;
  if (x < 0x1p-126f) {
    x *= 0x1p25f;
    shift = -25;
  }
  uint32_t bits = bits_of(x);
  bits += 0x3F800000u - 0x3F3504F3u;  // 0x3F3504F3 is sqrt(1/2)
  const int exponent = static_cast<int>(bits >> 23) - 127;
  bits = (bits & 0x007FFFFFu) + 0x3F3504F3u;
  return {float_of(bits), exponent + shift};
}

// As the fp64 function of this name; the polynomial is off by less than 2^-24 of itself, which is
// 2^-31 of the logarithm.
TAILFIT_HD inline float log_assemble(float exponent, float f, float tail) {
  const float s = f / (2.0f + f);
  const float half_square = 0.5f * f * f;
  const float z = s * s;
  const float r =
      z * ((0x1.555556p-1f + 0x1.9999ecp-2f * z) + (0x1.245c34p-2f + 0x1.ddd1cp-3f * z) * (z * z));
  return exponent * log2_high_float -
         ((half_square - (s * (half_square + r) + (exponent * log2_low_float + tail))) - f);
}

TAILFIT_HD inline float log(float x) {
  if (!(x > 0.0f)) return x == 0.0f ? -infinity_float() : canonical_nan_float();
  if (x == infinity_float()) return x;
  const SplitFloat parts = split(x);
  return log_assemble(static_cast<float>(parts.exponent), parts.mantissa - 1.0f, 0.0f);
}

TAILFIT_HD inline float log1p(float x) {
  if (!(x > -1.0f)) return x == -1.0f ? -infinity_float() : canonical_nan_float();
  if (x == infinity_float()) return x;
  if (x > -0.29f && x < 0.41f) {
    return (x > -0x1p-26f && x < 0x1p-26f) ? x : log_assemble(0.0f, x, 0.0f);
  }
  const float sum = 1.0f + x;
  const float lost = x >= 1.0f ? 1.0f - (sum - x) : x - (sum - 1.0f);
  const SplitFloat parts = split(sum);
  return log_assemble(static_cast<float>(parts.exponent), parts.mantissa - 1.0f, lost / sum);
}

struct ReducedExponentFloat {
  float r;     // |r| <= log(2)/2 + 2^-16
  float tail;  // what r lacks
  int exponent;
};

TAILFIT_HD inline ReducedExponentFloat reduce_exponent(float x) {
  const float scaled = x * 0x1.715476p+0f;  // x / log 2
  const int exponent = static_cast<int>(scaled < 0.0f ? scaled - 0.5f : scaled + 0.5f);
  const float n = static_cast<float>(exponent);
  const float high = x - n * log2_high_float;
  const float low = n * log2_low_float;
  const float r = high - low;
  return {r, (high - r) - low, exponent};
}

// expm1(r) - r; the polynomial is off by less than 2^-28 of itself.
TAILFIT_HD inline float expm1_rest(float r) {
  const float r2 = r * r;
  const float low =
      (0x1.555556p-3f + 0x1.555556p-5f * r) + (0x1.1110c2p-7f + 0x1.6c162ep-10f * r) * r2;
  const float high = 0x1.a1590ep-13f + 0x1.a1c3aep-16f * r;
  return 0.5f * r2 + (r2 * r) * (low + high * (r2 * r2));
}

// 2^exponent for -126 <= exponent <= 127.
TAILFIT_HD inline float power_of_two_float(int exponent) {
  return float_of(static_cast<uint32_t>(exponent + 127) << 23);
}

// value * 2^exponent with one rounding, |exponent| <= 160.
TAILFIT_HD inline float scale_by_power(float value, int exponent) {
  if (exponent > 127) return value * 2.0f * power_of_two_float(exponent - 1);
  if (exponent >= -120) return value * power_of_two_float(exponent);
  return value * power_of_two_float(exponent + 40) * 0x1p-40f;
}

TAILFIT_HD inline float exp(float x) {
  if (is_nan(x)) return canonical_nan_float();
  if (x > 88.73f) return infinity_float();
  if (x < -103.98f) return 0.0f;
  const ReducedExponentFloat reduced = reduce_exponent(x);
  const float r = reduced.r;
  const float sum = 1.0f + r;
  const float lost = r - (sum - 1.0f);
  const float value = sum + (lost + (expm1_rest(r) + reduced.tail));
  return scale_by_power(value, reduced.exponent);
}

TAILFIT_HD inline float expm1(float x) {
  if (is_nan(x)) return canonical_nan_float();
  if (x > 88.73f) return infinity_float();
  if (x < -18.0f) return -1.0f;
  if (x > -0x1p-26f && x < 0x1p-26f) return x;
  if (x > -0.3465f && x < 0.3465f) return x + expm1_rest(x);
  const ReducedExponentFloat reduced = reduce_exponent(x);
  const float r = reduced.r;
  const float power = reduced.exponent > 30 ? 0.0f : power_of_two_float(-reduced.exponent);
  const float constant = 1.0f - power;
  const float rest = expm1_rest(r) + (reduced.tail + ((1.0f - constant) - power));
  const float sum = constant + r;
  const float lost = r - (sum - constant);
  return scale_by_power(sum + (lost + rest), reduced.exponent);
}

// By way of fp64: y*log x needs 35 bits, which fp32 could only give in two parts.
TAILFIT_HD inline float pow(float x, float y) {
  const double power = pow(static_cast<double>(x), static_cast<double>(y));
  return is_nan(power) ? canonical_nan_float() : static_cast<float>(power);
}

}  // namespace
}  // namespace tailfit::kernels
