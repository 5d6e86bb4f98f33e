#include "tools/run_outputs.hpp"

#include "tools/table_writer.hpp"
#include "tools/temporary_files.hpp"

namespace tailfit::tools {
namespace {

std::optional<OutputFile> open_if(const std::optional<std::string>& path) {
  if (!path.has_value()) return std::nullopt;
  return std::make_optional<OutputFile>(*path);
}

std::optional<SavedOutput> open_saved(const OutputPaths& paths, const FitArguments& arguments) {
  if (!paths.saved.has_value()) return std::nullopt;
  return std::optional<SavedOutput>(std::in_place, *paths.saved, arguments);
}

}  // namespace

RunOutputs::RunOutputs(const OutputPaths& paths, const FitArguments& arguments)
    : arguments_(arguments),
      fits_(open_if(paths.fits)),
      saved_(open_saved(paths, arguments)),
      bins_(open_if(paths.bins)),
      manifest_(open_if(paths.manifest)) {}

void RunOutputs::write_headers(std::int64_t n_fits, const FitOptions& options) {
  const bool windows = arguments_.window.has_value();
  if (saved_.has_value()) saved_->begin(n_fits, options);
  if (fits_.has_value()) {
    append_key_header(fits_->buffer(), windows);
    append_fits_header(fits_->buffer(), arguments_.quantiles, arguments_.expected_shortfalls);
  }
  if (!bins_.has_value()) return;
  append_key_header(bins_->buffer(), windows);
  append_bins_header(bins_->buffer(), arguments_.bins);
}

void RunOutputs::write(const Panel& panel, const Batch& batch, const BatchFits& fits) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const BatchFits::Place place = fits.places[i];
    const GroupFits& group = fits.groups[place.group];
    if (saved_.has_value()) saved_->write(panel, batch[i], group.fits, place.first_fit);
    if (fits_.has_value() || bins_.has_value()) {
      write_segment(panel, batch[i], group, place.first_fit);
    }
  }
}

void RunOutputs::write_segment(const Panel& panel, const Segment& segment, const GroupFits& group,
                               std::size_t first_fit) {
  const auto& window = arguments_.window;
  FitPlace place{segment.series, segment.first_value, segment.length};
  if (window.has_value()) place.length = window->length;
  for (std::int64_t w = 0; w < segment.n_windows; ++w) {
    const std::size_t fit = first_fit + static_cast<std::size_t>(w);
    if (fits_.has_value()) {
      append_key(fits_->buffer(), panel, place, window.has_value());
      append_fit(fits_->buffer(), group, fit);
      fits_->flush_if_full();
    }
    if (bins_.has_value()) {
      append_key(bins_->buffer(), panel, place, window.has_value());
      append_bins(bins_->buffer(), group, fit);
      bins_->flush_if_full();
    }
    if (window.has_value()) place.first_row += window->step;
  }
}

void RunOutputs::publish() {
  if (bins_.has_value()) bins_->finish();
  if (manifest_.has_value()) manifest_->finish();
  if (saved_.has_value()) saved_->finish();
  if (fits_.has_value()) fits_->finish();
  const SignalDelay delay;
  if (bins_.has_value()) bins_->publish();
  if (manifest_.has_value()) manifest_->publish();
  if (saved_.has_value()) saved_->publish();
  if (fits_.has_value()) fits_->publish();
}

}  // namespace tailfit::tools
