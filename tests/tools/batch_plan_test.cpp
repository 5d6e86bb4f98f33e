#include "tools/batch_plan.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tailfit::tools {
namespace {

constexpr std::int64_t plenty = 1000;

Panel panel_of(const std::vector<std::int64_t>& lengths) {
  Panel panel;
  for (const std::int64_t length : lengths) {
    panel.names.push_back(std::to_string(panel.names.size()));
    panel.offsets.push_back(panel.offsets.back() + length);
  }
  return panel;
}

// "series:first+length/windows" of every segment, batches in brackets.
std::string text_of(const std::vector<Batch>& batches) {
  std::string text;
  for (const Batch& batch : batches) {
    text += '[';
    for (const Segment& segment : batch) {
      if (text.back() != '[') text += ' ';
      text += std::to_string(segment.series) + ':' + std::to_string(segment.first_value) + '+' +
              std::to_string(segment.length) + '/' + std::to_string(segment.n_windows);
    }
    text += ']';
  }
  return text;
}

TEST(BatchPlan, TakesWholeSeriesWithoutAWindow) {
  EXPECT_EQ(text_of(plan_batches(panel_of({5, 0, 7}), std::nullopt, plenty)),
            "[0:0+5/1 1:0+0/1 2:0+7/1]");
}

TEST(BatchPlan, CutsManySeriesIntoBatches) {
  EXPECT_EQ(text_of(plan_batches(panel_of({5, 5, 5}), std::nullopt, 2)),
            "[0:0+5/1 1:0+5/1][2:0+5/1]");
}

TEST(BatchPlan, TakesAllWindowsOfASeriesAtOnce) {
  // Windows at 0, 2 and 4; the last value is in none.
  EXPECT_EQ(text_of(plan_batches(panel_of({8}), WindowArguments{3, 2}, plenty)), "[0:0+7/3]");
}

TEST(BatchPlan, HasNoFitForASeriesShorterThanTheWindow) {
  EXPECT_EQ(text_of(plan_batches(panel_of({2, 3, 0}), WindowArguments{3, 1}, plenty)), "[1:0+3/1]");
  EXPECT_TRUE(plan_batches(panel_of({2, 1}), WindowArguments{3, 1}, plenty).empty());
}

TEST(BatchPlan, CutsASeriesOfManyWindows) {
  EXPECT_EQ(text_of(plan_batches(panel_of({8, 4}), WindowArguments{3, 2}, 2)),
            "[0:0+5/2][0:4+3/1 1:0+3/1]");
}

// Whatever the bound, every window comes once and in order.
TEST(BatchPlan, HasEveryWindowOnceInOrder) {
  const Panel panel = panel_of({50, 3, 17, 0, 50, 11});
  const WindowArguments window{4, 3};
  const auto windows_of = [&](std::int64_t most_fits) {
    std::vector<std::pair<std::size_t, std::int64_t>> windows;
    for (const Batch& batch : plan_batches(panel, window, most_fits)) {
      EXPECT_LE(n_fits(batch), most_fits);
      for (const Segment& segment : batch) {
        EXPECT_EQ(segment.length, (segment.n_windows - 1) * window.step + window.length);
        for (std::int64_t w = 0; w < segment.n_windows; ++w) {
          windows.emplace_back(segment.series, segment.first_value + w * window.step);
        }
      }
    }
    return windows;
  };
  const auto expected = windows_of(plenty);
  EXPECT_EQ(expected.size(), 16u + 5u + 16u + 3u);
  for (const std::int64_t most_fits : {1, 2, 3, 7, 16, 17}) {
    EXPECT_EQ(windows_of(most_fits), expected) << most_fits;
  }
}

TEST(BatchPlan, GroupsSegmentsOfTheSameLength) {
  const Batch batch = plan_batches(panel_of({5, 7, 5, 7, 1}), std::nullopt, plenty).front();
  EXPECT_EQ(group_by_length(batch), (std::vector<SegmentGroup>{{0, 2}, {1, 3}, {4}}));
}

}  // namespace
}  // namespace tailfit::tools
