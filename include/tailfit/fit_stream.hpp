// fit_stream(): more series than fit in memory, piece by piece.
#pragma once

#include <tailfit/tailfit.h>
#include <tailfit/context.hpp>
#include <tailfit/error.hpp>
#include <tailfit/fit_options.hpp>
#include <tailfit/series_view.hpp>
#include <tailfit/spliced_fits.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>

namespace tailfit {
inline namespace v1 {

// Some consecutive series of a stream; made of a SeriesView of either type and any layout.
class StreamPiece {
 public:
  template <class T>
  StreamPiece(const SeriesView<T>& series) noexcept  // NOLINT: a view is a piece
      : view_(series.c_view()) {}
  const tailfit_series_view& c_view() const noexcept { return view_; }

 private:
  tailfit_series_view view_;
};

// The results of one piece, in memory of the library that is valid until the sink returns.
class PieceFits : public FitsSpans {
 public:
  PieceFits(const SplicedFitsView& view, std::int64_t first_fit) noexcept
      : FitsSpans(view), first_fit_(first_fit) {}
  // Fit i of the piece is fit first_fit() + i of the stream.
  std::int64_t first_fit() const noexcept { return first_fit_; }

 private:
  std::int64_t first_fit_;
};

struct StreamSummary {
  std::int64_t n_pieces;  // that the sink was called for
  std::int64_t n_fits;    // in these
  bool cancelled;         // the progress callback ended the stream
};

// Yields the next piece, or nothing at the end: std::optional<SeriesView<float>>,
// std::optional<SeriesView<double>> or, for a stream of both, std::optional<StreamPiece>.
template <class Source>
concept PieceSource = std::invocable<Source&> &&
    std::convertible_to<std::invoke_result_t<Source&>, std::optional<StreamPiece>>;

template <class Sink>
concept PieceSink = std::invocable<Sink&, const PieceFits&>;

namespace detail {

// A callable behind the C interface, which exceptions must not cross: they wait here.
template <class Callable>
struct StreamCallback {
  explicit StreamCallback(Callable& function) noexcept : callable(std::addressof(function)) {}

  template <class Action>
  std::int32_t guarded(const Action& action) noexcept {
    try {
      return action();
    } catch (...) {
      exception = std::current_exception();
      return -1;
    }
  }

  Callable* callable;
  std::exception_ptr exception;
};

template <class Source>
std::int32_t next_piece(void* user, tailfit_series_view* piece) noexcept {
  auto& callback = *static_cast<StreamCallback<Source>*>(user);
  return callback.guarded([&]() -> std::int32_t {
    const std::optional<StreamPiece> next = (*callback.callable)();
    if (!next.has_value()) return TAILFIT_STREAM_END;
    *piece = next->c_view();
    return TAILFIT_STREAM_PIECE;
  });
}

template <class Sink>
std::int32_t take_fits(void* user, const tailfit_fits_view* fits, std::int64_t first_fit) noexcept {
  auto& callback = *static_cast<StreamCallback<Sink>*>(user);
  return callback.guarded([&]() -> std::int32_t {
    (*callback.callable)(PieceFits(*fits, first_fit));
    return 0;
  });
}

}  // namespace detail

// Fits every piece that `source` yields and gives each one's fits to `sink`; synchronous. The bits
// are those of one fit() of all series. While a piece is fitted the next one is read:
//  - source() runs on one thread, not the caller's. A piece's memory must stay valid and unchanged
//    until the sink has returned for it. Piece i+2 is asked for only after that, so two buffers in
//    turn are enough.
//  - sink(const PieceFits&) runs on the caller's thread, in the order of the pieces, and may use
//    the context: quantile(context, fits, p). One block of memory, as large as the largest piece's
//    results, serves all pieces.
// per_series() thresholds are one for each series of the whole stream.
//
// What source or sink throws ends the stream and is thrown here; neither runs any more then. So
// does a bad piece, with what fit() throws and the piece's number. The context stays usable. Where
// its progress callback cancels, the sink still gets the piece, fits not begun with the status
// not_run, and the stream ends there without an exception: see StreamSummary.
template <PieceSource Source, PieceSink Sink>
StreamSummary fit_stream(const Context& context, Source&& source, const FitOptions& options,
                         Sink&& sink) {
  detail::StreamCallback<std::remove_reference_t<Source>> source_callback(source);
  detail::StreamCallback<std::remove_reference_t<Sink>> sink_callback(sink);
  const tailfit_fit_options c_options = options.c_options();
  const tailfit_stream stream{
      sizeof(tailfit_stream), &detail::next_piece<std::remove_reference_t<Source>>,
      &source_callback, &detail::take_fits<std::remove_reference_t<Sink>>, &sink_callback};
  tailfit_stream_summary summary{};
  summary.struct_size = sizeof summary;
  const tailfit_code code = tailfit_fit_stream(context.c_handle(), &c_options, &stream, &summary);
  if (code == TAILFIT_SOURCE_FAILED) std::rethrow_exception(source_callback.exception);
  if (code == TAILFIT_SINK_FAILED) std::rethrow_exception(sink_callback.exception);
  detail::check(code);
  return {summary.n_pieces, summary.n_fits, summary.cancelled != 0};
}

}  // namespace v1
}  // namespace tailfit
