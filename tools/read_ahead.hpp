// Reads the next panel while its user works on the last one.
#pragma once

#include <functional>
#include <future>
#include <optional>
#include <utility>

#include "tools/panel.hpp"

namespace tailfit::tools {

// Two panels are in memory at a time: the one that was given out last, and the one being read.
class ReadAhead {
 public:
  // `read` gives the next panel, nothing at the end; it is called by one thread at a time, not the
  // caller's. The first panel is asked for at once.
  explicit ReadAhead(std::function<std::optional<Panel>()> read) : read_(std::move(read)) { ask(); }

  // The next panel; nothing at the end, after which it must not be called. Throws what reading
  // threw.
  std::optional<Panel> next() {
    std::optional<Panel> panel = panel_.get();
    if (panel.has_value()) ask();
    return panel;
  }

 private:
  void ask() { panel_ = std::async(std::launch::async, read_); }

  std::function<std::optional<Panel>()> read_;
  std::future<std::optional<Panel>> panel_;  // last: its end waits for a panel that is being read
};

}  // namespace tailfit::tools
