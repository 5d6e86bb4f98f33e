// Prints what a context on the CPU says that it is.
#include <tailfit/tailfit.hpp>

#include <cstdio>

int main() {
  const tailfit::Context context({.backend = tailfit::Backend::cpu, .threads = 2});
  std::puts(context.describe().c_str());
  return 0;
}
