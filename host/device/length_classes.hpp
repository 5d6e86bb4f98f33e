// Classes of length: the series of a ragged batch that are extracted alike. Pure functions.
#pragma once

#include <array>
#include <cstdint>

#include "host/device/launch_policy.hpp"

namespace tailfit::host {

struct LengthClass {
  std::int64_t longest;  // of its series
  ExtractPolicy extract;
};

struct LengthClasses {
  int n = 0;                                                       // none: not a ragged batch
  std::array<LengthClass, kernels::greatest_length_classes> of{};  // ascending

  // A series of the class has more values than those of the class before it.
  std::int64_t shortest(int c) const {
    return c == 0 ? 0 : of[static_cast<std::size_t>(c - 1)].longest + 1;
  }
};

// How many fits there are, or may be, of each class.
using ClassCounts = std::array<std::int64_t, kernels::greatest_length_classes>;

// Of series of up to `longest` values, each with the launch that suits its own longest ones. The
// longest of a class are at most twice as long as its shortest ones, but where more of the longer
// ones do not take more.
LengthClasses length_classes(const kernels::TileOptions& options, bool is_double,
                             std::int64_t longest, const DeviceLimits& limits);

// The class of a series of so many values, none more than the last class's longest.
int class_of(const LengthClasses& classes, std::int64_t length);

// Of n series; offsets: n+1, of which host memory has been told that they are good.
ClassCounts count_classes(const LengthClasses& classes, const std::int64_t* offsets,
                          std::int64_t n);

// The most that n series of so many values together can have.
ClassCounts greatest_counts(const LengthClasses& classes, std::int64_t n, std::int64_t n_values);

}  // namespace tailfit::host
