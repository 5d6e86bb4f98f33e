// SlotBlock: the members of a Group (serial_group.hpp says what they are) for lanes that talk
// through a slot of memory each and a barrier. What the lanes are, threads or fibres, is the
// business of Shared: size(), sync(rank), slot(rank). For tests only.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

struct alignas(64) LaneSlot {
  std::byte bytes[64];
};

template <class Shared>
class SlotBlock {
 public:
  SlotBlock(Shared& shared, int rank) : shared_(&shared), rank_(rank) {}

  int rank() const { return rank_; }
  int size() const { return shared_->size(); }
  void sync() const { shared_->sync(rank_); }

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
  Value from_one(const Value& value, bool here) const {
    const int owner = reduce_max(here ? rank_ : 0);
    if (here) put(value);
    sync();
    const Value found = get<Value>(owner);
    sync();
    return found;
  }
  template <class Integer>
  Integer add_atomic(Integer* counter, Integer value) const {
    return std::atomic_ref<Integer>(*counter).fetch_add(value, std::memory_order_relaxed);
  }
  const SlotBlock& local() const { return *this; }
  template <class Counter>
  void merge(Counter*, std::int64_t) const {
    sync();
  }
  template <class Value>
  Value* home(Value* pointer) const {
    return pointer;
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
    static_assert(sizeof(Value) <= sizeof(LaneSlot));
    std::memcpy(shared_->slot(rank_).bytes, &value, sizeof value);
  }
  template <class Value>
  Value get(int lane) const {
    Value value;
    std::memcpy(&value, shared_->slot(lane).bytes, sizeof value);
    return value;
  }

  Shared* shared_;
  int rank_;
};

// The same for the kernels' text for more lanes than a warp has, as CudaBlock is.
template <class Shared>
class SlotBlockOfMany : public SlotBlock<Shared> {
 public:
  static constexpr bool has_many_lanes = true;
  using SlotBlock<Shared>::SlotBlock;
  const SlotBlockOfMany& local() const { return *this; }
};

}  // namespace
}  // namespace tailfit::kernels
