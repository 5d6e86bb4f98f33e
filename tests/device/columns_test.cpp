// Time-major series on a device become rows first; the bits are those of the CPU, which reads them
// where they lie.
#include <cstdint>
#include <vector>

#include "host/device/columns.hpp"
#include "tests/device/device_call.hpp"
#include "tests/sanitized.hpp"

namespace {

namespace host = tailfit::host;
using namespace tailfit::tests;
using tailfit::FitOptions;
using tailfit::SeriesView;

const FitOptions options{.bins = 10, .min_exceedances = 3};

TEST(Columns, BecomeRowsWithTheBitsOfTheCpu) {
  const std::vector<double> values = mixed_batch(101, 70, 131);
  const std::vector<float> floats(values.begin(), values.end());
  for (const std::int64_t chunk : {1, 33, 0}) {
    if (tailfit::is_sanitized && chunk == 1) continue;
    for (const auto input : {TAILFIT_MEMORY_HOST, TAILFIT_MEMORY_DEVICE}) {
      const Use use{.greatest_chunk = chunk, .input = input};
      FakeDevice device;
      expect_cpu_bits(device, SeriesView<double>::columns(values.data(), 70, 131), options, use);
      expect_cpu_bits(device, SeriesView<float>::columns(floats.data(), 70, 131), options, use);
      // Fewer columns than lie side by side, and time that runs backwards.
      expect_cpu_bits(device, SeriesView<double>::columns(values.data() + 5, 41, 100, 91), options,
                      use);
      expect_cpu_bits(device, SeriesView<float>::columns(floats.data() + 6'000, 31, 64, -80),
                      options, use);
      const std::int64_t all = 2 * 70 * 131 + 41 * 100 + 31 * 64;
      if (input == TAILFIT_MEMORY_DEVICE) EXPECT_EQ(device.state.n_transposed, all);
    }
  }
}

TEST(Columns, WindowsShareTheRowOfTheirSeries) {
  const std::vector<double> values = mixed_batch(102, 9, 200);
  const auto panel = SeriesView<double>::columns(values.data(), 9, 200);
  const std::vector<float> floats(values.begin(), values.end());
  const auto floating = SeriesView<float>::columns(floats.data(), 8, 190, 9);
  for (const std::int64_t chunk : {1, 5, 16, 0}) {
    if (tailfit::is_sanitized && chunk != 5 && chunk != 0) continue;
    for (const auto input : {TAILFIT_MEMORY_HOST, TAILFIT_MEMORY_DEVICE}) {
      const Use use{.greatest_chunk = chunk, .input = input};
      FakeDevice device;
      expect_cpu_bits(device, SeriesView<double>::rolling(panel, 120, 7), options, use);
      expect_cpu_bits(device, SeriesView<float>::rolling(floating, 100, 45), options, use);
      if (input == TAILFIT_MEMORY_DEVICE && chunk == 0) {
        // 12 windows, the last of which ends at 197; three windows, all of 190.
        EXPECT_EQ(device.state.n_transposed, 9 * 197 + 8 * 190);
      }
    }
  }
}

// A row for each chunk is more than there is: the columns are read where they lie.
TEST(Columns, StayWhereThereIsNoRoomForRows) {
  const std::vector<double> values = mixed_batch(103, 4, 4'000);
  const auto panel = SeriesView<double>::columns(values.data(), 4, 4'000);
  FakeDevice device;
  expect_cpu_bits(device, SeriesView<double>::rolling(panel, 50, 10), options,
                  {.available = 20'000, .input = TAILFIT_MEMORY_DEVICE});
  EXPECT_EQ(device.state.n_transposed, 0);
  EXPECT_LE(device.state.most_bytes_held, 20'000u);
}

tailfit_series_view view_with(std::int64_t series_stride, std::int64_t window_stride,
                              std::int64_t value_stride) {
  tailfit_series_view view{};
  view.struct_size = sizeof view;
  view.memory = TAILFIT_MEMORY_DEVICE;
  view.dtype = TAILFIT_F32;
  view.n_series = 10;
  view.n_windows = 3;
  view.length = 21;
  view.series_stride = series_stride;
  view.window_stride = window_stride;
  view.value_stride = value_stride;
  return view;
}

TEST(Columns, AreSeriesSideBySide) {
  EXPECT_EQ(host::row_pitch(view_with(1, 20, 10)), 28);  // 21 + 2*2, in words of four
  EXPECT_EQ(host::row_pitch(view_with(-1, 0, 10)), 24);
  EXPECT_EQ(host::row_pitch(view_with(1, -20, -10)), 28);
  EXPECT_EQ(host::row_pitch(view_with(21, 7, 1)), 0);    // rows
  EXPECT_EQ(host::row_pitch(view_with(2, 20, 10)), 0);   // every second column
  EXPECT_EQ(host::row_pitch(view_with(1, 15, 10)), 0);   // windows of other columns
  EXPECT_EQ(host::row_pitch(view_with(1, -20, 10)), 0);  // windows that go back in time
  EXPECT_EQ(host::row_pitch(view_with(1, 20, 0)), 0);    // one value again and again
}

TEST(Columns, AChunkHasTheRowsThatItsWindowsReach) {
  const tailfit_series_view view = view_with(1, 20, 10);
  EXPECT_EQ(host::greatest_rows(view, 1), 1);
  EXPECT_EQ(host::greatest_rows(view, 2), 2);
  EXPECT_EQ(host::greatest_rows(view, 4), 2);
  EXPECT_EQ(host::greatest_rows(view, 5), 3);
  EXPECT_EQ(host::greatest_rows(view, 30), 10);
}

}  // namespace
