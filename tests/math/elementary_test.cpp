// The stated accuracy of log, log1p, exp and expm1 against the C library's extended precision (64
// bits of mantissa or more, so the reference is off by less than 2^-10 ulp of a double).
#include "kernels/math/elementary.hpp"

#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <random>

namespace {

namespace k = tailfit::kernels;

// Distance in units of the last place of the reference, subnormal spacing included.
long double ulp_error(double value, long double reference) {
  int exponent = 0;
  std::frexp(static_cast<double>(reference), &exponent);
  const long double ulp = std::ldexp(1.0L, std::max(exponent - 53, -1074));
  return std::fabs(static_cast<long double>(value) - reference) / ulp;
}

struct Function {
  const char* name;
  double (*ours)(double);
  long double (*reference)(long double);
  double limit;  // ulp
};

const Function log_function{"log", k::log, std::log, 1.0};
const Function log1p_function{"log1p", k::log1p, std::log1p, 1.5};
const Function exp_function{"exp", k::exp, std::exp, 1.0};
const Function expm1_function{"expm1", k::expm1, std::expm1, 1.5};

class Accuracy {
 public:
  explicit Accuracy(const Function& function) : function_(function) {}
  ~Accuracy() {
    EXPECT_LT(worst_, function_.limit) << function_.name << "(" << worst_at_ << ")";
    testing::Test::RecordProperty(function_.name, std::to_string(static_cast<double>(worst_)));
  }
  void check(double x) {
    const long double reference = function_.reference(x);
    if (!(std::fabs(reference) <= DBL_MAX)) return;
    const long double error = ulp_error(function_.ours(x), reference);
    if (error > worst_ || std::isnan(error)) {
      worst_ = std::isnan(error) ? 1e9L : error;
      worst_at_ = x;
    }
  }

 private:
  const Function& function_;
  long double worst_ = 0.0L;
  double worst_at_ = 0.0;
};

constexpr int n_random = 200'000;

TEST(Elementary, LogIsAccurateInEveryBinadeAndAroundOne) {
  std::mt19937_64 random(1);
  Accuracy accuracy(log_function);
  for (int i = 0; i < n_random; ++i) {
    accuracy.check(k::double_of(random() % 0x7FF0000000000000u));
    accuracy.check(0.5 + static_cast<double>(random() >> 11) * 0x1p-53);
    accuracy.check(1.0 + static_cast<double>(random() >> 11) * 0x1p-63);
  }
  for (int exponent = -1074; exponent < 1024; ++exponent) accuracy.check(std::ldexp(1.0, exponent));
  accuracy.check(DBL_MAX);
}

TEST(Elementary, Log1pIsAccurateFromTinyToHuge) {
  std::mt19937_64 random(2);
  Accuracy accuracy(log1p_function);
  std::uniform_real_distribution<double> exponent(-1074.0, 1023.0);
  for (int i = 0; i < n_random; ++i) {
    const double x = std::exp2(exponent(random));
    accuracy.check(x);
    if (x < 1.0) accuracy.check(-x);
    accuracy.check(-1.0 + static_cast<double>(random() >> 11) * 0x1p-53);
    accuracy.check(static_cast<double>(random() >> 11) * 0x1p-52);
  }
}

TEST(Elementary, ExpIsAccurateOverItsRange) {
  std::mt19937_64 random(3);
  Accuracy accuracy(exp_function);
  std::uniform_real_distribution<double> wide(-745.0, 709.78);
  std::uniform_real_distribution<double> narrow(-1.0, 1.0);
  for (int i = 0; i < n_random; ++i) {
    accuracy.check(wide(random));
    accuracy.check(narrow(random));
    accuracy.check(narrow(random) * 1e-9);
  }
}

TEST(Elementary, Expm1IsAccurateFromTinyToHuge) {
  std::mt19937_64 random(4);
  Accuracy accuracy(expm1_function);
  std::uniform_real_distribution<double> wide(-40.0, 709.78);
  std::uniform_real_distribution<double> narrow(-1.0, 1.0);
  std::uniform_real_distribution<double> exponent(-1074.0, 0.0);
  for (int i = 0; i < n_random; ++i) {
    accuracy.check(wide(random));
    accuracy.check(narrow(random));
    const double tiny = std::exp2(exponent(random));
    accuracy.check(tiny);
    accuracy.check(-tiny);
  }
}

bool is_canonical_nan(double x) { return k::bits_of(x) == 0x7FF8000000000000u; }

TEST(Elementary, EndsOfTheDomainsAreExact) {
  const double inf = k::infinity();
  EXPECT_EQ(k::log(0.0), -inf);
  EXPECT_EQ(k::log(1.0), 0.0);
  EXPECT_EQ(k::log(inf), inf);
  EXPECT_EQ(k::log1p(-1.0), -inf);
  EXPECT_EQ(k::log1p(0.0), 0.0);
  EXPECT_EQ(k::log1p(inf), inf);
  EXPECT_EQ(k::exp(0.0), 1.0);
  EXPECT_EQ(k::exp(-inf), 0.0);
  EXPECT_EQ(k::exp(inf), inf);
  EXPECT_EQ(k::exp(710.0), inf);
  EXPECT_EQ(k::expm1(-inf), -1.0);
  EXPECT_EQ(k::expm1(inf), inf);
  EXPECT_EQ(k::expm1(0.0), 0.0);
  EXPECT_TRUE(is_canonical_nan(k::log(-1.0)));
  EXPECT_TRUE(is_canonical_nan(k::log1p(-1.5)));
  EXPECT_TRUE(is_canonical_nan(k::log(-k::canonical_nan())));
  EXPECT_TRUE(is_canonical_nan(k::exp(-k::canonical_nan())));
  EXPECT_TRUE(is_canonical_nan(k::expm1(-k::canonical_nan())));
}

// A change of these bits changes every stored result: it has to be meant.
TEST(Elementary, BitsAreThoseOfTheFormat) {
  EXPECT_EQ(k::bits_of(k::log(3.0)), 0x3FF193EA7AAD030Au);
  EXPECT_EQ(k::bits_of(k::exp(1.0)), 0x4005BF0A8B14576Au);
  EXPECT_EQ(k::bits_of(k::log1p(0.1)), 0x3FB8663F793C46C7u);
  EXPECT_EQ(k::bits_of(k::expm1(0.1)), 0x3FBAEC7B35A00D3Au);
}

}  // namespace
