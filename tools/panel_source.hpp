// The input as a sequence of panels, each of them small enough to be held.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "tools/panel.hpp"

namespace tailfit::tools {

// How large a panel may become.
struct PieceLimit {
  // Values, index texts and what else is kept for each series. A panel has one series at least,
  // however long that is.
  std::int64_t bytes = std::int64_t{64} << 20;
  // A transform keeps a second copy of the values for a while; bytes of each.
  std::int64_t more_bytes_per_value = 0;
  // Whether the input's hash will be asked for: a source that does not read the file from end to
  // end then does so too.
  bool needs_digest = true;

  // Values of `value_bytes` that one panel takes.
  std::size_t n_values(std::size_t value_bytes) const;

  // Series of `length` values of `value_bytes` that one panel takes; at least 1.
  std::size_t n_series(std::size_t length, std::size_t value_bytes) const;
};

// Names, offsets, plans and the places of results: what a series costs beside its values.
inline constexpr std::int64_t bytes_per_series = 200;

// How many series have how many rows.
using LengthCounts = std::map<std::int64_t, std::int64_t>;

class PanelSource {
 public:
  virtual ~PanelSource() = default;

  // The next series, in the order of the file; nothing after the last. Throws as the functions that
  // open a source do. May be called by another thread than the one before.
  virtual std::optional<Panel> next() = 0;

  // Of all panels together.
  virtual const LengthCounts& lengths() const = 0;
};

// A panel that is in memory already.
class WholePanel final : public PanelSource {
 public:
  explicit WholePanel(Panel panel);
  std::optional<Panel> next() override;
  const LengthCounts& lengths() const override { return lengths_; }

 private:
  std::optional<Panel> panel_;
  LengthCounts lengths_;
};

}  // namespace tailfit::tools
