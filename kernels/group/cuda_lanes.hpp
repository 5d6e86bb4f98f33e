// CudaLanes<N>: N neighbouring lanes of a warp, N a power of two from 1 to 32. A warp holds 32/N
// such groups, which never wait for each other. Members are as serial_group.hpp says.
//
// Integers are combined by shuffles, or by one instruction where there is one; sync() orders shared
// and global memory among the N lanes. Device code only; the host versions exist so that
// host-and-device templates may name them.
#pragma once

#include <type_traits>

#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

template <int N>
class CudaLanes {
  static_assert(N >= 1 && N <= 32 && (N & (N - 1)) == 0);

 public:
#if defined(__CUDA_ARCH__)
  __device__ CudaLanes()
      : rank_(static_cast<int>(threadIdx.x % N)),
        mask_((0xFFFFFFFFu >> (32 - N)) << (threadIdx.x % 32 / N * N)) {}
#else
  CudaLanes() : rank_(0), mask_(1) {}
#endif

  TAILFIT_HD int rank() const { return rank_; }
  TAILFIT_HD static constexpr int size() { return N; }
  TAILFIT_HD void sync() const {
#if defined(__CUDA_ARCH__)
    __syncwarp(mask_);
#endif
  }

  template <class Integer>
  TAILFIT_HD Integer reduce_add(Integer value) const {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    if constexpr (sizeof(Integer) == 4) return __reduce_add_sync(mask_, value);
#endif
    return combine(value, [](Integer a, Integer b) { return static_cast<Integer>(a + b); });
  }
  template <class Integer>
  TAILFIT_HD Integer reduce_min(Integer value) const {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    if constexpr (sizeof(Integer) == 4) return __reduce_min_sync(mask_, value);
    if constexpr (std::is_same_v<Integer, uint64_t>) {
      const auto own = static_cast<uint32_t>(value >> 32);
      const uint32_t high = __reduce_min_sync(mask_, own);
      const uint32_t rest = own == high ? static_cast<uint32_t>(value) : ~uint32_t{0};
      return static_cast<uint64_t>(high) << 32 | __reduce_min_sync(mask_, rest);
    }
#endif
    return combine(value, [](Integer a, Integer b) { return smaller(a, b); });
  }
  template <class Integer>
  TAILFIT_HD Integer reduce_max(Integer value) const {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    if constexpr (sizeof(Integer) == 4) return __reduce_max_sync(mask_, value);
    if constexpr (std::is_same_v<Integer, uint64_t>) {
      const auto own = static_cast<uint32_t>(value >> 32);
      const uint32_t high = __reduce_max_sync(mask_, own);
      const uint32_t rest = own == high ? static_cast<uint32_t>(value) : uint32_t{0};
      return static_cast<uint64_t>(high) << 32 | __reduce_max_sync(mask_, rest);
    }
#endif
    return combine(value, [](Integer a, Integer b) { return larger(a, b); });
  }
  template <class Integer>
  TAILFIT_HD Integer exclusive_scan_add(Integer value) const {
    Integer sum = value;
#if defined(__CUDA_ARCH__)
#pragma unroll
    for (int distance = 1; distance < N; distance *= 2) {
      const Integer before = __shfl_up_sync(mask_, sum, distance, N);
      if (rank_ >= distance) sum = static_cast<Integer>(sum + before);
    }
#endif
    return static_cast<Integer>(sum - value);
  }
  template <class Value>
  TAILFIT_HD Value from_one(const Value& value, bool here) const {
    static_assert(sizeof(Value) % 4 == 0);
    Value found = value;
#if defined(__CUDA_ARCH__)
    const int owner = 31 - __clz(static_cast<int>(__ballot_sync(mask_, here ? 1 : 0)));
    uint32_t words[sizeof(Value) / 4];
    memcpy(words, &value, sizeof value);
#pragma unroll
    for (uint32_t& word : words) word = __shfl_sync(mask_, word, owner);
    memcpy(&found, words, sizeof found);
#else
    (void)here;
#endif
    return found;
  }
  // Counter: 4 or 8 bytes, unsigned.
  template <class Counter>
  TAILFIT_HD Counter add_atomic(Counter* counter, Counter value) const {
#if defined(__CUDA_ARCH__)
    using Word = std::conditional_t<sizeof(Counter) == 4, unsigned, unsigned long long>;
    return static_cast<Counter>(
        atomicAdd(reinterpret_cast<Word*>(counter), static_cast<Word>(value)));
#else
    return *counter += value;
#endif
  }
  TAILFIT_HD const CudaLanes& local() const { return *this; }
  template <class Counter>
  TAILFIT_HD void merge(Counter*, int64_t) const {
    sync();
  }
  template <class Value>
  TAILFIT_HD Value* home(Value* pointer) const {
    return pointer;
  }

 private:
  template <class Integer, class Combine>
  TAILFIT_HD Integer combine(Integer value, const Combine& combine_two) const {
#if defined(__CUDA_ARCH__)
#pragma unroll
    for (int distance = N / 2; distance > 0; distance /= 2) {
      value = combine_two(value, __shfl_xor_sync(mask_, value, distance, N));
    }
#else
    (void)combine_two;
#endif
    return value;
  }

  int rank_;
  unsigned mask_;
};

}  // namespace
}  // namespace tailfit::kernels
