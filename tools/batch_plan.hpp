// How many fits go into one call, and which. Pure functions of lengths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tools/arguments.hpp"
#include "tools/panel.hpp"

namespace tailfit::tools {

// Some consecutive windows of one series; the whole series counts as its only window.
struct Segment {
  std::size_t series;
  std::int64_t first_value;  // of the first window, in the series
  std::int64_t length;       // values from the first window's first to the last window's last
  std::int64_t n_windows;
};

// Segments in the order of the output, of a bounded number of fits in all.
using Batch = std::vector<Segment>;

// Fits of a series of `length` values: its windows; without a window itself.
std::int64_t fits_of_series(std::int64_t length, const std::optional<WindowArguments>& window);

// Cuts all fits of the panel, in the order of the output, into batches of at most `most_fits` (>=
// 1) fits. What a fit's bits are does not depend on the batch that it is in. A series shorter than
// the window has no fits.
std::vector<Batch> plan_batches(const Panel& panel, const std::optional<WindowArguments>& window,
                                std::int64_t most_fits);

std::int64_t n_fits(const Batch& batch);

// Segments of a batch that go into one call: they have the same length.
using SegmentGroup = std::vector<std::size_t>;  // positions in the batch, ascending

// Every segment of the batch is in one group. There are few: m different lengths make up at least
// m*m/2 values.
std::vector<SegmentGroup> group_by_length(const Batch& batch);

}  // namespace tailfit::tools
