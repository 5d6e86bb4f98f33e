// Staging with vectors, for what extraction with vectors leaves to the steps of
// kernels/fit/extract.hpp: the same keys as kernels/fit/stage.hpp makes.
//
// To be included after the vectors of an instruction set.
#pragma once

#include "kernels/cpu/vector_select.hpp"
#include "kernels/fit/stage.hpp"

namespace tailfit::kernels {
namespace {

// Turns the values into keys; the range of all keys.
template <class T>
inline KeyRange<typename KeyOf<T>::Key> load_with_vectors(const SeriesInput<T>& input,
                                                          typename KeyOf<T>::Key* keys) {
  using Key = typename KeyOf<T>::Key;
  using V = KeyVectors<Key>;
  auto least = V::set(static_cast<Key>(~Key{0}));
  auto greatest = V::set(Key{0});
  int64_t t = 0;
  if (input.stride == 1) {
    for (; t + V::lanes <= input.length; t += V::lanes) {
      const auto v = V::keys_of(ValueVectors<T>::load(input.values + t));
      V::store(keys + t, v);
      least = V::smaller_of(least, v);
      greatest = V::larger_of(greatest, v);
    }
  }
  KeyRange<Key> range{V::least(least),
                      static_cast<Key>(~V::least(V::difference(V::set(~Key{0}), greatest)))};
  for (; t < input.length; ++t) {
    keys[t] = ordered_key(input.values[t * input.stride] + T{0});
    range.least = smaller(range.least, keys[t]);
    range.greatest = larger(range.greatest, keys[t]);
  }
  return range;
}

// Drops what is not finite; the others keep their order. Returns how many were infinite.
template <class Key>
inline int64_t drop_with_vectors(LaneKeys<Key>& mine) {
  using V = KeyVectors<Key>;
  const Key least = key_of_infinity<Key>(false) + 1;
  const Key width = key_of_infinity<Key>(true) - 1 - least;
  const auto low = V::set(least);
  const auto span = V::set(width);
  const auto negative = V::set(key_of_infinity<Key>(false));
  const auto positive = V::set(key_of_infinity<Key>(true));
  int64_t n = 0;
  int64_t n_infinite = 0;
  for_each_vector(mine.keys, mine.n, [&](auto v, uint32_t lanes) {
    const uint32_t finite = V::at_most(V::difference(v, low), span) & lanes;
    // At most and at least: equal.
    const uint32_t infinite = (V::at_most(v, negative) & V::at_most(negative, v)) |
                              (V::at_most(v, positive) & V::at_most(positive, v));
    V::append(mine.keys + n, finite, v);  // never beyond the vector that was read
    n += __builtin_popcount(finite);
    n_infinite += __builtin_popcount(infinite & lanes);
  });
  mine.n = n;
  return n_infinite;
}

// As stage_series().
template <class T>
inline StagedSeries<typename KeyOf<T>::Key> stage_with_vectors(const SeriesInput<T>& input,
                                                               typename KeyOf<T>::Key* memory) {
  using Key = typename KeyOf<T>::Key;
  StagedSeries<Key> staged{{memory, static_cast<LaneCount>(input.length)}, 0, 0, false, {}};
  staged.range = load_with_vectors(input, memory);
  int64_t n_infinite = 0;
  if (input.length > 0 && (staged.range.least <= key_of_infinity<Key>(false) ||
                           staged.range.greatest >= key_of_infinity<Key>(true))) {
    n_infinite = drop_with_vectors(staged.mine);
    staged.range = range_of(staged.mine);
  }
  staged.n = staged.mine.n;
  staged.n_missing = input.length - staged.n;
  staged.has_infinite = n_infinite > 0;
  return staged;
}

}  // namespace
}  // namespace tailfit::kernels
