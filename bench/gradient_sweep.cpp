// Derivatives of random parameters by the million: whether any is not finite inside of a support,
// and how far they are from derivatives by complex steps. No benchmark: exit status 1 where a
// derivative is not finite.
//
//   gradient_sweep [SETS [SEED]]      a million sets and seed 1 where not said
//
// Shapes from -1 to 3, -1, 0 and down to the smallest numbers on both sides; every second set's
// units are anything from 1e-30 to 1e30. Six points of each set: four draws from it, the middle of
// the body, and one anywhere. Of every hundredth set of unit scale derivatives are compared.
#include <tailfit/tailfit.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "tests/math/complex_reference.hpp"

namespace {

using tailfit::Function;
using tailfit::Gradients;
using tailfit::Points;
using tailfit::tests::Complex;
using tailfit::tests::ComplexRow;
using tailfit::tests::Real;

constexpr std::int64_t bins = 12;
constexpr std::int64_t n_draws = 4;
constexpr std::int64_t n_points = n_draws + 2;
constexpr std::int64_t n_rows = 10'000;  // of a batch

class Batch {
 public:
  Batch(std::uint64_t seed, bool any_unit) : random_(seed), any_unit_(any_unit) {
    for (std::int64_t i = 0; i < n_rows; ++i) add_row();
  }
  tailfit_parameters_view view() const {
    auto found = tailfit::parameters_view<double>(n_rows, bins);
    found.weights = logits_.data();
    found.weights_kind = TAILFIT_WEIGHTS_LOGITS;
    found.edges = edges_.data();
    found.edges_stride = bins + 1;
    found.lower = {tails_.data(), tails_.data() + 1, tails_.data() + 2, 6};
    found.upper = {tails_.data() + 3, tails_.data() + 4, tails_.data() + 5, 6};
    return found;
  }
  std::vector<double> points(const tailfit::Context& context) {
    const std::vector<double> draws = sample(context, view(), n_draws, {.seed = random_()});
    std::vector<double> found;
    for (std::size_t i = 0; i < static_cast<std::size_t>(n_rows); ++i) {
      for (std::size_t j = 0; j < n_draws; ++j) found.push_back(draws[i * n_draws + j]);
      const double* const edges = &edges_[i * (bins + 1)];
      found.push_back(0.5 * edges[0] + 0.5 * edges[bins]);
      found.push_back(edges[0] + (edges[bins] - edges[0]) * uniform(-30.0, 30.0));
    }
    return found;
  }
  ComplexRow row(std::size_t i) const {
    const auto tail = [&](std::size_t at) {
      return tailfit::tests::ComplexTail{tails_[at], Complex(tails_[at + 1]),
                                         Complex(tails_[at + 2])};
    };
    const auto logits = logits_.begin() + static_cast<std::ptrdiff_t>(i * bins);
    const auto edges = edges_.begin() + static_cast<std::ptrdiff_t>(i * (bins + 1));
    return {{logits, logits + bins}, {edges, edges + bins + 1}, tail(6 * i), tail(6 * i + 3)};
  }

 private:
  double uniform(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
  }
  double shape() {
    switch (random_() % 8) {
      case 0:
        return 0.0;
      case 1:
        return -1.0;
      case 2:
        return std::copysign(std::pow(10.0, -uniform(0.0, 323.0)), uniform(-1.0, 1.0));
      default:
        return uniform(-1.0, 3.0);
    }
  }
  void add_row() {
    const double unit = any_unit_ ? std::pow(10.0, uniform(-30.0, 30.0)) : 1.0;
    double edge = unit * uniform(-5.0, 3.0);
    for (std::int64_t b = 0; b <= bins; ++b) {
      edges_.push_back(edge);
      edge += unit * uniform(0.05, 1.0);
    }
    for (std::int64_t b = 0; b < bins; ++b) logits_.push_back(uniform(-6.0, 6.0));
    for (int side = 0; side < 2; ++side) {
      tails_.push_back(uniform(0.001, 0.45));
      tails_.push_back(shape());
      tails_.push_back(unit * std::pow(10.0, any_unit_ ? uniform(-4.0, 4.0) : uniform(-1.0, 1.0)));
    }
  }

  std::mt19937_64 random_;
  bool any_unit_;
  std::vector<double> logits_;
  std::vector<double> edges_;
  std::vector<double> tails_;
};

struct Found {
  std::int64_t inside = 0;  // points where the function is finite
  std::int64_t not_finite = 0;
  std::int64_t compared = 0;  // derivatives
  double greatest = 0.0;      // difference, of 1 + the derivative's size
};

// A point's derivatives: x, the tails', the logits'.
std::vector<double> derivatives(const Gradients& of, std::size_t at) {
  std::vector<double> found{of.x[at], of.lower_shape[at], of.lower_scale[at], of.upper_shape[at],
                            of.upper_scale[at]};
  const auto logits = of.logits.begin() + static_cast<std::ptrdiff_t>(at * bins);
  found.insert(found.end(), logits, logits + bins);
  return found;
}

void compare(Function function, const ComplexRow& row, double x, const std::vector<double>& of,
             Found& found) {
  constexpr Real step = 1e-300L;
  const auto value = [&](const ComplexRow& moved, Complex at) {
    if (function == Function::log_pdf) return moved.log_pdf(at);
    return function == Function::crps ? moved.crps(at) : moved.composite_log_score(at);
  };
  for (std::size_t i = 0; i < of.size(); ++i) {
    ComplexRow moved = row;
    Complex at(x);
    Complex* const parameters[] = {&at, &moved.lower.shape, &moved.lower.scale, &moved.upper.shape,
                                   &moved.upper.scale};
    (i < 5 ? *parameters[i] : moved.logits[i - 5]) += Complex(0, step);
    const Real exact = value(moved, at).imag() / step;
    const Real error = std::abs(of[i] - exact) / (1 + std::abs(exact));
    found.greatest = std::max(found.greatest, static_cast<double>(error));
    ++found.compared;
  }
}

void try_batch(const tailfit::Context& context, Function function, Batch& batch, bool compares,
               Found& found) {
  const std::vector<double> x = batch.points(context);
  const Gradients of = gradients(context, batch.view(), function, Points::each(x, n_rows));
  for (std::size_t at = 0; at < x.size(); ++at) {
    if (!std::isfinite(of.value[at])) continue;
    ++found.inside;
    const std::vector<double> all = derivatives(of, at);
    const auto is_finite = [](double derivative) { return std::isfinite(derivative); };
    if (!std::all_of(all.begin(), all.end(), is_finite)) ++found.not_finite;
    const std::size_t row = at / n_points;
    if (compares && row % 100 == 0) compare(function, batch.row(row), x[at], all, found);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t n_sets = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  const std::int64_t n_batches = (n_sets + n_rows - 1) / n_rows;
  const tailfit::Context context({.backend = tailfit::Backend::cpu});
  std::printf("%lld sets of parameters, %lld points of each, seed %llu\n",
              static_cast<long long>(n_batches * n_rows), static_cast<long long>(n_points),
              static_cast<unsigned long long>(seed));
  std::int64_t not_finite = 0;
  const auto run = [&](const char* name, Function function) {
    Found found;
    for (std::int64_t i = 0; i < n_batches; ++i) {
      Batch batch(seed * 1'000'003 + static_cast<std::uint64_t>(i), i % 2 == 1);
      try_batch(context, function, batch, i % 2 == 0, found);
    }
    std::printf("%-20s inside %lld, not finite %lld; compared %lld, greatest difference %.2g\n",
                name, static_cast<long long>(found.inside),
                static_cast<long long>(found.not_finite), static_cast<long long>(found.compared),
                found.greatest);
    not_finite += found.not_finite;
  };
  run("log_pdf", Function::log_pdf);
  run("crps", Function::crps);
  run("composite_log_score", Function::composite_log_score);
  return not_finite == 0 ? 0 : 1;
}
