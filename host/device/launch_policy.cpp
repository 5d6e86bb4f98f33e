#include "host/device/launch_policy.hpp"

#include <algorithm>

namespace tailfit::host {
namespace {

constexpr int lane_threads = 128;
constexpr int block_threads = 256;
constexpr std::int64_t registers_per_multiprocessor = 65536;

// Lanes for a series: each has a chunk of 32 to 128 values, so that what is done once per lane
// (sums over counters, scans) is small beside what is done per value, and enough threads are
// resident to hide the latency of shared memory.
int lanes_for(std::int64_t length) {
  if (length <= 512) return 8;
  return length <= 1536 ? 16 : 32;
}

// Series on the device at a time if blocks have so many threads.
std::int64_t resident_series(const DeviceLimits& limits, int lanes, int threads,
                             std::int64_t series_bytes) {
  const std::int64_t per_block = threads / lanes;
  const std::int64_t block_bytes = per_block * series_bytes;
  if (block_bytes > limits.shared_per_block) return 0;
  const std::int64_t blocks =
      std::min({limits.shared_per_multiprocessor / (block_bytes + limits.shared_reserved),
                limits.threads_per_multiprocessor / threads,
                registers_per_multiprocessor / (extract_registers * threads)});
  return blocks * per_block * limits.multiprocessors;
}

}  // namespace

ExtractPolicy choose_extract(const kernels::TileOptions& options, bool is_double,
                             std::int64_t length, const DeviceLimits& limits) {
  const int lanes = lanes_for(length);
  const std::int64_t bytes = kernels::extract_series_bytes(options, is_double, length, lanes);
  // Of block sizes that keep equally many series on chip the largest, because fewer blocks cost
  // less to start.
  ExtractPolicy best{0, 0, bytes, 0};
  for (int threads = lane_threads; threads >= 32; threads /= 2) {
    const std::int64_t resident = resident_series(limits, lanes, threads, bytes);
    if (resident > best.resident) best = {lanes, threads, bytes, resident};
  }
  if (best.resident > 0) return best;
  const std::int64_t blocks_each = limits.threads_per_multiprocessor / block_threads / 2;
  return {0, block_threads, 0, std::max<std::int64_t>(1, blocks_each) * limits.multiprocessors};
}

}  // namespace tailfit::host
