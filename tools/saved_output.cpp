#include "tools/saved_output.hpp"

#include <span>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"
#include "tools/open_panels.hpp"
#include "tools/transform.hpp"

namespace tailfit::tools {
namespace {

const std::string& regular(const std::string& path) {
  if (!is_stream(path)) return path;
  throw Failure("cannot write " + printable(path) +
                ": it is a pipe or a device, expected a regular file");
}

// Fits [first, first + n) of all of them.
SplicedFitsView part_of(const SplicedFits& fits, std::size_t first, std::int64_t n) {
  SplicedFitsView part = fits.view();
  part.n_fits = n;
  part.n += first;
  part.n_missing += first;
  part.status += first;
  for (tailfit_tail_view* tail : {&part.lower, &part.upper}) {
    tail->threshold += first;
    tail->shape += first;
    tail->scale += first;
    tail->loglik += first;
    tail->n_exceed += first;
  }
  part.counts =
      static_cast<std::uint32_t*>(part.counts) + first * static_cast<std::size_t>(fits.bins());
  return part;
}

void attach(FitsWriter& writer, const std::string& name, const TextColumn& texts) {
  writer.attach(name + "_bytes", texts.bytes());
  writer.attach(name + "_ends", texts.ends());
}

}  // namespace

SavedOutput::SavedOutput(const std::string& path, const FitArguments& arguments)
    : arguments_(arguments), name_(printable(path)), file_(regular(path)) {}

template <class Write>
void SavedOutput::named(const Write& write) const {
  try {
    write();
  } catch (const FileError& error) {
    const std::string said = error.what();  // "tailfit: cannot write the file: No space left"
    throw Failure("cannot write " + name_ + said.substr(said.rfind(": ")));
  }
}

void SavedOutput::begin(std::int64_t n_fits, const FitOptions& options) {
  named([&] {
    writer_.emplace(file_.descriptor(), SavedShape{n_fits, options.bins, Counts::u32, 0.0},
                    &options);
  });
}

void SavedOutput::write(const Panel& panel, const Segment& segment, const SplicedFits& fits,
                        std::size_t first_fit) {
  named([&] { writer_->append(part_of(fits, first_fit, segment.n_windows)); });
  // The windows of one series may come in several segments, one after the other.
  if (series_.empty() || series_.back() != panel.names[segment.series]) {
    series_.push_back(panel.names[segment.series]);
  }
  if (!arguments_.window.has_value()) return;
  const WindowArguments& window = *arguments_.window;
  for (std::int64_t w = 0; w < segment.n_windows; ++w) {
    const std::int64_t first_row = segment.first_value + w * window.step;
    series_of_fit_.push_back(static_cast<std::int64_t>(series_.size()) - 1);
    window_starts_.append(panel.index.text(segment.series, first_row));
    window_ends_.append(panel.index.text(segment.series, first_row + window.length - 1));
  }
}

void SavedOutput::finish() {
  named([&] { write_rest(); });
  file_.finish();
}

void SavedOutput::write_rest() {
  if (names_its_series(arguments_.input.path)) writer_->attach_texts("series", series_);
  if (arguments_.window.has_value()) {
    writer_->attach("series_of_fit", std::span<const std::int64_t>(series_of_fit_));
    attach(*writer_, "window_start", window_starts_);
    attach(*writer_, "window_end", window_ends_);
  }
  const std::vector<std::string> transform{transform_word(arguments_.transform)};
  writer_->attach_texts("transform", transform);
  writer_->finish();
}

}  // namespace tailfit::tools
