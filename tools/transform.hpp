// Levels to changes: prices to returns.
#pragma once

#include <string>

#include "tools/panel.hpp"

namespace tailfit::tools {

enum class Transform { none, diff, log_return };

// As --transform names it.
const char* transform_word(Transform transform);

// Replaces every series x by the differences x[t] - x[t-1] or the log-returns log(x[t] / x[t-1]):
// one value less, and the index begins at the second row. NaN makes both its neighbours NaN. The
// result is fp64, also for fp32 input, and the same bits on every machine. Throws BadInput, naming
// file, series, row and value, for a log-return of a value <= 0.
void apply_transform(Panel& panel, Transform transform, const std::string& file_name);

}  // namespace tailfit::tools
