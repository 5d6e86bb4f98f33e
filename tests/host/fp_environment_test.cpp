// The caller's floating-point environment neither matters nor changes.
#include <gtest/gtest.h>

#include <cfenv>
#include <cmath>
#include <cstdint>
#include <thread>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/host/series_samples.hpp"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace {

using tailfit::Context;
using tailfit::SeriesView;
using tailfit::tests::same_bits;

constexpr std::int64_t n_series = 64;
constexpr std::int64_t length = 300;

// The control word that holds rounding, flushing and the masks of exceptions, and its bits that
// flush subnormal numbers: results and arguments, each alone where the machine can.
#if defined(__x86_64__)
constexpr std::uint64_t flush_modes[] = {0, 0x8000, 0x0040, 0x8040};
constexpr std::uint64_t control_bits = 0xFFC0;  // not the sticky flags, which arithmetic sets
std::uint64_t control() { return _mm_getcsr() & control_bits; }
void set_control(std::uint64_t word) { _mm_setcsr(static_cast<unsigned>(word)); }
#elif defined(__aarch64__)
constexpr std::uint64_t flush_modes[] = {0, std::uint64_t{1} << 24};
std::uint64_t control() {
  std::uint64_t word = 0;
  asm volatile("mrs %0, fpcr" : "=r"(word));
  return word;
}
void set_control(std::uint64_t word) { asm volatile("msr fpcr, %0" : : "r"(word) : "memory"); }
#endif

struct Results {
  tailfit::SplicedFits fits;
  std::vector<double> quantile;
  std::vector<double> shortfall;
};

Results run(const std::vector<double>& values, std::int32_t threads) {
  const Context context({.threads = threads});
  const auto view = SeriesView<double>::rows(values.data(), n_series, length);
  auto fits = tailfit::fit(context, view, {.lower = tailfit::tail_mass(0.1), .bins = 30});
  auto quantile = tailfit::quantile(context, fits, 0.01);
  auto shortfall = tailfit::expected_shortfall(context, fits, 0.03);
  return {std::move(fits), std::move(quantile), std::move(shortfall)};
}

bool same(const Results& a, const Results& b) {
  return same_bits(a.fits, b.fits) &&
         same_bits(a.quantile.data(), b.quantile.data(), n_series * 8) &&
         same_bits(a.shortfall.data(), b.shortfall.data(), n_series * 8);
}

// Every eighth series has subnormal values only, so that flushing them would be seen.
std::vector<double> values_with_subnormals() {
  std::vector<double> values = tailfit::tests::mixed_batch(58, n_series, length);
  for (std::int64_t s = 7; s < n_series; s += 8) {
    for (std::int64_t t = 0; t < length; ++t) {
      double& x = values[static_cast<std::size_t>(s * length + t)];
      x = std::ldexp(x, -1050);
    }
  }
  return values;
}

// What this thread makes of a sum that is rounded and of a subnormal product. Not inlined, and
// volatile: nothing may be computed ahead.
double rounded_sum(double step) {
  volatile double one = 1.0;
  volatile double small = step;
  return one + small;
}
double subnormal_product() {
  volatile double small = 0x1p-1060;
  volatile double quarter = 0.25;
  return small * quarter;
}

TEST(FpEnvironment, NeitherMattersNorChanges) {
  const std::vector<double> values = values_with_subnormals();
  const Results expected = run(values, 1);
  int n_modes = 0;
  for (const int rounding : {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    for (const std::uint64_t flush : flush_modes) {
      for (const std::int32_t threads : {1, 3}) {
        // A thread of its own: a failure here leaves the other tests their environment.
        std::thread([&] {
          std::fesetround(rounding);
          set_control(control() | flush);
          const std::uint64_t before = control();
          const double sum_up = rounded_sum(0x1p-60);
          const double product = subnormal_product();
          const Results results = run(values, threads);
          const std::uint64_t after = control();
          const int rounding_after = std::fegetround();
          set_control(control() & ~flush);
          std::fesetround(FE_TONEAREST);
          EXPECT_EQ(before, after) << "rounding " << rounding << ", flush " << flush;
          EXPECT_EQ(rounding_after, rounding);
          // The thread did run in the mode that it asked for.
          EXPECT_EQ(sum_up > 1.0, rounding == FE_UPWARD);
          EXPECT_EQ(product == 0.0, flush != 0);
          EXPECT_TRUE(same(results, expected))
              << "rounding " << rounding << ", flush " << flush << ", threads " << threads;
          ++n_modes;
        }).join();
      }
    }
  }
  EXPECT_GE(n_modes, 16);
}

// What a plan rounds decides how much memory there is: one exceedance too few is a write beyond it.
TEST(FpEnvironment, PlansDoNotDependOnIt) {
  const double value = 1.0;
  const tailfit::FitOptions options{.lower = tailfit::tail_mass(0.05),
                                    .upper = tailfit::tail_mass(0.7)};
  for (std::int64_t n = 1; n <= 2000; ++n) {
    const auto view = SeriesView<double>::rows(&value, 1, n);
    const std::uint64_t expected = tailfit::plan_fit(view, options, 1).scratch_bytes;
    for (const int rounding : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
      std::fesetround(rounding);
      const std::uint64_t bytes = tailfit::plan_fit(view, options, 1).scratch_bytes;
      std::fesetround(FE_TONEAREST);
      ASSERT_EQ(bytes, expected) << "length " << n << ", rounding " << rounding;
    }
  }
}

}  // namespace
