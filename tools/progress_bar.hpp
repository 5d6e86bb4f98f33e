// One line on a terminal that says how far the fitting is.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tailfit::tools {

// "[#####.....]  50 %  1000 of 2000 fits, 3 s left", of at most `width` characters.
std::string progress_line(std::int64_t n_done, std::int64_t n_total, double seconds,
                          std::size_t width);

// Draws on a descriptor if that is a terminal, else does nothing. Not thread-safe.
class ProgressBar {
 public:
  explicit ProgressBar(int descriptor);
  ~ProgressBar();  // wipes the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // The work begins now: from here on the time that is left is estimated.
  void begin() { start_ = Clock::now(); }

  // Redraws a few times a second, not before the bar is half a second old.
  void show(std::int64_t n_done, std::int64_t n_total);

  // Nothing is drawn any more, and the line is as it was.
  void close();

 private:
  using Clock = std::chrono::steady_clock;

  int descriptor_;  // -1: not a terminal, or closed
  Clock::time_point start_;
  Clock::time_point next_;
  bool is_drawn_ = false;
};

}  // namespace tailfit::tools
