// The status of a fitted series: a bit mask, 0 is ok. Bit numbers are part of the format.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>
#include <string>

namespace tailfit {
inline namespace v1 {

namespace status {
inline constexpr std::uint32_t ok = TAILFIT_STATUS_OK;
inline constexpr std::uint32_t empty = TAILFIT_STATUS_EMPTY;
inline constexpr std::uint32_t no_spread = TAILFIT_STATUS_NO_SPREAD;
inline constexpr std::uint32_t infinite_dropped = TAILFIT_STATUS_INFINITE_DROPPED;
inline constexpr std::uint32_t range_overflow = TAILFIT_STATUS_RANGE_OVERFLOW;
inline constexpr std::uint32_t degenerate_body = TAILFIT_STATUS_DEGENERATE_BODY;
inline constexpr std::uint32_t thresholds_crossed = TAILFIT_STATUS_THRESHOLDS_CROSSED;
inline constexpr std::uint32_t not_run = TAILFIT_STATUS_NOT_RUN;
inline constexpr std::uint32_t bad_offsets = TAILFIT_STATUS_BAD_OFFSETS;
inline constexpr std::uint32_t lower_too_few_exceedances = TAILFIT_STATUS_LOWER_TOO_FEW_EXCEEDANCES;
inline constexpr std::uint32_t lower_no_interior_maximum = TAILFIT_STATUS_LOWER_NO_INTERIOR_MAXIMUM;
inline constexpr std::uint32_t lower_boundary_higher = TAILFIT_STATUS_LOWER_BOUNDARY_HIGHER;
inline constexpr std::uint32_t lower_shape_capped = TAILFIT_STATUS_LOWER_SHAPE_CAPPED;
inline constexpr std::uint32_t lower_irregular = TAILFIT_STATUS_LOWER_IRREGULAR;
inline constexpr std::uint32_t lower_not_converged = TAILFIT_STATUS_LOWER_NOT_CONVERGED;
inline constexpr std::uint32_t upper_too_few_exceedances = TAILFIT_STATUS_UPPER_TOO_FEW_EXCEEDANCES;
inline constexpr std::uint32_t upper_no_interior_maximum = TAILFIT_STATUS_UPPER_NO_INTERIOR_MAXIMUM;
inline constexpr std::uint32_t upper_boundary_higher = TAILFIT_STATUS_UPPER_BOUNDARY_HIGHER;
inline constexpr std::uint32_t upper_shape_capped = TAILFIT_STATUS_UPPER_SHAPE_CAPPED;
inline constexpr std::uint32_t upper_irregular = TAILFIT_STATUS_UPPER_IRREGULAR;
inline constexpr std::uint32_t upper_not_converged = TAILFIT_STATUS_UPPER_NOT_CONVERGED;
// The bits that mean that something could not be fitted.
inline constexpr std::uint32_t failure_mask = TAILFIT_STATUS_FAILURE_MASK;
}  // namespace status

// "ok", or the words of the set bits in bit order, joined by '|':
// "infinite_dropped|lower_irregular".
inline std::string status_text(std::uint32_t bits) {
  if (bits == status::ok) return "ok";
  std::string text;
  for (std::int32_t bit = 0; bit < 32; ++bit) {
    if ((bits >> bit & 1u) == 0) continue;
    if (!text.empty()) text += '|';
    const char* word = tailfit_status_word(bit);
    text += word != nullptr ? word : "bit_" + std::to_string(bit);
  }
  return text;
}

}  // namespace v1
}  // namespace tailfit
