// A device's kernels as real threads run them: four series of one batch at the same time, each by a
// group of its own, then all tails at the same time, each by a thread, which meet in the series'
// status. Under ThreadSanitizer a missing barrier or a plain access to shared words is named.
#include "kernels/fit/fit_batch.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "kernels/group/host_cluster.hpp"

namespace {

namespace k = tailfit::kernels;

constexpr std::int64_t n_series = 4;
constexpr std::int64_t length = 300;
constexpr std::int64_t n_bins = 20;

// The results of a batch, and arrays over them.
struct BatchOutput {
  std::vector<double> reals = std::vector<double>(8 * n_series, -1.5);
  std::vector<std::int64_t> integers = std::vector<std::int64_t>(4 * n_series, -7);
  std::vector<std::uint32_t> status = std::vector<std::uint32_t>(n_series, 99u);
  std::vector<std::uint32_t> counts = std::vector<std::uint32_t>(n_bins * n_series, 99u);

  k::FitArrays arrays() {
    const auto tail = [&](int first) {
      double* r = reals.data() + 4 * first * n_series;
      return k::TailArrays{r, r + n_series, r + 2 * n_series, r + 3 * n_series,
                           integers.data() + (2 + first) * n_series};
    };
    return {integers.data(), integers.data() + n_series, status.data(), tail(0), tail(1),
            counts.data()};
  }
  bool operator==(const BatchOutput& other) const {
    return std::memcmp(reals.data(), other.reals.data(), reals.size() * sizeof(double)) == 0 &&
           integers == other.integers && status == other.status && counts == other.counts;
  }
};

std::vector<float> values_with_everything() {
  std::mt19937_64 random(81);
  std::student_t_distribution<double> student(3.0);
  std::vector<float> values(n_series * length);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(student(random));
    if (i / length == 1 && i % 5 == 0) values[i] = NAN;
    if (i / length == 2) values[i] = std::round(values[i]);
  }
  return values;
}

k::TileOptions options() {
  const k::Threshold rule{k::ThresholdKind::tail_mass, 0.1};
  return {rule, rule, n_bins, 5, k::CountsKind::u32, false, 0.0};
}

// pitch: from a series to the next one.
BatchOutput one_after_the_other(const std::vector<float>& values, std::int64_t pitch = length) {
  BatchOutput output;
  std::vector<k::KeyWord<std::uint64_t>> memory(
      static_cast<std::size_t>(k::series_bytes<float>(options(), length, 1)) / 16 + 4);
  for (std::int64_t s = 0; s < n_series; ++s) {
    const k::SeriesInput<float> series{values.data() + s * pitch, length, 1};
    k::fit_series<float>(k::SerialGroup{}, series, options(),
                         k::output_of(output.arrays(), options(), s),
                         reinterpret_cast<char*>(memory.data()));
  }
  return output;
}

// Shared memory of the counters that any number of lanes needs.
std::int64_t most_counter_bytes() { return k::counter_bytes<std::uint32_t>(n_bins, 64); }

template <class Block = k::HostBlock>
void extract_at_the_same_time(const k::FitBatch& batch, int lanes) {
  std::vector<std::thread> groups;
  for (std::int64_t fit = 0; fit < n_series; ++fit) {
    groups.emplace_back([&batch, fit, lanes] {
      const auto keys = static_cast<std::size_t>(k::key_bytes<float>(length, lanes));
      std::vector<k::KeyWord<std::uint32_t>> staged(keys / 16);
      std::vector<k::KeyWord<std::uint32_t>> counters(
          static_cast<std::size_t>(most_counter_bytes()) / 16);
      k::run_host_block<Block>(lanes, [&](const Block& group) {
        k::extract_fit<float>(group, batch, fit, staged[0].key,
                              reinterpret_cast<std::uint32_t*>(counters.data()));
      });
    });
  }
  for (std::thread& group : groups) group.join();
}

// Series by series, each by blocks with a memory of their own.
void extract_by_clusters(const k::FitBatch& batch, int blocks, int lanes) {
  const std::int64_t keys = k::key_bytes_of_block<float>(length, blocks, lanes);
  const auto words = static_cast<std::size_t>(keys + most_counter_bytes()) / 16;
  for (std::int64_t fit = 0; fit < n_series; ++fit) {
    std::vector<std::vector<k::KeyWord<std::uint32_t>>> memory;
    std::vector<char*> begin;
    for (int b = 0; b < blocks; ++b) {
      memory.emplace_back(words);
      begin.push_back(reinterpret_cast<char*>(memory.back().data()));
    }
    k::run_host_cluster(begin, lanes, [&](const k::HostCluster& group, char* own) {
      k::extract_fit<float>(group, batch, fit, reinterpret_cast<std::uint32_t*>(own),
                            reinterpret_cast<std::uint32_t*>(own + keys));
    });
  }
}

// All lanes bring the block's windows on chip; then each group takes its own, at the same time.
void extract_windows(const k::FitBatch& batch, int lanes) {
  const std::int64_t n = batch.series.n_fits;
  std::vector<k::KeyWord<std::uint32_t>> windows(
      static_cast<std::size_t>(k::union_keys<std::uint32_t>(length, n, 1)) / 4);
  const auto keys = static_cast<std::size_t>(k::key_bytes<float>(length, lanes)) / 16;
  const auto words =
      keys + static_cast<std::size_t>(k::counter_bytes<std::uint32_t>(n_bins, lanes)) / 16;
  std::vector<std::vector<k::KeyWord<std::uint32_t>>> memory(
      static_cast<std::size_t>(n), std::vector<k::KeyWord<std::uint32_t>>(words));
  const int all = lanes * static_cast<int>(n);
  std::vector<k::WindowUnion<std::uint32_t>> staged(static_cast<std::size_t>(n));
  k::run_host_block(all, [&](const k::HostBlock& group) {
    const auto own = k::stage_windows<float>(group, batch.series, 0, n, windows[0].key);
    if (group.rank() % lanes == 0) staged[static_cast<std::size_t>(group.rank() / lanes)] = own;
  });
  std::vector<std::thread> groups;
  for (std::int64_t fit = 0; fit < n; ++fit) {
    groups.emplace_back([&, fit] {
      const auto i = static_cast<std::size_t>(fit);
      k::run_host_block(lanes, [&](const k::HostBlock& group) {
        k::extract_fit<float>(group, batch, fit, memory[i][0].key,
                              reinterpret_cast<std::uint32_t*>(memory[i].data() + keys),
                              staged[i].keys_of(fit));
      });
    });
  }
  for (std::thread& group : groups) group.join();
}

void solve_at_the_same_time(const k::FitBatch& batch) {
  std::vector<std::thread> lanes;
  for (std::int64_t t = 0; t < 2 * n_series; ++t) {
    lanes.emplace_back([&batch, t] {
      const k::TailOfBatch tail = k::tail_of_batch(batch, t);
      if (tail.k > 0) {
        k::solve_tail_of_batch<false>(k::SerialGroup{}, batch, tail, nullptr);
      }
    });
  }
  for (std::thread& lane : lanes) lane.join();
}

// extract(batch) leaves the tails. rolls: the batch is neighbouring windows of one series.
template <class Extract>
void expect_serial_bits(const Extract& extract, bool rolls = false) {
  const std::vector<float> values = values_with_everything();
  const BatchOutput expected = one_after_the_other(values, rolls ? 1 : length);
  const std::int64_t pitch = (k::excess_capacity(options(), length) + 3) / 4 * 4;
  BatchOutput output;
  std::vector<double> excess(static_cast<std::size_t>(n_series * pitch));
  std::vector<std::int64_t> to_solve(2 * n_series);
  std::uint64_t overflow = ~std::uint64_t{0};
  const std::int64_t windows = rolls ? n_series : 1;
  const k::FitBatch batch{{values.data(), false, n_series, 0, windows, length, length, 1, 1},
                          options(),
                          output.arrays(),
                          {excess.data(), pitch, to_solve.data(), &overflow}};
  extract(batch);
  solve_at_the_same_time(batch);
  EXPECT_TRUE(output == expected);
  EXPECT_EQ(overflow, ~std::uint64_t{0});
}

TEST(FitBatch, FourSeriesAtATimeHaveTheSerialBits) {
  for (const int lanes : {1, 4, 8}) {
    SCOPED_TRACE(lanes);
    expect_serial_bits([&](const k::FitBatch& batch) { extract_at_the_same_time(batch, lanes); });
    expect_serial_bits([&](const k::FitBatch& batch) {
      extract_at_the_same_time<k::HostBlockOfMany>(batch, lanes);
    });
  }
}

TEST(FitBatch, WindowsOfOneUnionHaveTheSerialBits) {
  for (const int lanes : {1, 3, 8}) {
    SCOPED_TRACE(lanes);
    expect_serial_bits([&](const k::FitBatch& batch) { extract_windows(batch, lanes); }, true);
  }
}

TEST(FitBatch, ClustersHaveTheSerialBits) {
  for (const int blocks : {1, 2, 4, 7}) {
    SCOPED_TRACE(blocks);
    expect_serial_bits([&](const k::FitBatch& batch) { extract_by_clusters(batch, blocks, 4); });
  }
}

}  // namespace
