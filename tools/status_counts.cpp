#include "tools/status_counts.hpp"

#include <tailfit/status.hpp>

namespace tailfit::tools {

void StatusCounts::add(std::span<const std::uint32_t> statuses) {
  for (const std::uint32_t bits : statuses) ++counts_[bits];
}

std::vector<std::pair<std::string, std::int64_t>> StatusCounts::by_text() const {
  std::vector<std::pair<std::string, std::int64_t>> result;
  for (const auto& [bits, count] : counts_) result.emplace_back(status_text(bits), count);
  return result;
}

std::int64_t StatusCounts::total() const {
  std::int64_t sum = 0;
  for (const auto& [bits, count] : counts_) sum += count;
  return sum;
}

}  // namespace tailfit::tools
