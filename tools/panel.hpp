// The input in memory: names, values and index of every series.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tailfit::tools {

// A growing list of short texts in one block of memory: an index column may have millions.
class TextColumn {
 public:
  void append(std::string_view text) {
    bytes_ += text;
    ends_.push_back(static_cast<std::int64_t>(bytes_.size()));
  }
  std::size_t size() const { return ends_.size(); }
  // All texts one after the other, and where each ends.
  std::span<const char> bytes() const { return bytes_; }
  std::span<const std::int64_t> ends() const { return ends_; }
  std::string_view operator[](std::size_t i) const {
    const std::int64_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(static_cast<std::size_t>(begin),
                                           static_cast<std::size_t>(ends_[i] - begin));
  }

 private:
  std::string bytes_;
  std::vector<std::int64_t> ends_;
};

// What the rows are called: row numbers, one column for all series, or a column for each. Copies
// share their texts.
class SeriesIndex {
 public:
  SeriesIndex() = default;  // row numbers 0, 1, 2, ...
  static SeriesIndex shared(TextColumn column);
  static SeriesIndex per_series(std::vector<TextColumn> columns);

  // What row `row` of series `series` is called.
  std::string text(std::size_t series, std::int64_t row) const;

  // The rows begin one later: row 0 is now what row 1 was.
  void drop_first_row() { ++n_dropped_; }

 private:
  enum class Kind { row_numbers, shared, per_series };
  Kind kind_ = Kind::row_numbers;
  std::shared_ptr<const std::vector<TextColumn>> columns_;
  std::int64_t n_dropped_ = 0;
};

using Values = std::variant<std::vector<double>, std::vector<float>>;

struct Panel {
  std::vector<std::string> names;
  // Series s has the values [offsets[s], offsets[s+1]), in the order of its rows.
  std::vector<std::int64_t> offsets{0};
  Values values;
  SeriesIndex index;
  // Of each series where they were given so, else empty.
  std::vector<double> lower_thresholds;
  std::vector<double> upper_thresholds;

  std::size_t n_series() const { return names.size(); }
  std::int64_t length(std::size_t series) const { return offsets[series + 1] - offsets[series]; }
};

// Offsets of n_series series of the same length.
std::vector<std::int64_t> equal_offsets(std::size_t n_series, std::int64_t length);

}  // namespace tailfit::tools
