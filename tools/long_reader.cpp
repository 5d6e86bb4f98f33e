#include "tools/long_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"

namespace tailfit::tools {
namespace {

struct TextHash {
  using is_transparent = void;  // find(string_view) without making a string of it
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

// Gives the series numbers 0, 1, ... in order of appearance.
class SeriesNumbers {
 public:
  // The number of the series called `name`, a new one if it was never seen.
  std::size_t of(std::string_view name) {
    if (!names_.empty() && name == names_[last_]) return last_;  // rows mostly come in runs
    const auto found = numbers_.find(name);
    if (found != numbers_.end()) return last_ = found->second;
    last_ = names_.size();
    names_.emplace_back(name);
    numbers_.emplace(name, last_);
    return last_;
  }

  std::size_t size() const { return names_.size(); }
  std::vector<std::string> take_names() { return std::move(names_); }

 private:
  std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> numbers_;
  std::vector<std::string> names_;
  std::size_t last_ = 0;
};

// One after the other, each freed as soon as it was copied.
std::vector<double> concatenate(std::vector<std::vector<double>> series,
                                std::vector<std::int64_t>& offsets) {
  std::size_t n_values = 0;
  for (const std::vector<double>& values : series) {
    n_values += values.size();
    offsets.push_back(static_cast<std::int64_t>(n_values));
  }
  std::vector<double> all;
  all.reserve(n_values);
  for (std::vector<double>& values : series) {
    all.insert(all.end(), values.begin(), values.end());
    values = {};
  }
  return all;
}

void check_distinct_roles(const LongColumns& columns) {
  const auto check = [](const std::string& a, const char* flag_a, const std::string& b,
                        const char* flag_b) {
    if (a != b) return;
    throw BadInput(std::string(flag_a) + " and " + flag_b + " both name column " + in_quotes(a) +
                   ", expected different columns");
  };
  check(columns.series, "--series-column", columns.value, "--value-column");
  if (!columns.index.has_value()) return;
  check(*columns.index, "--index", columns.series, "--series-column");
  check(*columns.index, "--index", columns.value, "--value-column");
}

}  // namespace

Panel read_long(CsvTable& table, const LongColumns& columns) {
  check_distinct_roles(columns);
  const std::size_t series_column = table.find(columns.series, "--series-column");
  const std::size_t value_column = table.find(columns.value, "--value-column");
  const bool has_index = columns.index.has_value();
  const std::size_t index_column = has_index ? table.find(*columns.index, "--index") : 0;

  SeriesNumbers numbers;
  std::vector<std::vector<double>> values;
  std::vector<TextColumn> index_texts;
  while (const CsvRecord* row = table.next_row()) {
    const std::string_view name = row->cells[series_column].text;
    if (name.empty()) table.refuse_cell(series_column, "the cell is empty, expected a series name");
    const std::size_t series = numbers.of(name);
    if (series == values.size()) {
      values.emplace_back();
      if (has_index) index_texts.emplace_back();
    }
    values[series].push_back(table.number(value_column));
    if (has_index) index_texts[series].append(row->cells[index_column].text);
  }
  if (numbers.size() == 0) throw BadInput(table.name() + ": there is no row after the header");

  Panel panel;
  panel.names = numbers.take_names();
  panel.values = concatenate(std::move(values), panel.offsets);
  if (has_index) panel.index = SeriesIndex::per_series(std::move(index_texts));
  return panel;
}

}  // namespace tailfit::tools
