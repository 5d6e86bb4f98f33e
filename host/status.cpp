// The words of the status bits, and the proof that the kernels use the published numbers.
#include <tailfit/tailfit.h>

#include "kernels/fit/fit_types.hpp"

namespace {

namespace bits = tailfit::kernels::status_bits;

static_assert(bits::empty == TAILFIT_STATUS_EMPTY);
static_assert(bits::no_spread == TAILFIT_STATUS_NO_SPREAD);
static_assert(bits::infinite_dropped == TAILFIT_STATUS_INFINITE_DROPPED);
static_assert(bits::range_overflow == TAILFIT_STATUS_RANGE_OVERFLOW);
static_assert(bits::degenerate_body == TAILFIT_STATUS_DEGENERATE_BODY);
static_assert(bits::thresholds_crossed == TAILFIT_STATUS_THRESHOLDS_CROSSED);
static_assert(bits::not_run == TAILFIT_STATUS_NOT_RUN);
static_assert(bits::bad_offsets == TAILFIT_STATUS_BAD_OFFSETS);
static_assert(bits::too_few_exceedances == TAILFIT_STATUS_LOWER_TOO_FEW_EXCEEDANCES);
static_assert(bits::no_interior_maximum == TAILFIT_STATUS_LOWER_NO_INTERIOR_MAXIMUM);
static_assert(bits::boundary_higher == TAILFIT_STATUS_LOWER_BOUNDARY_HIGHER);
static_assert(bits::shape_capped == TAILFIT_STATUS_LOWER_SHAPE_CAPPED);
static_assert(bits::irregular == TAILFIT_STATUS_LOWER_IRREGULAR);
static_assert(bits::not_converged == TAILFIT_STATUS_LOWER_NOT_CONVERGED);
static_assert(bits::too_few_exceedances << bits::upper_tail_shift ==
              TAILFIT_STATUS_UPPER_TOO_FEW_EXCEEDANCES);
static_assert(bits::not_converged << bits::upper_tail_shift == TAILFIT_STATUS_UPPER_NOT_CONVERGED);

constexpr const char* words[] = {
    "empty",
    "no_spread",
    "infinite_dropped",
    "range_overflow",
    "degenerate_body",
    "thresholds_crossed",
    "not_run",
    "bad_offsets",
    "lower_too_few_exceedances",
    "lower_no_interior_maximum",
    "lower_boundary_higher",
    "lower_shape_capped",
    "lower_irregular",
    "lower_not_converged",
    nullptr,
    nullptr,
    "upper_too_few_exceedances",
    "upper_no_interior_maximum",
    "upper_boundary_higher",
    "upper_shape_capped",
    "upper_irregular",
    "upper_not_converged",
};

}  // namespace

extern "C" const char* tailfit_status_word(int32_t bit) {
  constexpr int32_t n_words = static_cast<int32_t>(sizeof words / sizeof words[0]);
  return bit >= 0 && bit < n_words ? words[bit] : nullptr;
}
