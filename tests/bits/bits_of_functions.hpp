// The elementary functions over a sweep of arguments.
#pragma once

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

template <class Function>
void print_function(const char* name, double centre, double width, Function function) {
  Generator generator(1);
  Hash hash;
  for (int i = 0; i < n_arguments; ++i) hash.add(function(argument(generator, centre, width)));
  hash.print(name);
}

inline void print_functions() {
  print_function("log fp64", 1.0, 1.0, [](double x) { return kernels::log(x); });
  print_function("log1p fp64", 0.0, 1.0, [](double x) { return kernels::log1p(x); });
  print_function("exp fp64", 0.0, 745.0, [](double x) { return kernels::exp(x); });
  print_function("expm1 fp64", 0.0, 40.0, [](double x) { return kernels::expm1(x); });
}

}  // namespace
}  // namespace tailfit::bits
