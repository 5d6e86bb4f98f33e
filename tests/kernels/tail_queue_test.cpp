// Tails solved several at a time have the bits that each of them has alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "kernels/cpu/cpu_kernels.hpp"
#include "kernels/fit/fit_series.hpp"
#include "tests/exact/exact_samples.hpp"
#include "tests/exact/sample_line.hpp"

namespace {

using namespace tailfit::kernels;

constexpr std::int64_t longest_short = 256;
constexpr std::int64_t longest = 1024;

struct Tail {
  std::vector<double> excess;
  double number[3] = {-7.0, -7.0, -7.0};
  std::uint32_t status = 1u << 30;

  TailOutput output() { return {nullptr, &number[0], &number[1], &number[2], nullptr}; }
};

TileOptions options_of(bool take_higher_boundary) {
  return {{ThresholdKind::tail_mass, 0.05},
          {ThresholdKind::tail_mass, 0.05},
          100,
          1,
          CountsKind::none,
          take_higher_boundary,
          0.0};
}

// Of every family; some of one length, as they come from a panel.
std::vector<Tail> draw_tails(std::uint64_t seed, int per_cell, std::int64_t least,
                             std::int64_t most) {
  std::mt19937_64 random(seed);
  std::vector<Tail> tails;
  for (tailfit::tests::Cell cell : tailfit::tests::exactness_cells()) {
    if (cell.size > 100) continue;
    for (int i = 0; i < per_cell; ++i) {
      Tail tail;
      const auto span = static_cast<std::uint64_t>(most - least + 1);
      const std::int64_t own = least + static_cast<std::int64_t>(random() % span);
      cell.size = random() % 2 == 0 ? least + 51 : own;
      tail.excess = tailfit::tests::draw(cell, random);
      if (!tail.excess.empty()) tails.push_back(tail);
    }
  }
  std::shuffle(tails.begin(), tails.end(), random);
  return tails;
}

struct alignas(64) Line {
  char bytes[64];
};

class Queues : public ::testing::TestWithParam<const CpuKernels*> {
 protected:
  // Null if these kernels have none.
  TailQueue* begin(const TileOptions& options) {
    std::memset(memory_.data(), 0x5A, tail_queue_bytes);
    return GetParam()->begin(options, memory_.data()->bytes);
  }
  std::vector<Line> memory_ = std::vector<Line>(tail_queue_bytes / sizeof(Line));
};

void put(TailQueue* queue, Tail& tail, bool upper) {
  queue->put(queue, tail.excess.data(), static_cast<std::int64_t>(tail.excess.size()),
             tail.output(), &tail.status, upper);
}

// By the baseline's text.
SolvedTail solve_one_by_one(const TileOptions& options, std::vector<double>& excess) {
  const auto k = static_cast<std::int64_t>(excess.size());
  if (k <= longest_short) return solve_short_tail(options, excess.data(), k);
  std::vector<double> scratch(static_cast<std::size_t>(canonical_scratch_bytes(k) / 8));
  const TailFit fit = solve_tail<false>(SerialGroup{}, options, excess.data(), k, scratch.data());
  return {fit.shape, fit.scale, fit.loglik, fit.flags};
}

void expect_as_alone(const Tail& tail, const TileOptions& options, bool upper) {
  std::vector<double> excess = tail.excess;
  const auto k = static_cast<std::int64_t>(excess.size());
  const SolvedTail alone = solve_one_by_one(options, excess);
  const double expected[3] = {alone.shape, alone.scale, alone.loglik};
  ASSERT_EQ(std::memcmp(tail.number, expected, sizeof expected), 0)
      << "k " << k << ": shape " << tail.number[0] << ", alone " << alone.shape;
  const std::uint32_t series = alone.flags & status_bits::range_overflow;
  const std::uint32_t own = alone.flags & ~status_bits::range_overflow;
  ASSERT_EQ(tail.status, (1u << 30) | series | (upper ? own << 8 : own)) << "k " << k;
}

TEST_P(Queues, GiveEveryTailTheBitsItHasAlone) {
  for (const bool take_higher_boundary : {false, true}) {
    const TileOptions options = options_of(take_higher_boundary);
    std::vector<Tail> tails = draw_tails(take_higher_boundary ? 7 : 8, 15, 1, longest_short);
    const std::vector<Tail> longer =
        draw_tails(take_higher_boundary ? 17 : 18, 3, longest_short + 1, longest);
    tails.insert(tails.end(), longer.begin(), longer.end());
    std::shuffle(tails.begin(), tails.end(), std::mt19937_64(19));
    TailQueue* const queue = begin(options);
    if (queue == nullptr) GTEST_SKIP() << GetParam()->name << " solves tails one by one";
    EXPECT_EQ(queue->longest, longest);
    ASSERT_GT(tails.size(), 18'000u);
    for (std::size_t i = 0; i < tails.size(); ++i) put(queue, tails[i], i % 3 == 0);
    queue->finish(queue);
    for (std::size_t i = 0; i < tails.size(); ++i) {
      expect_as_alone(tails[i], options, i % 3 == 0);
      if (HasFatalFailure()) FAIL() << "tail " << i;
    }
  }
}

// Found by hill climbing towards folds of p': three of some three million tails.
TEST_P(Queues, KeepNothingOfATailThatWasGivenUp) {
  std::ifstream file(TAILFIT_KERNEL_TESTS_DIR "/queue_samples.txt");
  const TileOptions options = options_of(false);
  std::vector<Tail> tails;
  std::size_t n_tails = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    Tail tail;
    tail.excess = tailfit::tests::sample_of(line);
    if (!tail.excess.empty()) {
      tails.push_back(tail);
      continue;
    }
    if (tails.empty()) continue;
    TailQueue* const queue = begin(options);
    if (queue == nullptr) GTEST_SKIP() << GetParam()->name << " solves tails one by one";
    for (Tail& each : tails) put(queue, each, false);
    queue->finish(queue);
    for (const Tail& each : tails) expect_as_alone(each, options, false);
    n_tails += tails.size();
    tails.clear();
  }
  EXPECT_EQ(n_tails, 186u);
}

TEST_P(Queues, AreFinishedWithAnyNumberOfTails) {
  const TileOptions options = options_of(false);
  std::vector<Tail> tails = draw_tails(9, 2, 1, 2 * longest_short);
  std::size_t next = 0;
  for (std::size_t n = 0; n <= 40; ++n) {
    TailQueue* const queue = begin(options);
    if (queue == nullptr) GTEST_SKIP() << GetParam()->name << " solves tails one by one";
    // Twice with the same queue: finishing leaves it empty.
    for (int time = 0; time < 2; ++time) {
      const std::size_t first = next;
      for (std::size_t i = 0; i < n; ++i) put(queue, tails.at(next++), false);
      queue->finish(queue);
      for (std::size_t i = first; i < next; ++i) expect_as_alone(tails[i], options, false);
    }
  }
}

TEST_P(Queues, AreNotUsedForValuesKnownToAnInterval) {
  TileOptions options = options_of(false);
  options.resolution = 0.5;
  EXPECT_EQ(begin(options), nullptr);
}

std::vector<const CpuKernels*> all_kernels() {
  const CpuKernels* tables[3];
  const int n = list_cpu_kernels(tables);
  return {tables, tables + n};
}

INSTANTIATE_TEST_SUITE_P(OfEveryInstructionSet, Queues, ::testing::ValuesIn(all_kernels()),
                         [](const auto& test) {
                           std::string name = test.param->name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
