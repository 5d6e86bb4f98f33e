#include "tools/temporary_files.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <utility>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"

namespace tailfit::tools {
namespace {

// A signal handler reaches static data only, and may call little more than unlink: hence the one
// table of the program, of fixed size, whose entries are switched on and off atomically.
struct Slot {
  std::atomic<bool> is_claimed{false};
  std::atomic<bool> is_removable{false};  // path is complete
  std::array<char, 4096> path{};
};
std::array<Slot, 8> slots;
std::atomic<int> n_delays{0};
std::atomic<int> delayed_signal{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void remove_all() noexcept {
  for (Slot& slot : slots) {
    if (slot.is_removable.load()) unlink(slot.path.data());
  }
}

[[noreturn]] void end_by(int signal_number) noexcept {
  remove_all();
  std::signal(signal_number, SIG_DFL);
  sigset_t only_this;
  sigemptyset(&only_this);
  sigaddset(&only_this, signal_number);
  pthread_sigmask(SIG_UNBLOCK, &only_this, nullptr);  // it is blocked while its handler runs
  std::raise(signal_number);
  _exit(128 + signal_number);
}

extern "C" void on_signal(int signal_number) {
  if (n_delays.load() > 0) {
    delayed_signal.store(signal_number);
    return;
  }
  end_by(signal_number);
}

}  // namespace

void install_signal_handlers() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction old {};
    if (sigaction(number, nullptr, &old) == 0 && old.sa_handler == SIG_IGN) continue;  // nohup
    struct sigaction action {};
    action.sa_handler = &on_signal;
    sigfillset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, nullptr);
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

TemporaryFile::TemporaryFile(std::string path) : path_(std::move(path)), slot_(0) {
  if (path_.size() >= slots[0].path.size()) {
    throw Failure("the path " + in_quotes(path_) + " is too long");
  }
  while (slot_ < slots.size() && slots[slot_].is_claimed.exchange(true)) ++slot_;
  if (slot_ == slots.size()) throw Failure("too many temporary files at once");
  std::memcpy(slots[slot_].path.data(), path_.c_str(), path_.size() + 1);
  slots[slot_].is_removable.store(true);
}

TemporaryFile::~TemporaryFile() {
  if (slots[slot_].is_removable.load()) unlink(path_.c_str());
  keep();
  slots[slot_].is_claimed.store(false);
}

void TemporaryFile::keep() noexcept { slots[slot_].is_removable.store(false); }

SignalDelay::SignalDelay() noexcept { n_delays.fetch_add(1); }

SignalDelay::~SignalDelay() {
  if (n_delays.fetch_sub(1) == 1) {
    const int signal_number = delayed_signal.exchange(0);
    if (signal_number != 0) end_by(signal_number);
  }
}

}  // namespace tailfit::tools
