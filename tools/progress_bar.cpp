#include "tools/progress_bar.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace tailfit::tools {
namespace {

constexpr std::chrono::milliseconds first_wait{500};
constexpr std::chrono::milliseconds wait{100};

std::size_t terminal_width(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
  if (whole < 120) return std::to_string(whole) + " s";
  if (whole < 7200) return std::to_string((whole + 59) / 60) + " min";
  return std::to_string((whole + 3599) / 3600) + " h";
}

void draw(int descriptor, std::string_view text) {
  // A terminal that takes no text is no reason to stop.
  [[maybe_unused]] const ssize_t n = write(descriptor, text.data(), text.size());
}

constexpr std::string_view wipe_line = "\r\x1b[K";

}  // namespace

std::string progress_line(std::int64_t n_done, std::int64_t n_total, double seconds,
                          std::size_t width) {
  constexpr std::size_t bar_width = 30;
  const double share =
      n_total > 0 ? static_cast<double>(n_done) / static_cast<double>(n_total) : 1.0;
  const auto n_filled = static_cast<std::size_t>(share * static_cast<double>(bar_width));
  const std::string percent = std::to_string(static_cast<int>(share * 100.0));
  std::string line(1, '[');
  line.append(n_filled, '#').append(bar_width - n_filled, '.').append("] ");
  line.append(3 - percent.size(), ' ').append(percent).append(" %  ");
  line.append(std::to_string(n_done)).append(" of ").append(std::to_string(n_total));
  line += " fits";
  if (n_done > 0 && n_done < n_total) {
    line += ", " + duration_text(seconds * (1.0 / share - 1.0)) + " left";
  }
  line.resize(std::min(line.size(), width));
  return line;
}

ProgressBar::ProgressBar(int descriptor)
    : descriptor_(isatty(descriptor) == 1 ? descriptor : -1),
      start_(Clock::now()),
      next_(start_ + first_wait) {}

ProgressBar::~ProgressBar() { close(); }

void ProgressBar::show(std::int64_t n_done, std::int64_t n_total) {
  if (descriptor_ < 0) return;
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + wait;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  // One column is left free: text in the last one makes some terminals begin a new line.
  const std::size_t width = terminal_width(descriptor_) - 1;
  draw(descriptor_, std::string(wipe_line) + progress_line(n_done, n_total, seconds, width));
  is_drawn_ = true;
}

void ProgressBar::close() {
  if (is_drawn_) draw(descriptor_, wipe_line);
  is_drawn_ = false;
  descriptor_ = -1;
}

}  // namespace tailfit::tools
