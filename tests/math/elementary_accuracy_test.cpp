// The errors that kernels/math/elementary.hpp states for fp64, against MPFR: random arguments in
// every binade, subnormals, the ends of the domains and the neighbours of every place where the
// functions change their way. TAILFIT_ELEMENTARY_ARGUMENTS=N draws N times as many.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "kernels/math/elementary.hpp"
#include "tests/math/mpfr_reference.hpp"

namespace {

namespace k = tailfit::kernels;
using tailfit::tests::Precise;
using tailfit::tests::PreciseFunction;
using tailfit::tests::ulp_error;

int draws() {
  const char* text = std::getenv("TAILFIT_ELEMENTARY_ARGUMENTS");
  return text == nullptr ? 1 : std::max(1, std::atoi(text));
}

// Keeps the largest error over many arguments and says so at the end.
class Accuracy {
 public:
  Accuracy(const char* name, double limit) : name_(name), limit_(limit) {}
  ~Accuracy() {
    std::printf("%-24s %12lld arguments, largest error %.4f ulp at %a %a, stated < %g\n", name_, n_,
                worst_, worst_x_, worst_y_, limit_);
    EXPECT_LT(worst_, limit_) << name_ << "(" << worst_x_ << ", " << worst_y_ << ")";
    EXPECT_GT(n_, 0);
  }
  void note(double error, double x, double y = 0.0) {
    ++n_;
    if (error <= worst_) return;  // a NaN is not
    worst_ = error == error ? error : HUGE_VAL;
    worst_x_ = x;
    worst_y_ = y;
  }

 private:
  const char* name_;
  double limit_;
  long long n_ = 0;
  double worst_ = 0.0;
  double worst_x_ = 0.0;
  double worst_y_ = 0.0;
};

using Function = double (*)(double);

void check(Accuracy& accuracy, Function ours, PreciseFunction reference, double x) {
  Precise exact;
  mpfr_set_d(exact.get(), x, MPFR_RNDN);
  reference(exact.get(), exact.get(), MPFR_RNDN);
  accuracy.note(ulp_error(ours(x), exact.get()), x);
}

// `steps` neighbours on either side of x.
template <class Check>
void check_around(double x, int steps, const Check& check_one) {
  double up = x;
  double down = x;
  for (int i = 0; i < steps; ++i) {
    check_one(up);
    check_one(down);
    up = std::nextafter(up, HUGE_VAL);
    down = std::nextafter(down, -HUGE_VAL);
  }
}

double positive(std::mt19937_64& random) { return k::double_of(random() % 0x7FF0000000000000u); }

TEST(ElementaryAccuracy, Log) {
  std::mt19937_64 random(1);
  Accuracy accuracy("log fp64", 0.9);
  const auto one = [&](double x) {
    if (x > 0.0) check(accuracy, k::log, mpfr_log, x);
  };
  const int n = draws();
  for (int exponent = -1074; exponent < 1024; ++exponent) {
    one(std::ldexp(1.0, exponent));
    for (int i = 0; i < 40 * n; ++i) {
      one(std::ldexp(1.0 + static_cast<double>(random() >> 12) * 0x1p-52, exponent));
    }
    if (exponent > -1060) check_around(std::ldexp(std::sqrt(0.5), exponent), 4, one);
  }
  for (int i = 0; i < 100'000 * n; ++i) {
    one(positive(random));
    one(0.5 + static_cast<double>(random() >> 11) * 0x1p-53);
    one(1.0 +
        std::ldexp(static_cast<double>(random() >> 11), -55 - static_cast<int>(random() % 50)));
    one(1.0 -
        std::ldexp(static_cast<double>(random() >> 11), -55 - static_cast<int>(random() % 50)));
  }
  check_around(1.0, 2000, one);
  check_around(0x1p-1022, 200, one);
  one(std::numeric_limits<double>::max());
}

TEST(ElementaryAccuracy, Log1p) {
  std::mt19937_64 random(2);
  Accuracy accuracy("log1p fp64", 0.95);
  const auto one = [&](double x) {
    if (x > -1.0) check(accuracy, k::log1p, mpfr_log1p, x);
  };
  const int n = draws();
  for (int i = 0; i < 100'000 * n; ++i) {
    const double x = positive(random);
    one(x);
    one(-x);
    one(-1.0 + static_cast<double>(random() >> 11) * 0x1p-53);
    one(-0.5 + static_cast<double>(random() >> 11) * 0x1p-53);
    one(static_cast<double>(random() >> 11) * 0x1p-51);
    one(std::ldexp(static_cast<double>(random() >> 11), -53 - static_cast<int>(random() % 60)));
  }
  for (int exponent = -1074; exponent < 1024; ++exponent) {
    check_around(std::ldexp(1.0, exponent), 3, one);
    check_around(-std::ldexp(1.0, exponent), 3, one);
    if (exponent > -3) check_around(std::ldexp(std::sqrt(0.5), exponent) - 1.0, 20, one);
  }
  for (const double x : {-0.29, 0.41, 0x1p-60, -0x1p-60, 0.0}) check_around(x, 1000, one);
  check_around(-1.0, 2000, one);
}

TEST(ElementaryAccuracy, Exp) {
  std::mt19937_64 random(3);
  Accuracy normal("exp fp64", 0.75);
  Accuracy subnormal("exp fp64, subnormal", 0.85);
  const auto one = [&](double x) {
    check(x < -708.4 && x > -745.2 ? subnormal : normal, k::exp, mpfr_exp, x);
  };
  std::uniform_real_distribution<double> wide(-745.2, 709.79);
  std::uniform_real_distribution<double> low(-745.2, -708.4);
  std::uniform_real_distribution<double> narrow(-1.0, 1.0);
  for (int i = 0; i < 100'000 * draws(); ++i) {
    one(wide(random));
    one(low(random));
    one(narrow(random));
    one(std::ldexp(narrow(random), -static_cast<int>(random() % 60)));
  }
  for (int i = -1075; i < 1024; ++i) {  // both neighbours of every change of the reduction
    check_around((i + 0.5) * std::log(2.0), 6, one);
    check_around(i * std::log(2.0), 3, one);
  }
  for (const double x : {709.782712893384, -745.1332191019411, -708.3964185322641, 0.0}) {
    check_around(x, 2000, one);
  }
}

TEST(ElementaryAccuracy, Expm1) {
  std::mt19937_64 random(4);
  Accuracy accuracy("expm1 fp64", 1.0);
  const auto one = [&](double x) { check(accuracy, k::expm1, mpfr_expm1, x); };
  std::uniform_real_distribution<double> wide(-40.0, 709.79);
  std::uniform_real_distribution<double> middle(-40.0, 5.0);
  std::uniform_real_distribution<double> narrow(-1.0, 1.0);
  for (int i = 0; i < 100'000 * draws(); ++i) {
    one(wide(random));
    one(middle(random));
    one(narrow(random));
    const double tiny = std::ldexp(narrow(random), -static_cast<int>(random() % 1074));
    one(tiny);
  }
  for (int i = -60; i < 1024; ++i) check_around((i + 0.5) * std::log(2.0), 6, one);
  for (const double x : {-38.0, 0.3465, -0.3465, 0x1p-60, -0x1p-60, 709.782712893384, 0.0}) {
    check_around(x, 1000, one);
  }
}

void check_pow(Accuracy& normal, Accuracy& subnormal, double x, double y) {
  Precise base;
  Precise exact;
  mpfr_set_d(base.get(), x, MPFR_RNDN);
  mpfr_set_d(exact.get(), y, MPFR_RNDN);
  mpfr_pow(exact.get(), base.get(), exact.get(), MPFR_RNDN);
  const bool tiny = mpfr_zero_p(exact.get()) != 0 || mpfr_get_exp(exact.get()) < -1021;
  (tiny ? subnormal : normal).note(ulp_error(k::pow(x, y), exact.get()), x, y);
}

TEST(ElementaryAccuracy, Pow) {
  std::mt19937_64 random(5);
  Accuracy normal("pow fp64", 0.75);
  Accuracy subnormal("pow fp64, subnormal", 0.85);
  std::uniform_real_distribution<double> logarithm(-745.5, 710.0);
  std::uniform_real_distribution<double> low(-745.5, -708.0);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  for (int i = 0; i < 60'000 * draws(); ++i) {
    const double any = positive(random);
    check_pow(normal, subnormal, any, logarithm(random) / std::log(any));
    check_pow(normal, subnormal, any, low(random) / std::log(any));
    // Where y*log x needs the most bits: x near 1, y large.
    const double near = 1.0 + std::ldexp(uniform(random) - 0.5, -static_cast<int>(random() % 50));
    if (near != 1.0) {
      check_pow(normal, subnormal, near, logarithm(random) / std::log(near));
    }
    check_pow(normal, subnormal, 2.0 * uniform(random), 20.0 * uniform(random) - 10.0);
    check_pow(normal, subnormal, -static_cast<double>(random() % 1000),
              static_cast<double>(random() % 60));
    check_pow(normal, subnormal, any,
              std::ldexp(uniform(random), -static_cast<int>(random() % 80)));
  }
}

}  // namespace
