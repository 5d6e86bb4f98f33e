// A bad call is told apart from a bad series here, before anything is allocated.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>

namespace tailfit::host {

// Each throws CallError naming the field, its value and what was expected.
void validate(const tailfit_context_options& options);
void validate(const tailfit_series_view& series);
void validate(const tailfit_fit_options& options);
void validate(const tailfit_fits_view& fits);
void validate(const tailfit_points& points);
void validate(const tailfit_parameters_view& parameters);
void validate(const tailfit_sampling& sampling);
// With so many points of each distribution.
void validate(const tailfit_gradients& gradients, std::int64_t n_points);
void validate(const tailfit_device_queue& queue);
void validate(const tailfit_stream& stream);
void validate(const tailfit_stream_summary& summary);

// The options of a context as this version has them: fields that a caller's older, smaller
// structure lacks are zero; null is the defaults. Throws CallError for a size that no version had.
tailfit_context_options complete(const tailfit_context_options* options);

// Both, and that they go together.
void validate(const tailfit_series_view& series, const tailfit_fit_options& options);

// The same for series whose offsets are in device memory, where they cannot be looked at.
void validate_on_device(const tailfit_series_view& series, const tailfit_fit_options& options);
void validate(const tailfit_async_plan& plan);

// fits as the output of fitting `series` with `options`.
void validate_output(const tailfit_fits_view& fits, const tailfit_series_view& series,
                     const tailfit_fit_options& options);

}  // namespace tailfit::host
