#include "tools/fit_command.hpp"

#include <unistd.h>
#include <tailfit/tailfit.hpp>

#include <algorithm>
#include <cstdint>
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
#include "tools/output_paths.hpp"
#include "tools/panel.hpp"
#include "tools/progress_bar.hpp"
#include "tools/read_panel.hpp"
#include "tools/run_outputs.hpp"
#include "tools/status_counts.hpp"
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

std::vector<Batch> plan(const Panel& panel, const FitRequest& request) {
  std::vector<Batch> batches = plan_batches(panel, request.window, most_fits_per_batch(request));
  if (!batches.empty()) return batches;
  std::size_t longest = 0;
  for (std::size_t s = 1; s < panel.n_series(); ++s) {
    if (panel.length(s) > panel.length(longest)) longest = s;
  }
  throw BadInput(
      "--window is '" + std::to_string(request.window->length) +
      "', expected at most the longest series' length: " + in_quotes(panel.names[longest]) +
      " has " + counted(panel.length(longest), "value"));
}

// Counts the fits of all calls together for the bar.
struct Progress {
  ProgressBar bar{STDERR_FILENO};
  std::int64_t n_fitted = 0;  // in the calls that are over
  std::int64_t n_total = 0;
};

struct FitSummary {
  StatusCounts statuses;
  double fit_seconds = 0.0;
};

FitSummary fit_and_write(BatchFitter& fitter, const Panel& panel, const std::vector<Batch>& batches,
                         Progress& progress, RunOutputs& outputs) {
  for (const Batch& batch : batches) progress.n_total += n_fits(batch);
  progress.bar.begin();
  FitSummary summary;
  for (const Batch& batch : batches) {
    const BatchFits fits = fitter.fit(batch, progress.n_fitted);
    outputs.write(panel, batch, fits);
    for (const GroupFits& group : fits.groups) summary.statuses.add(group.fits.status());
  }
  summary.fit_seconds = fitter.seconds();
  progress.bar.close();
  return summary;
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

std::string run_fit(const FitArguments& arguments) {
  Progress progress;
  Context::Options context_options = arguments.context;
  context_options.progress = [&](std::int64_t n_done, std::int64_t) {
    progress.bar.show(progress.n_fitted + n_done, progress.n_total);
    return true;
  };
  const Context context(std::move(context_options));

  const OutputPaths paths = output_paths(arguments);
  InputFile input(arguments.input.path);
  RunOutputs outputs(paths, arguments);
  Panel panel = read_panel(input, arguments.input);
  apply_transform(panel, arguments.transform, input.name());

  const FitRequest request = fit_request(arguments);
  const std::vector<Batch> batches = plan(panel, request);
  BatchFitter fitter(context, panel, request);
  outputs.write_headers();
  const FitSummary summary = fit_and_write(fitter, panel, batches, progress, outputs);

  if (outputs.has_manifest()) {
    const char* backend = context.backend() == Backend::cuda ? "cuda" : "cpu";
    const auto n_series = static_cast<std::int64_t>(panel.n_series());
    outputs.write_manifest(
        manifest_text(arguments, {input.digest(), backend, n_series, summary.statuses}));
  }
  outputs.publish();
  return summary_text(summary);
}

}  // namespace tailfit::tools
