// The functions of spliced distributions, and draws from them.
#pragma once

#include <string>
#include <vector>

#include "kernels/math/spliced.hpp"
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

// Half of the rows are fits with counts, half have parameters.
inline void print_distributions() {
  for (const NamedFunction& named : distribution_functions) {
    Generator generator(3);
    Hash hash;
    std::vector<std::uint32_t> counts(distribution_bins);
    std::vector<double> weights(distribution_bins), edges(distribution_bins + 1), points(20);
    std::vector<double> out(points.size());
    std::vector<double> memory(
        static_cast<std::size_t>(kernels::spliced_row_bytes(distribution_bins)) / sizeof(double));
    for (int row = 0; row < 400; ++row) {
      for (double& point : points) point = random_point(generator, named.function);
      const bool has_points = named.function < kernels::SplicedFunction::mean ||
                              named.function > kernels::SplicedFunction::entropy;
      const auto n = static_cast<std::int64_t>(has_points ? points.size() : 1);
      const kernels::SplicedRequest request{
          named.function, points.data(), true, n, 0.25, 7, row, 0, -3.0, 1e3};
      const kernels::GivenTail lower = random_tail(generator);
      const kernels::GivenTail upper = random_tail(generator);
      std::int64_t body = 0;
      double edge = -4.0 * generator.uniform();
      for (std::int64_t b = 0; b < distribution_bins; ++b) {
        const auto at = static_cast<std::size_t>(b);
        counts[at] = static_cast<std::uint32_t>(generator.next() % 40);
        body += counts[at];
        weights[at] = 3.0 * generator.uniform();
        edges[at] = edge;
        edge += generator.uniform();
      }
      edges[distribution_bins] = edge;
      if (row % 2 == 0) {
        const auto n_lower = static_cast<std::int64_t>(100.0 * lower.mass);
        const auto n_upper = static_cast<std::int64_t>(100.0 * upper.mass);
        kernels::evaluate_fit({body + n_lower + n_upper,
                               0,
                               {edges[0], lower.shape, lower.scale, n_lower},
                               {edge, upper.shape, upper.scale, n_upper},
                               counts.data(),
                               kernels::CountsKind::u32,
                               distribution_bins,
                               row % 4 == 0 ? 0.0 : 0.5},
                              request, memory.data(), out.data());
      } else {
        kernels::evaluate_given(
            {lower, upper, weights.data(), edges.data(), true, row % 4 == 1, distribution_bins},
            request, memory.data(), out.data());
      }
      hash.add(out.data(), static_cast<std::size_t>(n));
    }
    hash.print((std::string("distribution ") + named.name).c_str());
  }
}

}  // namespace
}  // namespace tailfit::bits
