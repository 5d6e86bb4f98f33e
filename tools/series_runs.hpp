// The runs of adjacent rows that belong to one series, counted in a first pass over a table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tailfit::tools {

class SeriesRuns {
 public:
  struct Run {
    std::int64_t n_rows = 0;
    std::int64_t n_index_bytes = 0;
  };

  // One more row, of the series `name`, with an index text of so many bytes.
  void add(std::string_view name, std::size_t n_index_bytes) {
    if (!are_series_) return;
    if (runs_.empty() || name != name_) begin(name);
    ++runs_.back().n_rows;
    runs_.back().n_index_bytes += static_cast<std::int64_t>(n_index_bytes);
  }

  // Whether each series is one run. A false "no" is possible, with two names of one hash, and
  // costs memory, not correctness: the names themselves would take several times as much.
  bool are_series() const { return are_series_; }

  const std::vector<Run>& runs() const { return runs_; }

 private:
  void begin(std::string_view name) {
    are_series_ = hashes_.insert(std::hash<std::string_view>{}(name)).second;
    name_ = name;
    runs_.emplace_back();
  }

  bool are_series_ = true;
  std::string name_;
  std::vector<Run> runs_;
  std::unordered_set<std::size_t> hashes_;
};

}  // namespace tailfit::tools
