// The functions of spliced distributions, draws from them, and gradients.
#pragma once

#include <string>
#include <vector>

#include "kernels/math/spliced.hpp"
#include "kernels/math/spliced_gradients.hpp"
#include "tests/bits/hash.hpp"

namespace tailfit::bits {
namespace {

constexpr std::int64_t distribution_bins = 24;

struct NamedFunction {
  const char* name;
  kernels::SplicedFunction function;
};

constexpr NamedFunction distribution_functions[] = {
    {"log_pdf", kernels::SplicedFunction::log_pdf},
    {"pdf", kernels::SplicedFunction::pdf},
    {"cdf", kernels::SplicedFunction::cdf},
    {"sf", kernels::SplicedFunction::sf},
    {"log_sf", kernels::SplicedFunction::log_sf},
    {"log_cdf", kernels::SplicedFunction::log_cdf},
    {"quantile", kernels::SplicedFunction::quantile},
    {"isf", kernels::SplicedFunction::isf},
    {"randomized_pit", kernels::SplicedFunction::randomized_pit},
    {"expected_shortfall", kernels::SplicedFunction::expected_shortfall},
    {"mean_excess", kernels::SplicedFunction::mean_excess},
    {"return_level", kernels::SplicedFunction::return_level},
    {"mean", kernels::SplicedFunction::mean},
    {"variance", kernels::SplicedFunction::variance},
    {"mode", kernels::SplicedFunction::mode},
    {"entropy", kernels::SplicedFunction::entropy},
    {"crps", kernels::SplicedFunction::crps},
    {"twcrps", kernels::SplicedFunction::twcrps},
    {"quantile_score", kernels::SplicedFunction::quantile_score},
    {"anomaly_score", kernels::SplicedFunction::anomaly_score},
    {"sample", kernels::SplicedFunction::sample}};

inline kernels::GivenTail random_tail(Generator& generator) {
  const double sign = generator.uniform() < 0.5 ? -1.0 : 1.0;
  const double shape = generator.next() % 4 == 0 ? sign * kernels::exp(-700.0 * generator.uniform())
                                                 : 4.0 * generator.uniform() - 1.0;
  return {0.3 * generator.uniform(), shape, 5.0 * generator.uniform()};
}

// Values, or numbers between 0 and 1 or from 1 on for the functions that want those.
inline double random_point(Generator& generator, kernels::SplicedFunction function) {
  const double uniform = generator.uniform();
  switch (function) {
    case kernels::SplicedFunction::quantile:
    case kernels::SplicedFunction::isf:
    case kernels::SplicedFunction::expected_shortfall:
      return generator.next() % 2 == 0 ? uniform : kernels::exp(-700.0 * uniform);
    case kernels::SplicedFunction::return_level:
      return kernels::exp(700.0 * uniform);
    default:
      return generator.next() % 4 == 0 ? 1e4 * (uniform - 0.5) : 12.0 * (uniform - 0.5);
  }
}

// The row of a number: every second one is a fit with counts, the others have parameters.
class RandomRow {
 public:
  RandomRow(Generator& generator, int row) : row_(row) {
    lower_ = random_tail(generator);
    upper_ = random_tail(generator);
    double edge = -4.0 * generator.uniform();
    for (std::size_t b = 0; b < distribution_bins; ++b) {
      counts_[b] = static_cast<std::uint32_t>(generator.next() % 40);
      body_ += counts_[b];
      weights_[b] = 3.0 * generator.uniform();
      edges_[b] = edge;
      edge += generator.uniform();
    }
    edges_[distribution_bins] = edge;
  }
  bool is_fit() const { return row_ % 2 == 0; }
  kernels::SplicedParameters fit() const {
    const auto n_lower = static_cast<std::int64_t>(100.0 * lower_.mass);
    const auto n_upper = static_cast<std::int64_t>(100.0 * upper_.mass);
    return {body_ + n_lower + n_upper,
            0,
            {edges_[0], lower_.shape, lower_.scale, n_lower},
            {edges_[distribution_bins], upper_.shape, upper_.scale, n_upper},
            counts_,
            kernels::CountsKind::u32,
            distribution_bins,
            row_ % 4 == 0 ? 0.0 : 0.5};
  }
  kernels::GivenParameters parameters() const {
    return {lower_, upper_, weights_, edges_, true, row_ % 4 == 1, distribution_bins};
  }

 private:
  int row_;
  kernels::GivenTail lower_{};
  kernels::GivenTail upper_{};
  std::int64_t body_ = 0;
  std::uint32_t counts_[distribution_bins] = {};
  double weights_[distribution_bins] = {};
  double edges_[distribution_bins + 1] = {};
};

inline std::vector<double> row_memory() {
  return std::vector<double>(
      static_cast<std::size_t>(kernels::spliced_gradient_bytes(distribution_bins)) /
      sizeof(double));
}

inline void print_distribution_functions() {
  std::vector<double> memory = row_memory();
  for (const NamedFunction& named : distribution_functions) {
    Generator generator(3);
    Hash hash;
    std::vector<double> points(20), out(points.size());
    for (int number = 0; number < 400; ++number) {
      for (double& point : points) point = random_point(generator, named.function);
      const bool has_points = named.function < kernels::SplicedFunction::mean ||
                              named.function > kernels::SplicedFunction::entropy;
      const auto n = static_cast<std::int64_t>(has_points ? points.size() : 1);
      const kernels::SplicedRequest request{
          named.function, points.data(), true, n, 0.25, 7, number, 0, -3.0, 1e3};
      const RandomRow row(generator, number);
      if (row.is_fit()) {
        kernels::evaluate_fit(row.fit(), request, memory.data(), out.data());
      } else {
        kernels::evaluate_given(row.parameters(), request, memory.data(), out.data());
      }
      hash.add(out.data(), static_cast<std::size_t>(n));
    }
    hash.print((std::string("distribution ") + named.name).c_str());
  }
}

// Of parameters alone, its value and derivatives.
constexpr NamedFunction differentiated_functions[] = {
    {"log_pdf", kernels::SplicedFunction::log_pdf},
    {"crps", kernels::SplicedFunction::crps},
    {"composite_log_score", kernels::SplicedFunction::composite_log_score}};

// Weighted and summed over the points of a row.
inline void print_gradients() {
  constexpr std::size_t n = 10;
  std::vector<double> memory = row_memory();
  for (const NamedFunction& named : differentiated_functions) {
    Generator generator(4);
    Hash hash;
    double points[n], weights[n], value[n], x[n], logits[distribution_bins], tails[4];
    for (int number = 0; number < 200; ++number) {
      for (std::size_t i = 0; i < n; ++i) {
        points[i] = random_point(generator, named.function);
        weights[i] = generator.uniform() - 0.5;
      }
      const kernels::GradientRequest request{
          named.function,
          points,
          true,
          true,
          n,
          distribution_bins,
          weights,
          {value, x, logits, tails, tails + 1, tails + 2, tails + 3}};
      const RandomRow row(generator, number);
      const bool of_parameters = named.function == kernels::SplicedFunction::composite_log_score;
      if (row.is_fit() && !of_parameters) {
        kernels::fit_gradients(row.fit(), request, memory.data());
      } else {
        kernels::given_gradients(row.parameters(), request, memory.data());
      }
      hash.add(value, n);
      hash.add(x, n);
      hash.add(logits, distribution_bins);
      hash.add(tails, 4);
    }
    hash.print((std::string("gradient ") + named.name).c_str());
  }
}

inline void print_distributions() {
  print_distribution_functions();
  print_gradients();
}

}  // namespace
}  // namespace tailfit::bits
