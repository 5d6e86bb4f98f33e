#include "tools/transform.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kernels/math/elementary.hpp"
#include "tools/errors.hpp"
#include "tools/message_text.hpp"
#include "tools/number_text.hpp"

namespace tailfit::tools {
namespace {

// The quotient keeps ties (10 -> 11 and 20 -> 22 are the same return); where it leaves the normal
// range the difference of the logarithms does not. The C library's log would differ between
// machines, this one does not.
double log_return(double before, double after) {
  const double ratio = after / before;
  if (ratio >= std::numeric_limits<double>::min() && ratio <= std::numeric_limits<double>::max()) {
    return kernels::log(ratio);
  }
  return kernels::log(after) - kernels::log(before);
}

[[noreturn]] void refuse_value(const Panel& panel, std::size_t series, std::int64_t row,
                               const std::string& file_name) {
  std::string value;
  std::visit(
      [&](const auto& values) {
        const auto position = static_cast<std::size_t>(panel.offsets[series] + row);
        append_number(value, static_cast<double>(values[position]));
      },
      panel.values);
  throw BadInput(file_name + ": series " + in_quotes(panel.names[series]) + ", index " +
                 in_quotes(panel.index.text(series, row)) + ": the value " + value +
                 " has no log-return, expected a number > 0");
}

// Changes of one series; -1, or the row of a value that has none.
template <class T>
std::int64_t changes(std::span<const T> levels, Transform transform, double* out) {
  if (transform == Transform::log_return) {
    const auto bad = std::find_if(levels.begin(), levels.end(), [](T x) { return x <= T{0}; });
    if (bad != levels.end()) return bad - levels.begin();
  }
  for (std::size_t t = 1; t < levels.size(); ++t) {
    const auto before = static_cast<double>(levels[t - 1]);
    const auto after = static_cast<double>(levels[t]);
    *out++ = transform == Transform::diff ? after - before : log_return(before, after);
  }
  return -1;
}

}  // namespace

const char* transform_word(Transform transform) {
  switch (transform) {
    case Transform::diff:
      return "diff";
    case Transform::log_return:
      return "log-return";
    default:
      return "none";
  }
}

void apply_transform(Panel& panel, Transform transform, const std::string& file_name) {
  if (transform == Transform::none) return;
  std::vector<std::int64_t> offsets{0};
  for (std::size_t s = 0; s < panel.n_series(); ++s) {
    offsets.push_back(offsets.back() + std::max<std::int64_t>(panel.length(s) - 1, 0));
  }
  std::vector<double> result(static_cast<std::size_t>(offsets.back()));
  std::visit(
      [&](const auto& values) {
        for (std::size_t s = 0; s < panel.n_series(); ++s) {
          const std::span levels(values.data() + panel.offsets[s],
                                 static_cast<std::size_t>(panel.length(s)));
          const std::int64_t bad_row = changes(levels, transform, result.data() + offsets[s]);
          if (bad_row >= 0) refuse_value(panel, s, bad_row, file_name);
        }
      },
      panel.values);
  panel.values = std::move(result);
  panel.offsets = std::move(offsets);
  panel.index.drop_first_row();
}

}  // namespace tailfit::tools
