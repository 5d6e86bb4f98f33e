// Selection of neighbouring order statistics x_(r) <= x_(r+1), two such pairs at once (one for each
// threshold), without sorting and without memory for the keys that are still considered.
//
// A round counts the keys of a window in buckets; the bucket that holds rank r is the next window.
// The first one's buckets leave few keys in it unless a threshold is far below what the values of
// every lane reach (kernels/fit/buckets.hpp) or many keys are alike; further ones go by leading
// bits until few are left, or only ties. The few are gathered and compared with each other. Where
// ranks r and r+1 fall into different buckets they are the largest key of one and the smallest of
// the other. Keys that the first round puts between both pairs are set aside, and are looked at no
// more before they are binned. The cost does not depend on the order, and on ties by a round or
// two. Only integers are compared and counted, so neither order nor group matters.
#pragma once

#include "kernels/fit/buckets.hpp"
#include "kernels/fit/counters.hpp"

namespace tailfit::kernels {
namespace {

// How many leading bits a round goes by. Counters of 64 bits lie in a core's cache, or in the
// global memory of a device's longest series: 10. Those of 32 bits lie in a device's shared memory:
// 8; but the lanes of a warp have a short series, for which fewer do as well and leave room for
// more series.
template <class Counter>
TAILFIT_HD constexpr int select_bits(int lanes) {
  return sizeof(Counter) == 8 ? 10 : lanes <= 32 ? 7 : 8;
}
constexpr int select_gathered = 32;  // so many keys are compared with each other

// The same of a group: known when it is compiled, where its lanes are or are always many, because a
// number that is not costs a block the registers that it has.
template <class Counter, class Group>
TAILFIT_HD constexpr int select_bits_of(const Group& group) {
  if constexpr (has_many_lanes<Group>) {
    (void)group;
    return select_bits<Counter>(64);
  } else {
    return select_bits<Counter>(group.size());
  }
}

// Bytes of shared memory that selection by so many lanes takes, a multiple of 16.
template <class Counter>
TAILFIT_HD constexpr int64_t select_bytes(int lanes) {
  return (int64_t{2} << select_bits<Counter>(lanes)) * static_cast<int64_t>(sizeof(Counter));
}

// A pair of ranks and where it is known to lie.
template <class Key, class Counter>
struct RankSearch {
  Counter rank;      // r, among the keys of the window
  Counter next;      // r + 1, or r where that is the last
  Key begin;         // the bucket of rank
  Key second;        // where that of next begins, from there on; 0: the same
  Key last;          // where that ends: its last key
  Counter n_first;   // keys in the first bucket
  Counter n_before;  // keys of the window before the first bucket

  // Of one key?
  TAILFIT_HD bool is_known() const { return second == 0 && last == 0; }
  TAILFIT_HD bool needs_round() const {
    return second == 0 && last > 0 && n_first > select_gathered;
  }
};

// window_of(b): the keys of bucket b. Returns how many keys there are up to the last bucket's end.
template <class Key, class Counter, class Group, class WindowOf>
TAILFIT_HD inline Counter locate(const Group& group, const CounterShare<Counter>& share,
                                 const WindowOf& window_of, RankSearch<Key, Counter>& search) {
  const BucketOfRank<Counter> first = find_bucket(group, share, search.rank);
  const KeyWindow<Key> window = window_of(first.bucket);
  search.begin = window.begin;
  search.second = 0;
  search.last = window.last;
  search.n_first = first.n;
  search.n_before = first.before;
  Counter through = first.before + first.n;
  if (search.next >= through) {
    const BucketOfRank<Counter> second = find_bucket(group, share, search.next);
    const KeyWindow<Key> behind = window_of(second.bucket);
    search.second = behind.begin - window.begin;
    search.last = search.second + behind.last;
    through = second.before + second.n;
  }
  return through;
}

// Buckets for the first round. A spike makes the largest magnitude say nothing, but unless there
// are as many as lanes some lane has none of them: what its values reach is an octave or two around
// the thresholds' magnitude. One lane alone has counters for many octaves.
template <class Key, class Group>
TAILFIT_HD inline BucketMap<Key> first_buckets(const Group& group, const StagedSeries<Key>& series,
                                               int bits) {
  const bool has_values = series.own.least <= series.own.greatest;
  const uint32_t reached = has_values ? magnitude_bits(series.own) : ~uint32_t{0};
  return make_bucket_map(series.range, group.reduce_min(reached), group.size() == 1 ? 16 : 3, bits);
}

// The first round, on all keys, by so many bits. sets_aside: where most keys lie between the
// buckets of the two pairs they are set aside: no later pass looks for ranks there, and none
// compares them with thresholds. counters: one for each bucket. Collective.
template <class Key, class Counter, class Group>
TAILFIT_HD inline void first_round(const Group& group, StagedSeries<Key>& series, int bits,
                                   bool sets_aside, RankSearch<Key, Counter> (&search)[2],
                                   Counter* counters) {
  const BucketMap<Key> map = first_buckets(group, series, bits);
  const int64_t n_buckets = int64_t{1} << bits;
  clear_counters(group.local(), counters, n_buckets);
  group.local().sync();
  for_each_key(series.mine,
               [&](Key key) { group.add_atomic(&counters[map.bucket(key)], Counter{1}); });
  group.merge(counters, n_buckets);
  const CounterShare<Counter> share = share_counters(group.local(), counters, n_buckets);
  const auto window_of = [&](int b) { return map.window(b); };
  Counter through[2];
  TAILFIT_UNROLL
  for (int i = 0; i < 2; ++i) through[i] = locate(group.local(), share, window_of, search[i]);
  group.local().sync();  // the counters may be used again
  const Counter before = search[1].n_before;
  if (!sets_aside || before <= through[0]) return;
  if (2 * (before - through[0]) < static_cast<Counter>(series.n)) return;
  const Key begin = search[0].begin + search[0].last + 1;
  set_aside(series, begin, static_cast<Key>(search[1].begin - begin));
}

// Leaves of the windows that need a round what their keys span: one key where all tie. Collective.
template <class Key, class Counter, class Group>
TAILFIT_HD inline void shrink_windows(const Group& group, const StagedSeries<Key>& series,
                                      RankSearch<Key, Counter> (&search)[2]) {
  KeyWindow<Key> window[2];
  KeyRange<Key> seen[2];
  TAILFIT_UNROLL
  for (int i = 0; i < 2; ++i) {
    window[i] = no_key<Key>();
    if (search[i].needs_round()) window[i] = {search[i].begin, search[i].last};
  }
  for_each_key(series.mine, [&](Key key) {
    TAILFIT_UNROLL
    for (int i = 0; i < 2; ++i) {
      if (static_cast<Key>(key - window[i].begin) <= window[i].last) seen[i].add(key);
    }
  });
  TAILFIT_UNROLL
  for (int i = 0; i < 2; ++i) {
    if (!search[i].needs_round()) continue;
    const KeyRange<Key> range = range_of_all(group, seen[i]);
    search[i].begin = range.least;
    search[i].last = range.greatest - range.least;
  }
}

// Narrows the windows that need it to the bucket of their rank. counters: two for each bucket.
// Collective.
template <class Key, class Counter, class Group>
TAILFIT_HD inline void next_round(const Group& group, const StagedSeries<Key>& series, int bits,
                                  RankSearch<Key, Counter> (&search)[2], Counter* counters) {
  const int64_t n_buckets = int64_t{1} << bits;
  KeyWindow<Key> window[2];
  int shift[2];
  bool narrows[2];
  TAILFIT_UNROLL
  for (int i = 0; i < 2; ++i) {
    narrows[i] = search[i].needs_round();
    window[i] = no_key<Key>();  // as it is
    if (narrows[i]) window[i] = {search[i].begin, search[i].last};
    shift[i] = larger(bit_width(window[i].last) - bits, 0);
  }
  clear_counters(group.local(), counters, 2 * n_buckets);
  group.local().sync();
  for_each_key(series.mine, [&](Key key) {
    TAILFIT_UNROLL
    for (int i = 0; i < 2; ++i) {
      const Key offset = key - window[i].begin;
      if (offset <= window[i].last) {
        group.add_atomic(&counters[(i << bits) + static_cast<int>(offset >> shift[i])], Counter{1});
      }
    }
  });
  group.merge(counters, 2 * n_buckets);
  TAILFIT_UNROLL
  for (int i = 0; i < 2; ++i) {
    if (!narrows[i]) continue;
    search[i].rank -= search[i].n_before;
    search[i].next -= search[i].n_before;
    const auto window_of = [&](int b) {
      const Key offset = static_cast<Key>(b) << shift[i];
      const Key size = Key{1} << shift[i];
      return KeyWindow<Key>{
          static_cast<Key>(window[i].begin + offset),
          smaller(static_cast<Key>(size - 1), static_cast<Key>(window[i].last - offset))};
    };
    locate(group.local(), share_counters(group.local(), counters + (i << bits), n_buckets),
           window_of, search[i]);
  }
  group.local().sync();
}

template <class Key>
struct KeyPair {
  Key first;   // x_(r)
  Key second;  // x_(r+1), or x_(r) when r is the last rank
};

// The keys of rank r and r+1 among the n <= select_gathered gathered ones, behind which no key is
// less than they are. gathered: 16-byte aligned. Collective.
template <class Key, class Counter, class Group>
TAILFIT_HD inline KeyPair<Key> select_gathered_pair(const Group& group, const Key* gathered,
                                                    Counter n, Counter rank, Counter next) {
  constexpr Counter word = KeyWord<Key>::size;
  KeyPair<Key> pair{0, 0};  // no finite number has the key 0
  for (Counter i = static_cast<Counter>(group.rank()); i < n;
       i += static_cast<Counter>(group.size())) {
    const Key own = gathered[i];
    Counter below = 0;
    if constexpr (has_many_lanes<Group>) {
      for (Counter j = 0; j < n; ++j) below += gathered[j] < own ? 1 : 0;
    } else {
      for (Counter j = 0; j < n; j += word) {
        const KeyWord<Key> keys = *reinterpret_cast<const KeyWord<Key>*>(gathered + j);
        for (Counter l = 0; l < word; ++l) below += keys.key[l] < own ? 1 : 0;
      }
    }
    // The greatest key with at most r keys below it has the rank r.
    if (below <= rank) pair.first = larger(pair.first, own);
    if (below <= next) pair.second = larger(pair.second, own);
  }
  return {group.reduce_max(pair.first), group.reduce_max(pair.second)};
}

// What is left once the windows are narrow enough: both buckets' keys that meet, or the gathered
// keys of the one bucket. memory: select_bytes. Collective.
template <class Key, class Counter, class Group>
TAILFIT_HD inline void finish_search(const Group& group, const StagedSeries<Key>& series,
                                     const RankSearch<Key, Counter> (&search)[2], Counter* memory,
                                     KeyPair<Key> (&pairs)[2]) {
  Counter* position = group.home(memory);  // one for each pair, then the gathered keys
  Key* gathered = reinterpret_cast<Key*>(reinterpret_cast<char*>(position) + 64);
  static_assert(64 + 2 * select_gathered * 8 <= select_bytes<Counter>(1));
  Key begin[2];
  Key last[2];
  bool gathers[2];
  KeyPair<Key> met[2];
  TAILFIT_UNROLL
  for (int i = 0; i < 2; ++i) {
    // Where a bucket has one key nothing is looked for.
    const bool known = search[i].is_known();
    begin[i] = known ? no_key<Key>().begin : search[i].begin;
    last[i] = known ? no_key<Key>().last : search[i].last;
    gathers[i] = search[i].second == 0;
    met[i] = {0, static_cast<Key>(~Key{0})};
  }
  clear_counters(group, position, 2);
  if constexpr (!has_many_lanes<Group>) {
    // The rest of the last word of each. By the lanes whose memory it is: others may come here
    // while these still read their counters.
    constexpr Counter word = KeyWord<Key>::size;
    const auto rank = static_cast<Counter>(group.rank());
    const auto size = static_cast<Counter>(group.local().size());
    TAILFIT_UNROLL
    for (int i = 0; i < 2; ++i) {
      const Counter n = search[i].n_first;
      if (!gathers[i] || n > select_gathered || rank >= size) continue;
      const Counter end = (n + word - 1) / word * word;
      for (Counter j = n + rank; j < end; j += size) {
        gathered[i * select_gathered + static_cast<int64_t>(j)] = static_cast<Key>(~Key{0});
      }
    }
  }
  group.sync();
  for_each_key(series.mine, [&](Key key) {
    TAILFIT_UNROLL
    for (int i = 0; i < 2; ++i) {
      const Key offset = key - begin[i];
      if (offset > last[i]) continue;
      if (gathers[i]) {
        gathered[i * select_gathered +
                 static_cast<int64_t>(group.add_atomic(&position[i], Counter{1}))] = key;
      } else if (offset < search[i].second) {
        met[i].first = larger(met[i].first, key);  // those between the buckets do not exist
      } else {
        met[i].second = smaller(met[i].second, key);
      }
    }
  });
  group.sync();
  TAILFIT_UNROLL
  for (int i = 0; i < 2; ++i) {
    const RankSearch<Key, Counter>& at = search[i];
    if (at.is_known()) {
      pairs[i] = {at.begin, at.begin};
    } else if (gathers[i]) {
      pairs[i] = select_gathered_pair(group, gathered + i * select_gathered, at.n_first,
                                      at.rank - at.n_before, at.next - at.n_before);
    } else {
      pairs[i] = {group.reduce_max(met[i].first), group.reduce_min(met[i].second)};
    }
  }
  group.sync();  // the memory may be used again
}

// x_(r) and x_(r+1) of a staged series with n >= 1 values, for two ranks 0 <= r < n; x_(r) twice
// where r = n-1. sets_aside: ranks[0] <= ranks[1], and keys between the pairs may be set
// aside. memory: select_bytes(group.size()), shared by the lanes. Collective.
template <class Key, class Counter, class Group>
TAILFIT_HD inline void select_pairs(const Group& group, StagedSeries<Key>& series,
                                    const int64_t (&ranks)[2], bool sets_aside, Counter* memory,
                                    KeyPair<Key> (&pairs)[2]) {
  if (series.range.least == series.range.greatest) {
    pairs[0] = pairs[1] = {series.range.least, series.range.least};
    return;
  }
  RankSearch<Key, Counter> search[2];
  TAILFIT_UNROLL
  for (int i = 0; i < 2; ++i) {
    search[i].rank = static_cast<Counter>(ranks[i]);
    search[i].next = static_cast<Counter>(smaller(ranks[i] + 1, series.n - 1));
  }
  const int bits = select_bits_of<Counter>(group);
  first_round(group, series, bits, sets_aside, search, memory);
  const auto needs_round = [&] { return search[0].needs_round() || search[1].needs_round(); };
  // A second round leaves few keys, unless they tie.
  for (bool may_tie = false; needs_round(); may_tie = true) {
    if (may_tie) shrink_windows(group, series, search);
    if (needs_round()) next_round(group, series, bits, search, memory);
  }
  finish_search(group, series, search, memory, pairs);
}

}  // namespace
}  // namespace tailfit::kernels
