// fit(): every series in one call.
#pragma once

#include <tailfit/tailfit.h>
#include <tailfit/context.hpp>
#include <tailfit/error.hpp>
#include <tailfit/fit_options.hpp>
#include <tailfit/series_view.hpp>
#include <tailfit/spliced_fits.hpp>

#include <cstdint>

namespace tailfit {
inline namespace v1 {

// Bytes and chunks of a fit; see tailfit_fit_plan.
using FitPlan = tailfit_fit_plan;

// Pure: looks at shapes and options only, never at the values, allocates nothing.
// Throws as fit() does. `threads` of a context: context.threads(), in the arena of the fit where it
// uses its caller's.
template <class T>
FitPlan plan_fit(const SeriesView<T>& series, const FitOptions& options, std::int32_t threads,
                 std::uint64_t memory_budget = 0) {
  FitPlan plan{};
  plan.struct_size = sizeof plan;
  const tailfit_fit_options c_options = options.c_options();
  detail::check(tailfit_plan_fit(&series.c_view(), &c_options, threads, memory_budget, &plan));
  return plan;
}

// Fits every series; synchronous. On a device work runs in streams of its own: what other streams
// do to the series' memory must be done before the call. Bitwise the same result for every number
// of threads, memory budget and order of the series. Throws std::invalid_argument for a bad call,
// BudgetTooSmall, CountOverflow or OutOfMemory (a std::bad_alloc); a series that cannot be fitted
// has it in its status instead. Model and estimator: Ehrlich, Callot & Aubet (2021); see
// docs/model.md.
template <class T>
SplicedFits fit(const Context& context, const SeriesView<T>& series,
                const FitOptions& options = {}) {
  const tailfit_fit_options c_options = options.c_options();
  tailfit_fits* handle = nullptr;
  detail::check(tailfit_fit(context.c_handle(), &series.c_view(), &c_options, &handle));
  return SplicedFits(handle);
}

// The same with the results in the memory of the device that the series lie in, or of the context's
// first one, which then runs it alone: fits.view() has pointers to there, and so have its spans,
// which the host cannot read. They outlive the Context, but not a device_memory_resource of its
// options. Work of the caller's own that reads them must be done before they go. Synchronous.
// Throws std::invalid_argument for a Context on the CPU.
template <class T>
SplicedFits fit_on_device(const Context& context, const SeriesView<T>& series,
                          const FitOptions& options = {}) {
  const tailfit_fit_options c_options = options.c_options();
  tailfit_fits* handle = nullptr;
  detail::check(tailfit_fit_on_device(context.c_handle(), &series.c_view(), &c_options, &handle));
  return SplicedFits(handle);
}

// A copy in host memory of fits that lie there or on one of the context's devices. Synchronous;
// what other streams do to the fits must be done before.
inline SplicedFits to_host(const Context& context, const FitsSpans& fits) {
  tailfit_fits* handle = nullptr;
  detail::check(tailfit_fits_to_host(context.c_handle(), &fits.view(), &handle));
  return SplicedFits(handle);
}

// fit() into the caller's memory: out's arrays have series.n_fits() elements, its n_fits, bins,
// counts_kind and laplace say so, and none overlaps the input or another (that is not checked).
template <class T>
void fit_into(const Context& context, const SeriesView<T>& series, const FitOptions& options,
              const SplicedFitsView& out) {
  const tailfit_fit_options c_options = options.c_options();
  detail::check(tailfit_fit_into(context.c_handle(), &series.c_view(), &c_options, &out));
}

}  // namespace v1
}  // namespace tailfit
