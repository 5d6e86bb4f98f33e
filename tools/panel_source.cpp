#include "tools/panel_source.hpp"

#include <algorithm>
#include <utility>

namespace tailfit::tools {

std::size_t PieceLimit::n_values(std::size_t value_bytes) const {
  return static_cast<std::size_t>(bytes) /
         (value_bytes + static_cast<std::size_t>(more_bytes_per_value));
}

std::size_t PieceLimit::n_series(std::size_t length, std::size_t value_bytes) const {
  const std::size_t bytes_of_a_series =
      length * (value_bytes + static_cast<std::size_t>(more_bytes_per_value)) + bytes_per_series;
  return std::max<std::size_t>(static_cast<std::size_t>(bytes) / bytes_of_a_series, 1);
}

WholePanel::WholePanel(Panel panel) : panel_(std::move(panel)) {
  for (std::size_t s = 0; s < panel_->n_series(); ++s) ++lengths_[panel_->length(s)];
}

std::optional<Panel> WholePanel::next() { return std::exchange(panel_, std::nullopt); }

}  // namespace tailfit::tools
