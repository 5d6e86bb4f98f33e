// How many fits ended with which status.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tailfit::tools {

class StatusCounts {
 public:
  void add(std::span<const std::uint32_t> statuses);

  // Text and count of every status that occurred, in the order of the bit masks: ok comes first.
  std::vector<std::pair<std::string, std::int64_t>> by_text() const;

  std::int64_t total() const;

 private:
  std::map<std::uint32_t, std::int64_t> counts_;
};

}  // namespace tailfit::tools
