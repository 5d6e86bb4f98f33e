// Order statistics with vectors: the same keys as kernels/fit/select.hpp finds, by other steps. A
// rank is found by counting against keys that interpolation proposes, among ever fewer candidates.
// Only integers are compared and counted, so what comes out does not depend on the steps.
//
// To be included after the vectors of an instruction set.
#pragma once

#include "kernels/fit/select.hpp"

namespace tailfit::kernels {
namespace {

// Calls visit(vector, mask of the lanes that hold keys) for n >= 0 keys; what lies in the lanes
// behind the last key is anything. A whole vector behind the keys must be readable.
template <class Key, class Visit>
inline void for_each_vector(const Key* keys, int64_t n, const Visit& visit) {
  using V = KeyVectors<Key>;
  for (int64_t i = 0; i < n; i += V::lanes) {
    visit(V::load(keys + i), n - i >= V::lanes ? V::all : (1u << (n - i)) - 1);
  }
}

// How many keys are at most `key`.
template <class Key>
inline int64_t count_at_most(const Key* keys, int64_t n, Key key) {
  using V = KeyVectors<Key>;
  const auto limit = V::set(key);
  auto even = V::no_keys();
  auto odd = V::no_keys();
  int64_t i = 0;
  for (; i + 2 * V::lanes <= n; i += 2 * V::lanes) {
    even = V::count(even, V::load(keys + i), limit);
    odd = V::count(odd, V::load(keys + i + V::lanes), limit);
  }
  int64_t rest = 0;
  for_each_vector(keys + i, n - i, [&](auto v, uint32_t lanes) {
    rest += __builtin_popcount(V::at_most(v, limit) & lanes);
  });
  return V::counted(even) + V::counted(odd) + rest;
}

// Keys in [least, least + width] side by side in `out`, and up to a vector of anything behind them;
// returns how many there are. out may be the keys themselves.
template <class Key>
inline int64_t list_between(const Key* keys, int64_t n, Key least, Key width, Key* out) {
  using V = KeyVectors<Key>;
  const auto low = V::set(least);
  const auto span = V::set(width);
  int64_t count = 0;
  for_each_vector(keys, n, [&](auto v, uint32_t lanes) {
    const uint32_t mask = V::at_most(V::difference(v, low), span) & lanes;
    V::append(out + count, mask, v);
    count += __builtin_popcount(mask);
  });
  return count;
}

// x_(rank) and x_(rank+1), ~0 where that is the last, of n > rank keys, at most a vector of them,
// which is readable.
template <class Key>
inline KeyPair<Key> key_pair_among_few(const Key* keys, int64_t n, int64_t rank) {
  using V = KeyVectors<Key>;
  const auto all = V::load(keys);
  const uint32_t lanes = n >= V::lanes ? V::all : (1u << n) - 1;
  KeyPair<Key> pair{static_cast<Key>(~Key{0}), static_cast<Key>(~Key{0})};
  for (int64_t i = 0; i < n; ++i) {
    const int64_t at_most = __builtin_popcount(V::at_most(all, V::set(keys[i])) & lanes);
    if (at_most > rank) pair.first = smaller(pair.first, keys[i]);
    if (at_most > rank + 1) pair.second = smaller(pair.second, keys[i]);
  }
  return pair;
}

// The least of the keys above `key`, of which there is one.
template <class Key>
inline Key least_above(const Key* keys, int64_t n, Key key) {
  using V = KeyVectors<Key>;
  const auto limit = V::set(key);
  auto next = V::set(static_cast<Key>(~Key{0}));
  for_each_vector(keys, n, [&](auto v, uint32_t lanes) {
    next = V::smaller_where(next, v, ~V::at_most(v, limit) & lanes);
  });
  return V::least(next);
}

// x_(rank) and x_(rank+1) of n > rank keys in the range, or x_(rank) twice where that is the last.
// spare: room for n/4 keys and two vectors.
template <class Key>
inline KeyPair<Key> key_pair(const Key* const keys, const int64_t n, const int64_t rank,
                             KeyRange<Key> range, Key* spare) {
  using V = KeyVectors<Key>;
  // x_(rank) is in (below, top], and so are the candidates from n_below to n_top in order. least-1
  // is no key: 0 has none.
  Key below = range.least - 1;
  Key top = range.greatest;
  const Key* candidates = keys;
  int64_t n_candidates = n;
  int64_t n_dropped = 0;  // that lie before the candidates
  int64_t n_below = 0;    // candidates at most `below`
  int64_t n_top = n;      // at most `top`
  for (int step = 0; top - below > 1; ++step) {
    const int64_t n_left = n_top - n_below;
    if (n_left < n_candidates && n_left <= larger<int64_t>(n_candidates / 4, V::lanes)) {
      n_candidates =
          list_between<Key>(candidates, n_candidates, below + 1, top - (below + 1), spare);
      candidates = spare;
      n_dropped += n_below;
      n_below = 0;
      n_top = n_left;
    }
    const int64_t wanted = rank - n_dropped;
    if (n_left == n_candidates && n_left <= V::lanes) {
      KeyPair<Key> pair = key_pair_among_few(candidates, n_left, wanted);
      if (wanted + 1 == n_left) pair.second = rank + 1 < n ? least_above(keys, n, top) : pair.first;
      return pair;
    }
    // Interpolation; every third step halves what is left, however the keys are spread.
    const double part = (static_cast<double>(wanted - n_below) + 0.5) / static_cast<double>(n_left);
    const double share = step % 3 == 2 ? 0.5 : part;
    const auto offset = static_cast<Key>(static_cast<double>(top - below) * share);
    const Key pivot = below + smaller(larger(offset, Key{1}), static_cast<Key>(top - below - 1));
    const int64_t count = count_at_most(candidates, n_candidates, pivot);
    if (count > wanted) {
      top = pivot;
      n_top = count;
    } else {
      below = pivot;
      n_below = count;
    }
  }
  // All keys in (below, top] are equal.
  const bool is_last = rank + 1 >= n_dropped + n_top;
  return {top, is_last && rank + 1 < n ? least_above(keys, n, top) : top};
}

}  // namespace
}  // namespace tailfit::kernels
