// The kernel bodies as a block of real threads runs them, bit by bit the same as one lane. Under
// ThreadSanitizer a missing barrier is named.
#include "kernels/group/host_block.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "kernels/fit/fit_series.hpp"

namespace {

namespace k = tailfit::kernels;

struct FitRecord {
  std::int64_t n;
  std::int64_t n_missing;
  std::uint64_t status;  // 64 bits wide so that a record has no padding
  double lower[4];
  double upper[4];
  std::int64_t n_lower;
  std::int64_t n_upper;
};

struct OutputBlock {
  explicit OutputBlock(std::int64_t bins) : status(0), counts(static_cast<std::size_t>(bins)) {
    std::memset(&record, 0xA5, sizeof record);
    std::fill(counts.begin(), counts.end(), 0xA5A5A5A5u);
  }
  k::SeriesOutput output() {
    const auto tail = [](double(&p)[4], std::int64_t* n) {
      return k::TailOutput{&p[0], &p[1], &p[2], &p[3], n};
    };
    return {&record.n,
            &record.n_missing,
            &status,
            tail(record.lower, &record.n_lower),
            tail(record.upper, &record.n_upper),
            counts.data()};
  }
  void finish() { record.status = status; }

  FitRecord record;
  std::uint32_t status;
  std::vector<std::uint32_t> counts;
};

struct Case {
  std::vector<double> series[2];
  k::TileOptions options;
};

std::vector<OutputBlock> outputs_of(const Case& test) {
  std::vector<OutputBlock> blocks(2, OutputBlock(test.options.bins));
  return blocks;
}

char* align(std::vector<char>& memory) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
  return memory.data() + (64 - address % 64) % 64;
}

// Both series at the same time, by one group each; run(body) runs body(series, group) on every
// lane.
template <class Run>
void fit_two(const Case& test, std::vector<OutputBlock>& out, int lanes, const Run& run) {
  std::vector<char> memory[2];
  for (int s = 0; s < 2; ++s) {
    const auto length = static_cast<std::int64_t>(test.series[s].size());
    memory[s].resize(
        static_cast<std::size_t>(k::series_bytes<double>(test.options, length, lanes)) + 64);
  }
  run([&](int s, const auto& group) {
    const auto length = static_cast<std::int64_t>(test.series[s].size());
    k::fit_series<double>(group, {test.series[s].data(), length, 1}, test.options,
                          out[static_cast<std::size_t>(s)].output(), align(memory[s]));
  });
}

void expect_same_bits(const Case& test, int lanes) {
  std::vector<OutputBlock> serial = outputs_of(test);
  std::vector<OutputBlock> block = outputs_of(test);
  fit_two(test, serial, 1, [](const auto& body) {
    for (const int s : {0, 1}) body(s, k::SerialGroup{});
  });
  fit_two(test, block, lanes, [&](const auto& body) {
    std::thread other(
        [&] { k::run_host_block(lanes, [&](const k::HostBlock& group) { body(1, group); }); });
    k::run_host_block(lanes, [&](const k::HostBlock& group) { body(0, group); });
    other.join();
  });
  for (std::size_t s = 0; s < 2; ++s) {
    serial[s].finish();
    block[s].finish();
    EXPECT_EQ(std::memcmp(&serial[s].record, &block[s].record, sizeof(FitRecord)), 0)
        << "series " << s << ", " << lanes << " lanes, shape " << serial[s].record.upper[1]
        << " and " << block[s].record.upper[1];
    EXPECT_EQ(serial[s].counts, block[s].counts) << "series " << s << ", " << lanes << " lanes";
  }
}

k::TileOptions options(double tail_mass, double resolution = 0.0) {
  const k::Threshold rule{k::ThresholdKind::tail_mass, tail_mass};
  return {rule, rule, 20, 5, k::CountsKind::u32, false, resolution};
}

std::vector<double> heavy_series(std::mt19937_64& random, std::int64_t n) {
  std::student_t_distribution<double> student(3.0);
  std::vector<double> values(static_cast<std::size_t>(n));
  for (double& x : values) x = student(random);
  return values;
}

TEST(HostBlock, ShortTailsOfCleanSeriesHaveTheSerialBits) {
  std::mt19937_64 random(41);
  for (const int lanes : {2, 3, 8}) {
    for (const std::int64_t n : {1, 5, 200, 777}) {
      expect_same_bits({{heavy_series(random, n), heavy_series(random, 2 * n)}, options(0.05)},
                       lanes);
    }
  }
}

TEST(HostBlock, LongTailsAreSolvedTogetherWithTheSerialBits) {
  std::mt19937_64 random(42);
  expect_same_bits({{heavy_series(random, 3000), heavy_series(random, 500)}, options(0.2)}, 4);
  expect_same_bits({{heavy_series(random, 3000), heavy_series(random, 900)}, options(0.4)}, 32);
}

TEST(HostBlock, TailsBeyond8192TermsHaveTheSerialBits) {
  std::mt19937_64 random(43);
  expect_same_bits({{heavy_series(random, 20'000), heavy_series(random, 100)}, options(0.45)}, 3);
}

TEST(HostBlock, SpoiltAndDegenerateSeriesHaveTheSerialBits) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double inf = std::numeric_limits<double>::infinity();
  std::mt19937_64 random(44);
  std::vector<double> spoilt = heavy_series(random, 400);
  for (std::size_t i = 0; i < spoilt.size(); i += 7) spoilt[i] = nan;
  spoilt[3] = inf;
  std::vector<double> zeros(300, 0.0);
  for (std::size_t i = 0; i < zeros.size(); i += 5) zeros[i] = static_cast<double>(i % 11);
  zeros[1] = -0.0;
  expect_same_bits({{spoilt, zeros}, options(0.1)}, 5);
  expect_same_bits({{std::vector<double>(50, 1.5), std::vector<double>(10, nan)}, options(0.1)}, 4);
  expect_same_bits({{{}, {1e308, -1e308, 1.5e308, -1.5e308}}, options(0.25)}, 4);
}

TEST(HostBlock, IntervalLikelihoodHasTheSerialBits) {
  std::mt19937_64 random(45);
  std::vector<double> rounded = heavy_series(random, 1200);
  for (double& x : rounded) x = std::round(4.0 * x) / 4.0;
  expect_same_bits({{rounded, heavy_series(random, 100)}, options(0.3, 0.25)}, 3);
}

}  // namespace
