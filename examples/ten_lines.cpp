#include <tailfit/tailfit.hpp>

#include <iostream>
#include <random>
#include <vector>

int main() {
  std::vector<double> returns(3 * 1000);  // three series of a thousand daily returns, row by row
  std::mt19937_64 generator(42);
  std::student_t_distribution<double> heavy_tailed(4.0);
  for (double& value : returns) value = 0.01 * heavy_tailed(generator);

  tailfit::Context context;  // every core of this machine
  auto series = tailfit::SeriesView<double>::rows(returns.data(), 3, 1000);
  auto fits = tailfit::fit(context, series, {.lower = tailfit::tail_mass(0.05), .bins = 100});
  auto quantile = tailfit::quantile(context, fits, 0.01);  // one value per series
  auto shortfall = tailfit::expected_shortfall(context, fits, 0.01);

  for (std::size_t s = 0; s < quantile.size(); ++s) {
    std::cout << "series " << s << ": shape of the lower tail " << fits.lower().shape[s]
              << ", 1 % quantile " << quantile[s] << ", expected shortfall " << shortfall[s] << ", "
              << tailfit::status_text(fits.status()[s]) << '\n';
  }
}
