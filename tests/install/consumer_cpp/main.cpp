// A program that knows tailfit from find_package(tailfit) only.
#include <tailfit/tailfit.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

int main() {
  // The 1001 levels (i + 0.5)/1001 of a standard exponential, in order: type 7 puts the upper
  // threshold of tail mass 0.05 on value number 950 exactly, and 50 values lie beyond it.
  std::vector<double> values(1001);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = -std::log1p(-(static_cast<double>(i) + 0.5) / 1001.0);
  }
  const tailfit::Context context({.threads = 1});
  const auto fits =
      tailfit::fit(context, tailfit::SeriesView<double>::rows(values.data(), 1, 1001));
  const auto upper = fits.upper();
  std::printf("%s: u %.17g, k %lld, shape %.17g, status %s\n", context.describe().c_str(),
              upper.threshold[0], static_cast<long long>(upper.n_exceed[0]), upper.shape[0],
              tailfit::status_text(fits.status()[0]).c_str());
  // An exponential tail has shape 0; evenly spread levels put the estimate a little below it.
  const bool right = upper.threshold[0] == values[950] && upper.n_exceed[0] == 50 &&
                     std::abs(upper.shape[0]) < 0.2;
  return right ? 0 : 1;
}
