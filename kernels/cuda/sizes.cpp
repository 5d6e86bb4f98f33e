// How much memory the kernels take: host code, in every build, so that plans can be tested without
// CUDA.
#include "kernels/cuda/cuda_kernels.hpp"
#include "kernels/cuda/length_bins.hpp"
#include "kernels/fit/stage_windows.hpp"
#include "kernels/group/cuda_cluster.hpp"

namespace tailfit::kernels {

static_assert(greatest_thread_tail == canonical_serial_terms);
static_assert(greatest_warp_tail == canonical_warp_terms);

int64_t extract_series_bytes(const TileOptions& options, bool is_double, int64_t length,
                             int lanes) {
  const int64_t keys =
      is_double ? key_bytes<double>(length, lanes) : key_bytes<float>(length, lanes);
  return keys + counter_bytes<uint32_t>(options.bins, lanes);
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
  return cluster_slot_bytes + keys + counter_bytes<uint32_t>(options.bins, blocks * threads);
}

int64_t extract_block_bytes(const TileOptions& options, bool is_double, int64_t length,
                            int threads) {
  const int64_t keys =
      is_double ? key_bytes<double>(length, threads) : key_bytes<float>(length, threads);
  return keys + counter_bytes<uint64_t>(options.bins, threads);
}

int64_t extract_union_bytes(bool is_double, int64_t length, int64_t n_windows, int64_t step) {
  return is_double ? 8 * union_keys<uint64_t>(length, n_windows, step)
                   : 4 * union_keys<uint32_t>(length, n_windows, step);
}

int64_t fit_excess_pitch(const TileOptions& options, int64_t length) {
  return excess_pitch_of(options, length);
}

// A tail of a mass has (n-1)*tau + 2 exceedances at most, rounding included, one of a count so
// many, and both tails together have no more than the values.
int64_t fit_excess_bound(const TileOptions& options, int64_t n_series, int64_t n_values,
                         int64_t longest) {
  const int64_t padding = 7;  // what a pitch is greater than the excesses it is for
  int64_t of_tails = 0;
  for (int i = 0; i < 2; ++i) {
    const Threshold& rule = i == 0 ? options.lower : options.upper;
    int64_t of_tail = n_values;
    if (options.resolution == 0.0 && rule.kind == ThresholdKind::tail_mass) {
      const double most = static_cast<double>(n_values) * (rule.value * (1.0 + 0x1p-40));
      of_tail = static_cast<int64_t>(most) + 1 + 2 * n_series;
    } else if (options.resolution == 0.0 && rule.kind == ThresholdKind::count) {
      if (rule.count < n_values / n_series) of_tail = rule.count * n_series;
    }
    of_tails += smaller(n_values, of_tail);
  }
  const int64_t by_values = smaller(of_tails, n_values) + padding * n_series;
  const int64_t pitch = excess_pitch_of(options, longest);
  // Not n_series*pitch, which may be beyond all numbers.
  return by_values / n_series >= pitch ? pitch * n_series : by_values;
}

int64_t greatest_tail(const TileOptions& options, int64_t length) {
  return larger(greatest_exceedances(options, false, length),
                greatest_exceedances(options, true, length));
}

int64_t solve_tail_bytes(int64_t k, int lanes) { return canonical_scratch_bytes(k, lanes); }

int64_t bin_sum_bytes(int64_t n_fits) {
  return bin_stretches(n_fits) * bin_columns * static_cast<int64_t>(sizeof(int64_t));
}

}  // namespace tailfit::kernels
