#include "tools/saved_input.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "tools/errors.hpp"
#include "tools/message_text.hpp"
#include "tools/table_writer.hpp"

namespace tailfit::tools {

SavedInput::SavedInput(const std::string& path) : name_(printable(path)), file_(path) {
  try {
    read_names();
    read_windows();
    read_transform();
  } catch (const BadInput&) {
    throw;
  } catch (const std::invalid_argument& error) {  // of an array that the library hands out
    std::string what = error.what();
    const std::string_view prefix = "tailfit: ";
    if (what.starts_with(prefix)) what.erase(0, prefix.size());
    refuse(what);
  }
}

void SavedInput::refuse(const std::string& what) const { throw BadInput(name_ + ": " + what); }

void SavedInput::read_names() {
  if (!file_.has_texts("series")) return;
  has_names_ = true;
  names_ = file_.texts("series");
  const auto n = static_cast<std::int64_t>(names_.size());
  if (file_.has_array("series_of_fit") || n == size()) return;
  refuse(counted(n, "name") + " of series, expected one for each of the " + counted(size(), "fit"));
}

void SavedInput::read_windows() {
  if (!file_.has_array("series_of_fit")) return;
  series_of_fit_ = file_.array<std::int64_t>("series_of_fit");
  check_each_fit("series_of_fit", series_of_fit_.size());
  read_bounds();
  // Without names there are as many series as the greatest number says, each of which has a fit.
  const std::int64_t most = has_names_ ? static_cast<std::int64_t>(names_.size()) : size();
  for (std::size_t fit = 0; fit < series_of_fit_.size(); ++fit) {
    const std::int64_t series = series_of_fit_[fit];
    if (series < 0 || series >= most) {
      refuse("series_of_fit is " + std::to_string(series) + " for fit " + std::to_string(fit) +
             ", expected 0 to " + std::to_string(most - 1));
    }
    last_fits_.resize(std::max(last_fits_.size(), static_cast<std::size_t>(series) + 1), -1);
    last_fits_[static_cast<std::size_t>(series)] = static_cast<std::int64_t>(fit);
  }
  if (has_names_) last_fits_.resize(names_.size(), -1);
  const auto without = std::find(last_fits_.begin(), last_fits_.end(), -1);
  if (without != last_fits_.end()) {
    refuse("series " + in_quotes(series(without - last_fits_.begin())) +
           " has no fit, expected one at least");
  }
}

void SavedInput::read_bounds() {
  const bool has_starts = file_.has_texts("window_start");
  if (has_starts != file_.has_texts("window_end")) {
    refuse(std::string(has_starts ? "window_start without window_end"
                                  : "window_end without window_start") +
           ", expected the texts of both or of neither");
  }
  has_windows_ = has_starts;
  if (!has_windows_) return;
  window_starts_ = file_.texts("window_start");
  window_ends_ = file_.texts("window_end");
  check_each_fit("window_start", window_starts_.size());
  check_each_fit("window_end", window_ends_.size());
}

void SavedInput::check_each_fit(const std::string& what, std::size_t n_entries) const {
  const auto n = static_cast<std::int64_t>(n_entries);
  if (n == size()) return;
  refuse(what + " has " + counted(n, "element") + ", expected one for each of the " +
         counted(size(), "fit"));
}

void SavedInput::read_transform() {
  if (!file_.has_texts("transform")) return;
  const std::vector<std::string> words = file_.texts("transform");
  for (const Transform transform : {Transform::none, Transform::diff, Transform::log_return}) {
    if (words.size() == 1 && words.front() == transform_word(transform)) transform_ = transform;
  }
  if (transform_.has_value()) return;
  refuse("the transform is " + (words.empty() ? "missing" : in_quotes(words.front())) +
         ", expected none, diff or log-return");
}

std::int64_t SavedInput::n_series() const {
  if (has_names_) return static_cast<std::int64_t>(names_.size());
  return series_of_fit_.empty() ? size() : static_cast<std::int64_t>(last_fits_.size());
}

std::string SavedInput::series(std::int64_t i) const {
  return has_names_ ? names_[static_cast<std::size_t>(i)] : std::to_string(i);
}

std::int64_t SavedInput::fit_of_series(std::int64_t i) const {
  return last_fits_.empty() ? i : last_fits_[static_cast<std::size_t>(i)];
}

void SavedInput::append_key_header(std::string& out) const {
  tools::append_key_header(out, has_windows());
}

void SavedInput::append_key(std::string& out, std::int64_t fit) const {
  const auto i = static_cast<std::size_t>(fit);
  append_text_cell(out, series(series_of_fit_.empty() ? fit : series_of_fit_[i]));
  if (!has_windows()) return;
  out += ',';
  append_text_cell(out, window_starts_[i]);
  out += ',';
  append_text_cell(out, window_ends_[i]);
}

std::int64_t SavedInput::fits_per_batch(std::int64_t numbers_of_a_fit) const {
  constexpr std::int64_t batch_bytes = std::int64_t{64} << 20;
  constexpr std::int64_t bytes_of_parameters = 14 * 8;
  constexpr std::int64_t most_numbers = batch_bytes / 8;  // keeps the sum small
  const std::int64_t bytes_of_a_fit =
      bytes_of_parameters + 4 * file_.bins() + 8 * std::min(numbers_of_a_fit, most_numbers);
  return std::max<std::int64_t>(batch_bytes / bytes_of_a_fit, 1);
}

}  // namespace tailfit::tools
