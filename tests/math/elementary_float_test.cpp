// The errors that kernels/math/elementary.hpp states for fp32. The reference is the fp64 function,
// whose own error, below 1 ulp of fp64, is 2^-29 ulp of fp32. Every 1021st bit pattern is an
// argument; TAILFIT_EXHAUSTIVE=1 takes them all (minutes a function).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>

#include "kernels/math/elementary.hpp"

namespace {

namespace k = tailfit::kernels;

std::uint64_t stride() { return std::getenv("TAILFIT_EXHAUSTIVE") == nullptr ? 1021 : 1; }

double ulp_error(float value, double reference) {
  if (std::isnan(reference)) return k::bits_of(value) == 0x7FC00000u ? 0.0 : HUGE_VAL;
  if (!std::isfinite(value)) {
    return std::isinf(reference) || std::abs(reference) > 0x1.ffffffp127 ? 0.0 : HUGE_VAL;
  }
  int exponent = 0;
  std::frexp(reference, &exponent);
  const double error = static_cast<double>(value) - reference;
  return std::abs(std::ldexp(error, -std::max(exponent - 24, -149)));
}

class Worst {
 public:
  void note(double error, float x, float y = 0.0f) {
    ++n;
    if (error <= error_) return;
    error_ = error == error ? error : HUGE_VAL;
    x_ = x;
    y_ = y;
  }
  void report(const char* name, double limit) const {
    std::printf("%-24s %12lld arguments, largest error %.4f ulp at %a %a, stated < %g\n", name, n,
                error_, static_cast<double>(x_), static_cast<double>(y_), limit);
    EXPECT_LT(error_, limit) << name;
    EXPECT_GT(n, 0);
  }

 private:
  long long n = 0;
  double error_ = 0.0;
  float x_ = 0.0f;
  float y_ = 0.0f;
};

using FloatFunction = float (*)(float);
using DoubleFunction = double (*)(double);

// Subnormal results, which are rounded twice, are reported by themselves.
void check_all(const char* name, FloatFunction ours, DoubleFunction reference, double limit,
               double subnormal_limit) {
  Worst normal;
  Worst subnormal;
  const std::uint64_t step = stride();
  for (std::uint64_t bits = 0; bits <= 0xFFFFFFFFu; bits += step) {
    const float x = k::float_of(static_cast<std::uint32_t>(bits));
    const double exact = reference(static_cast<double>(x));
    const bool tiny = std::abs(exact) < 0x1p-126 && subnormal_limit > 0.0;
    (tiny ? subnormal : normal).note(ulp_error(ours(x), exact), x);
  }
  normal.report(name, limit);
  if (subnormal_limit > 0.0) {
    subnormal.report((std::string(name) + ", subnormal").c_str(), subnormal_limit);
  }
}

TEST(ElementaryFloat, Log) { check_all("log fp32", k::log, k::log, 0.9, 0.0); }
TEST(ElementaryFloat, Log1p) { check_all("log1p fp32", k::log1p, k::log1p, 0.9, 0.0); }
TEST(ElementaryFloat, Exp) { check_all("exp fp32", k::exp, k::exp, 0.75, 0.85); }
TEST(ElementaryFloat, Expm1) { check_all("expm1 fp32", k::expm1, k::expm1, 0.95, 0.0); }

TEST(ElementaryFloat, Pow) {
  std::mt19937_64 random(6);
  Worst worst;
  std::uniform_real_distribution<double> logarithm(-104.0, 89.0);
  for (int i = 0; i < 2'000'000; ++i) {
    const float x = k::float_of(static_cast<std::uint32_t>(random()));
    float y = k::float_of(static_cast<std::uint32_t>(random()));
    if (i % 4 != 0) y = static_cast<float>(logarithm(random) / std::log(std::abs(x)));
    const double exact = k::pow(static_cast<double>(x), static_cast<double>(y));
    worst.note(ulp_error(k::pow(x, y), exact), x, y);
  }
  worst.report("pow fp32", 0.51);
}

}  // namespace
