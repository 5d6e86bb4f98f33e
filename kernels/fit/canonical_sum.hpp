// The canonical order of floating-point sums: it depends on the number of terms only, so every
// backend, group size and batch gives the same bits. The constants are part of the format.
//
// Terms come in groups of four, in the order of the data. k <= 256: the groups add up in sequence.
// k <= 8192: group g belongs to accumulator g mod 32; above: g mod 1024. The accumulators are then
// combined by a binary xor tree, widest distance first: a[i] += a[i xor 16], ... 8, 4, 2, 1.
//
// With more than 256 terms the accumulators are spread over the lanes of the group (accumulator a
// belongs to lane a mod size) and meet in shared memory; with fewer each lane that calls computes
// the whole sum, so a single lane may do it alone.
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

// Shared memory in bytes that sums over at most k terms need.
TAILFIT_HD inline int64_t canonical_scratch_bytes(int64_t k) {
  const int accumulators = canonical_accumulators(k);
  return accumulators == 1 ? 0 : accumulators * canonical_accumulator_bytes;
}

// Combines the accumulators, which all lanes see; the result is on every lane. Collective.
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

// The sum over groups 0..ceil(k/4)-1. Accumulator{} is neutral; make() gives an empty accumulator;
// add(accumulator, group) adds group `group`; accumulator.merge(other) adds another accumulator.
// Collective over `group_of_lanes` when k > canonical_serial_terms. The result is on every lane.
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
  for (int a = group_of_lanes.rank(); a < accumulators; a += group_of_lanes.size()) {
    Accumulator sum{};
    for (int64_t group = a; group < n_groups; group += accumulators) add(sum, group);
    shared[a] = sum;
  }
  group_of_lanes.sync();
  return merge_accumulators(group_of_lanes, accumulators, shared);
}

}  // namespace
}  // namespace tailfit::kernels
