#include "tools/threshold_file.hpp"

#include <cmath>
#include <memory>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"
#include "tools/number_text.hpp"
#include "tools/text_source.hpp"

namespace tailfit::tools {
namespace {

constexpr std::array<std::string_view, 2> sides{"lower", "upper"};
constexpr std::string_view flag = "--thresholds";

// A column of another name might be one of ours misspelt.
void check_columns(const CsvTable& table) {
  std::size_t n_thresholds = 0;
  for (const std::string& column : table.columns()) {
    const bool is_threshold = column == sides[0] || column == sides[1];
    if (is_threshold) ++n_thresholds;
    if (is_threshold || column == "series") continue;
    throw BadInput(table.name() + ":1: " + std::string(flag) + ": the column " + in_quotes(column) +
                   ", expected series, lower and upper only");
  }
  if (n_thresholds > 0) return;
  throw BadInput(table.name() + ":1: " + std::string(flag) +
                 ": series is the only column, expected lower, upper or both beside it");
}

}  // namespace

ThresholdFile::ThresholdFile(const std::string& path) {
  InputFile file(path);
  name_ = file.name();
  digest_ = read_unchanged(file, [&] { return read_all(file); });
}

InputFile::Digest ThresholdFile::read_all(InputFile& file) {
  const std::unique_ptr<ByteSource> text = open_text(file);
  CsvTable table(*text, name_);
  check_columns(table);
  std::array<std::size_t, 2> columns{};
  for (std::size_t side = 0; side < sides.size(); ++side) {
    for (std::size_t c = 0; c < table.columns().size(); ++c) {
      if (table.columns()[c] != sides[side]) continue;
      has_[side] = true;
      columns[side] = c;
    }
  }
  const std::size_t series_column = table.find("series", flag);
  while (const CsvRecord* row = table.next_row()) read(table, *row, series_column, columns);
  return file.digest();
}

void ThresholdFile::read(const CsvTable& table, const CsvRecord& row, std::size_t series_column,
                         const std::array<std::size_t, 2>& columns) {
  const std::string series(row.cells[series_column].text);
  Entry entry{{}, row.line};
  for (std::size_t side = 0; side < sides.size(); ++side) {
    if (!has_[side]) continue;
    const std::string_view text = row.cells[columns[side]].text;
    const CellValue cell = parse_cell(text);
    if (cell.problem != CellProblem::none || !std::isfinite(cell.value) || rounds_to_zero(text)) {
      table.refuse_cell(columns[side], "the threshold of series " + in_quotes(series) + " is " +
                                           in_quotes(text) + ", expected " +
                                           expected_within(text, any_number));
    }
    entry.thresholds[side] = cell.value;
  }
  const auto [place, is_new] = entries_.emplace(series, entry);
  if (is_new) return;
  throw BadInput(table.where() + "series " + in_quotes(series) + " is given twice, first on line " +
                 std::to_string(place->second.line));
}

std::size_t ThresholdFile::give(Panel& panel) const {
  std::size_t n = 0;
  for (; n < panel.n_series(); ++n) {
    const auto entry = entries_.find(panel.names[n]);
    if (entry == entries_.end()) break;
    if (has_lower()) panel.lower_thresholds.push_back(entry->second.thresholds[0]);
    if (has_upper()) panel.upper_thresholds.push_back(entry->second.thresholds[1]);
  }
  return n;
}

void ThresholdFile::refuse_missing(std::string_view series, const std::string& input_name) const {
  throw BadInput(name_ + ": there is no threshold for series " + in_quotes(series) + " of " +
                 input_name);
}

}  // namespace tailfit::tools
