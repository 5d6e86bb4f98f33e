// Fits random rounded samples with the library's solver and with interval_exact.hpp and compares
// them under the limits that docs/accuracy.md states.
//
//     interval_exactness [--per-family N] [--seed S] [--threads T] [--largest K]
//
// Sizes are drawn between 3 and K, their logarithms uniformly. Exit status 1 if one sample fails;
// its cells are printed.
#include <array>
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>

#include "kernels/fit/interval_solver.hpp"
#include "kernels/group/serial_group.hpp"
#include "tests/exact/command_numbers.hpp"
#include "tests/exact/interval_exact.hpp"
#include "tests/exact/interval_samples.hpp"

namespace {

namespace k = tailfit::kernels;
namespace bits = tailfit::kernels::status_bits;
using tailfit::tests::CellCounts;
using tailfit::tests::IntervalExactFit;
using tailfit::tests::IntervalExactProfile;

k::TailFit solve(const CellCounts& cells, std::uint64_t order) {
  std::vector<double> excess;
  for (const auto& [cell, n] : cells) {
    excess.insert(excess.end(), static_cast<std::size_t>(n), static_cast<double>(cell) + 0.5);
  }
  std::mt19937_64 random(order);
  std::shuffle(excess.begin(), excess.end(), random);
  const auto size = static_cast<std::int64_t>(excess.size());
  std::vector<double> scratch(static_cast<std::size_t>(k::canonical_scratch_bytes(size)) / 8 + 1);
  return k::fit_intervals(k::SerialGroup{}, excess.data(), size, 1.0, scratch.data(), false);
}

// What is wrong with the fit; empty if nothing is. limit: of errors in the log-likelihood.
std::string what_is_wrong(const k::TailFit& fit, const IntervalExactProfile& profile,
                          const IntervalExactFit& exact, double limit) {
  if (!std::isfinite(fit.shape) || !std::isfinite(fit.scale) || !std::isfinite(fit.loglik)) {
    return "not converged";
  }
  const long double boundary =
      exact.cap_rising ? std::max(exact.uniform.loglik, exact.cap.loglik) : exact.uniform.loglik;
  if ((fit.flags & (bits::no_interior_maximum | bits::shape_capped)) != 0) {
    const auto& end = fit.shape < 0.0 ? exact.uniform : exact.cap;
    if (std::abs(fit.loglik - end.loglik) > limit) return "log-likelihood of an end";
    for (const long double prominence : exact.prominence) {
      if (prominence > limit) return "missed an interior maximum";
    }
    return "";
  }
  const long double here = profile.loglik(fit.shape, std::log(static_cast<long double>(fit.scale)));
  if (std::abs(here - fit.loglik) > limit) return "log-likelihood";
  if (exact.maxima.empty()) return "no interior maximum";
  const long double best = exact.maxima[0].loglik;
  if (fit.loglik < best - limit) return "below the highest interior maximum";
  if (fit.loglik > best + limit) return "above the dense search";
  const bool higher = (fit.flags & bits::boundary_higher) != 0;
  if (higher != (boundary > best) && std::abs(boundary - best) > limit) return "boundary_higher";
  return "";
}

struct Tally {
  std::int64_t samples = 0;
  std::int64_t failures = 0;
  std::int64_t interior = 0;
  std::int64_t several = 0;   // interior maxima
  double worst_loglik = 0.0;  // per excess
  std::int64_t passes = 0;
  int most_passes = 0;

  void merge(const Tally& other) {
    samples += other.samples;
    failures += other.failures;
    interior += other.interior;
    several += other.several;
    worst_loglik = std::max(worst_loglik, other.worst_loglik);
    passes += other.passes;
    most_passes = std::max(most_passes, other.most_passes);
  }
};

std::mutex printing;

void add_sample(int family, const CellCounts& cells, std::uint64_t order, Tally& tally) {
  if (cells.rbegin()->first == 0) return;  // all in one cell: a case of its own
  const k::TailFit fit = solve(cells, order);
  const IntervalExactProfile profile(cells);
  const IntervalExactFit exact = tailfit::tests::interval_exact_fit(profile);
  const auto size = static_cast<double>(profile.size());
  const double limit = 1e-10 * size + 1e-14 * std::abs(fit.loglik);
  ++tally.samples;
  tally.passes += fit.passes;
  tally.most_passes = std::max(tally.most_passes, fit.passes);
  if (std::count_if(exact.prominence.begin(), exact.prominence.end(),
                    [&](long double p) { return p > limit; }) > 1)
    ++tally.several;
  const std::string wrong = what_is_wrong(fit, profile, exact, limit);
  if (wrong.empty()) {
    if ((fit.flags & (bits::no_interior_maximum | bits::shape_capped)) != 0) return;
    ++tally.interior;
    const auto error = static_cast<double>(std::abs(fit.loglik - exact.maxima[0].loglik));
    tally.worst_loglik = std::max(tally.worst_loglik, error / size);
    return;
  }
  const std::lock_guard lock(printing);
  if (++tally.failures > 5) return;
  std::printf("FAILED %s, %s: got %.17g %.17g %.17g flags %u; uniform %.17Lg; maxima",
              tailfit::tests::interval_family_name(family), wrong.c_str(), fit.shape, fit.scale,
              fit.loglik, fit.flags, exact.uniform.loglik);
  for (const auto& top : exact.maxima) std::printf(" %.12Lg (%.17Lg)", top.shape, top.loglik);
  std::printf("; cells");
  for (const auto& [cell, n] : cells) std::printf(" %" PRId64 ":%" PRId64, cell, n);
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  using tailfit::tests::number_after;
  constexpr int n_families = tailfit::tests::n_interval_families;
  const std::int64_t per_family = number_after(argc, argv, "--per-family", 20);
  const auto seed = static_cast<std::uint64_t>(number_after(argc, argv, "--seed", 1));
  const std::int64_t n_threads = number_after(argc, argv, "--threads", 1);
  const auto largest = static_cast<double>(number_after(argc, argv, "--largest", 60));
  std::atomic<std::int64_t> next{0};
  std::mutex mutex;
  std::array<Tally, n_families + 1> total{};  // the last: all
  const auto work = [&] {
    std::array<Tally, n_families> tally{};
    for (std::int64_t at = next++; at < n_families * per_family; at = next++) {
      const auto family = static_cast<int>(at % n_families);
      std::mt19937_64 random(seed * 1'000'003u + static_cast<std::uint64_t>(at));
      std::uniform_real_distribution<double> uniform(0.0, 1.0);
      const auto size =
          static_cast<std::int64_t>(3.0 * std::pow((largest + 1.0) / 3.0, uniform(random)));
      add_sample(family, tailfit::tests::draw_cells(family, size, random), random(),
                 tally[static_cast<std::size_t>(family)]);
    }
    const std::lock_guard lock(mutex);
    for (std::size_t i = 0; i < n_families; ++i) total[i].merge(tally[i]);
  };
  std::vector<std::thread> threads;
  for (std::int64_t i = 0; i < n_threads; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < n_families; ++i) total[n_families].merge(total[i]);
  std::printf("seed %" PRIu64 ", %" PRId64 " samples a family, 3 to %g excesses\n", seed,
              per_family, largest);
  std::printf("%-31s %8s %8s %9s %15s %8s %6s %6s\n", "family", "samples", "failures", "interior",
              "several maxima", "error/k", "passes", "most");
  for (std::size_t i = 0; i <= n_families; ++i) {
    const Tally& t = total[i];
    const auto n = static_cast<double>(std::max<std::int64_t>(t.samples, 1));
    std::printf("%-31s %8" PRId64 " %8" PRId64 " %9" PRId64 " %15" PRId64 " %8.1e %6.1f %6d\n",
                i < n_families ? tailfit::tests::interval_family_name(static_cast<int>(i)) : "all",
                t.samples, t.failures, t.interior, t.several, t.worst_loglik,
                static_cast<double>(t.passes) / n, t.most_passes);
  }
  return total[n_families].failures == 0 ? 0 : 1;
}
