// FibreCluster: the lanes of a cluster of blocks as fibres of one thread. Blocks take turns at
// random, each for as far as its next barrier, so that one may be far ahead of another until all
// have met: a result that wants the blocks to have met earlier shows. For tests only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "kernels/group/fibres.hpp"
#include "kernels/group/slot_cluster.hpp"

namespace tailfit::kernels {
namespace {

class FibreClusterShared {
 public:
  // One block of it, for its lanes' own barrier.
  class Block {
   public:
    Block(FibreClusterShared& cluster, int block) : cluster_(&cluster), block_(block) {}
    int size() const { return cluster_->lanes(); }
    void sync(int rank) { cluster_->pause(block_ * size() + rank, Wait::block); }
    LaneSlot& slot(int rank) {
      return cluster_->local_slots_[static_cast<std::size_t>(block_ * size() + rank)];
    }

   private:
    FibreClusterShared* cluster_;
    int block_;
  };

  // memory: where each block's begins.
  FibreClusterShared(std::vector<char*> memory, int lanes, std::uint64_t seed)
      : memory_(std::move(memory)),
        lanes_(lanes),
        slots_(memory_.size() * static_cast<std::size_t>(lanes)),
        local_slots_(slots_.size()),
        waits_(slots_.size(), Wait::block),
        fibres_(slots_.size()),
        random_(seed) {
    for (int b = 0; b < n_blocks(); ++b) blocks_.emplace_back(*this, b);
  }
  int size() const { return static_cast<int>(slots_.size()); }
  int lanes() const { return lanes_; }
  int n_blocks() const { return static_cast<int>(memory_.size()); }
  char* memory(int b) const { return memory_[static_cast<std::size_t>(b)]; }
  Block& block(int b) { return blocks_[static_cast<std::size_t>(b)]; }
  void sync(int rank) { pause(rank, Wait::cluster); }
  LaneSlot& slot(int rank) { return slots_[static_cast<std::size_t>(rank)]; }

  // Runs body(rank) as a fibre for every lane. Throws std::logic_error if lanes of a block stop at
  // different barriers, or end while others wait.
  void run(const std::function<void(int)>& body) {
    fibres_.start(body);
    std::vector<int> runnable(blocks_.size());
    std::iota(runnable.begin(), runnable.end(), 0);
    std::size_t n_met = 0;
    std::size_t n_ended = 0;
    while (!runnable.empty()) {
      std::swap(runnable[random_() % runnable.size()], runnable.back());
      const Wait wait = run_block(runnable.back());
      if (wait == Wait::block) continue;
      runnable.pop_back();
      (wait == Wait::cluster ? n_met : n_ended) += 1;
      if (n_met < blocks_.size()) continue;
      n_met = 0;
      runnable.resize(blocks_.size());
      std::iota(runnable.begin(), runnable.end(), 0);
    }
    if (n_ended < blocks_.size()) {
      throw std::logic_error("a block left while others wait at the cluster's barrier");
    }
  }

 private:
  enum class Wait : char { block, cluster, nothing };

  void pause(int rank, Wait wait) {
    waits_[static_cast<std::size_t>(rank)] = wait;
    fibres_.pause(static_cast<std::size_t>(rank));
  }
  // All lanes of a block as far as their next barrier.
  Wait run_block(int b) {
    std::vector<std::size_t> order(static_cast<std::size_t>(lanes_));
    std::iota(order.begin(), order.end(), static_cast<std::size_t>(b * lanes_));
    const std::size_t first = order.front();
    std::shuffle(order.begin(), order.end(), random_);
    for (const std::size_t i : order) {
      fibres_.resume(i);
      if (fibres_.is_done(i)) waits_[i] = Wait::nothing;
    }
    for (const std::size_t i : order) {
      if (waits_[i] != waits_[first]) throw std::logic_error("lanes wait at different barriers");
    }
    return waits_[first];
  }

  std::vector<char*> memory_;
  int lanes_;
  std::vector<LaneSlot> slots_;
  std::vector<LaneSlot> local_slots_;
  std::vector<Block> blocks_;
  std::vector<Wait> waits_;
  Fibres fibres_;
  std::mt19937_64 random_;
};

using FibreCluster = SlotCluster<FibreClusterShared>;

// Runs body(FibreCluster, block) on `lanes` fibres for each memory and returns when all have ended.
template <class Body>
void run_fibre_cluster(const std::vector<char*>& memory, int lanes, std::uint64_t seed,
                       const Body& body) {
  FibreClusterShared shared(memory, lanes, seed);
  shared.run([&](int rank) {
    body(FibreCluster(shared, rank), memory[static_cast<std::size_t>(rank / lanes)]);
  });
}

}  // namespace
}  // namespace tailfit::kernels
