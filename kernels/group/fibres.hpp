// Fibres of one thread: each has a stack and runs until it pauses or ends. For tests only.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace tailfit::kernels {
namespace {

class Fibres {
 public:
  explicit Fibres(std::size_t n) : fibres_(n) {}

  // Fibre i will run body(i); body must stay as long as they run.
  void start(const std::function<void(int)>& body) {
    body_ = &body;
    for (std::size_t i = 0; i < fibres_.size(); ++i) start(i);
  }
  // Returns when fibre i has paused or ended.
  void resume(std::size_t i) { swapcontext(&scheduler_, &fibres_[i].context); }
  // Called by fibre i.
  void pause(std::size_t i) { swapcontext(&fibres_[i].context, &scheduler_); }
  bool is_done(std::size_t i) const { return fibres_[i].done; }

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
    auto* self = reinterpret_cast<Fibres*>(std::uintptr_t{high} << 32 | low);
    (*self->body_)(static_cast<int>(rank));
    self->fibres_[rank].done = true;
  }

  std::vector<Fibre> fibres_;
  ucontext_t scheduler_ = {};
  const std::function<void(int)>* body_ = nullptr;
};

}  // namespace
}  // namespace tailfit::kernels
