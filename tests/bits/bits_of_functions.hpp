// The elementary functions over a sweep of arguments.
#pragma once

#include <string>

#include "kernels/math/elementary.hpp"
#include "kernels/math/gpd.hpp"
#include "tests/bits/hash.hpp"

namespace tailfit::bits {
namespace {

constexpr int n_arguments = 200'000;

// Any bits, numbers near `centre`, numbers up to `width` from it, and tiny ones.
inline double argument(Generator& generator, double centre, double width) {
  const std::uint64_t bits = generator.next();
  const double signed_uniform = 2.0 * generator.uniform() - 1.0;
  switch (bits % 4) {
    case 0:
      return kernels::double_of(generator.next());
    case 1:
      return centre + 0x1p-20 * signed_uniform;
    case 2:
      return centre + width * signed_uniform;
    default:
      return kernels::double_of((generator.next() & 0x8FFFFFFFFFFFFFFFu) | 0x3000000000000000u);
  }
}

// The conversion of a double beyond the range of float is left out: C++ does not define it.
inline float nearby_float(double x) {
  return kernels::absolute(x) < 0x1p127 ? static_cast<float>(x) : 0x1p100f;
}

template <class Function>
void print_function(const char* name, double centre, double width, Function function) {
  Generator generator(1);
  Hash fp64;
  Hash fp32;
  for (int i = 0; i < n_arguments; ++i) {
    const double x = argument(generator, centre, width);
    fp64.add(function(x));
    // Any pattern of 32 bits, or near the numbers above.
    const auto bits = static_cast<std::uint32_t>(generator.next());
    fp32.add(function(i % 2 == 0 ? kernels::float_of(bits) : nearby_float(x)));
  }
  fp64.print((std::string(name) + " fp64").c_str());
  fp32.print((std::string(name) + " fp32").c_str());
}

// Arguments whose power is in range are rare among any bits: half of them have y*log x in range.
inline void print_pow() {
  Generator generator(2);
  Hash fp64;
  Hash fp32;
  for (int i = 0; i < n_arguments; ++i) {
    const double x = argument(generator, 1.0, 1.0);
    double y = argument(generator, 0.0, 40.0);
    const double size = kernels::absolute(x);
    if (i % 2 == 0) y = 1500.0 * (generator.uniform() - 0.5) / kernels::log(size);
    fp64.add(kernels::pow(x, y));
    fp32.add(kernels::pow(nearby_float(x), nearby_float(y)));
  }
  fp64.print("pow fp64");
  fp32.print("pow fp32");
}

inline void print_functions() {
  print_function("log", 1.0, 1.0, [](auto x) { return kernels::log(x); });
  print_function("log1p", 0.0, 1.0, [](auto x) { return kernels::log1p(x); });
  print_function("exp", 0.0, 745.0, [](auto x) { return kernels::exp(x); });
  print_function("expm1", 0.0, 40.0, [](auto x) { return kernels::expm1(x); });
  print_pow();
}

}  // namespace
}  // namespace tailfit::bits
