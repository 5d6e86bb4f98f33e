// Random batches for the host tests.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include <tailfit/tailfit.hpp>

namespace tailfit::tests {

template <class T = double>
std::vector<T> heavy_batch(std::uint64_t seed, std::int64_t n_series, std::int64_t length) {
  std::mt19937_64 random(seed);
  std::student_t_distribution<double> student(4.0);
  std::vector<T> values(static_cast<std::size_t>(n_series * length));
  for (T& x : values) x = static_cast<T>(student(random));
  return values;
}

// A batch with everything that happens: missing, infinite, tied, constant and short-tailed series.
inline std::vector<double> mixed_batch(std::uint64_t seed, std::int64_t n_series,
                                       std::int64_t length) {
  std::vector<double> values = heavy_batch(seed, n_series, length);
  std::mt19937_64 random(seed + 1);
  for (std::int64_t s = 0; s < n_series; ++s) {
    double* x = values.data() + s * length;
    for (std::int64_t t = 0; t < length; ++t) {
      switch (s % 8) {
        case 1:
          x[t] = std::round(2.0 * x[t]) / 2.0;
          break;
        case 2:
          if (random() % 9 == 0) x[t] = std::nan("");
          break;
        case 3:
          if (random() % 50 == 0) x[t] = INFINITY;
          break;
        case 4:
          x[t] = 7.25;
          break;
        case 5:
          x[t] = random() % 3 == 0 ? x[t] : 0.0;
          break;
        case 6:
          x[t] *= 1e-300;
          break;
        default:
          break;
      }
    }
  }
  return values;
}

inline bool same_bits(const void* a, const void* b, std::size_t bytes) {
  return bytes == 0 || std::memcmp(a, b, bytes) == 0;
}

template <class Span>
bool same_bits(const Span& a, const Span& b) {
  return a.size() == b.size() && same_bits(a.data(), b.data(), a.size_bytes());
}

inline bool same_bits(const TailSpans& a, const TailSpans& b) {
  return same_bits(a.threshold, b.threshold) && same_bits(a.shape, b.shape) &&
         same_bits(a.scale, b.scale) && same_bits(a.loglik, b.loglik) &&
         same_bits(a.n_exceed, b.n_exceed);
}

inline bool same_bits(const SplicedFits& a, const SplicedFits& b) {
  return same_bits(a.n(), b.n()) && same_bits(a.n_missing(), b.n_missing()) &&
         same_bits(a.status(), b.status()) && same_bits(a.lower(), b.lower()) &&
         same_bits(a.upper(), b.upper()) && same_bits(a.counts_u32(), b.counts_u32());
}

}  // namespace tailfit::tests
