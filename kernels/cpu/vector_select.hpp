// Order statistics with vectors: the same keys as kernels/fit/select.hpp finds, by other steps.
//
// The keys beyond a pivot that a sample suggests are listed, in their order; a rank is then found
// in the list by counting against keys that interpolation proposes. Where the sample misled, or the
// rank is not near an end, all keys are searched. Only integers are compared and counted, so what
// comes out does not depend on any of that.
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
  int64_t i = 0;
  for (; i + V::lanes <= n; i += V::lanes) visit(V::load(keys + i), V::all);
  if (i < n) visit(V::load(keys + i), (1u << (n - i)) - 1);
}

// How many keys are at most `key`.
template <class Key>
inline int64_t count_at_most(const Key* keys, int64_t n, Key key) {
  using V = KeyVectors<Key>;
  const auto limit = V::set(key);
  int64_t count = 0;
  for_each_vector(keys, n, [&](auto v, uint32_t lanes) {
    count += __builtin_popcount(V::at_most(v, limit) & lanes);
  });
  return count;
}

// Keys in [least, least + width] side by side in `out`, at most `room` of them and a vector more.
// Returns how many there are, or -1 if there are more.
template <class Key>
inline int64_t list_between(const Key* keys, int64_t n, Key least, Key width, Key* out,
                            int64_t room) {
  using V = KeyVectors<Key>;
  const auto low = V::set(least);
  const auto span = V::set(width);
  int64_t count = 0;
  for_each_vector(keys, n, [&](auto v, uint32_t lanes) {
    const uint32_t mask = V::at_most(V::difference(v, low), span) & lanes;
    if (count > room) return;
    V::append(out + count, mask, v);
    count += __builtin_popcount(mask);
  });
  return count > room ? -1 : count;
}

// The key of rank 0 <= rank < n among few keys.
template <class Key>
inline Key key_of_rank_among_few(const Key* keys, int64_t n, int64_t rank) {
  for (int64_t i = 0; i < n; ++i) {
    int64_t below = 0;
    int64_t equal = 0;
    for (int64_t j = 0; j < n; ++j) {
      below += keys[j] < keys[i] ? 1 : 0;
      equal += keys[j] == keys[i] ? 1 : 0;
    }
    if (below <= rank && rank < below + equal) return keys[i];
  }
  return keys[0];  // not reached
}

// x_(rank) of n > rank keys, all of them in [least, greatest].
template <class Key>
inline Key key_of_rank(const Key* keys, int64_t n, int64_t rank, Key least, Key greatest) {
  using V = KeyVectors<Key>;
  // The key is in (below, top]; so many keys are at most those two. least - 1 is no key: 0 has
  // none.
  Key below = least - 1;
  Key top = greatest;
  int64_t n_below = 0;
  int64_t n_top = n;
  for (int step = 0; top - below > 1; ++step) {
    if (n_top - n_below <= V::lanes) {
      Key few[2 * V::lanes];
      list_between<Key>(keys, n, below + 1, top - (below + 1), few, V::lanes);
      return key_of_rank_among_few(few, n_top - n_below, rank - n_below);
    }
    // Interpolation; every third step halves what is left, however the keys are spread.
    const double part =
        (static_cast<double>(rank - n_below) + 0.5) / static_cast<double>(n_top - n_below);
    const double share = step % 3 == 2 ? 0.5 : part;
    const auto offset = static_cast<Key>(static_cast<double>(top - below) * share);
    const Key pivot = below + smaller(larger(offset, Key{1}), static_cast<Key>(top - below - 1));
    const int64_t count = count_at_most(keys, n, pivot);
    if (count > rank) {
      top = pivot;
      n_top = count;
    } else {
      below = pivot;
      n_below = count;
    }
  }
  return top;
}

// x_(rank) and x_(rank+1), or x_(rank) twice where that is the last.
template <class Key>
inline KeyPair<Key> key_pair(const Key* keys, int64_t n, int64_t rank, KeyRange<Key> range) {
  using V = KeyVectors<Key>;
  const Key first = key_of_rank(keys, n, rank, range.least, range.greatest);
  if (rank + 1 >= n) return {first, first};
  const auto limit = V::set(first);
  auto next = V::set(static_cast<Key>(~Key{0}));
  int64_t count = 0;
  for_each_vector(keys, n, [&](auto v, uint32_t lanes) {
    const uint32_t at_most = V::at_most(v, limit);
    count += __builtin_popcount(at_most & lanes);
    next = V::smaller_where(next, v, ~at_most & lanes);
  });
  return {first, count >= rank + 2 ? first : V::least(next)};
}

// A key that about a fraction of a series lies at or below, rather more than less: the largest of
// the lanes' minima over a sample. n >= 2 vectors.
template <class Key>
struct Pivots {
  Key low;   // of the lower tail
  Key high;  // of the upper one
};

template <class Key>
inline Pivots<Key> sample_pivots(const Key* keys, int64_t n, int64_t n_low, int64_t n_high) {
  using V = KeyVectors<Key>;
  const int64_t n_vectors = n / V::lanes;
  // With s keys a lane, P(its minimum is beyond a fraction f) = (1-f)^s. These make it unlikely,
  // one in a thousand or less, that the minima of all lanes lie within the fraction.
  constexpr double keys_per_lane = V::lanes == 16 ? 0.8 : V::lanes == 8 ? 0.55 : 0.3;
  const auto sampled = [&](int64_t beyond) {
    const auto wanted =
        static_cast<int64_t>(keys_per_lane * static_cast<double>(n) / static_cast<double>(beyond));
    return smaller(larger<int64_t>(wanted, 1), n_vectors);
  };
  const int64_t s_low = sampled(n_low);
  const int64_t s_high = sampled(n_high);
  auto least = V::set(static_cast<Key>(~Key{0}));
  auto greatest = V::set(Key{0});
  const int64_t step_low = n_vectors / s_low * V::lanes;
  const int64_t step_high = n_vectors / s_high * V::lanes;
  for (int64_t i = 0; i < s_low; ++i) least = V::smaller_of(least, V::load(keys + i * step_low));
  for (int64_t i = 0; i < s_high; ++i) {
    greatest = V::larger_of(greatest, V::load(keys + i * step_high));
  }
  return {V::greatest(least), V::least(greatest)};
}

}  // namespace
}  // namespace tailfit::kernels
