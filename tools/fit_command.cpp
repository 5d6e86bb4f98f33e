#include "tools/fit_command.hpp"

#include <unistd.h>
#include <tailfit/tailfit.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/batch_fit.hpp"
#include "tools/batch_plan.hpp"
#include "tools/errors.hpp"
#include "tools/input_file.hpp"
#include "tools/manifest.hpp"
#include "tools/message_text.hpp"
#include "tools/number_text.hpp"
#include "tools/open_panels.hpp"
#include "tools/output_paths.hpp"
#include "tools/panel.hpp"
#include "tools/panel_source.hpp"
#include "tools/progress_bar.hpp"
#include "tools/read_ahead.hpp"
#include "tools/run_outputs.hpp"
#include "tools/status_counts.hpp"
#include "tools/threshold_file.hpp"
#include "tools/transform.hpp"

namespace tailfit::tools {
namespace {

// What the results of one call may take up. More would not make it faster.
constexpr std::int64_t result_bytes_per_batch = std::int64_t{256} << 20;

std::int64_t most_fits_per_batch(const FitRequest& request) {
  constexpr std::int64_t bytes_of_parameters = 14 * 8;
  constexpr std::int64_t most_bins = result_bytes_per_batch / 4;  // keeps the products small
  const std::int64_t bins =
      request.options.counts == Counts::none ? 0 : std::min(request.options.bins, most_bins);
  const auto n_levels =
      static_cast<std::int64_t>(request.quantiles.size() + request.expected_shortfalls.size());
  const std::int64_t bytes_of_a_fit = bytes_of_parameters + 4 * bins + 8 * n_levels;
  return std::max<std::int64_t>(result_bytes_per_batch / bytes_of_a_fit, 1);
}

// The longest series of all pieces.
struct Longest {
  std::string name;
  std::int64_t length = -1;

  void look_at(const Panel& panel) {
    for (std::size_t s = 0; s < panel.n_series(); ++s) {
      if (panel.length(s) <= length) continue;
      length = panel.length(s);
      name = panel.names[s];
    }
  }
};

[[noreturn]] void refuse_window(const WindowArguments& window, const Longest& longest) {
  throw BadInput("--window is '" + std::to_string(window.length) +
                 "', expected at most the longest series' length: " + in_quotes(longest.name) +
                 " has " + counted(longest.length, "value"));
}

// Of the whole input, before any of it is fitted.
std::int64_t count_fits(const LengthCounts& lengths, const FitArguments& arguments) {
  const std::int64_t n_dropped = arguments.transform == Transform::none ? 0 : 1;
  std::int64_t n = 0;
  for (const auto& [n_rows, n_series] : lengths) {
    n += n_series * fits_of_series(n_rows - n_dropped, arguments.window);
  }
  return n;
}

// A count of exceedances must leave something of the longest series, as of the only one. (Windows
// were looked at with the flags.)
void check_count(const TailArguments& tail, const LengthCounts& lengths,
                 const FitArguments& arguments) {
  if (tail.kind != TailRule::count || arguments.window.has_value() || lengths.empty()) return;
  const std::int64_t n_dropped = arguments.transform == Transform::none ? 0 : 1;
  const std::int64_t longest = lengths.rbegin()->first - n_dropped;
  if (tail.count < longest) return;
  throw BadInput(tail.flag + " is '" + std::to_string(tail.count) +
                 "', expected less than the longest series' length, which is " +
                 counted(longest, "value"));
}

std::optional<ThresholdFile> read_thresholds(const FitArguments& arguments) {
  if (!arguments.thresholds.has_value()) return std::nullopt;
  std::optional<ThresholdFile> file(std::in_place, *arguments.thresholds);
  const auto check_side = [&](bool is_in_file, const char* side, const TailArguments& tail) {
    if (!is_in_file || tail.flag.empty()) return;
    throw BadInput(tail.flag + " and --thresholds, whose file has the column '" + side +
                   "', are both given, expected one of them");
  };
  check_side(file->has_lower(), "lower", arguments.lower);
  check_side(file->has_upper(), "upper", arguments.upper);
  const auto wants_range = [](bool is_in_file, const TailArguments& tail) {
    return !is_in_file && tail.kind == TailRule::histogram_range;
  };
  if (has_range(arguments) && !wants_range(file->has_lower(), arguments.lower) &&
      !wants_range(file->has_upper(), arguments.upper)) {
    throw BadInput(
        "--histogram-range and --thresholds are both given, expected a tail that is left to the "
        "histogram");
  }
  return file;
}

// Makes of a piece what is fitted. A series without a threshold is refused after those before it
// are transformed: which message comes then does not depend on the pieces.
void prepare(Panel& panel, const FitArguments& arguments,
             const std::optional<ThresholdFile>& thresholds, const std::string& input_name) {
  const std::size_t n = thresholds.has_value() ? thresholds->give(panel) : panel.n_series();
  if (n == panel.n_series()) return apply_transform(panel, arguments.transform, input_name);
  const std::string missing = panel.names[n];
  panel.names.resize(n);
  panel.offsets.resize(n + 1);
  apply_transform(panel, arguments.transform, input_name);
  thresholds->refuse_missing(missing, input_name);
}

// Counts the fits of all calls together for the bar.
struct Progress {
  ProgressBar bar{STDERR_FILENO};
  std::int64_t n_fitted = 0;  // in the calls that are over
  std::int64_t n_total = 0;
};

struct FitSummary {
  StatusCounts statuses;
  std::int64_t n_series = 0;
  double fit_seconds = 0.0;
};

// What all fits were made with: thresholds from a file are of each series.
FitOptions saved_options(FitOptions options, const Panel& panel) {
  if (!panel.lower_thresholds.empty()) options.lower = per_series({});
  if (!panel.upper_thresholds.empty()) options.upper = per_series({});
  return options;
}

// Fits the pieces as they come and writes their rows.
class PieceWriter {
 public:
  PieceWriter(const Context& context, const FitRequest& request, Progress& progress,
              RunOutputs& outputs)
      : context_(context), request_(request), progress_(progress), outputs_(outputs) {}

  void write(const Panel& panel) {
    longest_.look_at(panel);
    summary_.n_series += static_cast<std::int64_t>(panel.n_series());
    BatchFitter fitter(context_, panel, request_);
    for (const Batch& batch : plan_batches(panel, request_.window, most_fits_per_batch(request_))) {
      // Not before there is a row: a bad call writes nothing.
      if (!std::exchange(has_rows_, true)) {
        outputs_.write_headers(progress_.n_total, saved_options(request_.options, panel));
      }
      const BatchFits fits = fitter.fit(batch, progress_.n_fitted);
      outputs_.write(panel, batch, fits);
      for (const GroupFits& group : fits.groups) summary_.statuses.add(group.fits.status());
    }
    summary_.fit_seconds += fitter.seconds();
  }

  FitSummary finish() {
    if (!has_rows_) refuse_window(*request_.window, longest_);
    return std::move(summary_);
  }

 private:
  const Context& context_;
  const FitRequest& request_;
  Progress& progress_;
  RunOutputs& outputs_;
  FitSummary summary_;
  Longest longest_;
  bool has_rows_ = false;
};

std::optional<ThresholdFacts> facts_of(const std::optional<ThresholdFile>& thresholds) {
  if (!thresholds.has_value()) return std::nullopt;
  return ThresholdFacts{thresholds->digest(), thresholds->has_lower(), thresholds->has_upper()};
}

std::string summary_text(const FitSummary& summary) {
  const auto n = static_cast<double>(summary.statuses.total());
  std::string text = counted(summary.statuses.total(), "fit") + ", ";
  append_number(text, static_cast<std::int64_t>(n / std::max(summary.fit_seconds, 1e-9)));
  text += " fits/s";
  const char* separator = "; ";
  for (const auto& [status, count] : summary.statuses.by_text()) {
    text.append(separator).append(status).append(": ");
    append_number(text, count);
    separator = ", ";
  }
  return text;
}

}  // namespace

std::string run_fit(const FitArguments& arguments, std::int64_t piece_bytes) {
  Progress progress;
  Context::Options context_options = arguments.context;
  context_options.progress = [&](std::int64_t n_done, std::int64_t) {
    progress.bar.show(progress.n_fitted + n_done, progress.n_total);
    return true;
  };
  const Context context(std::move(context_options));

  const OutputPaths paths = output_paths(arguments);
  const std::optional<ThresholdFile> thresholds = read_thresholds(arguments);
  InputFile input(arguments.input.path);
  RunOutputs outputs(paths, arguments);
  const bool transforms = arguments.transform != Transform::none;
  const std::unique_ptr<PanelSource> source =
      open_panels(input, arguments.input,
                  {.bytes = piece_bytes,
                   .more_bytes_per_value = transforms ? std::int64_t{sizeof(double)} : 0,
                   .needs_digest = outputs.has_manifest()});
  check_count(arguments.lower, source->lengths(), arguments);
  check_count(arguments.upper, source->lengths(), arguments);
  progress.n_total = count_fits(source->lengths(), arguments);
  ReadAhead panels([&] {
    return read_unchanged(input, [&] {
      std::optional<Panel> panel = source->next();
      if (panel.has_value()) prepare(*panel, arguments, thresholds, input.name());
      return panel;
    });
  });

  const FitRequest request = fit_request(arguments);
  PieceWriter writer(context, request, progress, outputs);
  std::optional<Panel> panel = panels.next();
  progress.bar.begin();
  for (; panel.has_value(); panel = panels.next()) {
    writer.write(*panel);
    panel.reset();  // before the next one is awaited: two are enough
  }
  progress.bar.close();
  const FitSummary summary = writer.finish();

  if (outputs.has_manifest()) {
    const char* backend = context.backend() == Backend::cuda ? "cuda" : "cpu";
    outputs.write_manifest(manifest_text(arguments, {input.digest(), backend, summary.n_series,
                                                     summary.statuses, facts_of(thresholds)}));
  }
  input.check_unchanged();  // the hash is of what was fitted
  outputs.publish();
  return summary_text(summary);
}

}  // namespace tailfit::tools
