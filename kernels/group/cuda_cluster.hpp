// CudaCluster: all threads of a cluster of up to 16 blocks, each of which has a shared memory of
// its own that the others can reach. Members are as serial_group.hpp says; integers are combined in
// each block, then the blocks' results, which every block hands to all of them.
//
// Every thread of the cluster takes part in every member but rank(), size(), local(), home() and
// add_atomic(). Device code for sm_90 and later; elsewhere the text compiles and is never run.
#pragma once

#include "kernels/group/cuda_block.hpp"

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
#define TAILFIT_HAS_CLUSTERS
#endif

namespace tailfit::kernels {
namespace {

constexpr int greatest_cluster_blocks = 16;
constexpr int cuda_cluster_slots = cuda_block_slots + 2 * 3 * greatest_cluster_blocks;

class CudaCluster {
 public:
  static constexpr bool has_many_lanes = true;  // more than a warp has
  // slots: cuda_cluster_slots words of each block's shared memory, at the same address. No member
  // but rank(), size() and local() before a sync(): the other blocks may not have begun.
  TAILFIT_HD explicit CudaCluster(uint64_t* slots)
      : block_(slots), slots_(slots + cuda_block_slots) {
#if defined(TAILFIT_HAS_CLUSTERS)
    n_blocks_ = static_cast<int>(__clusterSizeInBlocks());
    block_rank_ = static_cast<int>(__clusterRelativeBlockRank());
#endif
  }

  TAILFIT_HD int rank() const { return block_rank_ * block_.size() + block_.rank(); }
  TAILFIT_HD int size() const { return n_blocks_ * block_.size(); }
  TAILFIT_HD void sync() const {
#if defined(TAILFIT_HAS_CLUSTERS)
    __cluster_barrier_arrive();
    __cluster_barrier_wait();
#endif
  }
  TAILFIT_HD const CudaBlock& local() const { return block_; }

  template <class Integer>
  TAILFIT_HD Integer reduce_add(Integer value) const {
    return combine(block_.reduce_add(value),
                   [](Integer a, Integer b) { return static_cast<Integer>(a + b); });
  }
  template <class Integer>
  TAILFIT_HD Integer reduce_min(Integer value) const {
    return combine(block_.reduce_min(value), [](Integer a, Integer b) { return smaller(a, b); });
  }
  template <class Integer>
  TAILFIT_HD Integer reduce_max(Integer value) const {
    return combine(block_.reduce_max(value), [](Integer a, Integer b) { return larger(a, b); });
  }
  template <class Integer>
  TAILFIT_HD Integer exclusive_scan_add(Integer value) const {
    Integer sum = block_.exclusive_scan_add(value);
    const bool is_last = block_.rank() == block_.size() - 1;
    const uint64_t* slots = hand_out(block_.from_one(static_cast<Integer>(sum + value), is_last));
    for (int b = 0; b < block_rank_; ++b) sum = static_cast<Integer>(sum + get<Integer>(slots, b));
    return sum;
  }
  template <class Value>
  TAILFIT_HD Value from_one(const Value& value, bool here) const {
    static_assert(sizeof(Value) <= 24);
    uint64_t* slots = next_slots();
    if (here) {
      for (int b = 0; b < n_blocks_; ++b) put(in_block(b, slots), value);
    }
    sync();
    return get<Value>(slots, 0);
  }
  template <class Counter>
  TAILFIT_HD Counter add_atomic(Counter* counter, Counter value) const {
    return block_.add_atomic(counter, value);
  }
  // A lane reads and writes a counter of all blocks, which no other lane does meanwhile.
  template <class Counter>
  TAILFIT_HD void merge(Counter* counters, int64_t n) const {
    sync();
    for (int64_t i = rank(); i < n; i += size()) {
      Counter sum = 0;
      for (int b = 0; b < n_blocks_; ++b) sum += *in_block(b, counters + i);
      for (int b = 0; b < n_blocks_; ++b) *in_block(b, counters + i) = sum;
    }
    sync();
  }
  template <class Value>
  TAILFIT_HD Value* home(Value* pointer) const {
    return in_block(0, pointer);
  }

 private:
  // The same address in another block's memory.
  template <class Value>
  TAILFIT_HD static Value* in_block(int block, Value* pointer) {
#if defined(TAILFIT_HAS_CLUSTERS)
    return static_cast<Value*>(__cluster_map_shared_rank(pointer, static_cast<unsigned>(block)));
#else
    (void)block;
    return pointer;
#endif
  }
  // Two sets take turns, as CudaBlock's do.
  TAILFIT_HD uint64_t* next_slots() const {
    side_ ^= 1;
    return slots_ + side_ * 3 * greatest_cluster_blocks;
  }
  // Every block's value, which all of its lanes have, in slots of this block.
  template <class Integer>
  TAILFIT_HD const uint64_t* hand_out(Integer of_block) const {
    uint64_t* slots = next_slots();
    if (block_.rank() < n_blocks_) {
      put(in_block(block_.rank(), slots + 3 * block_rank_), of_block);
    }
    sync();
    return slots;
  }
  template <class Integer, class Combine>
  TAILFIT_HD Integer combine(Integer of_block, const Combine& combine_two) const {
    const uint64_t* slots = hand_out(of_block);
    Integer result = get<Integer>(slots, 0);
    for (int b = 1; b < n_blocks_; ++b) result = combine_two(result, get<Integer>(slots, b));
    return result;
  }
  // By words: of a pointer to another block's memory the compiler does not know the alignment, and
  // a memcpy to there is a store for each byte.
  template <class Value>
  TAILFIT_HD static void put(uint64_t* slot, const Value& value) {
    constexpr int n_words = (sizeof(Value) + 7) / 8;
    uint64_t words[n_words] = {};
    memcpy(words, &value, sizeof value);
    TAILFIT_UNROLL
    for (int i = 0; i < n_words; ++i) slot[i] = words[i];
  }
  template <class Value>
  TAILFIT_HD static Value get(const uint64_t* slots, int block) {
    Value value;
    memcpy(&value, slots + 3 * block, sizeof value);
    return value;
  }

  CudaBlock block_;
  uint64_t* slots_;
  int n_blocks_ = 1;
  int block_rank_ = 0;
  mutable int side_ = 0;
};

}  // namespace
}  // namespace tailfit::kernels
