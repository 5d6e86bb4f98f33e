// Brings one series on chip, as ordered keys (selection wants those; they turn back into values
// exactly). NaN and +-inf are dropped and counted, -0 is made +0.
//
// Lane l owns values l*chunk ... l*chunk + chunk-1 of the series and keeps what is left of them, in
// their order, at the front of its own part of the memory: no lane's list depends on another's, and
// the lists one after the other are the series.
#pragma once

#include "kernels/fit/fit_types.hpp"
#include "kernels/fit/ordered_key.hpp"
#include "kernels/math/portable.hpp"

namespace tailfit::kernels {
namespace {

struct LaneRange {
  int64_t begin;
  int64_t end;
};

// The contiguous share of 0..n-1 that belongs to this lane.
template <class Group>
TAILFIT_HD inline LaneRange lane_range(const Group& group, int64_t n) {
  const int64_t share = (n + group.size() - 1) / group.size();
  const int64_t begin = smaller<int64_t>(n, share * group.rank());
  return {begin, smaller<int64_t>(n, begin + share)};
}

// As many keys as one load brings: 16 bytes.
template <class Key>
struct alignas(16) KeyWord {
  static constexpr int size = 16 / sizeof(Key);
  Key key[size];
};

// Where the lanes' parts lie, in keys. The pitch, an odd number of words, puts the words that eight
// neighbouring lanes read at the same time into different banks of shared memory.
struct KeyLayout {
  int64_t chunk;
  int64_t pitch;
};

template <class Key>
TAILFIT_HD inline KeyLayout key_layout(int64_t length, int lanes) {
  constexpr int64_t word = KeyWord<Key>::size;
  const int64_t share = (length + lanes - 1) / lanes;
  const int64_t words = (share + word - 1) / word;
  return {words * word, lanes == 1 ? words * word : (words | 1) * word};
}

// Keys of shared memory that a series of this length takes.
template <class Key>
TAILFIT_HD inline int64_t staged_keys(int64_t length, int lanes) {
  return lanes * key_layout<Key>(length, lanes).pitch;
}

// A lane's own list.
template <class Key>
struct LaneKeys {
  Key* keys;  // 16-byte aligned
  LaneCount n;
};

template <class Key, class Visit>
TAILFIT_HD inline void for_each_key(const LaneKeys<Key>& mine, const Visit& visit) {
  constexpr int word = KeyWord<Key>::size;
  const LaneCount rest = mine.n % word;
  const Key* key = mine.keys;
  const Key* const end = key + (mine.n - rest);
  for (; key != end; key += word) {
    const KeyWord<Key> keys = *reinterpret_cast<const KeyWord<Key>*>(key);
    for (int j = 0; j < word; ++j) visit(keys.key[j]);
  }
  for (LaneCount i = 0; i < rest; ++i) visit(end[i]);
}

// Of no key at first.
template <class Key>
struct KeyRange {
  Key least = static_cast<Key>(~Key{0});
  Key greatest = 0;

  TAILFIT_HD void add(Key key) {
    least = smaller(least, key);
    greatest = larger(greatest, key);
  }
};

template <class Key>
TAILFIT_HD inline KeyRange<Key> range_of(const LaneKeys<Key>& mine) {
  KeyRange<Key> range;
  for_each_key(mine, [&](Key key) { range.add(key); });
  return range;
}

template <class Key, class Group>
TAILFIT_HD inline KeyRange<Key> range_of_all(const Group& group, const KeyRange<Key>& range) {
  return {group.reduce_min(range.least), group.reduce_max(range.greatest)};
}

template <class Key>
struct StagedSeries {
  LaneKeys<Key> mine;
  LaneCount n_inner;  // behind those, in any order: keys that lie between the thresholds for sure
  int64_t n;          // finite values, of all lanes
  int64_t n_missing;  // the others
  bool has_infinite;
  KeyRange<Key> range;  // of all lanes; least > greatest where there is no value
  KeyRange<Key> own;    // of what this lane has loaded, or of its own list if something was missing
};

// Drops what is not finite from the lane's list and says how many of those were infinite.
template <class Key>
TAILFIT_HD inline int64_t drop_missing(LaneKeys<Key>& mine) {
  const Key low = key_of_infinity<Key>(false);
  const Key high = key_of_infinity<Key>(true);
  LaneCount n = 0;
  int64_t n_infinite = 0;
  for (LaneCount i = 0; i < mine.n; ++i) {
    const Key key = mine.keys[i];
    mine.keys[n] = key;
    n += key > low && key < high ? 1 : 0;
    n_infinite += key == low || key == high ? 1 : 0;
  }
  mine.n = n;
  return n_infinite;
}

// Of all lanes, some of whose values are not finite. Collective.
template <class Key, class Group>
TAILFIT_HD inline void drop_missing(const Group& group, StagedSeries<Key>& staged) {
  const int64_t length = staged.n;
  const int64_t n_infinite = drop_missing(staged.mine);
  // Both sums in one; no memory holds 2^48 values.
  constexpr int64_t lane_with_infinite = int64_t{1} << 48;
  const int64_t sum =
      group.reduce_add(staged.mine.n + (n_infinite > 0 ? lane_with_infinite : int64_t{0}));
  staged.n = sum % lane_with_infinite;
  staged.n_missing = length - staged.n;
  staged.has_infinite = sum >= lane_with_infinite;
  staged.own = range_of(staged.mine);
  staged.range = range_of_all(group, staged.own);
}

// Moves the keys begin, begin + 1, ... begin + size - 1 from the lane's list to its inner one,
// which lies behind it. The others keep their order. Up to a word's rest of inner keys may stay.
template <class Key>
TAILFIT_HD inline void set_aside(StagedSeries<Key>& series, Key begin, Key size) {
  constexpr LaneCount word = KeyWord<Key>::size;
  LaneKeys<Key>& mine = series.mine;
  Key* outer = mine.keys;
  // At or before the key that is looked at, so no key is lost that was not read.
  const auto visit = [&](Key key, Key* place) {
    if (static_cast<Key>(key - begin) < size) return;
    *place = *outer;
    *outer++ = key;
  };
  const LaneCount rest = mine.n % word;
  Key* key = mine.keys;
  Key* const end = key + (mine.n - rest);
  for (; key != end; key += word) {
    const KeyWord<Key> keys = *reinterpret_cast<const KeyWord<Key>*>(key);
    for (int j = 0; j < word; ++j) visit(keys.key[j], key + j);
  }
  for (LaneCount i = 0; i < rest; ++i) visit(end[i], end + i);
  const auto n_outer = static_cast<LaneCount>(outer - mine.keys);
  const LaneCount n_kept = smaller(mine.n, (n_outer + word - 1) / word * word);
  series.n_inner = mine.n - n_kept;
  mine.n = n_kept;
}

// Walks through the positions t, t + step, ... of a layout without a division at each.
template <class Key>
struct LayoutWalk {
  LaneCount chunk;
  LaneCount gap;     // from the end of a chunk to the next one's start
  LaneCount jump;    // what a step's whole chunks, gaps included, and its rest make
  LaneCount rest;    // of a step, beyond whole chunks
  LaneCount offset;  // in the chunk
  Key* place;

  TAILFIT_HD void advance() {
    offset += rest;
    place += jump;
    if (offset >= chunk) {
      offset -= chunk;
      place += gap;
    }
  }
};

template <class Key>
TAILFIT_HD inline LayoutWalk<Key> walk_from(const KeyLayout& layout, Key* memory, int64_t t,
                                            LaneCount step) {
  if (layout.chunk == 0) return {1, 0, 0, 0, 0, memory};
  const int64_t lane = t / layout.chunk;
  const auto offset = static_cast<LaneCount>(t - lane * layout.chunk);
  const auto chunk = static_cast<LaneCount>(layout.chunk);
  const auto gap = static_cast<LaneCount>(layout.pitch - layout.chunk);
  const LaneCount chunks = step / chunk;
  return {chunk,
          gap,
          step + chunks * gap,
          step - chunks * chunk,
          offset,
          memory + lane * layout.pitch + offset};
}

// As many values as one load brings, if they are side by side and aligned.
template <class T>
struct alignas(16) ValueWord {
  static constexpr int size = 16 / sizeof(T);
  T value[size];
};

// Words i, i + group.size(), ... as long as there are so many; returns the next one. All of them
// are asked for before the first is used: a device's loads take long.
template <int at_once, class T, class Group>
TAILFIT_HD inline int64_t load_words(const Group& group, const ValueWord<T>* words, int64_t n_words,
                                     int64_t i, LayoutWalk<typename KeyOf<T>::Key>& walk,
                                     KeyRange<typename KeyOf<T>::Key>& range) {
  using Key = typename KeyOf<T>::Key;
  const int64_t step = group.size();
  for (; i + (at_once - 1) * step < n_words; i += at_once * step) {
    ValueWord<T> values[at_once];
    TAILFIT_UNROLL
    for (int w = 0; w < at_once; ++w) values[w] = words[i + w * step];
    TAILFIT_UNROLL
    for (int w = 0; w < at_once; ++w) {
      KeyWord<Key> keys;
      // -0 + 0 = +0.
      for (int j = 0; j < ValueWord<T>::size; ++j) {
        keys.key[j] = ordered_key(values[w].value[j] + T{0});
        range.add(keys.key[j]);
      }
      *reinterpret_cast<KeyWord<Key>*>(walk.place) = keys;
      walk.advance();
    }
  }
  return i;
}

// Turns all values into keys, NaN and infinities too, each at its place of the layout. The lanes
// read side by side, so that a device's loads are whole lines. Returns the range of what this lane
// has read. Collective; ends with a sync.
template <class T, class Group>
TAILFIT_HD inline KeyRange<typename KeyOf<T>::Key> load_keys(const Group& group,
                                                             const SeriesInput<T>& input,
                                                             const KeyLayout& layout,
                                                             typename KeyOf<T>::Key* memory) {
  using Key = typename KeyOf<T>::Key;
  constexpr int word = ValueWord<T>::size;
  const bool aligned = input.stride == 1 && reinterpret_cast<uintptr_t>(input.values) % 16 == 0;
  const int64_t n_words = aligned ? input.length / word : 0;
  KeyRange<Key> range;
  if (n_words > 0) {
    const auto* words = reinterpret_cast<const ValueWord<T>*>(input.values);
    LayoutWalk<Key> walk = walk_from(layout, memory, group.rank() * word, group.size() * word);
    const int64_t i = load_words<4>(group, words, n_words, group.rank(), walk, range);
    load_words<1>(group, words, n_words, i, walk, range);
  }
  if (n_words * word < input.length) {
    const int64_t first = n_words * word + group.rank();
    LayoutWalk<Key> walk = walk_from(layout, memory, first, group.size());
    for (int64_t t = first; t < input.length; t += group.size()) {
      const Key key = ordered_key(input.values[t * input.stride] + T{0});
      range.add(key);
      *walk.place = key;
      walk.advance();
    }
  }
  group.sync();
  return range;
}

// The same from keys that are on chip already, aligned to nothing but a key: those of a word are
// read one by one. A last word that is not full falls to the lane whose turn is next. Collective;
// ends with a sync.
template <class Key, class Group>
TAILFIT_HD inline KeyRange<Key> copy_keys(const Group& group, const Key* from, LaneCount length,
                                          const KeyLayout& layout, Key* memory) {
  constexpr LaneCount word = KeyWord<Key>::size;
  const LaneCount n_words = length / word;
  const LaneCount step = group.size();
  LayoutWalk<Key> walk = walk_from(layout, memory, group.rank() * word, step * word);
  const Key* key = from + group.rank() * word;
  KeyRange<Key> range;
  LaneCount i = group.rank();
  for (; i < n_words; i += step) {
    KeyWord<Key> keys;
    for (int j = 0; j < word; ++j) {
      keys.key[j] = key[j];
      range.add(key[j]);
    }
    *reinterpret_cast<KeyWord<Key>*>(walk.place) = keys;
    walk.advance();
    key += step * word;
  }
  if (i == n_words) {
    for (LaneCount j = 0; j < length % word; ++j) {
      walk.place[j] = key[j];
      range.add(key[j]);
    }
  }
  group.sync();
  return range;
}

// The part of a series that lies in the memory of this lane's block.
template <class T, class Group>
TAILFIT_HD inline SeriesInput<T> part_of_block(const Group& group, const SeriesInput<T>& input,
                                               int64_t chunk) {
  const int64_t begin =
      smaller(input.length, chunk * static_cast<int64_t>(group.rank() - group.local().rank()));
  return {input.values + begin * input.stride,
          smaller(input.length - begin, chunk * static_cast<int64_t>(group.local().size())),
          input.stride};
}

// memory: staged_keys(input.length, group.size()) keys, those of its lanes in each block; 16-byte
// aligned. input.keys: only of a group within one block. Collective.
template <class T, class Group>
TAILFIT_HD inline StagedSeries<typename KeyOf<T>::Key> stage_series(
    const Group& group, const SeriesInput<T>& input, typename KeyOf<T>::Key* memory) {
  using Key = typename KeyOf<T>::Key;
  const KeyLayout layout = key_layout<Key>(input.length, group.size());
  const KeyRange<Key> loaded =
      input.keys != nullptr
          ? copy_keys(group, static_cast<const Key*>(input.keys),
                      static_cast<LaneCount>(input.length), layout, memory)
          : load_keys(group.local(), part_of_block(group, input, layout.chunk), layout, memory);
  const int64_t first = layout.chunk * group.rank();
  const auto raw =
      static_cast<LaneCount>(smaller(layout.chunk, larger<int64_t>(input.length - first, 0)));
  StagedSeries<Key> staged{{memory + layout.pitch * group.local().rank(), raw},
                           0,
                           input.length,
                           0,
                           false,
                           range_of_all(group, loaded),
                           loaded};
  if (staged.range.least <= key_of_infinity<Key>(false) ||
      staged.range.greatest >= key_of_infinity<Key>(true)) {
    drop_missing(group, staged);
  }
  return staged;
}

}  // namespace
}  // namespace tailfit::kernels
