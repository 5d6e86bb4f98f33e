#include "kernels/fit/stieltjes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

namespace {

namespace k = tailfit::kernels;

struct Atom {
  double at;
  double mass;
};

// Atoms spread evenly, piled up at either end, in pairs that are nearly one, or few of them.
std::vector<Atom> random_measure(std::mt19937_64& random) {
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  const auto n = static_cast<std::size_t>(1 + random() % 12);
  const double power = std::exp2(8.0 * uniform(random) - 2.0);
  const bool near_one = random() % 2 == 0;
  std::vector<Atom> measure(n);
  for (Atom& atom : measure) {
    const double x = std::pow(uniform(random), power);
    atom = {near_one ? 1.0 - x : x, std::exp2(-20.0 * uniform(random) * (random() % 2 == 0))};
  }
  if (random() % 3 == 0) {
    for (std::size_t i = 1; i < n; i += 2) {
      measure[i].at = std::min(1.0, measure[i - 1].at * (1.0 + 1e-6 * uniform(random)));
    }
  }
  return measure;
}

long double exact_moment(const std::vector<Atom>& measure, int power) {
  long double sum = 0.0L;
  for (const Atom& atom : measure) {
    long double term = static_cast<long double>(atom.mass);
    for (int i = 0; i < power; ++i) term *= static_cast<long double>(atom.at);
    sum += term;
  }
  return sum;
}

// m_j/m_0 of a fraction: the weighted Dyck paths of length 2j, a step down from height h weighing
// a_h (Flajolet 1980). Only positive terms, so nothing is lost.
std::vector<long double> moments_of(const k::StieltjesFraction& fraction) {
  std::vector<long double> moments = {1.0L};
  std::array<long double, k::stieltjes_terms + 3> paths{};
  paths[0] = 1.0L;
  for (int step = 1; step <= 2 * fraction.n_known; ++step) {
    std::array<long double, k::stieltjes_terms + 3> next{};
    for (int height = 0; height <= fraction.n_known; ++height) {
      const auto h = static_cast<std::size_t>(height);
      if (height < fraction.n_known) next[h + 1] += paths[h];
      if (height > 0) next[h - 1] += paths[h] * static_cast<long double>(fraction.a[height - 1]);
    }
    paths = next;
    if (step % 2 == 0) moments.push_back(paths[0]);
  }
  return moments;
}

TEST(Stieltjes, TheFractionHasTheMomentsItWasMadeOf) {
  std::mt19937_64 random(71);
  int n_checked = 0;
  long double worst = 0.0L;
  for (int i = 0; i < 50000; ++i) {
    const std::vector<Atom> measure = random_measure(random);
    double moment[k::stieltjes_terms + 1];
    for (int j = 0; j <= k::stieltjes_terms; ++j) {
      moment[j] = static_cast<double>(exact_moment(measure, j));
    }
    if (!(moment[0] > 0.0 && moment[k::stieltjes_terms] > 1e-290)) continue;
    const k::StieltjesFraction fraction = k::stieltjes_fraction(moment, k::stieltjes_terms + 1);
    ++n_checked;
    const std::vector<long double> found = moments_of(fraction);
    for (std::size_t j = 1; j < found.size(); ++j) {
      const long double expected =
          static_cast<long double>(moment[j]) / static_cast<long double>(moment[0]);
      worst = std::max(worst, std::abs(found[j] / expected - 1.0L));
    }
  }
  EXPECT_GT(n_checked, 40000);
  EXPECT_LE(worst, static_cast<long double>(k::stieltjes_bound_noise));
}

}  // namespace
