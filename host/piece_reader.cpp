#include "host/piece_reader.hpp"

#include <string>
#include <system_error>

#include "host/error.hpp"

namespace tailfit::host {

PieceReader::PieceReader(tailfit_source_fn source, void* user) : source_(source), user_(user) {
  try {
    thread_ = std::thread([this] { serve(); });
  } catch (const std::system_error& error) {
    throw CallError(TAILFIT_OUT_OF_MEMORY,
                    "cannot start the thread that reads the stream: " + std::string(error.what()));
  }
}

PieceReader::~PieceReader() {
  {
    const std::lock_guard lock(mutex_);
    phase_ = Phase::stopped;
  }
  changed_.notify_all();
  thread_.join();
}

PieceReader::Answer PieceReader::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return phase_ == Phase::answered; });
  phase_ = Phase::idle;
  return answer_;
}

void PieceReader::ask() {
  {
    const std::lock_guard lock(mutex_);
    phase_ = Phase::asked;
  }
  changed_.notify_all();
}

void PieceReader::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return phase_ == Phase::asked || phase_ == Phase::stopped; });
    if (phase_ == Phase::stopped) return;
    Answer answer{};
    answer.piece.struct_size = sizeof answer.piece;
    lock.unlock();  // the source may take its time
    answer.code = source_(user_, &answer.piece);
    lock.lock();
    if (phase_ == Phase::stopped) return;
    answer_ = answer;
    phase_ = Phase::answered;
    changed_.notify_all();
  }
}

}  // namespace tailfit::host
