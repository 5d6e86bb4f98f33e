// The files of one run: the table of fits, the fits themselves, the table of bin counts, the
// manifest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/arguments.hpp"
#include "tools/batch_fit.hpp"
#include "tools/batch_plan.hpp"
#include "tools/output_file.hpp"
#include "tools/output_paths.hpp"
#include "tools/panel.hpp"
#include "tools/saved_output.hpp"

namespace tailfit::tools {

class RunOutputs {
 public:
  // Opens all files, before anything is read: a path that cannot be written is known early.
  RunOutputs(const OutputPaths& paths, const FitArguments& arguments);

  // `n_fits`: of all batches together.
  void write_headers(std::int64_t n_fits, const FitOptions& options);

  // The rows of a batch, in its order.
  void write(const Panel& panel, const Batch& batch, const BatchFits& fits);

  // Whether there is a manifest; its whole text.
  bool has_manifest() const { return manifest_.has_value(); }
  void write_manifest(const std::string& text) { manifest_->buffer() += text; }

  // All files are completed before the first gets its name. The table of fits comes last, or else
  // the fits themselves: where it is, everything is.
  void publish();

 private:
  void write_segment(const Panel& panel, const Segment& segment, const GroupFits& group,
                     std::size_t first_fit);

  const FitArguments& arguments_;
  std::optional<OutputFile> fits_;
  std::optional<SavedOutput> saved_;
  std::optional<OutputFile> bins_;
  std::optional<OutputFile> manifest_;
};

}  // namespace tailfit::tools
