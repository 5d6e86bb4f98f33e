// Counters that the lanes of a group share: buckets of selection, bins of the body.
#pragma once

#include "kernels/fit/stage.hpp"

namespace tailfit::kernels {
namespace {

template <class Group>
constexpr bool has_many_lanes = requires {
  Group::has_many_lanes;
};

// Four or two counters at a time: 16 bytes. n: any number; counters: 16-byte aligned.
template <class Counter, class Group>
TAILFIT_HD inline void clear_counters(const Group& group, Counter* counters, int64_t n) {
  constexpr int word = KeyWord<Counter>::size;
  const LaneCount n_words = static_cast<LaneCount>(n / word);
  for (LaneCount i = group.rank(); i < n_words; i += group.size()) {
    reinterpret_cast<KeyWord<Counter>*>(counters)[i] = KeyWord<Counter>{};
  }
  for (int64_t i = n / word * word + group.rank(); i < n; i += group.size()) counters[i] = 0;
}

// This lane's share of the counters, and the keys counted in it and before it.
template <class Counter>
struct CounterShare {
  const Counter* begin;
  const Counter* end;
  LaneCount first;  // number of the first one
  Counter before;
  Counter n;
};

template <class Counter, class Group>
TAILFIT_HD inline CounterShare<Counter> share_counters(const Group& group, const Counter* counters,
                                                       int64_t n_counters) {
  const LaneRange range = lane_range(group, n_counters);
  CounterShare<Counter> share{counters + range.begin, counters + range.end,
                              static_cast<LaneCount>(range.begin), 0, 0};
  constexpr LaneCount word = KeyWord<Counter>::size;
  const auto n_own = static_cast<LaneCount>(range.end - range.begin);
  if (!has_many_lanes<Group> && sizeof(Counter) == 4 && n_own % word == 0 &&
      share.first % word == 0) {
    for (const Counter* counter = share.begin; counter != share.end; counter += word) {
      const KeyWord<Counter> counts = *reinterpret_cast<const KeyWord<Counter>*>(counter);
      for (LaneCount i = 0; i < word; ++i) share.n += counts.key[i];
    }
  } else {
    for (const Counter* counter = share.begin; counter != share.end; ++counter) share.n += *counter;
  }
  share.before = group.exclusive_scan_add(share.n);
  return share;
}

template <class Counter>
struct BucketOfRank {
  int bucket;
  Counter before;  // keys in the buckets before it
  Counter n;       // keys in it
};

// wanted: below the sum of all counters, so one lane has it. Collective; the result is on every
// lane.
template <class Counter, class Group>
TAILFIT_HD inline BucketOfRank<Counter> find_bucket(const Group& group,
                                                    const CounterShare<Counter>& share,
                                                    Counter wanted) {
  BucketOfRank<Counter> found{0, share.before, 0};
  const bool here = wanted >= share.before && wanted < share.before + share.n;
  if (here) {
    const Counter* counter = share.begin;
    while (found.before + *counter <= wanted) found.before += *counter++;
    found.bucket = static_cast<int>(share.first + (counter - share.begin));
    found.n = *counter;
  }
  return group.from_one(found, here);
}

}  // namespace
}  // namespace tailfit::kernels
