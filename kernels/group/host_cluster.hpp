// HostCluster: one real thread per lane, a barrier for each block and one for all of them, for
// ThreadSanitizer, as HostBlock. For tests only.
#pragma once

#include <barrier>
#include <cstddef>
#include <deque>
#include <thread>
#include <utility>
#include <vector>

#include "kernels/group/host_block.hpp"
#include "kernels/group/slot_cluster.hpp"

namespace tailfit::kernels {
namespace {

class HostClusterShared {
 public:
  using Block = HostBlockShared;

  // memory: where each block's begins.
  HostClusterShared(std::vector<char*> memory, int lanes)
      : memory_(std::move(memory)),
        lanes_(lanes),
        barrier_(size()),
        slots_(static_cast<std::size_t>(size())) {
    for (int b = 0; b < n_blocks(); ++b) blocks_.emplace_back(lanes);
  }
  int size() const { return n_blocks() * lanes_; }
  int lanes() const { return lanes_; }
  int n_blocks() const { return static_cast<int>(memory_.size()); }
  char* memory(int b) const { return memory_[static_cast<std::size_t>(b)]; }
  Block& block(int b) { return blocks_[static_cast<std::size_t>(b)]; }
  void sync(int) { barrier_.arrive_and_wait(); }
  LaneSlot& slot(int rank) { return slots_[static_cast<std::size_t>(rank)]; }

 private:
  std::vector<char*> memory_;
  int lanes_;
  std::barrier<> barrier_;
  std::vector<LaneSlot> slots_;
  std::deque<Block> blocks_;  // which do not move
};

using HostCluster = SlotCluster<HostClusterShared>;

// Runs body(HostCluster, memory of its block) on `lanes` threads for each memory.
template <class Body>
void run_host_cluster(const std::vector<char*>& memory, int lanes, const Body& body) {
  HostClusterShared shared(memory, lanes);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < shared.size(); ++rank) {
    threads.emplace_back([&, rank] {
      body(HostCluster(shared, rank), memory[static_cast<std::size_t>(rank / lanes)]);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace tailfit::kernels
