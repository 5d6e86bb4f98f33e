// A file of fits, with what this program or its user kept beside them.
#pragma once

#include <tailfit/tailfit.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/transform.hpp"

namespace tailfit::tools {

class SavedInput {
 public:
  // Checks all of the file. Throws BadInput or tailfit::BadFile for a file that is damaged or whose
  // names do not go with its fits, tailfit::FileError for what the system says. Memory: the names,
  // and with windows the texts of their bounds.
  explicit SavedInput(const std::string& path);

  const std::string& name() const { return name_; }  // for messages
  const FitsFile& file() const { return file_; }
  std::int64_t size() const { return file_.size(); }  // fits

  // Without names series are called 0, 1, ... as those of an array, which this program saves
  // without.
  bool has_names() const { return has_names_; }
  // Whether it says which window each fit is of.
  bool has_windows() const { return has_windows_; }
  std::int64_t n_series() const;
  std::string series(std::int64_t i) const;
  const std::vector<std::string>& names() const { return names_; }
  // The fit of a series: the last one's, of several windows.
  std::int64_t fit_of_series(std::int64_t i) const;

  // What the series were transformed by before they were fitted; nothing if the file does not say.
  std::optional<Transform> transform() const { return transform_; }

  // "series" or "series,window_start,window_end", and these cells of a fit's row.
  void append_key_header(std::string& out) const;
  void append_key(std::string& out, std::int64_t fit) const;

  // How many fits are to be read at a time, with so many numbers of results for each.
  std::int64_t fits_per_batch(std::int64_t numbers_of_a_fit) const;

 private:
  void read_names();
  void read_windows();
  void read_bounds();
  void check_each_fit(const std::string& what, std::size_t n_entries) const;
  void read_transform();
  [[noreturn]] void refuse(const std::string& what) const;

  std::string name_;
  FitsFile file_;
  bool has_names_ = false;
  bool has_windows_ = false;
  std::vector<std::string> names_;
  std::vector<std::int64_t> series_of_fit_;  // empty: each fit is of a series of its own
  std::vector<std::int64_t> last_fits_;      // with series_of_fit_ only: of each series
  std::vector<std::string> window_starts_;
  std::vector<std::string> window_ends_;
  std::optional<Transform> transform_;
};

}  // namespace tailfit::tools
