// Fits random and adversarial samples with the library's solver and with gpd_exact.hpp, and
// compares them under the limits that docs/accuracy.md states.
//
//     exactness [--per-cell N] [--seed S] [--threads T] [--largest K]
//
// N samples of every size up to 20 in each cell of the grid and in each adversarial family; fewer
// of larger ones. Exit status 1 if one sample fails; it is printed as hexadecimal doubles.
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>

#include "kernels/fit/gpd_solver.hpp"
#include "kernels/group/serial_group.hpp"
#include "tests/exact/command_numbers.hpp"
#include "tests/exact/exact_samples.hpp"
#include "tests/exact/gpd_compare.hpp"
#include "tests/exact/gpd_exact.hpp"

namespace {

namespace k = tailfit::kernels;
using tailfit::tests::Cell;
using tailfit::tests::ExactFit;

k::TailFit solve(std::vector<double> excess) {
  std::vector<double> scratch(1024 * 10);
  return k::fit_gpd(k::SerialGroup{}, excess.data(), static_cast<std::int64_t>(excess.size()),
                    scratch.data(), false);
}

struct Tally {
  std::int64_t samples = 0;
  std::int64_t failures = 0;
  double worst_shape = 0.0;
  double worst_loglik = 0.0;  // per excess
  std::map<std::string, std::int64_t> failed;
  std::map<std::string, std::int64_t> ambiguous;
  std::map<std::string, std::map<int, std::int64_t>> passes;  // by cell word, count of each number
};

void add_sample(const Cell& cell, const std::vector<double>& excess, Tally& tally) {
  const k::TailFit fit = solve(excess);
  const ExactFit exact = tailfit::tests::exact_gpd_fit(excess);
  ++tally.samples;
  for (const std::string& word : cell.words) ++tally.passes[word][fit.passes];
  const std::string wrong =
      tailfit::tests::what_is_wrong(excess, {fit.shape, fit.scale, fit.loglik, fit.flags}, exact);
  if (!exact.ambiguous.empty()) ++tally.ambiguous[exact.ambiguous];
  if (!exact.ambiguous.empty() && wrong.empty()) return;
  tally.worst_shape = std::max(tally.worst_shape, std::abs(fit.shape - exact.shape));
  tally.worst_loglik = std::max(
      tally.worst_loglik, std::abs(fit.loglik - exact.loglik) / static_cast<double>(excess.size()));
  if (wrong.empty()) return;
  ++tally.failed[wrong];
  if (++tally.failures > 5) return;
  std::printf("FAILED %s, %s: got %.17g %.17g %.17g flags %u, exact %.17g %.17g %.17g; sample",
              cell.words[0].c_str(), wrong.c_str(), fit.shape, fit.scale, fit.loglik, fit.flags,
              exact.shape, exact.scale, exact.loglik);
  for (std::size_t i = 0; i < excess.size() && i < 100; ++i) std::printf(" %a", excess[i]);
  std::printf("\n");
}

void merge(Tally& into, const Tally& part) {
  into.samples += part.samples;
  into.failures += part.failures;
  into.worst_shape = std::max(into.worst_shape, part.worst_shape);
  into.worst_loglik = std::max(into.worst_loglik, part.worst_loglik);
  for (const auto& [word, n] : part.failed) into.failed[word] += n;
  for (const auto& [word, n] : part.ambiguous) into.ambiguous[word] += n;
  for (const auto& [word, counts] : part.passes) {
    for (const auto& [passes, n] : counts) into.passes[word][passes] += n;
  }
}

void print(const Tally& tally) {
  std::printf("samples %" PRId64 ", failures %" PRId64
              ", worst |shape error| %.1e, worst "
              "|log-likelihood error| per excess %.1e\n",
              tally.samples, tally.failures, tally.worst_shape, tally.worst_loglik);
  for (const auto& [word, n] : tally.failed)
    std::printf("  failed, %s: %" PRId64 "\n", word.c_str(), n);
  for (const auto& [word, n] : tally.ambiguous) {
    std::printf("  ambiguous, %s: %" PRId64 "\n", word.c_str(), n);
  }
  std::printf("%-36s %9s %8s %5s %8s\n", "passes over the excesses", "samples", "mean", "p99",
              "largest");
  for (const auto& [word, counts] : tally.passes) {
    std::int64_t n = 0;
    double sum = 0.0;
    for (const auto& [passes, count] : counts) {
      n += count;
      sum += static_cast<double>(passes) * static_cast<double>(count);
    }
    std::int64_t seen = 0;
    int p99 = 0;
    for (const auto& [passes, count] : counts) {
      seen += count;
      p99 = passes;
      if (100 * seen >= 99 * n) break;
    }
    std::printf("%-36s %9" PRId64 " %8.3f %5d %8d\n", word.c_str(), n, sum / static_cast<double>(n),
                p99, counts.rbegin()->first);
  }
}

}  // namespace

int main(int argc, char** argv) {
  using tailfit::tests::number_after;
  const std::int64_t per_cell = number_after(argc, argv, "--per-cell", 2);
  const auto seed = static_cast<std::uint64_t>(number_after(argc, argv, "--seed", 1));
  const std::int64_t n_threads = number_after(argc, argv, "--threads", 1);
  std::printf("seed %" PRIu64 ", %" PRId64 " samples a cell\n", seed, per_cell);
  const std::int64_t largest = number_after(argc, argv, "--largest", 5000);
  const std::vector<Cell> cells = tailfit::tests::exactness_cells();
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  Tally total;
  const auto work = [&] {
    Tally tally;
    for (std::size_t at = next++; at < cells.size(); at = next++) {
      const Cell& cell = cells[at];
      if (cell.size > largest) continue;
      const std::int64_t n = tailfit::tests::samples_of(cell, per_cell);
      for (std::int64_t i = 0; i < n; ++i) {
        std::mt19937_64 random(seed * 1'000'003u + at * 1'000'000'007u +
                               static_cast<std::uint64_t>(i));
        const std::vector<double> excess = tailfit::tests::draw(cell, random);
        if (!excess.empty()) add_sample(cell, excess, tally);
      }
    }
    const std::lock_guard lock(mutex);
    merge(total, tally);
  };
  std::vector<std::thread> threads;
  for (std::int64_t i = 0; i < n_threads; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  print(total);
  return total.failures == 0 ? 0 : 1;
}
