#include "host/saved/body_counts.hpp"

#include <numeric>

#include "host/kernel_views.hpp"
#include "kernels/math/spliced_row.hpp"

namespace tailfit::host {
namespace {

kernels::TailParameters tail_of(const tailfit_tail_view& tail, std::int64_t i) {
  return {tail.threshold[i], tail.shape[i], tail.scale[i], tail.n_exceed[i]};
}

bool has_body(const tailfit_fits_view& fits, std::int64_t i) {
  return kernels::has_distribution({fits.n[i], fits.status[i], tail_of(fits.lower, i),
                                    tail_of(fits.upper, i), nullptr, kernels::CountsKind::none,
                                    fits.bins, fits.laplace});
}

template <class Count>
std::int64_t sum_of(const void* counts, std::int64_t bins) {
  const auto* const of_bins = static_cast<const Count*>(counts);
  return std::accumulate(of_bins, of_bins + bins, std::int64_t{0});
}

}  // namespace

std::optional<WrongCounts> find_wrong_counts(const tailfit_fits_view& fits) {
  if (fits.counts_kind == TAILFIT_COUNTS_NONE) return std::nullopt;
  for (std::int64_t i = 0; i < fits.n_fits; ++i) {
    if (!has_body(fits, i)) continue;
    const void* const counts = counts_of(fits, i);
    const std::int64_t sum = fits.counts_kind == TAILFIT_COUNTS_U16
                                 ? sum_of<std::uint16_t>(counts, fits.bins)
                                 : sum_of<std::uint32_t>(counts, fits.bins);
    const std::int64_t expected = fits.n[i] - fits.lower.n_exceed[i] - fits.upper.n_exceed[i];
    if (sum != expected) return WrongCounts{i, sum, expected};
  }
  return std::nullopt;
}

}  // namespace tailfit::host
