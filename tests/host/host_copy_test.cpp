// Copies of rows: every byte at its place and none beside it, by one thread and by several.
#include "host/host_copy.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using tailfit::host::copy_rows;
using tailfit::host::CopyRows;

void expect_copied(tailfit::host::Workers workers, std::int64_t row_bytes, std::int64_t n_rows,
                   std::int64_t from_pitch, std::int64_t to_pitch) {
  SCOPED_TRACE(std::to_string(row_bytes) + " x " + std::to_string(n_rows));
  const auto span = [&](std::int64_t pitch) {
    return static_cast<std::size_t>((n_rows - 1) * std::abs(pitch) + row_bytes);
  };
  std::vector<char> from(span(from_pitch));
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<char>(i * 7 + i / 251);
  std::vector<char> to(span(to_pitch), 'x');
  std::vector<char> expected = to;
  const std::int64_t from_start = from_pitch < 0 ? (1 - n_rows) * from_pitch : 0;
  const std::int64_t to_start = to_pitch < 0 ? (1 - n_rows) * to_pitch : 0;
  for (std::int64_t row = 0; row < n_rows; ++row) {
    for (std::int64_t i = 0; i < row_bytes; ++i) {
      expected[static_cast<std::size_t>(to_start + row * to_pitch + i)] =
          from[static_cast<std::size_t>(from_start + row * from_pitch + i)];
    }
  }
  const CopyRows copy{
      from.data() + from_start, from_pitch, to.data() + to_start, to_pitch, row_bytes, n_rows};
  copy_rows(workers, &copy, 1);
  EXPECT_TRUE(to == expected);
}

TEST(HostCopy, CopiesEveryByteOfEveryShape) {
  for (const std::int32_t threads : {1, 2, 5}) {
    for (const std::int64_t row_bytes : {1, 4, 8, 12, 1000}) {
      for (const std::int64_t n_rows : {1, 2, 777}) {
        expect_copied({threads, false}, row_bytes, n_rows, row_bytes, row_bytes);
        expect_copied({threads, false}, row_bytes, n_rows, row_bytes + 12, row_bytes);
        expect_copied({threads, false}, row_bytes, n_rows, -row_bytes, row_bytes + 4);
        expect_copied({threads, false}, row_bytes, n_rows, row_bytes + 4, -row_bytes - 8);
      }
    }
  }
}

TEST(HostCopy, LargeCopiesArePieces) {
  for (const std::int32_t threads : {1, 3}) {
    expect_copied({threads, false}, 5'000'001, 1, 0, 0);
    expect_copied({threads, false}, 300'000, 13, 300'008, 300'000);  // a row is two pieces
    expect_copied({threads, false}, 4, 1'000'000, 8, 4);
    expect_copied({threads, false}, 8, 500'000, -8, 8);
  }
}

TEST(HostCopy, NothingIsNothing) {
  const CopyRows copies[] = {{nullptr, 0, nullptr, 0, 0, 5}, {nullptr, 0, nullptr, 0, 8, 0}};
  copy_rows({2, false}, copies, 2);
}

}  // namespace
