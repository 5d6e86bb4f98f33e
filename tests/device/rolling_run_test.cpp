// Rolling windows, which a block brings on chip together: every bit is the CPU backend's, whatever
// the step, where series begin and end in a block, how values lie and what they are.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/device/device_call.hpp"
#include "tests/sanitized.hpp"

namespace {

using namespace tailfit::tests;
using tailfit::FitOptions;
using tailfit::SeriesView;

struct Panel {
  std::int64_t n_series;
  std::int64_t n_values;  // of each
  std::int64_t length;    // of a window
  std::int64_t step;
};

// NaN and infinities at the beginning, at the end and in between, -0 and ties.
template <class T>
std::vector<T> values_of(const Panel& panel, std::uint64_t seed, std::int64_t in_front) {
  const std::vector<double> mixed = mixed_batch(seed, panel.n_series, panel.n_values);
  std::vector<T> values(static_cast<std::size_t>(in_front), T{0});
  values.insert(values.end(), mixed.begin(), mixed.end());
  const auto n = values.size() - static_cast<std::size_t>(in_front);
  T* const first = values.data() + in_front;
  for (std::size_t i = 0; i < n; i += 97) {
    const T odd[] = {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity(),
                     -std::numeric_limits<T>::infinity(), -T{0}};
    first[i] = odd[i / 97 % 4];
  }
  first[n - 1] = std::numeric_limits<T>::quiet_NaN();
  return values;
}

// in_front: values before the first one, so that it is aligned to nothing but a value. Returns how
// many windows were brought on chip with others.
template <class T>
std::int64_t expect_bits(const Panel& panel, std::int64_t in_front, const Use& use = {},
                         bool use_lanes = true,
                         const FitOptions& options = {.bins = 20, .min_exceedances = 3}) {
  SCOPED_TRACE(std::to_string(panel.n_series) + " series of " + std::to_string(panel.n_values) +
               ", windows of " + std::to_string(panel.length) + ", step " +
               std::to_string(panel.step) + ", " + std::to_string(in_front) + " in front, " +
               std::to_string(8 * sizeof(T)) + " bits");
  const auto seed = static_cast<std::uint64_t>(panel.length + panel.step);
  const std::vector<T> values = values_of<T>(panel, seed, in_front);
  const auto rows = SeriesView<T>::rows(values.data() + in_front, panel.n_series, panel.n_values);
  FakeDevice device;
  device.state.use_lanes = use_lanes;
  expect_cpu_bits(device, SeriesView<T>::rolling(rows, panel.length, panel.step), options, use);
  return device.state.n_together;
}

constexpr Use on_device{.input = TAILFIT_MEMORY_DEVICE, .output = TAILFIT_MEMORY_DEVICE};

TEST(RollingRun, EveryStepAndStartGivesTheBitsOfTheCpu) {
  for (const std::int64_t step : {1, 2, 3, 4, 5, 7}) {
    if (tailfit::is_sanitized && step != 3) continue;
    for (std::int64_t in_front = 0; in_front < 4; ++in_front) {
      // 16 windows a block: two series meet in the second and the third one.
      const Panel panel{2, 160 + 18 * step + step / 2, 160, step};
      EXPECT_GT(expect_bits<float>(panel, in_front, on_device), 0);
      EXPECT_GT(expect_bits<double>(panel, in_front, on_device), 0);
    }
  }
}

TEST(RollingRun, EveryLengthGivesTheBitsOfTheCpu) {
  for (const std::int64_t length : {16, 17, 31, 150, 513, 750, 1023, 1024, 1025, 1538, 2000}) {
    const Panel panel{2, length + 9, length, 1};
    EXPECT_GT(expect_bits<float>(panel, 1, on_device), 0);
    // Some of the long ones together would leave too few threads.
    const bool are_together = expect_bits<double>(panel, 1, on_device) > 0;
    if (length < 1000) EXPECT_TRUE(are_together);
    if (length == 1024) EXPECT_FALSE(are_together);
  }
}

// Of series with fewer windows than a block takes only the first one's are together.
TEST(RollingRun, SeriesMayEndAnywhereInABlock) {
  for (std::int64_t n_windows = 2; n_windows < 36; n_windows += 3) {
    const std::int64_t together = expect_bits<float>({5, 99 + n_windows, 100, 1}, 3, on_device);
    EXPECT_GE(together, std::min<std::int64_t>(n_windows, 16));
    EXPECT_LE(together, 5 * n_windows);
  }
}

TEST(RollingRun, EveryChunkSizeGivesTheBitsOfTheCpu) {
  for (const std::int64_t chunk : {1, 2, 15, 16, 17, 33, 0}) {
    if (tailfit::is_sanitized && chunk != 2 && chunk != 17) continue;
    for (const std::int32_t memory : {TAILFIT_MEMORY_HOST, TAILFIT_MEMORY_DEVICE}) {
      const Use use{.greatest_chunk = chunk, .input = memory, .output = memory};
      expect_bits<float>({3, 210, 190, 1}, 1, use);
      expect_bits<double>({3, 210, 191, 1}, 1, use);
    }
  }
}

TEST(RollingRun, ThresholdsAndOptionsAreThoseOfEachWindow) {
  const std::vector<double> own = {0.5, NAN, -1.0};
  const FitOptions options{.lower = tailfit::tail_mass(0.1),
                           .upper = tailfit::per_series(own),
                           .bins = 700,
                           .min_exceedances = 2,
                           .counts = tailfit::Counts::u16};
  EXPECT_GT(expect_bits<float>({3, 260, 250, 1}, 2, {}, true, options), 0);
  EXPECT_GT(expect_bits<float>({3, 260, 250, 1}, 2, {}, false, options), 0);
}

// Columns are made rows first.
TEST(RollingRun, WindowsOfColumnsAreBroughtTogetherToo) {
  const std::vector<float> values = values_of<float>({6, 230, 0, 0}, 5, 0);
  const auto columns = SeriesView<float>::columns(values.data(), 6, 230);
  FakeDevice device;
  expect_cpu_bits(device, SeriesView<float>::rolling(columns, 200, 3), {}, on_device);
  EXPECT_GT(device.state.n_together, 0);
}

TEST(RollingRun, WindowsThatShareLittleAreLoadedByThemselves) {
  EXPECT_EQ(expect_bits<float>({2, 900, 100, 50}, 0, on_device), 0);
  EXPECT_EQ(expect_bits<float>({4, 100, 100, 1}, 0, on_device), 0);  // one window each
  const std::vector<float> values = values_of<float>({1, 400, 0, 0}, 6, 0);
  const auto backwards = SeriesView<float>::columns(values.data() + 399, 1, 400, -1);
  FakeDevice device;
  expect_cpu_bits(device, SeriesView<float>::rolling(backwards, 390), {}, on_device);
  EXPECT_EQ(device.state.n_together, 0);
}

}  // namespace
