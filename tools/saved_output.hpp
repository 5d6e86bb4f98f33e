// The fits themselves, in a file that the library reads again.
#pragma once

#include <tailfit/tailfit.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/arguments.hpp"
#include "tools/batch_plan.hpp"
#include "tools/output_sink.hpp"
#include "tools/panel.hpp"

namespace tailfit::tools {

// What this program keeps beside the fits, by the names of its arrays: the texts "series" (not of
// an .npy), with windows also "series_of_fit" and the texts "window_start" and "window_end", and
// the text "transform".
class SavedOutput {
 public:
  // Opens the file. `arguments` must outlive it. Throws Failure, also for a pipe or a device.
  SavedOutput(const std::string& path, const FitArguments& arguments);

  // Before the first write(); `n_fits` in all.
  void begin(std::int64_t n_fits, const FitOptions& options);

  // The fits of a segment, in the order of the output. Memory: the names of all series, and with
  // windows the texts of their bounds.
  void write(const Panel& panel, const Segment& segment, const SplicedFits& fits,
             std::size_t first_fit);

  void finish();
  void publish() { file_.publish(); }

 private:
  void write_rest();
  // What the library says of a descriptor has no name.
  template <class Write>
  void named(const Write& write) const;

  const FitArguments& arguments_;
  std::string name_;
  AtomicFile file_;
  std::optional<FitsWriter> writer_;
  std::vector<std::string> series_;
  std::vector<std::int64_t> series_of_fit_;
  TextColumn window_starts_;
  TextColumn window_ends_;
};

}  // namespace tailfit::tools
