// A thread that asks a source for the next piece while its owner works on the last one.
#pragma once

#include <tailfit/tailfit.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace tailfit::host {

class PieceReader {
 public:
  // Starts the thread and asks for the first piece. Throws CallError where no thread can be had.
  PieceReader(tailfit_source_fn source, void* user);

  // Waits for an answer that is still due.
  ~PieceReader();
  PieceReader(const PieceReader&) = delete;
  PieceReader& operator=(const PieceReader&) = delete;

  struct Answer {
    std::int32_t code;  // the source's
    tailfit_series_view piece;
  };

  // The answer to the last question, which is then taken; to be called once for each.
  Answer take();

  // Asks for one more piece; the last answer must have been TAILFIT_STREAM_PIECE, and taken.
  void ask();

 private:
  enum class Phase { asked, answered, idle, stopped };
  void serve();

  const tailfit_source_fn source_;
  void* const user_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Phase phase_ = Phase::asked;
  Answer answer_{};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace tailfit::host
