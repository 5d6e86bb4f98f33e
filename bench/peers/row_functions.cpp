// Functions of one row of parameters, for the scripts of this folder: what other programs say of
// the same distribution is compared with it.
//
// Reads numbers: bins; bins+1 edges; bins weights (masses); mass, shape and scale of the lower tail
// and of the upper one; how many values and probabilities; these. Prints a line for each value
// (cdf, log_pdf, composite_log_score) and for each probability (quantile).
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <vector>

#include <tailfit/tailfit.hpp>

namespace {

std::vector<double> read_numbers(std::int64_t n) {
  std::vector<double> numbers(static_cast<std::size_t>(n));
  for (double& number : numbers) std::cin >> number;
  return numbers;
}

tailfit_given_tail read_tail(std::vector<double>& memory) {
  memory = read_numbers(3);
  return {&memory[0], &memory[1], &memory[2], 1};
}

}  // namespace

int main() {
  std::int64_t bins = 0;
  std::cin >> bins;
  if (!std::cin || bins < 1) return 2;
  const std::vector<double> edges = read_numbers(bins + 1);
  const std::vector<double> weights = read_numbers(bins);
  std::vector<double> lower;
  std::vector<double> upper;
  tailfit_parameters_view row = tailfit::parameters_view<double>(1, bins);
  row.weights_kind = TAILFIT_WEIGHTS_MASSES;
  row.weights = weights.data();
  row.edges = edges.data();
  row.lower = read_tail(lower);
  row.upper = read_tail(upper);
  std::int64_t n_values = 0;
  std::int64_t n_probabilities = 0;
  std::cin >> n_values >> n_probabilities;
  if (!std::cin || n_values < 0 || n_probabilities < 0) return 2;
  const std::vector<double> x = read_numbers(n_values);
  const std::vector<double> p = read_numbers(n_probabilities);
  if (!std::cin) return 2;

  using tailfit::Points;
  const tailfit::Context context({.backend = tailfit::Backend::cpu});
  const auto at_values = [&](tailfit::Function function) {
    return tailfit::evaluate(context, row, function, Points::shared(x));
  };
  const std::vector<double> cdf = at_values(tailfit::Function::cdf);
  const std::vector<double> log_pdf = at_values(tailfit::Function::log_pdf);
  const std::vector<double> composite = at_values(tailfit::Function::composite_log_score);
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::printf("%.17g %.17g %.17g\n", cdf[i], log_pdf[i], composite[i]);
  }
  for (const double q : tailfit::quantile(context, row, Points::shared(p))) {
    std::printf("%.17g\n", q);
  }
  return 0;
}
