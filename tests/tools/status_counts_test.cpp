#include "tools/status_counts.hpp"

#include <gtest/gtest.h>
#include <tailfit/status.hpp>

#include <string>
#include <utility>
#include <vector>

namespace tailfit::tools {
namespace {

TEST(StatusCounts, CountsTextsWithOkFirst) {
  StatusCounts counts;
  const std::vector<std::uint32_t> first{status::lower_irregular, status::ok, status::ok};
  const std::vector<std::uint32_t> second{status::ok, status::lower_irregular | status::empty};
  counts.add(first);
  counts.add(second);
  EXPECT_EQ(counts.total(), 5);
  EXPECT_EQ(counts.by_text(),
            (std::vector<std::pair<std::string, std::int64_t>>{
                {"ok", 3}, {"lower_irregular", 1}, {"empty|lower_irregular", 1}}));
}

}  // namespace
}  // namespace tailfit::tools
