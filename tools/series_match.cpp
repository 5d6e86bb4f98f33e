#include "tools/series_match.hpp"

#include "tools/errors.hpp"
#include "tools/message_text.hpp"

namespace tailfit::tools {

SeriesMatch::SeriesMatch(const SavedInput& saved, bool data_have_names, const LengthCounts& lengths,
                         const std::string& data_name)
    : saved_(saved), data_name_(data_name), by_name_(data_have_names && saved.has_names()) {
  if (!by_name_) {
    std::int64_t n_series = 0;
    for (const auto& [length, n] : lengths) n_series += n;
    if (n_series == saved.n_series()) return;
    throw BadInput(data_name + " has " + std::to_string(n_series) + " series, expected the " +
                   std::to_string(saved.n_series()) + " of " + saved.name() +
                   ": without names they are matched by their position");
  }
  for (std::int64_t i = 0; i < saved.n_series(); ++i) {
    if (places_.emplace(saved.names()[static_cast<std::size_t>(i)], i).second) continue;
    throw BadInput(saved.name() + ": the series " + in_quotes(saved.series(i)) +
                   " is there twice, expected distinct names");
  }
}

std::int64_t SeriesMatch::next_fit(const std::string& series) {
  if (!by_name_) return saved_.fit_of_series(n_given_++);
  const auto place = places_.find(series);
  if (place != places_.end()) return saved_.fit_of_series(place->second);
  throw BadInput(data_name_ + ": the series " + in_quotes(series) + " has no fit in " +
                 saved_.name());
}

}  // namespace tailfit::tools
