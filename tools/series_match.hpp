// Which fit a series of new data is to be scored under.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tools/panel.hpp"
#include "tools/panel_source.hpp"
#include "tools/saved_input.hpp"

namespace tailfit::tools {

// By name; by position where one of the two has no names.
class SeriesMatch {
 public:
  // `lengths`: of the data, called `data_name` in messages. Throws BadInput where positions are
  // compared and the numbers of series differ. `saved` must outlive it.
  SeriesMatch(const SavedInput& saved, bool data_have_names, const LengthCounts& lengths,
              const std::string& data_name);

  // The fit of the next series of the data, which come in their order. Throws BadInput for one that
  // has none.
  std::int64_t next_fit(const std::string& series);

 private:
  const SavedInput& saved_;
  std::string data_name_;
  bool by_name_;
  std::unordered_map<std::string_view, std::int64_t> places_;  // into saved_'s names
  std::int64_t n_given_ = 0;
};

}  // namespace tailfit::tools
