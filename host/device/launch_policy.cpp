#include "host/device/launch_policy.hpp"

#include <algorithm>
#include <cmath>

namespace tailfit::host {
namespace {

using kernels::ExtractRegime;

constexpr int lane_threads = 128;
constexpr int global_block_threads = 256;
constexpr int warp = 32;

// Lanes of a warp for a series: each has a chunk of 32 to 128 values, so that what is done once per
// lane (sums over counters, scans) is small beside what is done per value, and enough threads are
// resident to hide the latency of shared memory.
int lanes_for(std::int64_t length) {
  if (length <= 512) return 8;
  return length <= 1536 ? 16 : 32;
}

// For the same reason a lane of a block has no fewer values.
constexpr std::int64_t least_values_of_lane = 32;

// Blocks of one multiprocessor at a time. Its registers lie in four parts, each for every fourth
// warp.
std::int64_t resident_blocks(const DeviceLimits& limits, std::int64_t registers, int threads,
                             std::int64_t block_bytes) {
  if (block_bytes > limits.shared_per_block) return 0;
  const std::int64_t warps = registers_per_multiprocessor / 4 / (registers * warp) * 4;
  return std::min({limits.shared_per_multiprocessor / (block_bytes + limits.shared_reserved),
                   limits.threads_per_multiprocessor / threads, warps * warp / threads,
                   limits.blocks_per_multiprocessor});
}

// Of block sizes that keep equally many series on chip the largest, because fewer blocks cost less
// to start.
ExtractPolicy by_lanes(const kernels::TileOptions& options, bool is_double, std::int64_t length,
                       const DeviceLimits& limits) {
  const int lanes = lanes_for(length);
  const std::int64_t bytes = kernels::extract_series_bytes(options, is_double, length, lanes);
  ExtractPolicy best{ExtractRegime::lanes, lanes, lane_threads, 1, bytes, 0};
  for (int threads = lane_threads; threads >= warp; threads /= 2) {
    const std::int64_t per_block = threads / lanes;
    const std::int64_t resident =
        resident_blocks(limits, extract_registers, threads, per_block * bytes) * per_block *
        limits.multiprocessors;
    if (resident > best.resident) best = {ExtractRegime::lanes, lanes, threads, 1, bytes, resident};
  }
  return best;
}

// With the union of a block's windows beside the keys of each, where the block then loads at most
// two windows instead of all of its. resident is 0 where there is no such launch.
ExtractPolicy by_lanes_together(const ExtractPolicy& alone, bool is_double, std::int64_t length,
                                std::int64_t step, const DeviceLimits& limits) {
  ExtractPolicy best = alone;
  best.resident = 0;
  for (int threads = lane_threads; threads >= warp; threads /= 2) {
    const std::int64_t windows = threads / alone.lanes;
    if (windows < 2 || step > length / (windows - 1)) continue;
    const std::int64_t together = kernels::extract_union_bytes(is_double, length, windows, step);
    const std::int64_t resident = resident_blocks(limits, extract_registers, threads,
                                                  windows * alone.series_bytes + together) *
                                  windows * limits.multiprocessors;
    if (resident <= best.resident) continue;
    best.threads = threads;
    best.resident = resident;
    best.union_bytes = together;
  }
  return best;
}

std::int64_t resident_threads(const ExtractPolicy& policy) {
  return policy.resident * threads_of_series(policy);
}

// Of block sizes that keep equally many threads on chip the smallest, because a barrier of fewer
// threads waits less.
ExtractPolicy by_shared_block(const kernels::TileOptions& options, bool is_double,
                              std::int64_t length, const DeviceLimits& limits) {
  ExtractPolicy best{ExtractRegime::shared_block, 0, 0, 1, 0, 0};
  const std::int64_t greatest = std::min<std::int64_t>(kernels::shared_block_threads(is_double),
                                                       length / least_values_of_lane);
  for (int threads = 2 * warp; threads <= greatest; threads += warp) {
    const std::int64_t bytes =
        kernels::extract_shared_block_bytes(options, is_double, length, threads);
    const std::int64_t resident =
        resident_blocks(limits, shared_block_registers(is_double), threads, bytes) *
        limits.multiprocessors;
    const ExtractPolicy policy{ExtractRegime::shared_block, 0, threads, 1, bytes, resident};
    if (resident_threads(policy) > resident_threads(best)) best = policy;
  }
  return best;
}

// The fewest blocks whose memory holds a series, because they wait for each other; each with as
// many threads as it can have, because it has its multiprocessor for itself. A block more or less
// full has no room for the padding of many lanes' parts: then twice as many blocks.
ExtractPolicy by_cluster(const kernels::TileOptions& options, bool is_double, std::int64_t length,
                         const DeviceLimits& limits) {
  ExtractPolicy best{ExtractRegime::cluster, 0, 0, 1, 0, 0};
  const int greatest = kernels::cluster_threads(is_double);
  const std::int64_t most = std::min(limits.greatest_cluster, limits.multiprocessors);
  for (int blocks = 2; blocks <= most && 2 * best.threads < greatest; blocks *= 2) {
    const std::int64_t useful = length / (blocks * least_values_of_lane);
    auto threads = static_cast<int>(std::min<std::int64_t>(greatest, useful) / warp * warp);
    for (; threads > best.threads; threads -= warp) {
      const std::int64_t bytes =
          kernels::extract_cluster_block_bytes(options, is_double, length, blocks, threads);
      if (bytes > limits.shared_per_block) continue;
      const std::int64_t resident = std::max<std::int64_t>(1, limits.multiprocessors / blocks);
      best = {ExtractRegime::cluster, 0, threads, blocks, bytes, resident};
    }
  }
  return best;
}

// What all lanes of a tail repeat takes as long as a lane's passes over so many excesses: 20,200
// instructions and 147 an excess were counted (docs/cuda.md).
constexpr std::int64_t excesses_of_proof = 137;

// A multiprocessor with 128 lanes for fp32 begins a warp's operation in fp64 every ratio/4 cycles
// (DeviceLimits::double_ratio), and one takes some 40 to end: more warps than 160/ratio gain
// nothing.
constexpr double busy_warps_of_equal_rate = 160.0;

// Registers that solve_by_blocks may take: all that a thread can have.
constexpr std::int64_t solve_block_registers = 256;

// Tails of the same kind that are solved together.
struct Tails {
  std::int64_t n;
  std::int64_t k;  // excesses of the longest one
  bool intervals;
};

// By so many lanes each: how many are on the device at a time.
std::int64_t resident_tails(int lanes, const Tails& tails, const DeviceLimits& limits) {
  const bool is_block = lanes > warp;
  const int threads = is_block ? lanes : kernels::solve_warp_threads;
  const std::int64_t tails_of_block = threads / lanes;
  const std::int64_t bytes = tails_of_block * kernels::solve_tail_bytes(tails.k, lanes);
  const std::int64_t registers =
      is_block ? solve_block_registers : solve_registers(tails.intervals);
  const std::int64_t blocks = resident_blocks(limits, registers, threads, bytes);
  return std::max<std::int64_t>(1, blocks) * tails_of_block * limits.multiprocessors;
}

// As often as the device is filled with tails it takes as long as a lane does from first to last;
// or, if that is longer, what all lanes do together at the rate of fp64.
double time_of_tails(int lanes, const Tails& tails, const DeviceLimits& limits) {
  const double of_lane = static_cast<double>(excesses_of_proof + (tails.k + lanes - 1) / lanes);
  const auto n = static_cast<double>(tails.n);
  const double waves = std::ceil(n / static_cast<double>(resident_tails(lanes, tails, limits)));
  const double warps = busy_warps_of_equal_rate / static_cast<double>(limits.double_ratio) *
                       static_cast<double>(limits.multiprocessors);
  return of_lane * std::max(waves, n * lanes / (warp * warps));
}

// Of the numbers of lanes from `least` to `most` the one that takes the least time; the fewest of
// those that are as fast, because they do the least work.
int fastest_lanes(int least, int most, const Tails& tails, const DeviceLimits& limits) {
  int best = least;
  for (int lanes = 2 * least; lanes <= most; lanes *= 2) {
    if (time_of_tails(lanes, tails, limits) < time_of_tails(best, tails, limits)) best = lanes;
  }
  return best;
}

}  // namespace

// What hides the latency of shared memory is threads: a warp with a long series has the memory of
// many threads for itself, and a multiprocessor then has few warps. A block costs barriers and sums
// over its warps, so it is taken where it brings half as many threads again; a cluster costs
// barriers between multiprocessors, so only where it brings twice as many. Shared memory is
// preferred to global memory whatever the threads: from there the keys are read three times.
// Windows that are brought on chip together take a tenth fewer instructions (docs/cuda.md) and read
// an eighth of the values or less, so they may cost a quarter of the threads.
ExtractPolicy choose_extract(const kernels::TileOptions& options, bool is_double,
                             std::int64_t length, const DeviceLimits& limits,
                             std::int64_t window_step) {
  ExtractPolicy best = by_lanes(options, is_double, length, limits);
  const ExtractPolicy block = by_shared_block(options, is_double, length, limits);
  if (2 * resident_threads(block) > 3 * resident_threads(best)) best = block;
  const ExtractPolicy cluster = by_cluster(options, is_double, length, limits);
  if (resident_threads(cluster) > 2 * resident_threads(best)) best = cluster;
  if (best.regime == ExtractRegime::lanes && window_step > 0) {
    const ExtractPolicy together = by_lanes_together(best, is_double, length, window_step, limits);
    if (4 * together.resident >= 3 * best.resident) best = together;
  }
  if (best.resident > 0) return best;
  const std::int64_t blocks_each = limits.threads_per_multiprocessor / global_block_threads / 2;
  return {ExtractRegime::global_block,
          0,
          global_block_threads,
          1,
          0,
          std::max<std::int64_t>(1, blocks_each) * limits.multiprocessors};
}

std::int64_t union_bytes_of(const ExtractPolicy& policy, const kernels::SeriesBatch& batch) {
  if (policy.union_bytes == 0 || batch.n_windows < 2 || batch.value_stride != 1) return 0;
  const std::int64_t windows = policy.threads / policy.lanes;
  const std::int64_t step = batch.window_stride;
  if (step <= 0 || step > batch.length / (windows - 1)) return 0;
  const std::int64_t bytes =
      kernels::extract_union_bytes(batch.is_double, batch.length, windows, step);
  return bytes <= policy.union_bytes ? bytes : 0;
}

// More lanes solve one tail sooner, but each of them repeats the proof that the maximum is the only
// one: few tails want many lanes, many tails few.
SolvePolicy choose_solve(std::int64_t tails, std::int64_t greatest_k, bool intervals,
                         const DeviceLimits& limits) {
  const Tails longer{
      tails, std::clamp(greatest_k, kernels::greatest_thread_tail + 1, kernels::greatest_warp_tail),
      intervals};
  const Tails longest{tails, std::max(greatest_k, kernels::greatest_warp_tail + 1), intervals};
  const int long_lanes = fastest_lanes(warp, kernels::solve_block_threads, longest, limits);
  return {fastest_lanes(1, warp, longer, limits), long_lanes,
          resident_tails(long_lanes, longest, limits)};
}

}  // namespace tailfit::host
