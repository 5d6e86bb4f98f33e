// HostBlock: one real thread per lane and a barrier. It runs the kernel bodies as a block of CUDA
// threads would, on a machine without a GPU, so that ThreadSanitizer can name a missing barrier.
// For tests only: it allocates, and a barrier of many threads is slow.
#pragma once

#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstring>
#include <thread>
#include <vector>

#include "kernels/group/serial_group.hpp"

namespace tailfit::kernels {
namespace {

// What the lanes of one block share.
class HostBlockShared {
 public:
  explicit HostBlockShared(int size)
      : size_(size), barrier_(size), slots_(static_cast<std::size_t>(size)) {}

 private:
  friend class HostBlock;
  struct alignas(64) Slot {
    std::byte bytes[64];
  };
  int size_;
  std::barrier<> barrier_;
  std::vector<Slot> slots_;
};

class HostBlock {
 public:
  HostBlock(HostBlockShared& shared, int rank) : shared_(&shared), rank_(rank) {}

  int rank() const { return rank_; }
  int size() const { return shared_->size_; }
  void sync() const { shared_->barrier_.arrive_and_wait(); }

  template <class Integer>
  Integer reduce_add(Integer value) const {
    return combine(value, [](Integer a, Integer b) { return static_cast<Integer>(a + b); });
  }
  template <class Integer>
  Integer reduce_min(Integer value) const {
    return combine(value, [](Integer a, Integer b) { return smaller(a, b); });
  }
  template <class Integer>
  Integer reduce_max(Integer value) const {
    return combine(value, [](Integer a, Integer b) { return larger(a, b); });
  }
  template <class Integer>
  Integer exclusive_scan_add(Integer value) const {
    put(value);
    sync();
    Integer sum{0};
    for (int lane = 0; lane < rank_; ++lane) sum = static_cast<Integer>(sum + get<Integer>(lane));
    sync();
    return sum;
  }
  template <class Value>
  Value broadcast(Value value, int from) const {
    if (rank_ == from) put(value);
    sync();
    value = get<Value>(from);
    sync();
    return value;
  }
  template <class Integer>
  Integer add_atomic(Integer* counter, Integer value) const {
    return std::atomic_ref<Integer>(*counter).fetch_add(value, std::memory_order_relaxed);
  }

 private:
  template <class Integer, class Combine>
  Integer combine(Integer value, Combine combine_two) const {
    put(value);
    sync();
    Integer result = get<Integer>(0);
    for (int lane = 1; lane < size(); ++lane) result = combine_two(result, get<Integer>(lane));
    sync();
    return result;
  }
  template <class Value>
  void put(const Value& value) const {
    static_assert(sizeof(Value) <= sizeof(HostBlockShared::Slot));
    std::memcpy(shared_->slots_[static_cast<std::size_t>(rank_)].bytes, &value, sizeof value);
  }
  template <class Value>
  Value get(int lane) const {
    Value value;
    std::memcpy(&value, shared_->slots_[static_cast<std::size_t>(lane)].bytes, sizeof value);
    return value;
  }

  HostBlockShared* shared_;
  int rank_;
};

// Runs body(HostBlock) on `size` threads and waits for all of them.
template <class Body>
void run_host_block(int size, Body body) {
  HostBlockShared shared(size);
  std::vector<std::thread> lanes;
  lanes.reserve(static_cast<std::size_t>(size));
  for (int rank = 0; rank < size; ++rank) {
    lanes.emplace_back([&shared, &body, rank] { body(HostBlock(shared, rank)); });
  }
  for (std::thread& lane : lanes) lane.join();
}

}  // namespace
}  // namespace tailfit::kernels
