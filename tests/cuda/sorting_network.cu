// What selection would take if a group of lanes sorted its series in registers: the other method
// for short series, which selection_counts.py counts beside kernels/fit/select.hpp.
//
// sort_by_lanes<Key, N, K>: N lanes a series, 128/N series a block; lane l holds keys l*K to
// l*K+K-1. Batcher's (1968) odd-even merges sort each lane's keys, bitonic merges whose every
// comparison is ascending join the lanes'. sorted: null, or where the keys go; pairs:
// [n_series][4], the keys of ranks `rank`, rank+1 and of those from the other end.
#include <cstdint>

namespace {

template <class Key>
__device__ void order(Key& a, Key& b) {
  const Key low = min(a, b);
  b = max(a, b);
  a = low;
}

// Batcher's merge of the keys First, First+Step, ... of the N from First on.
template <int First, int N, int Step, class Key, int K>
__device__ void merge_own(Key (&own)[K]) {
  if constexpr (2 * Step < N) {
    merge_own<First, N, 2 * Step>(own);
    merge_own<First + Step, N, 2 * Step>(own);
#pragma unroll
    for (int i = First + Step; i + Step < First + N; i += 2 * Step) order(own[i], own[i + Step]);
  } else {
    order(own[First], own[First + Step]);
  }
}

template <int First, int N, class Key, int K>
__device__ void sort_own(Key (&own)[K]) {
  if constexpr (N > 1) {
    sort_own<First, N / 2>(own);
    sort_own<First + N / 2, N / 2>(own);
    merge_own<First, N, 1>(own);
  }
}

// Both lanes of a pair have each other's keys; the lower one keeps the smaller of each two.
template <class Key>
__device__ Key kept(Key own, Key other, bool is_lower) {
  return is_lower ? min(own, other) : max(own, other);
}

template <class Key, int N, int K>
__device__ void sort_group(Key (&own)[K], unsigned mask, int lane) {
  sort_own<0, K>(own);
#pragma unroll
  for (int lanes = 2; lanes <= N; lanes *= 2) {
    Key other[K];
    const bool is_first = (lane & (lanes / 2)) == 0;
#pragma unroll
    for (int i = 0; i < K; ++i) other[i] = __shfl_xor_sync(mask, own[K - 1 - i], lanes - 1, N);
#pragma unroll
    for (int i = 0; i < K; ++i) own[i] = kept(own[i], other[i], is_first);
#pragma unroll
    for (int distance = lanes / 4; distance >= 1; distance /= 2) {
      const bool is_lower = (lane & distance) == 0;
#pragma unroll
      for (int i = 0; i < K; ++i) {
        own[i] = kept(own[i], __shfl_xor_sync(mask, own[i], distance, N), is_lower);
      }
    }
#pragma unroll
    for (int distance = K / 2; distance >= 1; distance /= 2) {
#pragma unroll
      for (int i = 0; i < K; ++i) {
        if ((i & distance) == 0) order(own[i], own[i + distance]);
      }
    }
  }
}

template <class Key, int N, int K>
__global__ void sort_by_lanes(const Key* keys, int n_series, int rank, Key* sorted, Key* pairs) {
  const int series = static_cast<int>((blockIdx.x * blockDim.x + threadIdx.x) / N);
  if (series >= n_series) return;
  const int lane = static_cast<int>(threadIdx.x % N);
  const unsigned mask = (0xFFFFFFFFu >> (32 - N)) << (threadIdx.x % 32 / N * N);
  const Key* first = keys + (static_cast<int64_t>(series) * N + lane) * K;
  Key own[K];
#pragma unroll
  for (int i = 0; i < K; ++i) own[i] = first[i];
  sort_group<Key, N, K>(own, mask, lane);
  const int ranks[4] = {rank, rank + 1, N * K - 2 - rank, N * K - 1 - rank};
#pragma unroll
  for (int r = 0; r < 4; ++r) {
#pragma unroll
    for (int i = 0; i < K; ++i) {
      if (lane * K + i == ranks[r]) pairs[series * 4 + r] = own[i];
    }
  }
  if (sorted == nullptr) return;
  Key* const out = sorted + (static_cast<int64_t>(series) * N + lane) * K;
#pragma unroll
  for (int i = 0; i < K; ++i) out[i] = own[i];
}

template __global__ void sort_by_lanes<uint32_t, 8, 8>(const uint32_t*, int, int, uint32_t*,
                                                       uint32_t*);
template __global__ void sort_by_lanes<uint32_t, 8, 16>(const uint32_t*, int, int, uint32_t*,
                                                        uint32_t*);
template __global__ void sort_by_lanes<uint32_t, 8, 32>(const uint32_t*, int, int, uint32_t*,
                                                        uint32_t*);
template __global__ void sort_by_lanes<uint32_t, 8, 64>(const uint32_t*, int, int, uint32_t*,
                                                        uint32_t*);
template __global__ void sort_by_lanes<uint64_t, 8, 32>(const uint64_t*, int, int, uint64_t*,
                                                        uint64_t*);

}  // namespace
