// Random spliced distributions for the tests of their functions.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "kernels/math/spliced.hpp"

namespace tailfit::tests {
namespace {

// A fit by hand: counts of random bins, tails of random shapes from -1 to 3.
class RandomFit {
 public:
  explicit RandomFit(std::mt19937_64& generator) : generator_(generator) {
    const double unit = std::ldexp(1.0, static_cast<int>(uniform(-40.0, 40.0)));
    const double center = std::vector<double>{0.0, 1.0, -3.0, 1000.0}[choice(4)];
    const double lower = unit * (center - uniform(0.1, 2.0));
    const double upper = unit * (center + uniform(0.1, 2.0));
    counts_.resize(1 + choice(60));
    std::int64_t body = 0;
    for (std::uint32_t& count : counts_) {
      count = choice(4) == 0 ? 0u : static_cast<std::uint32_t>(choice(50));
      body += count;
    }
    counts_[choice(counts_.size())] += 1;
    body += 1;
    const auto n_lower = static_cast<std::int64_t>(choice(60));
    const auto n_upper = static_cast<std::int64_t>(choice(60));
    parameters_ = {body + n_lower + n_upper,
                   0,
                   {lower, shape(), unit * scale(), n_lower},
                   {upper, shape(), unit * scale(), n_upper},
                   counts_.data(),
                   kernels::CountsKind::u32,
                   static_cast<std::int64_t>(counts_.size()),
                   choice(3) == 0 ? uniform(0.01, 2.0) : 0.0};
    sums_.resize(counts_.size() + 1);
  }
  RandomFit(const RandomFit&) = delete;
  RandomFit& operator=(const RandomFit&) = delete;

  const kernels::SplicedParameters& parameters() const { return parameters_; }
  kernels::SplicedRow row() { return kernels::row_of_fit(parameters_, sums_.data()); }
  kernels::SplicedRow row_without_sums() const { return kernels::row_of_fit(parameters_, nullptr); }

  double uniform(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(generator_);
  }
  std::size_t choice(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(generator_);
  }

 private:
  double shape() {
    switch (choice(6)) {
      case 0:
        return 0.0;
      case 1:
        return std::copysign(std::pow(10.0, -uniform(1.0, 320.0)), uniform(-1.0, 1.0));
      case 2:
        return uniform(-1.0, 0.0);
      default:
        return uniform(-0.5, 3.0);
    }
  }
  double scale() { return std::pow(10.0, uniform(-3.0, 2.0)); }

  std::mt19937_64& generator_;
  std::vector<std::uint32_t> counts_;
  std::vector<std::int64_t> sums_;
  kernels::SplicedParameters parameters_{};
};

}  // namespace
}  // namespace tailfit::tests
