#include "host/fit_outcome.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "host/kernel_views.hpp"

namespace tailfit::host {

void write_not_run(const tailfit_fits_view& out, std::int64_t fit) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  out.n[fit] = 0;
  out.n_missing[fit] = 0;
  out.status[fit] = TAILFIT_STATUS_NOT_RUN;
  for (const tailfit_tail_view* tail : {&out.lower, &out.upper}) {
    tail->threshold[fit] = nan;
    tail->shape[fit] = nan;
    tail->scale[fit] = nan;
    tail->loglik[fit] = nan;
    tail->n_exceed[fit] = 0;
  }
  const kernels::SeriesOutput series = series_output(out, fit);
  if (out.counts_kind == TAILFIT_COUNTS_U16) {
    std::fill_n(static_cast<std::uint16_t*>(series.counts), out.bins, std::uint16_t{0});
  } else if (out.counts_kind == TAILFIT_COUNTS_U32) {
    std::fill_n(static_cast<std::uint32_t*>(series.counts), out.bins, std::uint32_t{0});
  }
}

std::int64_t greatest_count(std::int32_t counts_kind) {
  if (counts_kind == TAILFIT_COUNTS_U16) return std::numeric_limits<std::uint16_t>::max();
  if (counts_kind == TAILFIT_COUNTS_U32) return std::numeric_limits<std::uint32_t>::max();
  return std::numeric_limits<std::int64_t>::max();
}

CallError count_overflow(std::int64_t fit, std::int32_t counts_kind) {
  return CallError(TAILFIT_COUNT_OVERFLOW, "fit " + std::to_string(fit) +
                                               " has a bin with more than " +
                                               std::to_string(greatest_count(counts_kind)) +
                                               " values, expected a wider options.counts");
}

}  // namespace tailfit::host
