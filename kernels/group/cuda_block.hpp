// CudaBlock: all threads of a block, a multiple of 32 up to 1,024. Members are as serial_group.hpp
// says; integers are combined in each warp by shuffles, then the warps' results, which every warp
// reads from shared memory, a lane each, by shuffles again.
//
// Every thread of the block takes part in every member but rank(), size() and add_atomic().
// Device code only; the host versions exist so that host-and-device templates may name them.
#pragma once

#include "kernels/group/cuda_lanes.hpp"

namespace tailfit::kernels {
namespace {

constexpr int cuda_block_slots = 2 * 36;

class CudaBlock {
 public:
  static constexpr bool has_many_lanes = true;  // more than a warp has
  // slots: cuda_block_slots words of shared memory, for this group alone.
  TAILFIT_HD explicit CudaBlock(uint64_t* slots) : slots_(slots) {}
  CudaBlock(const CudaBlock&) = delete;  // two would take the same slots one after the other
  CudaBlock& operator=(const CudaBlock&) = delete;

  // Not kept: a register for each is not to be had everywhere.
  TAILFIT_HD int rank() const {
#if defined(__CUDA_ARCH__)
    return static_cast<int>(threadIdx.x);
#else
    return 0;
#endif
  }
  TAILFIT_HD int size() const {
#if defined(__CUDA_ARCH__)
    return static_cast<int>(blockDim.x);
#else
    return 1;
#endif
  }
  TAILFIT_HD void sync() const {
#if defined(__CUDA_ARCH__)
    __syncthreads();
#endif
  }

  template <class Integer>
  TAILFIT_HD Integer reduce_add(Integer value) const {
    return warp_.reduce_add(of_warps(warp_.reduce_add(value), Integer{0}));
  }
  template <class Integer>
  TAILFIT_HD Integer reduce_min(Integer value) const {
    const Integer least = warp_.reduce_min(value);
    return warp_.reduce_min(of_warps(least, least));
  }
  template <class Integer>
  TAILFIT_HD Integer reduce_max(Integer value) const {
    const Integer greatest = warp_.reduce_max(value);
    return warp_.reduce_max(of_warps(greatest, greatest));
  }
  template <class Integer>
  TAILFIT_HD Integer exclusive_scan_add(Integer value) const {
    const Integer before = warp_.exclusive_scan_add(value);
    uint64_t* slots = next_slots();
    if (rank() % 32 == 31) put(slots + rank() / 32, static_cast<Integer>(before + value));
    sync();
    const bool is_before = rank() % 32 < rank() / 32;
    const Integer of_warp = is_before ? get<Integer>(slots + rank() % 32) : Integer{0};
    return static_cast<Integer>(before + warp_.reduce_add(of_warp));
  }
  template <class Value>
  TAILFIT_HD Value from_one(const Value& value, bool here) const {
    static_assert(sizeof(Value) <= 24);
    uint64_t* slots = next_slots();
    if (here) put(slots + 32, value);
    sync();
    return get<Value>(slots + 32);
  }
  template <class Counter>
  TAILFIT_HD Counter add_atomic(Counter* counter, Counter value) const {
    return warp_.add_atomic(counter, value);
  }
  TAILFIT_HD const CudaBlock& local() const { return *this; }
  template <class Counter>
  TAILFIT_HD void merge(Counter*, int64_t) const {
    sync();
  }
  template <class Value>
  TAILFIT_HD Value* home(Value* pointer) const {
    return pointer;
  }

 private:
  // Two sets of slots take turns: who writes to one has met at the barrier of the other, behind
  // which nobody reads this one any more. So a barrier is enough for each member.
  TAILFIT_HD uint64_t* next_slots() const {
    at_ = cuda_block_slots / 2 - at_;
    return slots_ + at_;
  }
  // Each lane gets the value of the warp that has the lane's number; `absent` where there is none.
  template <class Integer>
  TAILFIT_HD Integer of_warps(Integer of_warp, Integer absent) const {
    uint64_t* slots = next_slots();
    if (rank() % 32 == 0) put(slots + rank() / 32, of_warp);
    sync();
    return rank() % 32 < (size() + 31) / 32 ? get<Integer>(slots + rank() % 32) : absent;
  }
  template <class Value>
  TAILFIT_HD static void put(uint64_t* slot, const Value& value) {
    memcpy(slot, &value, sizeof value);
  }
  template <class Value>
  TAILFIT_HD static Value get(const uint64_t* slot) {
    Value value;
    memcpy(&value, slot, sizeof value);
    return value;
  }

  uint64_t* slots_;
  mutable int at_ = 0;
  CudaLanes<32> warp_;
};

}  // namespace
}  // namespace tailfit::kernels
