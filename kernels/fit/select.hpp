// Selection of two neighbouring order statistics x_(r) <= x_(r+1), without sorting.
//
// Keys are spread over 1,024 buckets by their leading differing bits; the bucket that holds rank r
// is kept, and so on: at most 7 rounds for 64-bit keys, at constant cost under ties. When ranks r
// and r+1 fall into different buckets they are the largest key of one and the smallest of the
// other. Only integers are compared and counted, so neither order nor group matters.
#pragma once

#include "kernels/fit/ordered_key.hpp"
#include "kernels/fit/stage.hpp"

namespace tailfit::kernels {
namespace {

constexpr int select_bucket_bits = 10;
constexpr int select_buckets = 1 << select_bucket_bits;

template <class Key>
struct KeyRange {
  Key least;
  Key greatest;
};

// How keys map to buckets: (key - base) >> shift.
template <class Key>
struct BucketMap {
  Key base;
  int shift;
  TAILFIT_HD int bucket(Key key) const { return static_cast<int>((key - base) >> shift); }
};

template <class Key>
TAILFIT_HD inline BucketMap<Key> bucket_map(const KeyRange<Key>& range) {
  const int width = bit_width(static_cast<Key>(range.greatest - range.least));
  return {range.least, width > select_bucket_bits ? width - select_bucket_bits : 0};
}

// The keys a lane still considers: its own list, never touched by another lane.
template <class Key>
struct LaneKeys {
  Key* keys;
  int64_t n;
};

template <class Key, class Group>
TAILFIT_HD inline KeyRange<Key> key_range(const Group& group, const LaneKeys<Key>& mine) {
  KeyRange<Key> range{static_cast<Key>(~Key{0}), Key{0}};
  for (int64_t i = 0; i < mine.n; ++i) {
    range.least = smaller(range.least, mine.keys[i]);
    range.greatest = larger(range.greatest, mine.keys[i]);
  }
  return {group.reduce_min(range.least), group.reduce_max(range.greatest)};
}

// counters[b] = number of keys in bucket b, over all lanes. Collective; ends with a sync.
template <class Key, class Group>
TAILFIT_HD inline void count_buckets(const Group& group, const LaneKeys<Key>& mine,
                                     const BucketMap<Key>& map, uint64_t* counters) {
  for (int b = group.rank(); b < select_buckets; b += group.size()) counters[b] = 0;
  group.sync();
  for (int64_t i = 0; i < mine.n; ++i) {
    group.add_atomic(&counters[map.bucket(mine.keys[i])], uint64_t{1});
  }
  group.sync();
}

struct BucketOfRank {
  int bucket;
  int64_t before;  // keys in the buckets before it
};

TAILFIT_HD inline BucketOfRank find_bucket(const uint64_t* counters, int64_t rank) {
  int64_t before = 0;
  int bucket = 0;
  while (before + static_cast<int64_t>(counters[bucket]) <= rank) {
    before += static_cast<int64_t>(counters[bucket]);
    ++bucket;
  }
  return {bucket, before};
}

// The same, walking down from the last bucket: upper tails lie there.
TAILFIT_HD inline BucketOfRank find_bucket_from_above(const uint64_t* counters, int64_t rank,
                                                      int64_t n) {
  int bucket = select_buckets - 1;
  int64_t before = n - static_cast<int64_t>(counters[bucket]);
  while (before > rank) {
    --bucket;
    before -= static_cast<int64_t>(counters[bucket]);
  }
  return {bucket, before};
}

template <class Key>
struct KeyPair {
  Key first;   // x_(r)
  Key second;  // x_(r+1), or x_(r) when r is the last rank
};

// Greatest key in bucket `first` and least key in bucket `second`.
template <class Key, class Group>
TAILFIT_HD inline KeyPair<Key> meet_of_buckets(const Group& group, const LaneKeys<Key>& mine,
                                               const BucketMap<Key>& map, int first, int second) {
  Key greatest = 0;
  Key least = static_cast<Key>(~Key{0});
  for (int64_t i = 0; i < mine.n; ++i) {
    const int bucket = map.bucket(mine.keys[i]);
    if (bucket == first) greatest = larger(greatest, mine.keys[i]);
    if (bucket == second) least = smaller(least, mine.keys[i]);
  }
  return {group.reduce_max(greatest), group.reduce_min(least)};
}

// Keeps the lane's keys of one bucket, in `kept` (which may be mine.keys itself).
template <class Key>
TAILFIT_HD inline LaneKeys<Key> keep_bucket(const LaneKeys<Key>& mine, const BucketMap<Key>& map,
                                            int bucket, Key* kept) {
  int64_t n = 0;
  for (int64_t i = 0; i < mine.n; ++i) {
    const Key key = mine.keys[i];
    kept[n] = key;
    n += map.bucket(key) == bucket ? 1 : 0;
  }
  return {kept, n};
}

// A staged series and the first distribution of its keys over buckets, which serves any number of
// ranks.
template <class Key>
struct SelectionBase {
  LaneKeys<Key> all;  // this lane's share of all keys, starting at key number `begin`
  int64_t begin;
  int64_t n;  // of all lanes
  KeyRange<Key> range;
  BucketMap<Key> map;
  const uint64_t* counters;  // shared, select_buckets
};

// keys: n >= 1 staged keys; counters: select_buckets. Collective.
template <class Key, class Group>
TAILFIT_HD inline SelectionBase<Key> begin_selection(const Group& group, Key* keys, int64_t n,
                                                     uint64_t* counters) {
  const LaneRange lane = lane_range(group, n);
  SelectionBase<Key> base{};
  base.all = {keys + lane.begin, lane.end - lane.begin};
  base.begin = lane.begin;
  base.n = n;
  base.range = key_range(group, base.all);
  base.map = bucket_map(base.range);
  base.counters = counters;
  count_buckets(group, base.all, base.map, counters);
  return base;
}

// x_(r) and x_(r+1) for 0 <= rank < n; x_(r) twice when r = n-1. kept: n keys of shared memory;
// counters: select_buckets beside the base's. Collective.
template <class Key, class Group>
TAILFIT_HD inline KeyPair<Key> select_pair(const Group& group, const SelectionBase<Key>& base,
                                           int64_t rank, Key* kept, uint64_t* counters) {
  const int64_t next = smaller(rank + 1, base.n - 1);
  LaneKeys<Key> mine = base.all;
  KeyRange<Key> range = base.range;
  BucketMap<Key> map = base.map;
  const uint64_t* current = base.counters;
  int64_t n = base.n;
  int64_t dropped = 0;  // keys below those still considered
  while (range.least != range.greatest) {
    const bool from_above = rank - dropped > n / 2;
    const BucketOfRank first = from_above ? find_bucket_from_above(current, rank - dropped, n)
                                          : find_bucket(current, rank - dropped);
    BucketOfRank second = first;
    while (second.before + static_cast<int64_t>(current[second.bucket]) <= next - dropped) {
      second.before += static_cast<int64_t>(current[second.bucket]);
      ++second.bucket;
    }
    if (first.bucket != second.bucket || map.shift == 0) {
      return meet_of_buckets(group, mine, map, first.bucket, second.bucket);
    }
    n = static_cast<int64_t>(current[first.bucket]);
    dropped += first.before;
    mine = keep_bucket(mine, map, first.bucket, kept + base.begin);
    range = key_range(group, mine);
    map = bucket_map(range);
    count_buckets(group, mine, map, counters);
    current = counters;
  }
  return {range.least, range.least};
}

}  // namespace
}  // namespace tailfit::kernels
