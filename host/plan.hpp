// How a fit is cut into chunks, as a pure function of shapes and options.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>

namespace tailfit::host {

// Arguments are validated. Throws CallError (TAILFIT_BUDGET_TOO_SMALL) naming the minimum.
tailfit_fit_plan make_plan(const tailfit_series_view& series, const tailfit_fit_options& options,
                           std::int32_t threads, std::uint64_t memory_budget);

// Scratch of one worker in bytes, its tile (host/column_tile.hpp) aside.
std::uint64_t worker_bytes(const tailfit_series_view& series, const tailfit_fit_options& options);

// Bytes of the arrays of n_fits results.
std::uint64_t result_bytes(std::int64_t n_fits, const tailfit_fit_options& options);

}  // namespace tailfit::host
