// FibreBlock: the lanes of a block as fibres of one thread, which run one after the other from one
// barrier to the next, in an order that is shuffled anew each time. A barrier costs a microsecond
// where real threads take a hundred, so thousands of cases can be tried, and a result that depends
// on the order of the lanes shows. For tests only.
#pragma once

#include <ucontext.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

#include "kernels/group/slot_block.hpp"

namespace tailfit::kernels {
namespace {

class FibreBlockShared {
 public:
  FibreBlockShared(int size, std::uint64_t seed)
      : slots_(static_cast<std::size_t>(size)), fibres_(slots_.size()), random_(seed) {}
  int size() const { return static_cast<int>(slots_.size()); }
  void sync(int rank) {  // on to the next lane
    swapcontext(&fibres_[static_cast<std::size_t>(rank)].context, &scheduler_);
  }
  LaneSlot& slot(int rank) { return slots_[static_cast<std::size_t>(rank)]; }

  // Runs body(rank) as a fibre for every lane. Throws std::logic_error if a lane ends while another
  // waits at a barrier.
  void run(const std::function<void(int)>& body) {
    body_ = &body;
    for (std::size_t i = 0; i < fibres_.size(); ++i) start(i);
    std::vector<std::size_t> order(fibres_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t n_done = 0; n_done < fibres_.size();) {
      if (n_done > 0) throw std::logic_error("a lane left while others wait at a barrier");
      std::shuffle(order.begin(), order.end(), random_);
      for (const std::size_t i : order) {
        swapcontext(&scheduler_, &fibres_[i].context);
        n_done += fibres_[i].done ? 1 : 0;
      }
    }
  }

 private:
  static constexpr std::size_t stack_bytes = std::size_t{1} << 18;
  struct Fibre {
    ucontext_t context;
    std::unique_ptr<std::byte[]> stack;
    bool done = false;
  };

  void start(std::size_t i) {
    Fibre& fibre = fibres_[i];
    fibre.stack.reset(new std::byte[stack_bytes]);  // not zeroed
    getcontext(&fibre.context);
    fibre.context.uc_stack.ss_sp = fibre.stack.get();
    fibre.context.uc_stack.ss_size = stack_bytes;
    fibre.context.uc_link = &scheduler_;
    // makecontext takes integers only.
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    makecontext(&fibre.context, reinterpret_cast<void (*)()>(&enter), 3,
                static_cast<unsigned>(self >> 32), static_cast<unsigned>(self),
                static_cast<unsigned>(i));
  }
  static void enter(unsigned high, unsigned low, unsigned rank) {
    auto* self = reinterpret_cast<FibreBlockShared*>(std::uintptr_t{high} << 32 | low);
    (*self->body_)(static_cast<int>(rank));
    self->fibres_[rank].done = true;
  }

  std::vector<LaneSlot> slots_;
  std::vector<Fibre> fibres_;
  std::mt19937_64 random_;
  ucontext_t scheduler_ = {};
  const std::function<void(int)>* body_ = nullptr;
};

using FibreBlock = SlotBlock<FibreBlockShared>;

// Runs body(FibreBlock) on `size` fibres and returns when all have ended.
template <class Body>
void run_fibre_block(int size, std::uint64_t seed, const Body& body) {
  FibreBlockShared shared(size, seed);
  shared.run([&](int rank) { body(FibreBlock(shared, rank)); });
}

}  // namespace
}  // namespace tailfit::kernels
