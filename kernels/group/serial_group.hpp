// SerialGroup: a group of one lane. The scalar CPU path, and every lane that solves a tail alone.
//
// A Group is how the lanes that share one tile talk to each other; kernel bodies know nothing else
// about lanes. Every member below except rank(), size() and add_atomic() is collective: all lanes
// call it, in the same order. Integer results are exact, hence free of order; sums of
// floating-point numbers have their own fixed order in kernels/fit/canonical_sum.hpp.
//
//   rank(), size()          this lane, number of lanes
//   sync()                  what any lane wrote before it is visible to every lane after it
//   reduce_add(i), reduce_min(i), reduce_max(i)    the result on every lane
//   exclusive_scan_add(i)   the sum over the lanes of smaller rank
//   from_one(value, here)   the value of the one lane that says it is here, on every lane;
//   trivially
//                           copyable, 4 to 24 bytes
//   add_atomic(&counter, i) counter += i, for counters in shared memory; what it was before
//
// Lanes may lie in blocks, each with a shared memory of its own (cuda_cluster.hpp). A pointer to
// shared memory is then to this lane's block's, and of the members that follow the first two are
// for the group itself, the last one for nothing, where there is one memory:
//
//   local()                 the group of the lanes that share this one's memory, a part of all in
//                           the order of their ranks
//   home(pointer)           the same place in the memory of the first block
//   merge(counters, n)      a sync after which each block's counters are the sums of all blocks'
#pragma once

#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

struct SerialGroup {
  TAILFIT_HD int rank() const { return 0; }
  TAILFIT_HD int size() const { return 1; }
  TAILFIT_HD void sync() const {}
  TAILFIT_HD const SerialGroup& local() const { return *this; }

  template <class Integer>
  TAILFIT_HD Integer reduce_add(Integer value) const {
    return value;
  }
  template <class Integer>
  TAILFIT_HD Integer reduce_min(Integer value) const {
    return value;
  }
  template <class Integer>
  TAILFIT_HD Integer reduce_max(Integer value) const {
    return value;
  }
  template <class Integer>
  TAILFIT_HD Integer exclusive_scan_add(Integer) const {
    return Integer{0};
  }
  template <class Value>
  TAILFIT_HD Value from_one(const Value& value, bool) const {
    return value;
  }
  template <class Integer>
  TAILFIT_HD Integer add_atomic(Integer* counter, Integer value) const {
    const Integer before = *counter;
    *counter += value;
    return before;
  }
  template <class Counter>
  TAILFIT_HD void merge(Counter*, int64_t) const {}
  template <class Value>
  TAILFIT_HD Value* home(Value* pointer) const {
    return pointer;
  }
};

}  // namespace
}  // namespace tailfit::kernels
