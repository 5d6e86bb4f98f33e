// Tails and whole series, from numbers that the kernels' own functions make.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/fit/fit_series.hpp"
#include "kernels/group/host_block.hpp"
#include "kernels/math/gpd.hpp"
#include "tests/bits/hash.hpp"

namespace tailfit::bits {
namespace {

// Excesses of a GPD, spoilt in the manner of `kind`.
inline std::vector<double> tail(Generator& generator, std::int64_t k, double shape, int kind) {
  std::vector<double> excess(static_cast<std::size_t>(k));
  for (double& y : excess) y = kernels::gpd_isf({shape, 1.0}, generator.uniform());
  for (double& y : excess) {
    if (kind == 1) y = std::ceil(4.0 * y) / 4.0;
    if (kind == 2) y = 1.0 + 0x1p-30 * generator.uniform();
    if (kind == 3) y = kernels::exp(-80.0 * generator.uniform());
  }
  if (kind == 4) excess[0] *= 0x1p60;
  return excess;
}

inline void add_fit(Hash& hash, const kernels::TailFit& fit) {
  hash.add(fit.shape);
  hash.add(fit.scale);
  hash.add(fit.loglik);
  hash.add(fit.flags);
  hash.add(fit.passes);
}

inline void print_tails() {
  Generator generator(2);
  for (const std::int64_t k : {1, 2, 5, 20, 100, 256, 257, 1000, 8193}) {
    Hash exact;
    Hash intervals;
    std::vector<char> scratch(static_cast<std::size_t>(kernels::canonical_scratch_bytes(k)) + 64);
    const int n_samples = k <= 256 ? 20 : 2;
    for (const double shape : {-0.8, -0.3, 0.0, 0.2, 1.0, 4.0}) {
      for (int sample = 0; sample < n_samples; ++sample) {
        const std::vector<double> excess = tail(generator, k, shape, sample % 5);
        std::vector<double> work = excess;
        const bool higher = sample % 2 == 1;
        add_fit(exact,
                kernels::fit_gpd(kernels::SerialGroup{}, work.data(), k, scratch.data(), higher));
        if (sample > 1) continue;
        work = excess;
        add_fit(intervals, kernels::fit_intervals(kernels::SerialGroup{}, work.data(), k, 0.25,
                                                  scratch.data(), higher));
      }
    }
    exact.print(("tails of " + std::to_string(k)).c_str());
    intervals.print(("tails of " + std::to_string(k) + ", interval likelihood").c_str());
  }
}

// What one series' fit writes.
struct Written {
  std::int64_t n = 0;
  std::int64_t n_missing = 0;
  std::uint32_t status = 0;
  double lower[4] = {};
  double upper[4] = {};
  std::int64_t n_lower = 0;
  std::int64_t n_upper = 0;
  std::uint32_t counts[50] = {};

  kernels::SeriesOutput output() {
    return {&n,
            &n_missing,
            &status,
            {&lower[0], &lower[1], &lower[2], &lower[3], &n_lower},
            {&upper[0], &upper[1], &upper[2], &upper[3], &n_upper},
            counts};
  }
  void add_to(Hash& hash) const {
    hash.add(n);
    hash.add(n_missing);
    hash.add(status);
    hash.add(lower, 4);
    hash.add(upper, 4);
    hash.add(n_lower);
    hash.add(n_upper);
    hash.add(counts, 50);
  }
};

// Two-sided heavy tails, ties and missing values.
template <class T>
std::vector<T> series(Generator& generator, std::int64_t n, int kind) {
  std::vector<T> values(static_cast<std::size_t>(n));
  for (T& x : values) {
    const double y = kernels::gpd_isf({0.25, 1.0}, generator.uniform());
    x = static_cast<T>(generator.next() % 2 == 0 ? y : -y);
    if (kind == 1) x = std::floor(x * 8) / 8;
    if (kind == 2 && generator.next() % 11 == 0) x = static_cast<T>(NAN);
    if (kind == 3 && generator.next() % 3 != 0) x = 0;
  }
  return values;
}

// One series; lanes = 0: a SerialGroup.
template <class T>
void add_one_series(Hash& hash, const std::vector<T>& values, const kernels::TileOptions& options,
                    int lanes) {
  const auto length = static_cast<std::int64_t>(values.size());
  const int n_lanes = lanes == 0 ? 1 : lanes;
  std::vector<char> memory(
      static_cast<std::size_t>(kernels::series_bytes<T>(options, length, n_lanes)) + 64);
  const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
  char* const aligned = memory.data() + (64 - address % 64) % 64;
  Written written;
  const auto run = [&](const auto& group) {
    kernels::fit_series<T>(group, {values.data(), length, 1}, options, written.output(), aligned);
  };
  if (lanes == 0) {
    run(kernels::SerialGroup{});
  } else {
    kernels::run_host_block(lanes, run);
  }
  written.add_to(hash);
}

inline kernels::TileOptions tile_options(double tail_mass, double resolution) {
  const kernels::Threshold rule{kernels::ThresholdKind::tail_mass, tail_mass};
  return {rule, rule, 50, 2, kernels::CountsKind::u32, false, resolution};
}

template <class T>
void print_series_of(const char* type, std::int64_t n, int n_pairs, double tail_mass,
                     double resolution, int lanes) {
  Generator generator(3);
  Hash hash;
  for (int pair = 0; pair < n_pairs; ++pair) {
    const kernels::TileOptions options = tile_options(tail_mass, resolution);
    add_one_series(hash, series<T>(generator, n, pair % 4), options, lanes);
    add_one_series(hash, series<T>(generator, n / 2 + pair, (pair + 1) % 4), options, lanes);
  }
  char name[80];
  std::snprintf(name, sizeof name, "series of %d %s%s", static_cast<int>(n), type,
                resolution > 0.0 ? ", rounded" : "");
  hash.print(name);
}

inline void print_series() {
  print_series_of<double>("fp64", 250, 40, 0.05, 0.0, 0);
  print_series_of<float>("fp32", 250, 40, 0.05, 0.0, 0);
  print_series_of<double>("fp64", 3000, 8, 0.2, 0.0, 0);
  print_series_of<float>("fp32", 3000, 8, 0.2, 0.0, 0);
  print_series_of<double>("fp64", 40'000, 2, 0.3, 0.0, 0);
  print_series_of<double>("fp64", 600, 4, 0.1, 0.125, 0);
}

inline void print_block_fits(int lanes) {
  const int group = lanes == 1 ? 0 : lanes;
  print_series_of<double>("fp64", 700, 2, 0.1, 0.0, group);
  print_series_of<float>("fp32", 700, 2, 0.1, 0.0, group);
  print_series_of<double>("fp64", 1500, 1, 0.4, 0.0, group);
  print_series_of<float>("fp32", 21'000, 1, 0.45, 0.0, group);
  print_series_of<double>("fp64", 300, 1, 0.2, 0.125, group);
}

}  // namespace
}  // namespace tailfit::bits
