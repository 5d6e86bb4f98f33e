// Tiles of a panel by threads, several tiles at the same time, under ThreadSanitizer too.
#include "kernels/cuda/transpose_tile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

#include "kernels/group/host_block.hpp"
#include "kernels/group/serial_group.hpp"

namespace {

namespace k = tailfit::kernels;

template <class T, int lanes>
void expect_rows(std::int64_t n_series, std::int64_t length, int series_sign, int value_sign) {
  const std::int64_t width = n_series + 3;
  const std::int64_t pitch = (length + 3) / 4 * 4;
  std::vector<T> values(static_cast<std::size_t>(width * length));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(i);
  std::vector<T> rows(static_cast<std::size_t>(n_series * pitch), T{-1});
  const std::int64_t first = (series_sign < 0 ? n_series - 1 : 0) +
                             (value_sign < 0 ? (length - 1) * width : std::int64_t{0});
  const k::ColumnPanel panel{values.data() + first, sizeof(T) == 8,     n_series,    length,
                             series_sign,           value_sign * width, rows.data(), pitch};
  std::vector<std::thread> blocks;
  for (std::int64_t number = 0; number < k::tiles_of(panel); ++number) {
    blocks.emplace_back([&panel, number] {
      std::vector<T> tile(k::tile_values);
      k::run_host_block(lanes, [&](const k::HostBlock& group) {
        k::transpose_tile<T, lanes>(group, panel, number, tile.data());
      });
    });
  }
  for (std::thread& block : blocks) block.join();
  for (std::int64_t s = 0; s < n_series; ++s) {
    for (std::int64_t t = 0; t < pitch; ++t) {
      const T found = rows[static_cast<std::size_t>(s * pitch + t)];
      const std::int64_t from = first + s * series_sign + t * value_sign * width;
      ASSERT_EQ(found, t < length ? static_cast<T>(from) : T{-1}) << s << " " << t;
    }
  }
}

TEST(Transpose, EveryTileHasItsPlace) {
  for (const std::int64_t n_series : {1, 63, 64, 65, 140}) {
    for (const std::int64_t length : {1, 64, 130}) {
      for (const int sign : {1, -1}) {
        SCOPED_TRACE(testing::Message() << n_series << " series of " << length);
        expect_rows<float, 4>(n_series, length, sign, 1);
        expect_rows<double, 4>(n_series, length, 1, sign);
      }
    }
  }
}

// Lanes that share a line of a tile, that have one each, and blocks of several lines.
TEST(Transpose, ByAnyNumberOfLanes) {
  expect_rows<float, 1>(70, 130, 1, -1);
  expect_rows<float, 64>(70, 130, -1, 1);
  expect_rows<double, 128>(70, 130, -1, -1);
  expect_rows<double, 256>(64, 67, 1, 1);
}

// A stride that nothing is reached by may be anything.
TEST(Transpose, StridesOfOneAreNotTaken) {
  constexpr std::int64_t huge = std::int64_t{1} << 62;
  const double value = 3.0;
  for (const std::int64_t stride : {huge, -huge}) {
    double row[4] = {-1.0, -1.0, -1.0, -1.0};
    const k::ColumnPanel panel{&value, true, 1, 1, stride, stride, row, huge};
    std::vector<double> tile(k::tile_values);
    k::transpose_tile<double, 1>(k::SerialGroup{}, panel, 0, tile.data());
    EXPECT_EQ(row[0], value);
    EXPECT_EQ(row[1], -1.0);
  }
}

}  // namespace
