#include "host/stream.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include "host/error.hpp"
#include "host/fits_storage.hpp"
#include "host/piece_reader.hpp"
#include "host/run_fit.hpp"
#include "host/validate.hpp"

namespace tailfit::host {
namespace {

// The caller's context with a progress callback of our own: it counts from the stream's beginning
// and remembers that the caller's has cancelled.
class StreamContext {
 public:
  explicit StreamContext(const tailfit_context& context) : callers_(context), context_{} {
    context_.backend = context.backend;
    context_.devices = context.devices;
    context_.registered = context.registered;
    context_.threads = context.threads;
    context_.use_callers_arena = context.use_callers_arena;
    context_.memory_budget = context.memory_budget;
    context_.memory = context.memory;
    context_.process_id = context.process_id;
    if (context.progress == nullptr) return;
    context_.progress = [](void* user, std::int64_t n_done, std::int64_t n_total) {
      return static_cast<StreamContext*>(user)->report(n_done, n_total);
    };
    context_.progress_user = this;
  }
  StreamContext(const StreamContext&) = delete;
  StreamContext& operator=(const StreamContext&) = delete;

  const tailfit_context& get() const { return context_; }
  void begin_piece(std::int64_t first_fit) { first_fit_ = first_fit; }
  bool cancelled() const { return cancelled_; }

 private:
  std::int32_t report(std::int64_t n_done, std::int64_t n_total) {
    if (cancelled_) return 1;
    if (callers_.progress(callers_.progress_user, first_fit_ + n_done, first_fit_ + n_total) != 0) {
      cancelled_ = true;
      return 1;
    }
    return 0;
  }

  const tailfit_context& callers_;
  tailfit_context context_;
  std::int64_t first_fit_ = 0;
  bool cancelled_ = false;
};

// The results of one piece at a time, in a block that grows to the largest.
class ResultBlock {
 public:
  explicit ResultBlock(const MemoryResource& resource) : resource_(resource) {}

  tailfit_fits_view view_for(std::int64_t n_fits, const tailfit_fit_options& options) {
    const FitsLayout layout(n_fits, options.bins, options.counts);
    if (layout.bytes() > bytes_) {
      block_ = AlignedBlock();  // before, not after: the old results are no longer needed
      bytes_ = 0;
      block_ = AlignedBlock(layout.bytes(), resource_);
      bytes_ = layout.bytes();
    }
    return layout.view(block_.data(), options.laplace);
  }

 private:
  const MemoryResource resource_;
  AlignedBlock block_;
  std::uint64_t bytes_ = 0;
};

// Thresholds per series are the stream's; a piece has the next ones.
void take_thresholds(const std::string& side, tailfit_threshold_rule& rule, std::int64_t first,
                     std::int64_t n_series) {
  if (rule.kind != TAILFIT_THRESHOLD_PER_SERIES) return;
  if (rule.n_per_series - first < n_series) {
    fail_invalid(side + " thresholds' number", rule.n_per_series,
                 "one for each series of the stream, which has at least " +
                     std::to_string(first + n_series));
  }
  rule.per_series += first;
  rule.n_per_series = n_series;
}

void check_all_taken(const std::string& side, const tailfit_threshold_rule& rule,
                     std::int64_t n_series) {
  if (rule.kind != TAILFIT_THRESHOLD_PER_SERIES || rule.n_per_series == n_series) return;
  fail_invalid(side + " thresholds' number", rule.n_per_series,
               "one for each series of the stream, which has " + std::to_string(n_series));
}

CallError in_piece(const CallError& error, std::int64_t piece, std::int64_t first_fit) {
  constexpr std::string_view prefix = "tailfit: ";
  std::string_view message = error.what();
  if (message.starts_with(prefix)) message.remove_prefix(prefix.size());
  return CallError(error.code(), "piece " + std::to_string(piece) +
                                     " of the stream, whose first fit is number " +
                                     std::to_string(first_fit) + ": " + std::string(message));
}

class StreamRun {
 public:
  StreamRun(const tailfit_context& context, const tailfit_fit_options& options,
            const tailfit_stream& stream, tailfit_stream_summary& summary)
      : context_(context),
        options_(options),
        stream_(stream),
        summary_(summary),
        results_(context.memory) {}

  void run() {
    PieceReader reader(stream_.source, stream_.source_user);
    for (;;) {
      const PieceReader::Answer answer = reader.take();
      if (answer.code == TAILFIT_STREAM_END) break;
      if (answer.code != TAILFIT_STREAM_PIECE) fail_source(answer.code);
      reader.ask();
      const tailfit_fits_view fits = fit(answer.piece);
      hand_over(fits);
      if (!context_.cancelled()) continue;
      summary_.cancelled = 1;
      return;
    }
    check_all_taken("lower", options_.lower, n_series_);
    check_all_taken("upper", options_.upper, n_series_);
  }

 private:
  tailfit_fits_view fit(const tailfit_series_view& piece) {
    try {
      validate(piece);
      tailfit_fit_options options = options_;
      take_thresholds("lower", options.lower, n_series_, piece.n_series);
      take_thresholds("upper", options.upper, n_series_, piece.n_series);
      validate(piece, options);
      const tailfit_fits_view out = results_.view_for(piece.n_series * piece.n_windows, options);
      context_.begin_piece(summary_.n_fits);
      run_fit(context_.get(), piece, options, out);
      n_series_ += piece.n_series;
      return out;
    } catch (const CallError& error) {
      throw in_piece(error, summary_.n_pieces, summary_.n_fits);
    }
  }

  void hand_over(const tailfit_fits_view& fits) {
    const std::int64_t first_fit = summary_.n_fits;
    ++summary_.n_pieces;
    summary_.n_fits += fits.n_fits;
    summary_.sink_code = stream_.sink(stream_.sink_user, &fits, first_fit);
    if (summary_.sink_code == 0) return;
    throw CallError(TAILFIT_SINK_FAILED,
                    "the stream's sink returned " + std::to_string(summary_.sink_code) +
                        " for piece " + std::to_string(summary_.n_pieces - 1) + ", expected 0");
  }

  [[noreturn]] void fail_source(std::int32_t code) {
    summary_.source_code = code;
    throw CallError(TAILFIT_SOURCE_FAILED, "the stream's source returned " + std::to_string(code) +
                                               " for piece " + std::to_string(summary_.n_pieces) +
                                               ", expected 1 (a piece) or 0 (the end)");
  }

  StreamContext context_;
  const tailfit_fit_options& options_;
  const tailfit_stream& stream_;
  tailfit_stream_summary& summary_;
  ResultBlock results_;
  std::int64_t n_series_ = 0;  // in the pieces fitted so far
};

}  // namespace

void run_stream(const tailfit_context& context, const tailfit_fit_options& options,
                const tailfit_stream& stream, tailfit_stream_summary& summary) {
  StreamRun(context, options, stream, summary).run();
}

}  // namespace tailfit::host
