// Arguments of the elementary functions, and what the CPU makes of them.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <type_traits>

#include "kernels/math/elementary.hpp"
#include "tests/cuda/ptx_batches.hpp"

namespace tailfit::tests {
namespace {

template <class T>
using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

template <class T>
std::vector<T> elementary_arguments(std::mt19937_64& random, std::size_t n) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> x{T{0},
                   -T{0},
                   T{1},
                   -T{1},
                   T{2},
                   T{0.5},
                   T{-0.5},
                   T{3},
                   T{709},
                   T{-745},
                   T{88},
                   T{-104},
                   T{1.5},
                   T{-3},
                   T{-2},
                   Limits::infinity(),
                   Limits::max(),
                   Limits::lowest(),
                   Limits::min(),
                   -Limits::infinity(),
                   -Limits::min(),
                   Limits::denorm_min(),
                   -Limits::denorm_min(),
                   Limits::epsilon(),
                   -Limits::epsilon(),
                   Limits::quiet_NaN(),
                   -Limits::quiet_NaN()};
  while (x.size() < n) {
    const Bits<T> bits = static_cast<Bits<T>>(random());
    T value;
    std::memcpy(&value, &bits, sizeof value);
    // A third any bits, a third near 1, a third of the size that exp takes.
    const T unit = static_cast<T>(std::uniform_real_distribution<double>(-1.0, 1.0)(random));
    if (x.size() % 3 == 1) value = T{1} + unit * static_cast<T>(std::pow(0.5, random() % 30));
    if (x.size() % 3 == 2) value = unit * (sizeof(T) == 8 ? T{750} : T{105});
    x.push_back(value);
  }
  return x;
}

}  // namespace

template <class T>
void ParityCases::add_elementary(const char* name, bool last) {
  std::mt19937_64 random(91);
  const std::size_t n = 2000;
  const std::vector<T> x = elementary_arguments<T>(random, n);
  std::vector<T> y = elementary_arguments<T>(random, n);
  std::shuffle(y.begin(), y.end(), random);
  std::vector<T> out;
  for (std::size_t i = 0; i < n; ++i) {
    out.push_back(kernels::log(x[i]));
    out.push_back(kernels::log1p(x[i]));
    out.push_back(kernels::exp(x[i]));
    out.push_back(kernels::expm1(x[i]));
    out.push_back(kernels::pow(x[i], y[i]));
  }
  json_ << "\n\"" << name << "\": {\"n\": " << n << ", \"x\": " << put(x.data(), n * sizeof(T));
  json_ << ", \"y\": " << put(y.data(), n * sizeof(T));
  json_ << ", \"expected\": " << put(out.data(), out.size() * sizeof(T)) << "}"
        << (last ? "" : ",");
}

template void ParityCases::add_elementary<double>(const char* name, bool last);
template void ParityCases::add_elementary<float>(const char* name, bool last);

}  // namespace tailfit::tests
