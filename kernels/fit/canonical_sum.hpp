// The canonical order of floating-point sums: it depends on the number of terms only, so every
// backend, group size and batch gives the same bits. The constants are part of the format.
//
// Terms come in groups of four, in the order of the data. k <= 256: the groups add up in sequence.
// k <= 8192: group g belongs to accumulator g mod 32; above: g mod 1024. The accumulators are then
// combined by a binary xor tree, widest distance first: a[i] += a[i xor 16], ... 8, 4, 2, 1.
//
// How many lanes do it changes nothing. With more than 256 terms a lane has the accumulators that
// are its rank modulo the number of lanes, which the tree combines among themselves first; then the
// lanes' results meet in shared memory. With fewer each lane that calls computes the whole sum, so
// a single lane may do it alone.
#pragma once

#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

constexpr int64_t canonical_serial_terms = 256;
constexpr int64_t canonical_warp_terms = 8192;

// Number of accumulators for k terms.
TAILFIT_HD inline int canonical_accumulators(int64_t k) {
  if (k <= canonical_serial_terms) return 1;
  return k <= canonical_warp_terms ? 32 : 1024;
}

// Largest accumulator that canonical_sum is used with, in bytes.
constexpr int64_t canonical_accumulator_bytes = 80;

// Of `size` lanes those that take part, a power of two, each with equally many accumulators.
TAILFIT_HD inline int canonical_lanes(int accumulators, int size) {
  int lanes = accumulators;
  while (lanes > size) lanes /= 2;
  return lanes;
}

// Shared memory in bytes that sums over at most k terms need, by so many lanes: for each one result
// for every level of the tree that it combines by itself.
TAILFIT_HD inline int64_t canonical_scratch_bytes(int64_t k, int size) {
  const int accumulators = canonical_accumulators(k);
  if (accumulators == 1) return 0;
  const int lanes = canonical_lanes(accumulators, size);
  int levels = 1;
  while ((lanes << (levels + 1)) <= accumulators) ++levels;
  return static_cast<int64_t>(lanes) * levels * canonical_accumulator_bytes;
}

// By any number of lanes.
TAILFIT_HD inline int64_t canonical_scratch_bytes(int64_t k) {
  const int accumulators = canonical_accumulators(k);
  return accumulators == 1 ? 0 : accumulators * canonical_accumulator_bytes;
}

// Combines one accumulator of each lane, which all lanes see; the result is on every lane.
// Collective.
template <class Accumulator, class Group>
TAILFIT_HD inline Accumulator merge_accumulators(const Group& group_of_lanes, int accumulators,
                                                 Accumulator* shared) {
  for (int distance = accumulators / 2; distance > 0; distance /= 2) {
    for (int a = group_of_lanes.rank(); a < distance; a += group_of_lanes.size()) {
      shared[a].merge(shared[a + distance]);  // a xor distance
    }
    group_of_lanes.sync();
  }
  const Accumulator total = shared[0];
  group_of_lanes.sync();  // before anyone writes the shared accumulators again
  return total;
}

// What the tree makes of accumulators `rank`, rank + lanes, rank + 2*lanes, ... to shared[rank]. It
// combines those the farthest apart first: they are summed in that order, and what waits for its
// other half waits in shared[rank + level*lanes].
template <class Accumulator, class Add>
TAILFIT_HD inline void sum_of_lane(int rank, int lanes, int accumulators, int64_t n_groups,
                                   Accumulator* shared, const Add& add) {
  Accumulator* waiting = shared + rank;
  for (int a = rank;;) {
    Accumulator sum{};
    for (int64_t group = a; group < n_groups; group += accumulators) add(sum, group);
    int distance = accumulators / 2;
    for (; distance >= lanes && (a & distance) != 0; distance /= 2) {
      waiting -= lanes;
      Accumulator half = *waiting;
      half.merge(sum);
      sum = half;
      a -= distance;
    }
    *waiting = sum;
    waiting += lanes;
    if (distance < lanes) return;
    a += distance;
  }
}

// The sum over groups 0..ceil(k/4)-1. Accumulator{} is neutral;
// add(accumulator, group) adds group `group`; accumulator.merge(other) adds another accumulator.
// scratch: canonical_scratch_bytes(k, size). Collective over `group_of_lanes` when k >
// canonical_serial_terms. The result is on every lane.
template <class Accumulator, class Group, class Add>
TAILFIT_HD inline Accumulator canonical_sum(const Group& group_of_lanes, int64_t k, void* scratch,
                                            const Add& add) {
  static_assert(sizeof(Accumulator) <= canonical_accumulator_bytes);
  const int64_t n_groups = (k + 3) / 4;
  const int accumulators = canonical_accumulators(k);
  if (accumulators == 1) {
    Accumulator sum{};
    for (int64_t group = 0; group < n_groups; ++group) add(sum, group);
    return sum;
  }
  Accumulator* shared = static_cast<Accumulator*>(scratch);
  const int lanes = canonical_lanes(accumulators, group_of_lanes.size());
  const int rank = group_of_lanes.rank();
  if (rank < lanes) sum_of_lane(rank, lanes, accumulators, n_groups, shared, add);
  group_of_lanes.sync();
  return merge_accumulators(group_of_lanes, lanes, shared);
}

}  // namespace
}  // namespace tailfit::kernels
