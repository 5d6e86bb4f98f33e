// The certified fit of each sample on standard input: a line of positive numbers in, a line "shape
// scale log-likelihood interior" out; interior is 0 where there is no interior maximum or where
// several answers are right.
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/exact/gpd_exact.hpp"

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    std::vector<double> excess;
    for (double y = 0.0; words >> y;) excess.push_back(y);
    if (excess.empty()) continue;
    const auto fit = tailfit::tests::exact_gpd_fit(excess);
    const bool interior = !fit.no_interior_maximum && !fit.shape_capped && fit.ambiguous.empty();
    std::printf("%.17g %.17g %.17g %d\n", fit.shape, fit.scale, fit.loglik, interior ? 1 : 0);
  }
  return 0;
}
