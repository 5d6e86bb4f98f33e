// Extraction on a device, in four regimes of which the launch policy takes one by the length.
//
// extract_by_lanes<T, N>: N threads a series, 128/N (or fewer) series a block. Lanes of a series
//   never wait for those of another: no block-wide barrier, and groups may leave early. Shared
//   memory per series: its keys (4 or 8 bytes a value, up to two words more for each lane) and 1 KB
//   of counters, or the bins if those take more. Every value is read from global memory once, 16
//   bytes at a time where the series is aligned, and from shared memory three times: buckets,
//   setting aside, bins; once or twice more if it is not set aside.
//   Of rolling windows all threads of the block first stage the values that its windows of one
//   series have together, 16 bytes each at a time, as keys behind the groups' memory (a key a
//   value), and meet at the only barrier; then each group copies its window from there. Windows of
//   the next series are loaded as above.
// extract_by_shared_block<T>: a block of 64 to 768 threads (640 in fp64) a series, where a warp a
//   series would leave a multiprocessor with too few threads; 32 values or more a lane. Shared
//   memory: as above, but 2 KB of counters, and 640 bytes for the group.
// extract_by_cluster<T>: 2 to 16 such blocks a series that is too long for one, each with the keys
//   of its own lanes, counters of its own and 1,408 bytes for the group. Blocks count for
//   themselves; then each lane sums a few counters of all of them. sm_90 and later.
// extract_by_block<T>: a block a series of any length; its keys lie in global memory.
//
// Selection goes by buckets (kernels/fit/select.hpp): 128 a round for lanes of a warp, 256 for
// blocks and clusters, 1,024 where keys lie in global memory.
// Instructions a value that it takes of extraction, fp32, counted in PTX, beside the next best,
// which were rounds of buckets by leading bits over all keys and a sorting network in registers
// (tests/cuda/sorting_network.cu):
//   8 lanes      64 values: 81 (rounds 145, network 59), 128: 45 (81, 62), 256: 28 (48, 61),
//                512: 20 (33, 69); the network, with 8 to 64 registers a lane for the keys, is the
//                better one up to some 90 values
//   16 lanes     1,024 values: 20 (rounds 31)
//   32 lanes     2,048 values: 21 (30)
//   a block      4,096 values: 28 (37), 16,384: 24 (31)
//   a cluster    16,384 values: 28 by 2 blocks of 128, 33 by 8 of 32
//   a block with its keys in global memory, 16,384 values: 23
//
// Of a ragged batch each class of length has a launch of its own. How many series there are only
// the device knows: what was launched for more leaves at once.
#pragma once

#include "kernels/cuda/cuda_kernels.hpp"
#include "kernels/cuda/launch.cuh"
#include "kernels/fit/fit_batch.hpp"
#include "kernels/group/cuda_cluster.hpp"
#include "kernels/group/cuda_lanes.hpp"

namespace tailfit::kernels {
namespace {

template <class T, int N>
__global__ void __launch_bounds__(128, 5)
    extract_by_lanes(const __grid_constant__ FitBatch batch, int series_bytes, int shares_windows) {
  using Key = typename KeyOf<T>::Key;
  extern __shared__ uint4 extract_memory[];
  const int groups = static_cast<int>(blockDim.x) / N;
  const int slot = static_cast<int>(threadIdx.x) / N;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * groups;
  char* const all = reinterpret_cast<char*>(extract_memory);
  const Key* staged = nullptr;
  if (shares_windows != 0) {
    auto* const windows = reinterpret_cast<Key*>(all + groups * series_bytes);
    staged =
        stage_windows<T>(CudaBlock(nullptr), batch.series, first, groups, windows).keys_of(slot);
  }
  const int64_t fit = fit_of_group(batch, first + slot);
  if (fit < 0) return;
  char* memory = all + slot * series_bytes;
  auto* keys = reinterpret_cast<Key*>(memory);
  auto* counters = reinterpret_cast<uint32_t*>(memory + key_bytes<T>(batch.series.length, N));
  extract_fit<T>(CudaLanes<N>{}, batch, fit, keys, counters, staged);
}

template <class T>
__global__ void __launch_bounds__(shared_block_threads(sizeof(T) == 8), 1)
    extract_by_shared_block(const __grid_constant__ FitBatch batch) {
  const auto which = [&batch] { return fit_of_group(batch, static_cast<int64_t>(blockIdx.x)); };
  if (which() < 0) return;
  extern __shared__ uint4 extract_memory[];
  __shared__ uint64_t slots[cuda_block_slots];  // of the block_slot_bytes
  const CudaBlock group(slots);
  char* memory = reinterpret_cast<char*>(extract_memory);
  const int64_t keys = key_bytes<T>(batch.series.length, group.size());
  extract_which<T>(group, batch, which, reinterpret_cast<typename KeyOf<T>::Key*>(memory),
                   reinterpret_cast<uint32_t*>(memory + keys));
}

template <class T>
__global__ void __launch_bounds__(cluster_threads(sizeof(T) == 8), 1)
    extract_by_cluster(const __grid_constant__ FitBatch batch) {
#if defined(TAILFIT_HAS_CLUSTERS)
  extern __shared__ uint4 extract_memory[];
  __shared__ uint64_t slots[cuda_cluster_slots];  // of the cluster_slot_bytes
  const CudaCluster group(slots);
  const int threads = group.local().size();
  const int blocks = group.size() / threads;
  const int64_t fit =
      fit_of_group(batch, static_cast<int64_t>(static_cast<int>(blockIdx.x) / blocks));
  if (fit < 0) return;
  group.sync();  // all blocks have begun
  char* memory = reinterpret_cast<char*>(extract_memory);
  const int64_t keys = key_bytes_of_block<T>(batch.series.length, blocks, threads);
  extract_fit<T>(group, batch, fit, reinterpret_cast<typename KeyOf<T>::Key*>(memory),
                 reinterpret_cast<uint32_t*>(memory + keys));
  group.sync();  // nobody reads another block's memory any more
#endif
}

template <class T>
__global__ void __launch_bounds__(256)
    extract_by_block(const __grid_constant__ FitBatch batch, char* memory, int64_t bytes) {
  __shared__ uint64_t slots[cuda_block_slots];
  const CudaBlock group(slots);
  char* own = memory + blockIdx.x * bytes;
  auto* keys = reinterpret_cast<typename KeyOf<T>::Key*>(own);
  auto* counters =
      reinterpret_cast<uint64_t*>(own + key_bytes<T>(batch.series.length, group.size()));
  for (int64_t i = blockIdx.x;; i += gridDim.x) {
    const int64_t fit = fit_of_group(batch, i);
    if (fit < 0) return;
    extract_fit<T>(group, batch, fit, keys, counters);
    group.sync();  // the memory may be used again
  }
}

template <class T, int N>
int launch_lanes(const FitBatch& batch, const ExtractLaunch& how, cudaStream_t stream) {
  const int64_t per_block = how.threads / N;
  return launch(extract_by_lanes<T, N>, blocks_of((how.fits + per_block - 1) / per_block),
                how.threads, per_block * how.series_bytes + how.union_bytes, stream, batch,
                static_cast<int>(how.series_bytes), how.union_bytes > 0 ? 1 : 0);
}

template <class T>
int launch_block(const FitBatch& batch, const ExtractLaunch& how, cudaStream_t stream) {
  if (how.regime == ExtractRegime::shared_block) {
    return launch(extract_by_shared_block<T>, blocks_of(how.fits), how.threads,
                  how.series_bytes - block_slot_bytes, stream, batch);
  }
  if (how.regime == ExtractRegime::cluster) {
    return launch_clusters(extract_by_cluster<T>, blocks_of(how.fits * how.cluster), how.threads,
                           how.series_bytes - cluster_slot_bytes, how.cluster, stream, batch);
  }
  return launch(extract_by_block<T>, blocks_of(how.blocks), how.threads, 0, stream, batch,
                how.block_memory, how.block_bytes);
}

template <class T>
int launch_extract_of(const FitBatch& batch, const ExtractLaunch& how, cudaStream_t stream) {
  switch (how.lanes) {
    case 8:
      return launch_lanes<T, 8>(batch, how, stream);
    case 16:
      return launch_lanes<T, 16>(batch, how, stream);
    case 32:
      return launch_lanes<T, 32>(batch, how, stream);
    default:
      return launch_block<T>(batch, how, stream);
  }
}

// Allows launches of the current device with up to so many bytes of shared memory: once, because
// the limit belongs to the kernel, not to a launch, and callers launch at the same time.
template <class T>
int allow_shared_memory(int bytes) {
  constexpr auto limit = cudaFuncAttributeMaxDynamicSharedMemorySize;
  cudaError_t error = cudaFuncSetAttribute(extract_by_lanes<T, 8>, limit, bytes);
  if (error == cudaSuccess) error = cudaFuncSetAttribute(extract_by_lanes<T, 16>, limit, bytes);
  if (error == cudaSuccess) error = cudaFuncSetAttribute(extract_by_lanes<T, 32>, limit, bytes);
  if (error == cudaSuccess) {
    error = cudaFuncSetAttribute(extract_by_shared_block<T>, limit,
                                 bytes - static_cast<int>(block_slot_bytes));
  }
  if (error == cudaSuccess) {
    error = cudaFuncSetAttribute(extract_by_cluster<T>, limit,
                                 bytes - static_cast<int>(cluster_slot_bytes));
  }
  if (error == cudaSuccess) error = load(extract_by_block<T>);
  return static_cast<int>(error);
}

// 1 wherever the runtime says no: the other regimes take any series.
template <class T>
int greatest_cluster_of(int bytes) {
  const auto kernel = reinterpret_cast<const void*>(extract_by_cluster<T>);
  cudaFuncAttributes code{};
  // Code for older devices, which the driver has translated for this one, has an empty kernel.
  bool has = cudaFuncGetAttributes(&code, kernel) == cudaSuccess && code.ptxVersion >= 90;
  has = has && cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1) ==
                   cudaSuccess;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(greatest_cluster_blocks);
  config.blockDim = dim3(static_cast<unsigned>(cluster_threads(sizeof(T) == 8)));
  config.dynamicSmemBytes = static_cast<size_t>(bytes - cluster_slot_bytes);
  int blocks = 1;
  has = has && cudaOccupancyMaxPotentialClusterSize(&blocks, kernel, &config) == cudaSuccess;
  if (!has) cudaGetLastError();
  int power = 1;
  while (has && 2 * power <= blocks && power < greatest_cluster_blocks) power *= 2;
  return power;
}

}  // namespace

// One for each type of value, in a file of its own: they take long to compile.
int launch_extract_f32(const FitBatch& batch, const ExtractLaunch& how, cudaStream_t stream);
int launch_extract_f64(const FitBatch& batch, const ExtractLaunch& how, cudaStream_t stream);
int allow_shared_memory_f32(int bytes);
int allow_shared_memory_f64(int bytes);
int greatest_cluster_f32(int bytes);
int greatest_cluster_f64(int bytes);

}  // namespace tailfit::kernels
