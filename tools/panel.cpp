#include "tools/panel.hpp"

#include <utility>

namespace tailfit::tools {

SeriesIndex SeriesIndex::shared(TextColumn column) {
  SeriesIndex index;
  index.kind_ = Kind::shared;
  std::vector<TextColumn> columns;
  columns.push_back(std::move(column));
  index.columns_ = std::make_shared<const std::vector<TextColumn>>(std::move(columns));
  return index;
}

SeriesIndex SeriesIndex::per_series(std::vector<TextColumn> columns) {
  SeriesIndex index;
  index.kind_ = Kind::per_series;
  index.columns_ = std::make_shared<const std::vector<TextColumn>>(std::move(columns));
  return index;
}

std::string SeriesIndex::text(std::size_t series, std::int64_t row) const {
  const std::int64_t file_row = row + n_dropped_;
  if (kind_ == Kind::row_numbers) return std::to_string(file_row);
  const TextColumn& column = (*columns_)[kind_ == Kind::shared ? 0 : series];
  return std::string(column[static_cast<std::size_t>(file_row)]);
}

std::vector<std::int64_t> equal_offsets(std::size_t n_series, std::int64_t length) {
  std::vector<std::int64_t> offsets(n_series + 1);
  for (std::size_t s = 0; s <= n_series; ++s) offsets[s] = static_cast<std::int64_t>(s) * length;
  return offsets;
}

}  // namespace tailfit::tools
