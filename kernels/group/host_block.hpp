// HostBlock: one real thread per lane and a barrier. It runs the kernel bodies as a block of CUDA
// threads would, on a machine without a GPU, so that ThreadSanitizer can name a missing barrier.
// For tests only: it allocates, and a barrier of many threads is slow.
#pragma once

#include <barrier>
#include <cstddef>
#include <thread>
#include <vector>

#include "kernels/group/slot_block.hpp"

namespace tailfit::kernels {
namespace {

// What the lanes of one block share.
class HostBlockShared {
 public:
  explicit HostBlockShared(int size)
      : size_(size), barrier_(size), slots_(static_cast<std::size_t>(size)) {}
  int size() const { return size_; }
  void sync(int) { barrier_.arrive_and_wait(); }
  LaneSlot& slot(int rank) { return slots_[static_cast<std::size_t>(rank)]; }

 private:
  int size_;
  std::barrier<> barrier_;
  std::vector<LaneSlot> slots_;
};

using HostBlock = SlotBlock<HostBlockShared>;
using HostBlockOfMany = SlotBlockOfMany<HostBlockShared>;

// Runs body(Block) on `size` threads and waits for all of them.
template <class Block = HostBlock, class Body>
void run_host_block(int size, const Body& body) {
  HostBlockShared shared(size);
  std::vector<std::thread> lanes;
  lanes.reserve(static_cast<std::size_t>(size));
  for (int rank = 0; rank < size; ++rank) {
    lanes.emplace_back([&shared, &body, rank] { body(Block(shared, rank)); });
  }
  for (std::thread& lane : lanes) lane.join();
}

}  // namespace
}  // namespace tailfit::kernels
