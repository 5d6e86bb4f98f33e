// Whether the counts of fits are those of their bodies.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>
#include <optional>

namespace tailfit::host {

// A fit whose counts sum to another number than n - lower_n_exceed - upper_n_exceed.
struct WrongCounts {
  std::int64_t fit;
  std::int64_t sum;
  std::int64_t expected;
};

// The first such fit. One without a body (empty, crossed thresholds, not run, thresholds beyond
// fp64) may have any counts: nothing reads them. Fits in host memory; reads every count once.
std::optional<WrongCounts> find_wrong_counts(const tailfit_fits_view& fits);

}  // namespace tailfit::host
