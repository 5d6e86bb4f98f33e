#include "host/device/length_classes.hpp"

#include <algorithm>

namespace tailfit::host {
namespace {

// Of shorter series the counters take more memory than the keys, so that less is to be had by a
// class of their own than its launch costs.
constexpr std::int64_t shortest_bound = 512;

// Whether a launch for longer series takes shorter ones at no cost: where it is theirs, too, or
// where they would have no place on chip (block sizes may be so that longer ones have), which also
// leaves one class at most without.
bool is_as_good(const ExtractPolicy& longer, const ExtractPolicy& shorter) {
  constexpr auto global = kernels::ExtractRegime::global_block;
  if (shorter.regime == global) return true;
  return longer.regime == shorter.regime && longer.lanes == shorter.lanes &&
         longer.threads == shorter.threads && longer.cluster == shorter.cluster &&
         longer.resident == shorter.resident;
}

}  // namespace

LengthClasses length_classes(const kernels::TileOptions& options, bool is_double,
                             std::int64_t longest, const DeviceLimits& limits) {
  LengthClasses classes;
  const auto full = static_cast<int>(classes.of.size());
  for (std::int64_t length = longest;; length /= 2) {
    const ExtractPolicy extract = choose_extract(options, is_double, length, limits);
    const bool joins =
        classes.n > 0 &&
        is_as_good(classes.of[static_cast<std::size_t>(classes.n - 1)].extract, extract);
    if (!joins) classes.of[static_cast<std::size_t>(classes.n++)] = {length, extract};
    if (length <= shortest_bound || classes.n == full) break;
  }
  std::reverse(classes.of.begin(), classes.of.begin() + classes.n);
  return classes;
}

int class_of(const LengthClasses& classes, std::int64_t length) {
  int c = 0;
  while (length > classes.of[static_cast<std::size_t>(c)].longest) ++c;
  return c;
}

ClassCounts count_classes(const LengthClasses& classes, const std::int64_t* offsets,
                          std::int64_t n) {
  ClassCounts counts{};
  for (std::int64_t i = 0; i < n; ++i) {
    ++counts[static_cast<std::size_t>(class_of(classes, offsets[i + 1] - offsets[i]))];
  }
  return counts;
}

ClassCounts greatest_counts(const LengthClasses& classes, std::int64_t n, std::int64_t n_values) {
  ClassCounts counts{};
  for (int c = 0; c < classes.n; ++c) {
    counts[static_cast<std::size_t>(c)] = c == 0 ? n : std::min(n, n_values / classes.shortest(c));
  }
  return counts;
}

}  // namespace tailfit::host
