#include "tools/arguments.hpp"

namespace tailfit::tools {

ThresholdRule TailArguments::rule() const {
  switch (kind) {
    case TailRule::given:
      return given(value);
    case TailRule::count:
      return tailfit::count(count);
    case TailRule::histogram_range:
      return tailfit::histogram_range(range.low, range.high, value);
    default:
      return tail_mass(value);
  }
}

}  // namespace tailfit::tools
