// The elementary functions of kernels/math for the lanes of an instruction set, operation by
// operation, so that every lane has the same bits. To be included after the lanes.
#pragma once

#include "kernels/math/elementary.hpp"

namespace tailfit::kernels {
namespace {

inline bool any(LaneMask a) { return lane_bits(a) != 0; }
inline Lanes magnitude(Lanes a) { return and_bits(a, 0x7FFFFFFFFFFFFFFFu); }
inline LaneMask is_finite(Lanes a) { return magnitude(a) < infinity(); }

struct SplitLanes {
  Lanes mantissa;
  Lanes exponent;
};

// A number that a double holds in its lowest bits, as a double.
inline Lanes lanes_of_integer_bits(Lanes bits) {
  return or_bits(bits, 0x4330000000000000u) - 0x1p52;
}

inline SplitLanes split(Lanes x) {
  const LaneMask small = x < 0x1p-1022;
  x = select(small, x * 0x1p54, x);
  x = add_to_bits(x, 0x3FF0000000000000u - 0x3FE6A09E667F3BCDu);
  const Lanes exponent = lanes_of_integer_bits(shift_bits_right<52>(x)) - 1023.0;
  x = add_to_bits(and_bits(x, 0x000FFFFFFFFFFFFFu), 0x3FE6A09E667F3BCDu);
  return {x, exponent + select(small, -54.0, 0.0)};
}

inline Lanes log(Lanes x) {
  const SplitLanes parts = split(x);
  const Lanes of_number = log_assemble<Lanes>(parts.exponent, parts.mantissa - 1.0, 0.0);
  const Lanes of_other =
      select(x == 0.0, -infinity(), select(x > 0.0, infinity(), canonical_nan()));
  return select(x > 0.0 && x < infinity(), of_number, of_other);
}

inline Lanes log1p(Lanes x) {
  const LaneMask near = x > -0.29 && x < 0.41;
  const Lanes sum = 1.0 + x;
  const Lanes lost = select(x >= 1.0, 1.0 - (sum - x), x - (sum - 1.0));
  const SplitLanes parts = split(sum);
  const Lanes of_number =
      log_assemble<Lanes>(select(near, 0.0, parts.exponent), select(near, x, parts.mantissa - 1.0),
                          select(near, 0.0, lost / sum));
  const Lanes of_other =
      select(x == -1.0, -infinity(), select(x > 0.0, infinity(), canonical_nan()));
  const Lanes result = select(x > -1.0 && x < infinity(), of_number, of_other);
  return select(magnitude(x) < 0x1p-60, x, result);
}

struct ReducedLanes {
  Lanes r;
  Lanes tail;
  Lanes exponent;
};

// Of x alone.
inline ReducedLanes reduce_exponent(Lanes x) {
  const Lanes scaled = x * 0x1.71547652b82fep+0;
  const Lanes exponent = truncate(select(scaled < 0.0, scaled - 0.5, scaled + 0.5)) + 0.0;
  const Lanes high = x - exponent * log2_high;
  const Lanes low = exponent * log2_low - 0.0;
  const Lanes r = high - low;
  return {r, (high - r) - low, exponent};
}

inline Lanes power_of_two(Lanes exponent) {
  return shift_bits_left<52>(exponent + (0x1p52 + 1023.0));
}

inline Lanes scale_by_power(Lanes value, Lanes exponent) {
  const LaneMask large = exponent > 1023.0;
  const LaneMask small = exponent < -1000.0;
  const Lanes shifted = exponent + select(large, -1.0, select(small, 100.0, 0.0));
  return value * select(large, 2.0, 1.0) * power_of_two(shifted) * select(small, 0x1p-100, 1.0);
}

inline Lanes exp(Lanes x) {
  const ReducedLanes reduced = reduce_exponent(x);
  const Lanes r = reduced.r;
  const Lanes sum = 1.0 + r;
  const Lanes lost = r - (sum - 1.0);
  const Lanes value = sum + (lost + (expm1_rest(r) + reduced.tail));
  const Lanes result = scale_by_power(value, reduced.exponent);
  const Lanes of_number = select(x > 709.79, infinity(), select(x < -745.14, 0.0, result));
  return select(x == x, of_number, canonical_nan());
}

inline Lanes expm1(Lanes x) {
  const LaneMask near = x > -0.3465 && x < 0.3465;
  const ReducedLanes reduced = reduce_exponent(x);
  const Lanes r = reduced.r;
  const Lanes unscaled = expm1_rest(select(near, x, r));
  const Lanes power = select(reduced.exponent > 60.0, 0.0, power_of_two(-reduced.exponent));
  const Lanes constant = 1.0 - power;
  const Lanes rest = unscaled + (reduced.tail + ((1.0 - constant) - power));
  const Lanes sum = constant + r;
  const Lanes lost = r - (sum - constant);
  Lanes result = scale_by_power(sum + (lost + rest), reduced.exponent);
  result = select(near, x + unscaled, result);
  result = select(x < -38.0, -1.0, select(x > 709.79, infinity(), result));
  result = select(magnitude(x) < 0x1p-60, x, result);
  return select(x == x, result, canonical_nan());
}

}  // namespace
}  // namespace tailfit::kernels
