// CudaBlock: all threads of a block, a multiple of 32 up to 1,024. Members are as serial_group.hpp
// says; integers are combined in each warp by shuffles and across warps through shared memory.
//
// Every thread of the block takes part in every member but rank(), size() and add_atomic().
// Device code only; the host versions exist so that host-and-device templates may name them.
#pragma once

#include "kernels/group/cuda_lanes.hpp"

namespace tailfit::kernels {
namespace {

class CudaBlock {
 public:
  // slots: 33 words of shared memory, for this group alone.
#if defined(__CUDA_ARCH__)
  __device__ explicit CudaBlock(uint64_t* slots)
      : slots_(slots), rank_(static_cast<int>(threadIdx.x)), size_(static_cast<int>(blockDim.x)) {}
#else
  explicit CudaBlock(uint64_t* slots) : slots_(slots), rank_(0), size_(1) {}
#endif

  TAILFIT_HD int rank() const { return rank_; }
  TAILFIT_HD int size() const { return size_; }
  TAILFIT_HD void sync() const {
#if defined(__CUDA_ARCH__)
    __syncthreads();
#endif
  }

  template <class Integer>
  TAILFIT_HD Integer reduce_add(Integer value) const {
    return combine(warp_.reduce_add(value),
                   [](Integer a, Integer b) { return static_cast<Integer>(a + b); });
  }
  template <class Integer>
  TAILFIT_HD Integer reduce_min(Integer value) const {
    return combine(warp_.reduce_min(value), [](Integer a, Integer b) { return smaller(a, b); });
  }
  template <class Integer>
  TAILFIT_HD Integer reduce_max(Integer value) const {
    return combine(warp_.reduce_max(value), [](Integer a, Integer b) { return larger(a, b); });
  }
  template <class Integer>
  TAILFIT_HD Integer exclusive_scan_add(Integer value) const {
    const Integer before = warp_.exclusive_scan_add(value);
    if (rank_ % 32 == 31) put(rank_ / 32, static_cast<Integer>(before + value));
    sync();
    Integer sum = before;
    for (int warp = 0; warp < rank_ / 32; ++warp) {
      sum = static_cast<Integer>(sum + get<Integer>(warp));
    }
    sync();
    return sum;
  }
  template <class Value>
  TAILFIT_HD Value broadcast(Value value, int from) const {
    if (rank_ == from) put(32, value);
    sync();
    value = get<Value>(32);
    sync();
    return value;
  }
  template <class Counter>
  TAILFIT_HD Counter add_atomic(Counter* counter, Counter value) const {
    return warp_.add_atomic(counter, value);
  }

 private:
  template <class Integer, class Combine>
  TAILFIT_HD Integer combine(Integer of_warp, const Combine& combine_two) const {
    if (rank_ % 32 == 0) put(rank_ / 32, of_warp);
    sync();
    Integer result = get<Integer>(0);
    for (int warp = 1; warp < (size_ + 31) / 32; ++warp) {
      result = combine_two(result, get<Integer>(warp));
    }
    sync();
    return result;
  }
  template <class Value>
  TAILFIT_HD void put(int slot, const Value& value) const {
    memcpy(&slots_[slot], &value, sizeof value);
  }
  template <class Value>
  TAILFIT_HD Value get(int slot) const {
    Value value;
    memcpy(&value, &slots_[slot], sizeof value);
    return value;
  }

  uint64_t* slots_;
  int rank_;
  int size_;
  CudaLanes<32> warp_;
};

}  // namespace
}  // namespace tailfit::kernels
