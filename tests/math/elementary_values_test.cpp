// What the elementary functions give at the ends of their domains, for every NaN, where mathematics
// is exact, and next to the places where they change their way.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>

#include "kernels/math/elementary.hpp"

namespace {

namespace k = tailfit::kernels;

template <class T>
bool canonical(T x) {
  if constexpr (sizeof(T) == 8) return k::bits_of(x) == 0x7FF8000000000000u;
  return k::bits_of(static_cast<float>(x)) == 0x7FC00000u;
}

template <class T>
bool same(T a, T b) {
  return k::bits_of(a) == k::bits_of(b);
}

template <class T>
class ElementaryValues : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(ElementaryValues, Types);

TYPED_TEST(ElementaryValues, EndsOfTheDomains) {
  using T = TypeParam;
  const T inf = static_cast<T>(INFINITY);
  EXPECT_EQ(k::log(T{0}), -inf);
  EXPECT_EQ(k::log(T{-0.0f}), -inf);
  EXPECT_EQ(k::log(inf), inf);
  EXPECT_EQ(k::log1p(T{-1}), -inf);
  EXPECT_EQ(k::log1p(inf), inf);
  EXPECT_EQ(k::exp(-inf), T{0});
  EXPECT_EQ(k::exp(inf), inf);
  EXPECT_EQ(k::exp(T{710}), inf);
  EXPECT_EQ(k::exp(T{-746}), T{0});
  EXPECT_EQ(k::expm1(-inf), T{-1});
  EXPECT_EQ(k::expm1(inf), inf);
  for (const T x : {T{-1}, -inf, std::numeric_limits<T>::lowest(), -std::numeric_limits<T>::min(),
                    -std::numeric_limits<T>::denorm_min()}) {
    EXPECT_TRUE(canonical(k::log(x))) << x;
  }
  for (const T x : {T{-1.5f}, -inf, std::nextafter(T{-1}, -inf)}) {
    EXPECT_TRUE(canonical(k::log1p(x))) << x;
  }
}

TYPED_TEST(ElementaryValues, ExactOnes) {
  using T = TypeParam;
  EXPECT_TRUE(same(k::log(T{1}), T{0}));
  EXPECT_TRUE(same(k::exp(T{0}), T{1}));
  EXPECT_TRUE(same(k::exp(-T{0}), T{1}));
  for (const T x : {T{0}, -T{0}, std::numeric_limits<T>::denorm_min(),
                    -std::numeric_limits<T>::denorm_min(), std::numeric_limits<T>::min()}) {
    EXPECT_TRUE(same(k::log1p(x), x));
    EXPECT_TRUE(same(k::expm1(x), x));
  }
  // Powers that are representable: an error below 1 ulp leaves no other answer.
  for (int base = 2; base <= 20; ++base) {
    T power = 1;
    for (int n = 0; n <= 5; ++n) {
      EXPECT_EQ(k::pow(static_cast<T>(base), static_cast<T>(n)), power) << base << "^" << n;
      EXPECT_EQ(k::pow(static_cast<T>(-base), static_cast<T>(n)), n % 2 == 0 ? power : -power);
      power *= static_cast<T>(base);
    }
    EXPECT_EQ(k::pow(static_cast<T>(base * base), T{0.5f}), static_cast<T>(base));
  }
  for (int n = -140; n <= 120; ++n) {
    EXPECT_EQ(k::pow(T{2}, static_cast<T>(n)), std::ldexp(T{1}, n)) << n;
  }
}

// Any sign and payload, signalling or quiet.
TEST(ElementaryNan, IsTheCanonicalOne) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = random() | 0x7FF0000000000000u | 1u;
    const double x = k::double_of(bits);
    for (const double y : {k::log(x), k::log1p(x), k::exp(x), k::expm1(x), k::pow(x, 2.0),
                           k::pow(2.0, x), k::pow(x, x)}) {
      ASSERT_TRUE(canonical(y)) << std::hex << bits;
    }
    const std::uint32_t half = static_cast<std::uint32_t>(random()) | 0x7F800000u | 1u;
    const float f = k::float_of(half);
    for (const float y : {k::log(f), k::log1p(f), k::exp(f), k::expm1(f), k::pow(f, 2.0f),
                          k::pow(2.0f, f), k::pow(f, f)}) {
      ASSERT_TRUE(canonical(y)) << std::hex << half;
    }
  }
}

// C11 F.10.4.4, which is IEEE 754-2019's pow.
TYPED_TEST(ElementaryValues, PowAtItsSpecialPoints) {
  using T = TypeParam;
  const T inf = static_cast<T>(INFINITY);
  const T nan = static_cast<T>(NAN);
  const T half = T{0.5f};
  const T odd = T{3};
  const T even = T{4};
  const T huge_even = std::numeric_limits<T>::max();
  struct Row {
    T x, y, power;
  };
  const Row rows[] = {
      {T{0}, -odd, inf},        {-T{0}, -odd, -inf},       {T{0}, -half, inf},
      {-T{0}, -half, inf},      {-T{0}, -even, inf},       {T{0}, -inf, inf},
      {-T{0}, -inf, inf},       {T{0}, odd, T{0}},         {-T{0}, odd, -T{0}},
      {T{0}, half, T{0}},       {-T{0}, half, T{0}},       {-T{0}, even, T{0}},
      {-T{0}, huge_even, T{0}}, {T{-1}, inf, T{1}},        {T{-1}, -inf, T{1}},
      {T{1}, nan, T{1}},        {T{1}, inf, T{1}},         {nan, T{0}, T{1}},
      {inf, -T{0}, T{1}},       {nan, -T{0}, T{1}},        {half, -inf, inf},
      {-half, -inf, inf},       {T{2}, -inf, T{0}},        {T{-2}, -inf, T{0}},
      {half, inf, T{0}},        {-half, inf, T{0}},        {T{2}, inf, inf},
      {T{-2}, inf, inf},        {-inf, -odd, -T{0}},       {-inf, -half, T{0}},
      {-inf, -even, T{0}},      {-inf, odd, -inf},         {-inf, half, inf},
      {-inf, even, inf},        {inf, -half, T{0}},        {inf, half, inf},
      {T{-2}, odd, T{-8}},      {T{-2}, -odd, T{-0.125f}}, {T{-1}, huge_even, T{1}},
      {T{-2}, huge_even, inf},  {-half, huge_even, T{0}},  {T{2}, -huge_even, T{0}},
      {T{7}, T{1}, T{7}},       {T{-7}, T{1}, T{-7}},
  };
  for (const Row& row : rows) {
    EXPECT_TRUE(same(k::pow(row.x, row.y), row.power))
        << "pow(" << row.x << ", " << row.y << ") = " << k::pow(row.x, row.y);
  }
  EXPECT_TRUE(canonical(k::pow(T{-2}, half)));
  EXPECT_TRUE(canonical(k::pow(T{-2}, T{1.5f})));
  EXPECT_TRUE(canonical(k::pow(nan, T{1})));
  EXPECT_TRUE(canonical(k::pow(T{2}, nan)));
}

// pow(x, 1) = x for any x.
TEST(ElementaryPow, OfOneIsItself) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 200'000; ++i) {
    const double x = k::double_of(random() % 0x7FF0000000000000u);
    ASSERT_EQ(k::pow(x, 1.0), x);
    ASSERT_EQ(k::pow(-x, 1.0), -x);
  }
}

// No step back where the reduction changes: errors below 1 ulp allow one of 1 ulp between
// neighbours, which would make a survival function rise.
template <class Function>
void expect_rising(const char* name, double x, Function function) {
  double at = x;
  for (int i = 0; i < 2000; ++i) at = std::nextafter(at, -HUGE_VAL);
  double before = function(at);
  for (int i = 0; i < 4000; ++i) {
    at = std::nextafter(at, HUGE_VAL);
    const double value = function(at);
    ASSERT_GE(value, before) << name << " at " << at;
    before = value;
  }
}

TEST(ElementaryMonotone, AcrossTheBoundariesOfTheReductions) {
  for (int i = -1070; i < 1020; i += 7) {
    const double boundary = (i + 0.5) * std::log(2.0);
    expect_rising("exp", boundary, [](double x) { return k::exp(x); });
    if (i > -55) expect_rising("expm1", boundary, [](double x) { return k::expm1(x); });
    const double root = std::ldexp(std::sqrt(0.5), i);
    if (i > -1000) expect_rising("log", root, [](double x) { return k::log(x); });
    if (i > -2) expect_rising("log1p", root - 1.0, [](double x) { return k::log1p(x); });
  }
  for (const double x : {-0.29, 0.41, 0x1p-60, -0x1p-60}) {
    expect_rising("log1p", x, [](double v) { return k::log1p(v); });
  }
  for (const double x : {-38.0, 0.3465, -0.3465, 0x1p-60, -0x1p-60}) {
    expect_rising("expm1", x, [](double v) { return k::expm1(v); });
  }
}

}  // namespace
