// Streams: the bits of one fit of all, in the order of the pieces, whatever ends them.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <tailfit/tailfit.hpp>

#include "tests/host/series_samples.hpp"

namespace {

using tailfit::Context;
using tailfit::FitOptions;
using tailfit::PieceFits;
using tailfit::SeriesView;
using tailfit::StreamPiece;
using tailfit::tests::same_bits;

constexpr std::int64_t n_series = 60;
constexpr std::int64_t length = 200;

// Copies the pieces' fits one behind the other.
struct Collected {
  std::vector<std::int64_t> first_fits;
  std::vector<std::int64_t> n;
  std::vector<std::uint32_t> status;
  std::vector<std::uint32_t> counts;
  std::vector<double> reals;  // threshold, shape, scale, loglik of each fit's tails

  void add(const tailfit::FitsSpans& fits) {
    n.insert(n.end(), fits.n().begin(), fits.n().end());
    status.insert(status.end(), fits.status().begin(), fits.status().end());
    const auto all = fits.counts_u32();
    counts.insert(counts.end(), all.begin(), all.end());
    for (std::size_t i = 0; i < fits.n().size(); ++i) {
      for (const auto& tail : {fits.lower(), fits.upper()}) {
        reals.insert(reals.end(),
                     {tail.threshold[i], tail.shape[i], tail.scale[i], tail.loglik[i]});
      }
    }
  }
  void operator()(const PieceFits& fits) {
    first_fits.push_back(fits.first_fit());
    add(fits);
  }
};

void expect_same(const Collected& a, const Collected& b) {
  EXPECT_EQ(a.n, b.n);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.counts, b.counts);
  ASSERT_EQ(a.reals.size(), b.reals.size());
  EXPECT_TRUE(same_bits(a.reals.data(), b.reals.data(), a.reals.size() * sizeof(double)));
}

// Rows of a block in pieces of so many series, through two buffers in turn that are spoilt as soon
// as they may be.
class RowSource {
 public:
  RowSource(const std::vector<double>& values, std::int64_t per_piece)
      : values_(values), per_piece_(per_piece) {}

  std::optional<SeriesView<double>> operator()() {
    if (next_ == n_series) return std::nullopt;
    const std::int64_t n = std::min(per_piece_, n_series - next_);
    std::vector<double>& buffer = buffers_[n_asked_++ % 2];
    std::fill(buffer.begin(), buffer.end(), -1e300);
    buffer.assign(values_.begin() + next_ * length, values_.begin() + (next_ + n) * length);
    next_ += n;
    return SeriesView<double>::rows(buffer.data(), n, length);
  }

 private:
  const std::vector<double>& values_;
  std::int64_t per_piece_;
  std::int64_t next_ = 0;
  std::size_t n_asked_ = 0;
  std::vector<double> buffers_[2];
};

Collected fitted_at_once(const Context& context, const std::vector<double>& values,
                         const FitOptions& options = {}) {
  Collected all;
  all.add(
      tailfit::fit(context, SeriesView<double>::rows(values.data(), n_series, length), options));
  return all;
}

TEST(Stream, PiecesOfOneAPrimeAndAllHaveTheBitsOfOneFit) {
  const std::vector<double> values = tailfit::tests::mixed_batch(71, n_series, length);
  for (const std::int32_t threads : {1, 2, 7}) {
    const Context context({.threads = threads});
    const Collected expected = fitted_at_once(context, values);
    for (const std::int64_t per_piece : {std::int64_t{1}, std::int64_t{7}, n_series}) {
      Collected fits;
      const auto summary = tailfit::fit_stream(context, RowSource(values, per_piece), {}, fits);
      expect_same(fits, expected);
      EXPECT_EQ(summary.n_fits, n_series);
      EXPECT_EQ(summary.n_pieces, (n_series + per_piece - 1) / per_piece);
      EXPECT_FALSE(summary.cancelled);
      ASSERT_EQ(static_cast<std::int64_t>(fits.first_fits.size()), summary.n_pieces);
      for (std::size_t i = 0; i < fits.first_fits.size(); ++i) {
        EXPECT_EQ(fits.first_fits[i], static_cast<std::int64_t>(i) * per_piece);
      }
    }
  }
}

TEST(Stream, PiecesMayDifferInLayoutTypeAndSize) {
  const Context context;
  const std::vector<float> floats = tailfit::tests::heavy_batch<float>(72, 8, 100);
  const std::vector<double> doubles = tailfit::tests::heavy_batch(73, 8, 100);
  const std::vector<std::int64_t> offsets{0, 100, 100, 350, 800};
  const std::vector<StreamPiece> pieces{
      SeriesView<float>::columns(floats.data(), 8, 100),
      SeriesView<double>::rows(doubles.data(), 0, 100),
      SeriesView<double>::ragged(doubles.data(), offsets),
      SeriesView<float>::rolling(SeriesView<float>::rows(floats.data(), 8, 100), 60, 7)};
  Collected expected;
  expected.add(tailfit::fit(context, SeriesView<float>::columns(floats.data(), 8, 100)));
  expected.add(tailfit::fit(context, SeriesView<double>::ragged(doubles.data(), offsets)));
  expected.add(tailfit::fit(
      context, SeriesView<float>::rolling(SeriesView<float>::rows(floats.data(), 8, 100), 60, 7)));
  Collected fits;
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<StreamPiece> {
    if (next == pieces.size()) return std::nullopt;
    return pieces[next++];
  };
  const auto summary = tailfit::fit_stream(context, source, {}, fits);
  EXPECT_EQ(summary.n_pieces, 4);
  EXPECT_EQ(fits.first_fits, (std::vector<std::int64_t>{0, 8, 8, 12}));
  expect_same(fits, expected);
}

TEST(Stream, ThresholdsPerSeriesAreTheStreams) {
  const Context context;
  const std::vector<double> values = tailfit::tests::heavy_batch(74, n_series, length);
  std::vector<double> thresholds(n_series);
  for (std::size_t s = 0; s < thresholds.size(); ++s) {
    thresholds[s] = 1.0 + 0.01 * static_cast<double>(s);
  }
  const FitOptions options{.upper = tailfit::per_series(thresholds)};
  Collected fits;
  tailfit::fit_stream(context, RowSource(values, 7), options, fits);
  expect_same(fits, fitted_at_once(context, values, options));

  const auto message_for = [&](std::size_t n) {
    thresholds.resize(n);
    try {
      tailfit::fit_stream(context, RowSource(values, 7), {.upper = tailfit::per_series(thresholds)},
                          [](const PieceFits&) {});
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("no exception");
  };
  EXPECT_EQ(message_for(61),
            "tailfit: upper thresholds' number is 61, expected one for each series of the stream, "
            "which has 60");
  EXPECT_EQ(message_for(15),
            "tailfit: piece 2 of the stream, whose first fit is number 14: upper thresholds' "
            "number is 15, expected one for each series of the stream, which has at least 21");
}

TEST(Stream, TheSourceRunsBesideTheFitOnOneThreadAndTheSinkOnTheCallers) {
  const Context context;
  const std::vector<double> values = tailfit::tests::heavy_batch(75, n_series, length);
  const std::thread::id caller = std::this_thread::get_id();
  std::vector<std::thread::id> source_threads;
  std::vector<std::thread::id> sink_threads;
  std::atomic<int> n_asked = 0;
  int n_sunk = 0;
  RowSource rows(values, 10);
  tailfit::fit_stream(
      context,
      [&] {
        source_threads.push_back(std::this_thread::get_id());
        ++n_asked;
        return rows();
      },
      {},
      [&](const PieceFits&) {
        sink_threads.push_back(std::this_thread::get_id());
        // The next piece is asked for before this one is done, the one after it is not.
        EXPECT_LE(n_asked, ++n_sunk + 1);
        while (n_asked < n_sunk + 1) std::this_thread::yield();
      });
  EXPECT_EQ(n_asked, 7);  // six pieces and the end
  for (const auto& id : source_threads) EXPECT_EQ(id, source_threads.front());
  EXPECT_NE(source_threads.front(), caller);
  EXPECT_EQ(sink_threads, std::vector<std::thread::id>(6, caller));
}

struct Broken {
  int number;
};

TEST(Stream, WhatSourceAndSinkThrowIsThrownUnchangedAndTheContextStaysUsable) {
  const Context context;
  const std::vector<double> values = tailfit::tests::mixed_batch(76, n_series, length);
  for (int at = 0; at < 6; ++at) {
    RowSource rows(values, 10);
    int n_asked = 0;
    Collected fits;
    try {
      tailfit::fit_stream(
          context,
          [&] {
            if (n_asked++ == at) throw Broken{at};
            return rows();
          },
          {}, fits);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Broken& broken) {
      EXPECT_EQ(broken.number, at);
    }
    EXPECT_EQ(fits.first_fits.size(), static_cast<std::size_t>(at));
    int n_sunk = 0;
    EXPECT_THROW(tailfit::fit_stream(context, RowSource(values, 10), {},
                                     [&](const PieceFits&) {
                                       if (n_sunk++ == at) throw Broken{at};
                                     }),
                 Broken);
    EXPECT_EQ(n_sunk, at + 1);
  }
  Collected fits;
  tailfit::fit_stream(context, RowSource(values, 10), {}, fits);
  expect_same(fits, fitted_at_once(context, values));
}

TEST(Stream, TheFirstPieceToFailIsTheOneThatIsTold) {
  const Context context({.threads = 1});
  const std::vector<double> values = tailfit::tests::heavy_batch(77, n_series, length);
  RowSource rows(values, 10);
  int n_asked = 0;
  // The source fails for piece 1, while the sink still has piece 0, and fails too.
  EXPECT_THROW(tailfit::fit_stream(
                   context,
                   [&] {
                     if (n_asked++ == 1) throw std::logic_error("source");
                     return rows();
                   },
                   {}, [](const PieceFits&) { throw Broken{0}; }),
               Broken);
}

TEST(Stream, ABadPieceSaysWhichOneItIs) {
  const Context context;
  const std::vector<double> values(70000, 1.0);
  int n_asked = 0;
  const auto source = [&]() -> std::optional<SeriesView<double>> {
    const bool is_bad = ++n_asked == 3;
    return SeriesView<double>::rows(values.data(), is_bad ? 1 : 100, is_bad ? 70000 : 10);
  };
  int n_sunk = 0;
  try {
    tailfit::fit_stream(context, source, {.counts = tailfit::Counts::u16},
                        [&](const PieceFits&) { ++n_sunk; });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const tailfit::CountOverflow& error) {
    EXPECT_STREQ(error.what(),
                 "tailfit: piece 2 of the stream, whose first fit is number 200: fit 0 has a bin "
                 "with more than 65535 values, expected a wider options.counts");
  }
  EXPECT_EQ(n_sunk, 2);
}

TEST(Stream, CancellingHandsOverThePieceAndEndsTheStream) {
  const std::vector<double> values = tailfit::tests::heavy_batch(78, n_series, length);
  std::int64_t last_total = 0;
  bool reached = false;
  // On the CPU: a device would take a piece of this size at once.
  const Context context({.backend = tailfit::Backend::cpu,
                         .threads = 1,
                         .progress = [&](std::int64_t n_done, std::int64_t n_total) {
                           EXPECT_LE(n_done, n_total);
                           EXPECT_GE(n_total, last_total);
                           last_total = n_total;
                           reached = n_done > 20;
                           return !reached;
                         }});
  Collected fits;
  const auto summary = tailfit::fit_stream(context, RowSource(values, 20), {}, fits);
  EXPECT_TRUE(reached);
  EXPECT_TRUE(summary.cancelled);
  EXPECT_EQ(summary.n_pieces, 2);
  EXPECT_EQ(summary.n_fits, 40);
  EXPECT_EQ(last_total, 40);
  ASSERT_EQ(fits.status.size(), 40u);
  EXPECT_NE(fits.status[0], tailfit::status::not_run);
  EXPECT_EQ(fits.status[39], tailfit::status::not_run);
}

TEST(Stream, QuantilesCanBeAskedInTheSink) {
  const Context context;
  const std::vector<double> values = tailfit::tests::heavy_batch(79, n_series, length);
  std::vector<double> quantiles;
  tailfit::fit_stream(context, RowSource(values, 7), {}, [&](const PieceFits& fits) {
    for (const double q : tailfit::quantile(context, fits, 0.01)) quantiles.push_back(q);
  });
  const auto all = tailfit::fit(context, SeriesView<double>::rows(values.data(), n_series, length));
  EXPECT_EQ(quantiles, tailfit::quantile(context, all, 0.01));
}

TEST(StreamInC, CodesOfTheCallbacksComeBackUnchanged) {
  const Context context({.threads = 1});
  static const std::vector<double> values(100, 1.0);
  tailfit_stream stream{};
  stream.struct_size = sizeof stream;
  stream.source = [](void* user, tailfit_series_view* piece) -> std::int32_t {
    EXPECT_EQ(piece->struct_size, sizeof *piece);
    EXPECT_EQ(piece->values, nullptr);
    *piece = SeriesView<double>::rows(values.data(), 10, 10).c_view();
    return ++*static_cast<int*>(user) == 3 ? 77 : TAILFIT_STREAM_PIECE;
  };
  int n_asked = 0;
  stream.source_user = &n_asked;
  stream.sink = [](void* user, const tailfit_fits_view* fits, std::int64_t) -> std::int32_t {
    EXPECT_EQ(fits->n_fits, 10);
    return *static_cast<int*>(user);
  };
  int sink_code = 0;
  stream.sink_user = &sink_code;
  tailfit_stream_summary summary{};
  summary.struct_size = sizeof summary;
  EXPECT_EQ(tailfit_fit_stream(context.c_handle(), nullptr, &stream, &summary),
            TAILFIT_SOURCE_FAILED);
  EXPECT_STREQ(tailfit_last_error(),
               "tailfit: the stream's source returned 77 for piece 2, expected 1 (a piece) or 0 "
               "(the end)");
  EXPECT_EQ(summary.source_code, 77);
  EXPECT_EQ(summary.sink_code, 0);
  EXPECT_EQ(summary.n_pieces, 2);

  n_asked = 0;
  sink_code = -5;
  EXPECT_EQ(tailfit_fit_stream(context.c_handle(), nullptr, &stream, &summary),
            TAILFIT_SINK_FAILED);
  EXPECT_EQ(summary.sink_code, -5);
  EXPECT_EQ(summary.source_code, 0);
  EXPECT_EQ(summary.n_fits, 10);
}

TEST(StreamInC, BadCallsAreNamed) {
  const Context context({.threads = 1});
  tailfit_stream stream{};
  const auto refused = [&](tailfit_stream_summary* summary) {
    EXPECT_EQ(tailfit_fit_stream(context.c_handle(), nullptr, &stream, summary),
              TAILFIT_INVALID_ARGUMENT);
    return std::string(tailfit_last_error());
  };
  EXPECT_EQ(refused(nullptr),
            "tailfit: tailfit_stream.struct_size is 0, expected "
            "sizeof(tailfit_stream) = " +
                std::to_string(sizeof stream));
  stream.struct_size = sizeof stream;
  EXPECT_EQ(refused(nullptr),
            "tailfit: stream.source is null, expected a function that yields pieces");
  stream.source = [](void*, tailfit_series_view*) -> std::int32_t { return 0; };
  EXPECT_EQ(refused(nullptr), "tailfit: stream.sink is null, expected a function that takes fits");
  stream.sink = [](void*, const tailfit_fits_view*, std::int64_t) -> std::int32_t { return 0; };
  tailfit_stream_summary summary{};
  EXPECT_EQ(refused(&summary),
            "tailfit: tailfit_stream_summary.struct_size is 0, expected "
            "sizeof(tailfit_stream_summary) = " +
                std::to_string(sizeof summary));
  EXPECT_EQ(tailfit_fit_stream(context.c_handle(), nullptr, &stream, nullptr), TAILFIT_OK);
  EXPECT_EQ(tailfit_fit_stream(context.c_handle(), nullptr, nullptr, nullptr),
            TAILFIT_INVALID_ARGUMENT);
}

}  // namespace
