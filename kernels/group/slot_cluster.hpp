// SlotCluster: a group whose lanes belong to blocks, each with memory of its own, over the same
// kind of Shared as SlotBlock. Beside that, Shared has what a lane's block is: block(rank), a
// Shared too, with lanes(), and memory(b), where the memory of block b begins. For tests only.
#pragma once

#include <cstdint>

#include "kernels/group/slot_block.hpp"

namespace tailfit::kernels {
namespace {

template <class Shared>
class SlotCluster : public SlotBlock<Shared> {
 public:
  static constexpr bool has_many_lanes = true;  // as CudaCluster
  using Local = SlotBlockOfMany<typename Shared::Block>;

  SlotCluster(Shared& shared, int rank)
      : SlotBlock<Shared>(shared, rank),
        shared_(&shared),
        block_(rank / shared.lanes()),
        local_(shared.block(block_), rank % shared.lanes()) {}

  const Local& local() const { return local_; }

  template <class Counter>
  void merge(Counter* counters, int64_t n) const {
    this->sync();
    for (int64_t i = this->rank(); i < n; i += this->size()) {
      Counter sum = 0;
      for (int b = 0; b < shared_->n_blocks(); ++b) sum += *in_block(b, counters + i);
      for (int b = 0; b < shared_->n_blocks(); ++b) *in_block(b, counters + i) = sum;
    }
    this->sync();
  }
  template <class Value>
  Value* home(Value* pointer) const {
    return in_block(0, pointer);
  }

 private:
  template <class Value>
  Value* in_block(int b, Value* pointer) const {
    const auto offset = reinterpret_cast<char*>(pointer) - shared_->memory(block_);
    return reinterpret_cast<Value*>(shared_->memory(b) + offset);
  }

  Shared* shared_;
  int block_;
  Local local_;
};

}  // namespace
}  // namespace tailfit::kernels
