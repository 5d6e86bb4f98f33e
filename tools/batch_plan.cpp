#include "tools/batch_plan.hpp"

#include <algorithm>
#include <unordered_map>

namespace tailfit::tools {
namespace {

// Fills batches one after the other.
class BatchBuilder {
 public:
  explicit BatchBuilder(std::int64_t most_fits) : most_fits_(most_fits) {}

  // How many fits the current batch can still take; never 0.
  std::int64_t room() {
    if (batches_.empty() || n_in_last_ == most_fits_) {
      batches_.emplace_back();
      n_in_last_ = 0;
    }
    return most_fits_ - n_in_last_;
  }

  void add(const Segment& segment) {
    batches_.back().push_back(segment);
    n_in_last_ += segment.n_windows;
  }

  std::vector<Batch> take() { return std::move(batches_); }

 private:
  std::int64_t most_fits_;
  std::int64_t n_in_last_ = 0;
  std::vector<Batch> batches_;
};

}  // namespace

std::int64_t fits_of_series(std::int64_t length, const std::optional<WindowArguments>& window) {
  if (!window.has_value()) return 1;
  return length < window->length ? 0 : (length - window->length) / window->step + 1;
}

std::vector<Batch> plan_batches(const Panel& panel, const std::optional<WindowArguments>& window,
                                std::int64_t most_fits) {
  BatchBuilder builder(most_fits);
  for (std::size_t s = 0; s < panel.n_series(); ++s) {
    if (!window.has_value()) {
      builder.room();
      builder.add({s, 0, panel.length(s), 1});
      continue;
    }
    const std::int64_t n_windows = fits_of_series(panel.length(s), window);
    for (std::int64_t first = 0; first < n_windows;) {
      const std::int64_t n = std::min(n_windows - first, builder.room());
      builder.add({s, first * window->step, (n - 1) * window->step + window->length, n});
      first += n;
    }
  }
  return builder.take();
}

std::int64_t n_fits(const Batch& batch) {
  std::int64_t n = 0;
  for (const Segment& segment : batch) n += segment.n_windows;
  return n;
}

std::vector<SegmentGroup> group_by_length(const Batch& batch) {
  std::vector<SegmentGroup> groups;
  std::unordered_map<std::int64_t, std::size_t> group_of_length;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto [group, is_new] = group_of_length.emplace(batch[i].length, groups.size());
    if (is_new) groups.emplace_back();
    groups[group->second].push_back(i);
  }
  return groups;
}

}  // namespace tailfit::tools
