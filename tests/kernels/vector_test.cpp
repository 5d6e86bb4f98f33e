// The kernels of every instruction set that this processor has give the baseline's bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/cpu/cpu_kernels.hpp"
#include "tests/sanitized.hpp"

namespace {

using namespace tailfit::kernels;

// All results of one fit, poisoned.
struct Results {
  explicit Results(const TileOptions& options) : counts(static_cast<std::size_t>(options.bins)) {
    std::fill(counts.begin(), counts.end(), 0xABCDEF01u);
  }
  SeriesOutput output() {
    return {&n,
            &n_missing,
            &status,
            {&number[0], &number[1], &number[2], &number[3], &exceed[0]},
            {&number[4], &number[5], &number[6], &number[7], &exceed[1]},
            counts.data()};
  }
  std::string difference(const Results& other) const {
    if (n != other.n || n_missing != other.n_missing) return "n";
    if (status != other.status) return "status";
    if (exceed[0] != other.exceed[0] || exceed[1] != other.exceed[1]) return "n_exceed";
    if (std::memcmp(number, other.number, sizeof number) != 0) return "parameters";
    return counts == other.counts ? "" : "counts";
  }

  std::int64_t n = -7;
  std::int64_t n_missing = -7;
  std::uint32_t status = 0xFFFFFFFFu;
  std::int64_t exceed[2] = {-7, -7};
  double number[8] = {-7, -7, -7, -7, -7, -7, -7, -7};
  std::vector<std::uint32_t> counts;
};

// Every kind of series that extraction treats in its own way.
template <class T>
std::vector<T> random_series(std::mt19937_64& random, std::int64_t length) {
  std::student_t_distribution<double> student(3.0);
  const auto kind = random() % 14;
  std::vector<T> values(static_cast<std::size_t>(length));
  for (std::size_t t = 0; t < values.size(); ++t) {
    double x = student(random);
    if (kind == 1) x = std::round(x);
    if (kind == 2) x = std::round(x * 8.0) / 8.0;
    if (kind == 3) x = random() % 2 == 0 ? 0.0 : std::floor(std::abs(x));
    if (kind == 4) x = 1.0 + 1e-6 * x;
    if (kind == 5) x = std::ldexp(x, sizeof(T) == 4 ? 120 : 1018);
    if (kind == 6) x = std::ldexp(x, sizeof(T) == 4 ? -140 : -1070);
    if (kind == 7) x = static_cast<double>(t) + 0.3 * x;
    if (kind == 8) x = -static_cast<double>(t * t);
    if (kind == 9) x = 42.0;
    if (kind == 12) x = 1e5 + x;
    // A progression in disorder: most values lie on edges of 100 bins.
    if (kind == 13) x = static_cast<double>(t * 7919 % values.size()) / 4.0;
    values[t] = static_cast<T>(x);
    if (kind == 10 && random() % 9 == 0) values[t] = std::numeric_limits<T>::quiet_NaN();
    if (kind == 11 && random() % 20 == 0) {
      values[t] = random() % 2 == 0 ? std::numeric_limits<T>::infinity()
                                    : -std::numeric_limits<T>::infinity();
    }
    if (random() % 200 == 0) values[t] = T{-0.0};
  }
  return values;
}

Threshold random_rule(std::mt19937_64& random) {
  const double masses[] = {0.05, 0.05, 0.1, 0.01, 0.0, 0.001, 0.24, 0.26, 0.5, 0.9};
  if (random() % 8 == 0) {
    return {ThresholdKind::count, 0.0, static_cast<std::int64_t>(1 + random() % 40)};
  }
  if (random() % 12 == 0) return {ThresholdKind::given, static_cast<double>(random() % 3)};
  return {ThresholdKind::tail_mass, masses[random() % 10]};
}

std::int64_t random_length(std::mt19937_64& random) {
  const auto kind = random() % 4;
  if (kind == 0) return static_cast<std::int64_t>(random() % 70);
  if (kind == 1) return static_cast<std::int64_t>(64 * (random() % 40));
  return static_cast<std::int64_t>(random() % (kind == 2 ? 600 : 6000));
}

template <class T>
Results fit(const CpuKernels& kernels, const SeriesInput<T>& input, const TileOptions& options,
            bool with_queue = false) {
  const auto size = [&] {
    if constexpr (sizeof(T) == 4) return kernels.bytes_f32(options, input.length);
    return kernels.bytes_f64(options, input.length);
  }();
  std::vector<char> memory(tail_queue_bytes + static_cast<std::size_t>(size) + 64, '\x5A');
  char* const for_queue =
      memory.data() + (64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64) % 64;
  char* const aligned = for_queue + tail_queue_bytes;
  TailQueue* const queue = with_queue ? kernels.begin(options, for_queue) : nullptr;
  Results results(options);
  if constexpr (sizeof(T) == 4) {
    EXPECT_TRUE(kernels.fit_f32(input, options, results.output(), aligned, queue));
  } else {
    EXPECT_TRUE(kernels.fit_f64(input, options, results.output(), aligned, queue));
  }
  if (queue != nullptr) queue->finish(queue);
  return results;
}

template <class T>
void compare_with_baseline(std::uint64_t seed, int n_cases) {
  const CpuKernels* tables[3];
  const int n = list_cpu_kernels(tables);
  if (n == 1) GTEST_SKIP() << "this processor has no vectors beyond the baseline's";
  std::mt19937_64 random(seed);
  for (int i = 0; i < n_cases; ++i) {
    const std::int64_t length = random_length(random);
    const std::vector<T> values = random_series<T>(random, length);
    const std::int64_t stride = length > 4 && random() % 6 == 0 ? 3 : 1;
    TileOptions options{
        random_rule(random), random_rule(random), 100, 5, CountsKind::u32, false, 0.0};
    if (random() % 3 == 0) options.bins = static_cast<std::int64_t>(1 + random() % 140);
    if (random() % 20 == 0) options.resolution = 0.5;
    // Off by one element now and then: not aligned.
    const auto first = static_cast<std::int64_t>(length > 4 ? random() % 3 : 0);
    const SeriesInput<T> input{values.data() + first, (length - first) / stride, stride};
    const Results expected = fit(*tables[0], input, options);
    for (int table = 1; table < n; ++table) {
      ASSERT_EQ(fit(*tables[table], input, options, i % 2 == 0).difference(expected), "")
          << tables[table]->name << ", seed " << seed << ", case " << i << ", length "
          << input.length;
    }
  }
}

TEST(Vectors, FloatsHaveTheBaselinesBits) {
  compare_with_baseline<float>(101, tailfit::few_if_sanitized(4000));
}
TEST(Vectors, DoublesHaveTheBaselinesBits) {
  compare_with_baseline<double>(102, tailfit::few_if_sanitized(4000));
}

// Tails of every remainder of groups and vectors, beyond 256 and beyond 8,192 excesses: of shapes
// from -0.5 to 5, ties, and over 60 decades.
TEST(Vectors, LongTailsHaveTheBaselinesBits) {
  const CpuKernels* tables[3];
  const int n = list_cpu_kernels(tables);
  std::mt19937_64 random(103);
  std::uniform_real_distribution<double> uniform(0x1p-53, 1.0);
  const TileOptions options{
      {ThresholdKind::given, 0.0}, {ThresholdKind::given, 0.0}, 1, 2, CountsKind::u32, false, 0.0};
  for (int i = 0; i < 150; ++i) {
    const auto length =
        static_cast<std::int64_t>(i % 10 == 9 ? 8180 + random() % 9000 : 250 + random() % 700);
    const double shape = static_cast<double>(random() % 12) / 2.0 - 0.5;
    const double rounding = i % 5 == 0 ? 0.25 : 0.0;
    std::vector<double> values(static_cast<std::size_t>(length));
    for (double& x : values) {
      const double l = -std::log(uniform(random));
      x = i % 7 == 0 ? std::min(std::exp(70.0 * l - 80.0), 1e300)
                     : (shape == 0.0 ? l : std::expm1(shape * l) / shape) + 1e-9;
      if (rounding > 0.0) x = std::ceil(x / rounding) * rounding;
    }
    const SeriesInput<double> input{values.data(), length, 1};
    const Results expected = fit(*tables[0], input, options);
    ASSERT_EQ(expected.exceed[1], length);
    for (int table = 1; table < n; ++table) {
      ASSERT_EQ(fit(*tables[table], input, options).difference(expected), "")
          << tables[table]->name << ", case " << i << ", length " << length;
    }
  }
}

// Counters of bits are added up before they can overflow.
TEST(Vectors, ABinMayHoldAMillionValues) {
  const CpuKernels* tables[3];
  const int n = list_cpu_kernels(tables);
  std::vector<float> values(1'000'003, 0.5f);
  for (std::size_t t = 0; t < 1000; ++t) values[t * 997] = t % 2 == 0 ? -1.0f : 2.0f;
  const TileOptions options{{ThresholdKind::tail_mass, 1e-4},
                            {ThresholdKind::tail_mass, 1e-4},
                            100,
                            5,
                            CountsKind::u32,
                            false,
                            0.0};
  const SeriesInput<float> input{values.data(), static_cast<std::int64_t>(values.size()), 1};
  const Results expected = fit(*tables[0], input, options);
  EXPECT_EQ(expected.counts[50], 999'003u);
  for (int table = 1; table < n; ++table) {
    EXPECT_EQ(fit(*tables[table], input, options).difference(expected), "") << tables[table]->name;
  }
}

}  // namespace
