// How much memory the kernels take: host code, in every build, so that plans can be tested without
// CUDA.
#include "kernels/cuda/cuda_kernels.hpp"
#include "kernels/fit/fit_series.hpp"
#include "kernels/group/cuda_cluster.hpp"

namespace tailfit::kernels {

static_assert(greatest_thread_tail == canonical_serial_terms);
static_assert(greatest_warp_tail == canonical_warp_terms);

int64_t extract_series_bytes(const TileOptions& options, bool is_double, int64_t length,
                             int lanes) {
  const int64_t keys =
      is_double ? key_bytes<double>(length, lanes) : key_bytes<float>(length, lanes);
  return keys + counter_bytes<uint32_t>(options.bins);
}

int64_t extract_shared_block_bytes(const TileOptions& options, bool is_double, int64_t length,
                                   int threads) {
  static_assert(block_slot_bytes >= cuda_block_slots * sizeof(uint64_t));
  return block_slot_bytes + extract_series_bytes(options, is_double, length, threads);
}

int64_t extract_cluster_block_bytes(const TileOptions& options, bool is_double, int64_t length,
                                    int blocks, int threads) {
  static_assert(cluster_slot_bytes >= cuda_cluster_slots * sizeof(uint64_t));
  const int64_t keys = is_double ? key_bytes_of_block<double>(length, blocks, threads)
                                 : key_bytes_of_block<float>(length, blocks, threads);
  return cluster_slot_bytes + keys + counter_bytes<uint32_t>(options.bins);
}

int64_t extract_block_bytes(const TileOptions& options, bool is_double, int64_t length,
                            int threads) {
  const int64_t keys =
      is_double ? key_bytes<double>(length, threads) : key_bytes<float>(length, threads);
  return keys + counter_bytes<uint64_t>(options.bins);
}

int64_t fit_excess_pitch(const TileOptions& options, int64_t length) {
  return (excess_capacity(options, length) + 3) / 4 * 4;
}

int64_t greatest_tail(const TileOptions& options, int64_t length) {
  return larger(greatest_exceedances(options, false, length),
                greatest_exceedances(options, true, length));
}

int64_t solve_tail_bytes(int64_t k, int lanes) { return canonical_scratch_bytes(k, lanes); }

}  // namespace tailfit::kernels
