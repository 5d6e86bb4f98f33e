// Arguments of the elementary functions, made from a seed and an index alone, so that the device
// and the host each make their own and nothing but results crosses the bus. Nothing but integer
// arithmetic and exactly rounded operations: both make the same bits.
//
// Of three neighbouring indices one gives any bits, one a number of the function's interesting
// domain (in every binade), one a neighbour of a place where something changes.
#pragma once

#include "kernels/math/elementary.hpp"

namespace tailfit::gpu {
namespace {

namespace k = tailfit::kernels;

// splitmix64's mixer: a counter-based generator.
TAILFIT_HD inline uint64_t mixed(uint64_t z) {
  z += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// Random words of one index.
struct Words {
  uint64_t key;
  TAILFIT_HD uint64_t operator()(uint64_t i) const { return mixed(key + i * 0xD1342543DE82EF95u); }
};

TAILFIT_HD inline Words words_of(uint64_t seed, uint64_t index) {
  return {mixed(mixed(seed) ^ index)};
}

template <class T>
struct Format;
template <>
struct Format<double> {
  using Bits = uint64_t;
  static constexpr int mantissa_bits = 52;
  static constexpr int bias = 1023;
  static constexpr int n_special = 29;
  TAILFIT_HD static double from(uint64_t bits) { return k::double_of(bits); }
  // Where results overflow, underflow or another formula begins.
  TAILFIT_HD static double special(int i) {
    const double places[n_special] = {0.0,
                                      1.0,
                                      0x1p-1022,
                                      0x1p-1074,
                                      2.0,
                                      0.5,
                                      709.782712893384,
                                      709.79,
                                      745.1332191019412,
                                      745.14,
                                      708.3964185322641,
                                      0x1.fffffffffffffp1023,
                                      38.0,
                                      0x1p-60,
                                      0.3465,
                                      0.34657359027997264,
                                      0.29,
                                      0.41,
                                      0.7071067811865476,
                                      1.4142135623730951,
                                      0.41421356237309515,
                                      0.2928932188134524,
                                      3.0,
                                      0x1p53,
                                      0x1p52,
                                      1022.0,
                                      1075.0,
                                      1e-3,
                                      k::infinity()};
    return places[i];
  }
};
template <>
struct Format<float> {
  using Bits = uint32_t;
  static constexpr int mantissa_bits = 23;
  static constexpr int bias = 127;
  static constexpr int n_special = 27;
  TAILFIT_HD static float from(uint32_t bits) { return k::float_of(bits); }
  TAILFIT_HD static float special(int i) {
    const float places[n_special] = {0.0f,
                                     1.0f,
                                     0x1p-126f,
                                     0x1p-149f,
                                     2.0f,
                                     0.5f,
                                     88.72284f,
                                     88.73f,
                                     103.97f,
                                     103.98f,
                                     87.33655f,
                                     17.4f,
                                     0x1p-26f,
                                     0.3465f,
                                     0.3465736f,
                                     0.29f,
                                     0.41f,
                                     0.70710677f,
                                     1.4142135f,
                                     0.41421357f,
                                     0.29289323f,
                                     3.0f,
                                     0x1p24f,
                                     0x1p23f,
                                     126.0f,
                                     0x1.fffffep127f,
                                     k::infinity_float()};
    return places[i];
  }
};

// In [0, 1), a multiple of 2^-24 or 2^-53.
template <class T>
TAILFIT_HD inline T uniform(uint64_t word) {
  return sizeof(T) == 8 ? static_cast<T>(static_cast<double>(word >> 11) * 0x1p-53)
                        : static_cast<T>(static_cast<float>(word >> 40) * 0x1p-24f);
}

template <class T>
TAILFIT_HD inline T with_sign(T x, bool negative) {
  return negative ? -x : x;
}

// A number of a random mantissa, 2^least to 2^(greatest+1); normal.
template <class T>
TAILFIT_HD inline T of_binades(const Words& words, int least, int greatest) {
  using F = Format<T>;
  using Bits = typename F::Bits;
  const auto span = static_cast<uint64_t>(greatest - least + 1);
  const auto exponent = static_cast<Bits>(least + F::bias + static_cast<int>(words(1) % span));
  const Bits mantissa = static_cast<Bits>(words(2)) & ((Bits{1} << F::mantissa_bits) - 1);
  return F::from((exponent << F::mantissa_bits) | mantissa);
}

// Up to eight numbers away from a special place or a power of two; either sign.
template <class T>
TAILFIT_HD inline T near_special(const Words& words, uint64_t offset) {
  using F = Format<T>;
  using Bits = typename F::Bits;
  const uint64_t choice = words(offset + 1);
  const T place = choice % 4 == 0 ? of_binades<T>({words(offset + 2)}, 1 - F::bias, F::bias)
                                  : F::special(static_cast<int>(words(offset + 2) % F::n_special));
  Bits bits = k::bits_of(place);
  // A power of two has no mantissa.
  if (choice % 4 == 0) bits = bits >> F::mantissa_bits << F::mantissa_bits;
  const Bits step = static_cast<Bits>(words(offset + 3) % 9);
  bits = (choice & 16) != 0 || bits < step ? bits + step : bits - step;
  return with_sign(F::from(bits), (choice & 32) != 0);
}

template <class T>
TAILFIT_HD inline T any_bits(const Words& words, uint64_t offset) {
  return Format<T>::from(static_cast<typename Format<T>::Bits>(words(offset)));
}

// ---- the functions' domains

// x > 0: every binade, and around 1 in every binade of x - 1.
template <class T>
TAILFIT_HD inline T positive(const Words& words) {
  using F = Format<T>;
  if (words(3) % 2 == 0) return of_binades<T>(words, 1 - F::bias, F::bias);
  const T distance = of_binades<T>(words, -F::mantissa_bits - 1, -1);
  return T(1) + with_sign(distance, words(4) % 2 == 0);
}

// x > -1.
template <class T>
TAILFIT_HD inline T above_minus_one(const Words& words) {
  using F = Format<T>;
  if (words(3) % 2 == 0) return of_binades<T>(words, 1 - F::bias, F::bias);
  return -of_binades<T>(words, -F::mantissa_bits - 12, -1);
}

// Exponents whose power is in range, in every binade and evenly.
template <class T>
TAILFIT_HD inline T exponent(const Words& words) {
  const bool negative = words(4) % 2 == 0;
  if (words(3) % 2 == 0) {
    const int greatest = sizeof(T) == 8 ? 9 : 6;
    return with_sign(of_binades<T>(words, -70, greatest), negative);
  }
  const T reach = sizeof(T) == 8 ? T(750) : T(105);
  return with_sign(reach * uniform<T>(words(1)), negative);
}

template <class T>
struct Pair {
  T x;
  T y;
};

// Powers in range or just beyond: y is what brings x there. Some x are negative, with whole y.
template <class T>
TAILFIT_HD inline Pair<T> base_and_power(const Words& words) {
  using F = Format<T>;
  const T x = positive<T>(words);
  const auto bits = k::bits_of(x);
  const auto mantissa = bits & ((typename F::Bits{1} << F::mantissa_bits) - 1);
  const int binade = static_cast<int>(bits >> F::mantissa_bits) - F::bias;
  // log2 x, roughly; not 0.
  const T fraction =
      static_cast<T>(mantissa) / static_cast<T>(typename F::Bits{1} << F::mantissa_bits);
  const T log2_x = static_cast<T>(binade) + fraction + T(0x1p-60);
  const T reach = sizeof(T) == 8 ? T(2200) : T(300);
  T y = (uniform<T>(words(5)) - T(0.5)) * reach / log2_x;
  if (words(6) % 4 != 0) return {x, y};
  if (y > T(-0x1p30) && y < T(0x1p30)) y = static_cast<T>(static_cast<int64_t>(y));
  return {-x, y};
}

// ---- by kind

enum class Domain { positive, above_minus_one, exponent };

template <class T, Domain domain>
TAILFIT_HD inline T argument(uint64_t seed, uint64_t index) {
  const Words words = words_of(seed, index);
  if (index % 3 == 0) return any_bits<T>(words, 1);
  if (index % 3 == 2) return near_special<T>(words, 0);
  if constexpr (domain == Domain::positive) return positive<T>(words);
  if constexpr (domain == Domain::above_minus_one) return above_minus_one<T>(words);
  return exponent<T>(words);
}

template <class T>
TAILFIT_HD inline Pair<T> argument_pair(uint64_t seed, uint64_t index) {
  const Words words = words_of(seed, index);
  if (index % 3 == 0) return {any_bits<T>(words, 1), any_bits<T>(words, 2)};
  if (index % 3 == 2) return {near_special<T>(words, 0), near_special<T>(words, 10)};
  return base_and_power<T>(words);
}

}  // namespace
}  // namespace tailfit::gpu
