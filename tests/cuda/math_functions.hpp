// The functions whose bits are compared, each from an index to its arguments and its result's bits.
#pragma once

#include <type_traits>

#include "kernels/math/gpd.hpp"
#include "tests/cuda/math_arguments.hpp"

namespace tailfit::gpu {
namespace {

enum class MathFunction {
  log_f64,
  log1p_f64,
  exp_f64,
  expm1_f64,
  pow_f64,
  log_f32,
  log1p_f32,
  exp_f32,
  expm1_f32,
  pow_f32,
  log1p_ratio,
  expm1_ratio,
  gpd_isf,
  gpd_mean_beyond,
  gpd_integral_within
};
constexpr int n_math_functions = 15;

// Up to three arguments, as bits; those that a function does not have are 0.
struct Evaluation {
  uint64_t result;
  uint64_t arguments[3];
};

template <class T>
TAILFIT_HD inline Evaluation evaluation_of(T result, T x, T y = T(0), T z = T(0)) {
  return {k::bits_of(result), {k::bits_of(x), k::bits_of(y), k::bits_of(z)}};
}

// Quotients by NaN and the like: which NaN comes out is the machine's own matter, and a fit writes
// none of these.
TAILFIT_HD inline double canonical(double x) { return k::is_nan(x) ? k::canonical_nan() : x; }

// Shapes of usual tails and beyond, probabilities in every binade.
struct GpdArguments {
  k::GpdParameters gpd;
  double s;
};

TAILFIT_HD inline GpdArguments gpd_arguments(uint64_t seed, uint64_t index) {
  const Words words = words_of(seed, index);
  const bool negative = words(11) % 3 == 0;
  double shape = words(12) % 2 == 0 ? of_binades<double>({words(13)}, -70, 3)
                                    : 2.0 * uniform<double>(words(13));
  if (negative) shape = -uniform<double>(words(14));
  const double scale = of_binades<double>({words(15)}, -300, 300);
  const double s = index % 3 == 0 ? 1.0 - uniform<double>(words(16))
                                  : of_binades<double>({words(16)}, -1000, -1);
  return {{shape, scale}, s};
}

template <MathFunction function>
TAILFIT_HD inline Evaluation evaluate(uint64_t seed, uint64_t index) {
  using F = MathFunction;
  if constexpr (function == F::log_f64) {
    const double x = argument<double, Domain::positive>(seed, index);
    return evaluation_of(k::log(x), x);
  } else if constexpr (function == F::log1p_f64) {
    const double x = argument<double, Domain::above_minus_one>(seed, index);
    return evaluation_of(k::log1p(x), x);
  } else if constexpr (function == F::exp_f64) {
    const double x = argument<double, Domain::exponent>(seed, index);
    return evaluation_of(k::exp(x), x);
  } else if constexpr (function == F::expm1_f64) {
    const double x = argument<double, Domain::exponent>(seed, index);
    return evaluation_of(k::expm1(x), x);
  } else if constexpr (function == F::pow_f64) {
    const Pair<double> pair = argument_pair<double>(seed, index);
    return evaluation_of(k::pow(pair.x, pair.y), pair.x, pair.y);
  } else if constexpr (function == F::log_f32) {
    const float x = argument<float, Domain::positive>(seed, index);
    return evaluation_of(k::log(x), x);
  } else if constexpr (function == F::log1p_f32) {
    const float x = argument<float, Domain::above_minus_one>(seed, index);
    return evaluation_of(k::log1p(x), x);
  } else if constexpr (function == F::exp_f32) {
    const float x = argument<float, Domain::exponent>(seed, index);
    return evaluation_of(k::exp(x), x);
  } else if constexpr (function == F::expm1_f32) {
    const float x = argument<float, Domain::exponent>(seed, index);
    return evaluation_of(k::expm1(x), x);
  } else if constexpr (function == F::pow_f32) {
    const Pair<float> pair = argument_pair<float>(seed, index);
    return evaluation_of(k::pow(pair.x, pair.y), pair.x, pair.y);
  } else if constexpr (function == F::log1p_ratio) {
    const double x = argument<double, Domain::above_minus_one>(seed, index);
    return evaluation_of(canonical(k::log1p_ratio(x)), x);
  } else if constexpr (function == F::expm1_ratio) {
    const double x = argument<double, Domain::exponent>(seed, index);
    return evaluation_of(canonical(k::expm1_ratio(x)), x);
  } else {
    const GpdArguments x = gpd_arguments(seed, index);
    double result = 0.0;
    if constexpr (function == F::gpd_isf) result = k::gpd_isf(x.gpd, x.s);
    if constexpr (function == F::gpd_mean_beyond) {
      result = k::gpd_mean_beyond(x.gpd, x.gpd.scale * x.s);
    }
    if constexpr (function == F::gpd_integral_within) result = k::gpd_integral_within(x.gpd, x.s);
    return evaluation_of(canonical(result), x.gpd.shape, x.gpd.scale, x.s);
  }
}

// Calls use(std::integral_constant<MathFunction, f>) of the function whose number is given.
template <int i = 0, class Use>
inline void with_function(int number, const Use& use) {
  if constexpr (i < n_math_functions) {
    if (number == i) {
      use(std::integral_constant<MathFunction, static_cast<MathFunction>(i)>{});
    } else {
      with_function<i + 1>(number, use);
    }
  }
}

}  // namespace

// tests/cuda/math_kernels.cu: the results of indices first, first+1, ... first+n-1, on the device.
// A cudaError_t.
int launch_math(int function, uint64_t seed, uint64_t first, int64_t n, uint64_t* results,
                void* stream);

}  // namespace tailfit::gpu
