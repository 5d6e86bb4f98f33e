// FibreBlock: the lanes of a block as fibres of one thread, which run one after the other from one
// barrier to the next, in an order that is shuffled anew each time. A barrier costs a microsecond
// where real threads take a hundred, so thousands of cases can be tried, and a result that depends
// on the order of the lanes shows. For tests only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

#include "kernels/group/fibres.hpp"
#include "kernels/group/slot_block.hpp"

namespace tailfit::kernels {
namespace {

class FibreBlockShared {
 public:
  FibreBlockShared(int size, std::uint64_t seed)
      : slots_(static_cast<std::size_t>(size)), fibres_(slots_.size()), random_(seed) {}
  int size() const { return static_cast<int>(slots_.size()); }
  void sync(int rank) { fibres_.pause(static_cast<std::size_t>(rank)); }  // on to the next lane
  LaneSlot& slot(int rank) { return slots_[static_cast<std::size_t>(rank)]; }

  // Runs body(rank) as a fibre for every lane. Throws std::logic_error if a lane ends while another
  // waits at a barrier.
  void run(const std::function<void(int)>& body) {
    fibres_.start(body);
    std::vector<std::size_t> order(slots_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t n_done = 0; n_done < order.size();) {
      if (n_done > 0) throw std::logic_error("a lane left while others wait at a barrier");
      std::shuffle(order.begin(), order.end(), random_);
      for (const std::size_t i : order) {
        fibres_.resume(i);
        n_done += fibres_.is_done(i) ? 1 : 0;
      }
    }
  }

 private:
  std::vector<LaneSlot> slots_;
  Fibres fibres_;
  std::mt19937_64 random_;
};

using FibreBlock = SlotBlock<FibreBlockShared>;
using FibreBlockOfMany = SlotBlockOfMany<FibreBlockShared>;

// Runs body(FibreBlock) on `size` fibres and returns when all have ended.
template <class Block = FibreBlock, class Body>
void run_fibre_block(int size, std::uint64_t seed, const Body& body) {
  FibreBlockShared shared(size, seed);
  shared.run([&](int rank) { body(Block(shared, rank)); });
}

}  // namespace
}  // namespace tailfit::kernels
