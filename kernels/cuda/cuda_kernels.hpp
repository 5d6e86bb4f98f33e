// The CUDA kernels' launches, as plain functions of plain data: nothing of CUDA is named here, so
// host/ can plan and test without it. All pointers are to device memory. A launch is asynchronous
// on `stream` (a cudaStream_t); its result is the error of the launch itself, a cudaError_t.
//
// A fit is two steps. Extraction brings each series on chip once and writes everything but the
// parameters of tails that have to be solved; their excesses go to a workspace that the level-two
// cache holds. The solver takes every tail from there, whatever the length of the series.
#pragma once

#include <stdint.h>

#include "kernels/fit/fit_types.hpp"
#include "kernels/math/spliced_batch.hpp"

namespace tailfit::kernels {

// What takes a series, and where its keys lie: some lanes of a warp, a block or a cluster of blocks
// with the keys in shared memory, or a block with the keys in global memory.
enum class ExtractRegime : int32_t { lanes, shared_block, cluster, global_block };

// Threads of a block that takes a series in shared memory: multiples of 32 up to so many. As many
// are resident on a multiprocessor, in one block or several: its registers allow no more.
constexpr int shared_block_threads(bool is_double) { return is_double ? 640 : 768; }

// The same of a block of a cluster, which has its multiprocessor for itself.
constexpr int cluster_threads(bool is_double) { return is_double ? 512 : 640; }

// Of the shared memory of a block that takes a series: what its warps tell each other. The kernel's
// own, not the launch's.
constexpr int64_t block_slot_bytes = 640;
constexpr int64_t cluster_slot_bytes = 1408;

struct ExtractLaunch {
  ExtractRegime regime;
  int lanes;             // of a warp, for a series: 8, 16 or 32; 0: a block
  int threads;           // of a block
  int cluster;           // blocks that take a series together; 1: none
  int64_t series_bytes;  // of shared memory; cluster: of one of its blocks
  int64_t blocks;        // global_block: so many blocks take turns
  char* block_memory;    // global_block: block_bytes of global memory for each of them
  int64_t block_bytes;
  int64_t fits;  // no more than so many
  // lanes: of shared memory a block, for what its rolling windows have together; 0: each window is
  // loaded by itself. Only of all fits of a batch, whose values lie side by side and whose windows
  // go forwards.
  int64_t union_bytes = 0;
};

// The most classes of length that a ragged batch is put in.
constexpr int greatest_length_classes = 16;

// Fits that a block of binning by length takes, and what it tells the others of them: how many are
// in each class, doubles of excesses, values.
constexpr int64_t bin_stretch = 1024;
constexpr int bin_columns = greatest_length_classes + 2;

// A batch of ragged series as binning by length leaves it, all in memory of the device. Offsets
// that nobody has checked are checked: a series whose offsets lead out of the values, backwards or
// beyond the longest's length is bad, and so is one that has, with all series before it, also those
// of the chunks before, more values than there are: so the good ones never need more memory than
// the values say, whatever the offsets, and a series is bad or good whatever the chunks.
struct LengthBins {
  int n_classes;
  int64_t bound[greatest_length_classes];  // the longest series of each class, ascending
  int64_t* order;                // [n_fits]: the fits of class 0, then of class 1, ..., ascending
  int64_t* class_begin;          // [n_classes + 1]: where those of a class begin in `order`
  int64_t* excess_begin;         // [n_fits]: as TailWorkspace has it; scratch before
  int64_t* sums;                 // [n_fits/bin_stretch, rounded up][bin_columns]: scratch
  const int64_t* values_before;  // of all fits before the first; null: offsets have been checked
  int64_t* values_after;         // the same with those of the batch
};

// Columns, time after time, and the rows to be made of them; strides and pitch in values.
struct ColumnPanel {
  const void* values;  // of the first series at the first time
  bool is_double;
  int64_t n_series;
  int64_t length;
  int64_t series_stride;
  int64_t value_stride;
  void* rows;
  int64_t pitch;  // from a row to the next
};

// The longest tail that one thread solves without sharing it.
constexpr int64_t greatest_thread_tail = 256;

// The longest tail that fewer lanes than a warp's may solve.
constexpr int64_t greatest_warp_tail = 8192;

// A tail of up to 256 excesses is solved by one thread.
struct SolveLaunch {
  int64_t greatest_k;   // no tail has more: launches for longer ones are spared
  int lanes;            // of a warp, that solve a tail of 257 to 8,192: a power of two
  int long_lanes;       // that solve a longer one: 32, or 64, 128 or 256, a block
  int64_t long_blocks;  // of these blocks so many take turns
};

// Of the blocks that solve tails by lanes of a warp.
constexpr int solve_warp_threads = 64;

// The most of a block that solves a tail by all of its threads.
constexpr int solve_block_threads = 256;

// Functions and derivatives of distributions: groups of lanes take parts of rows in turn.
struct EvaluateLaunch {
  int lanes;            // of a group: 1, which derivatives have, or a warp, which parameters have
  int64_t part_points;  // of a row that a group takes at a time
  int64_t groups;
  char* memory;  // group_bytes for each of them, 64-byte aligned
  int64_t group_bytes;
};

// Of a block; the last one's may be more than the groups have.
constexpr int evaluate_threads = 128;

int launch_transpose(const ColumnPanel& panel, void* stream);
int launch_bin_by_length(const FitBatch& batch, const LengthBins& bins, void* stream);
int launch_extract(const FitBatch& batch, const ExtractLaunch& how, void* stream);
int launch_solve(const FitBatch& batch, const SolveLaunch& how, void* stream);
int launch_evaluate(const EvaluateBatch& batch, const EvaluateLaunch& how, void* stream);
int launch_gradients(const GradientBatch& batch, const EvaluateLaunch& how, void* stream);

// Readies the kernels for launches on the current device with up to so many bytes of shared memory
// a block; to be called once for each device, before any launch. The cudaError_t says whether the
// device can run what this library was compiled for.
int prepare_kernels(int64_t shared_per_block);

// The most blocks of extract_by_cluster, a power of two, that the current device runs together with
// so many bytes of shared memory each; 1 where the code that it runs has no clusters. After
// prepare_kernels(), on a device that has clusters.
int greatest_cluster(int64_t shared_per_block);

// Bytes that the plans need; pure.
int64_t extract_series_bytes(const TileOptions& options, bool is_double, int64_t length, int lanes);
int64_t extract_shared_block_bytes(const TileOptions& options, bool is_double, int64_t length,
                                   int threads);
int64_t extract_cluster_block_bytes(const TileOptions& options, bool is_double, int64_t length,
                                    int blocks, int threads);
int64_t extract_block_bytes(const TileOptions& options, bool is_double, int64_t length,
                            int threads);
// Of shared memory, for so many rolling windows, `step` values from one to the next.
int64_t extract_union_bytes(bool is_double, int64_t length, int64_t n_windows, int64_t step);
int64_t fit_excess_pitch(const TileOptions& options, int64_t length);
// The most doubles that so many series take together, which have so many values together and none
// more than `longest`.
int64_t fit_excess_bound(const TileOptions& options, int64_t n_series, int64_t n_values,
                         int64_t longest);
int64_t greatest_tail(const TileOptions& options, int64_t length);
int64_t solve_tail_bytes(int64_t k, int lanes);  // of shared memory
int64_t bin_sum_bytes(int64_t n_fits);           // LengthBins' sums

}  // namespace tailfit::kernels
