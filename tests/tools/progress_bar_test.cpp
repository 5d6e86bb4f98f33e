#include "tools/progress_bar.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace tailfit::tools {
namespace {

TEST(ProgressLine, ShowsShareCountsAndTimeLeft) {
  EXPECT_EQ(progress_line(500, 2000, 1.0, 100),
            "[#######.......................]  25 %  500 of 2000 fits, 3 s left");
  EXPECT_EQ(progress_line(0, 2000, 1.0, 100),
            "[..............................]   0 %  0 of 2000 fits");
  EXPECT_EQ(progress_line(2000, 2000, 1.0, 100),
            "[##############################] 100 %  2000 of 2000 fits");
}

TEST(ProgressLine, CountsLongTimesInMinutesAndHours) {
  EXPECT_TRUE(progress_line(1, 2, 600, 100).ends_with("10 min left"));
  EXPECT_TRUE(progress_line(1, 2, 7201, 100).ends_with("3 h left"));
}

TEST(ProgressLine, IsNoWiderThanTheTerminal) {
  EXPECT_EQ(progress_line(500, 2000, 1.0, 10), "[#######..");
}

TEST(ProgressBar, WritesNothingToAPipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_NONBLOCK), 0);
  {
    ProgressBar bar(ends[1]);
    usleep(600'000);  // beyond the first wait
    bar.show(1, 2);
  }
  char c = 0;
  EXPECT_EQ(read(ends[0], &c, 1), -1);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace tailfit::tools
