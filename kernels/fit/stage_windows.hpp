// Rolling windows overlap: a block whose groups take neighbouring ones brings all values that these
// have together, their union, on chip once, as ordered keys. Each group then copies those of its
// window from there (copy_keys()), whatever the step: without this it would load and convert every
// value again, and one by one wherever the window does not begin on 16 bytes.
#pragma once

#include "kernels/fit/stage.hpp"

namespace tailfit::kernels {
namespace {

// Keys of shared memory that so many windows take together, one at least, wherever they begin.
template <class Key>
TAILFIT_HD inline int64_t union_keys(int64_t length, int64_t n_windows, int64_t step) {
  constexpr int64_t word = KeyWord<Key>::size;
  const int64_t lead = word - 1;  // keys before the first one, which lies in its word as its value
  return (lead + length + (n_windows - 1) * step + word - 1) / word * word;
}

// Keys of n values side by side, each at its value's place in a word of 16 bytes, so that they are
// stored by words as they are loaded. Only words that lie within the values are loaded whole.
// memory: 16-byte aligned. Returns where the first key lies. Collective; ends with a sync.
template <class T, class Group>
TAILFIT_HD inline const typename KeyOf<T>::Key* stage_stretch(const Group& group, const T* values,
                                                              int64_t n,
                                                              typename KeyOf<T>::Key* memory) {
  using Key = typename KeyOf<T>::Key;
  constexpr int64_t word = ValueWord<T>::size;
  const auto lead = static_cast<int64_t>(reinterpret_cast<uintptr_t>(values) / sizeof(T) %
                                         static_cast<uintptr_t>(word));
  Key* const keys = memory + lead;
  const int64_t head = smaller(n, (word - lead) % word);
  const int64_t n_words = (n - head) / word;
  const auto* words = reinterpret_cast<const ValueWord<T>*>(values + head);
  const auto step = static_cast<LaneCount>(group.size() * word);
  LayoutWalk<Key> walk{1, 0, step, 0, 0, keys + head + group.rank() * word};  // without gaps
  KeyRange<Key> of_no_window;
  const int64_t i = load_words<4>(group, words, n_words, group.rank(), walk, of_no_window);
  load_words<1>(group, words, n_words, i, walk, of_no_window);
  for (int64_t j = group.rank(); j < n - n_words * word; j += group.size()) {
    const int64_t t = j < head ? j : j + n_words * word;
    keys[t] = ordered_key(values[t] + T{0});
  }
  group.sync();
  return keys;
}

// Windows 0 ... n-1 of a block on chip; `step` keys from one to the next.
template <class Key>
struct WindowUnion {
  const Key* keys;
  int64_t n;
  int64_t step;

  // Of window i of the block; null if that is none of them: another series' window, or no fit.
  TAILFIT_HD const Key* keys_of(int64_t i) const { return i < n ? keys + i * step : nullptr; }
};

// Those of fits first ... first + n_groups - 1 that are windows of the first one's series. batch:
// values side by side, steps forwards; its fits in their order. memory: union_keys. Collective over
// the lanes of all groups; ends with a sync.
template <class T, class Group>
TAILFIT_HD inline WindowUnion<typename KeyOf<T>::Key> stage_windows(
    const Group& group, const SeriesBatch& batch, int64_t first, int64_t n_groups,
    typename KeyOf<T>::Key* memory) {
  const int64_t series = (batch.first_window + first) / batch.n_windows;
  const int64_t window = batch.first_window + first - series * batch.n_windows;
  const int64_t n = smaller(n_groups, smaller(batch.n_windows - window, batch.n_fits - first));
  const T* const values = static_cast<const T*>(batch.values) + series * batch.series_stride +
                          window * batch.window_stride;
  const int64_t n_values = batch.length + (n - 1) * batch.window_stride;
  return {stage_stretch(group, values, n_values, memory), n, batch.window_stride};
}

}  // namespace
}  // namespace tailfit::kernels
