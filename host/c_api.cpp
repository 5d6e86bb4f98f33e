// The C interface: null checks, exceptions to codes, and nothing else.
#include <tailfit/tailfit.h>

#include <algorithm>
#include <memory>
#include <string>

#include "host/c_api.hpp"
#include "host/context.hpp"
#include "host/device/async_fit.hpp"
#include "host/device/device_fits.hpp"
#include "host/error.hpp"
#include "host/fits_storage.hpp"
#include "host/plan.hpp"
#include "host/run_fit.hpp"
#include "host/stream.hpp"
#include "host/validate.hpp"

namespace host = tailfit::host;
using host::computed;
using host::required;

namespace {

tailfit_fit_options options_or_default(const tailfit_fit_options* options) {
  if (options != nullptr) return *options;
  tailfit_fit_options defaults;
  tailfit_fit_options_init(&defaults);
  return defaults;
}

}  // namespace

extern "C" {

const char* tailfit_last_error(void) { return host::last_error(); }

const char* tailfit_version(void) { return TAILFIT_VERSION_TEXT; }

void tailfit_context_options_init(tailfit_context_options* options) {
  if (options == nullptr) return;
  *options = {};
  options->struct_size = sizeof *options;
}

tailfit_code tailfit_context_create(const tailfit_context_options* options,
                                    tailfit_context** context) {
  return host::guarded([&] {
    required("context", context);
    *context = nullptr;
    *context = host::make_context(host::complete(options)).release();
  });
}

void tailfit_context_destroy(tailfit_context* context) { delete context; }

const char* tailfit_context_describe(const tailfit_context* context) {
  return context != nullptr ? context->description.c_str() : "";
}

int32_t tailfit_context_threads(const tailfit_context* context) {
  return context != nullptr ? host::threads_of_call(*context) : 0;
}

int32_t tailfit_context_backend(const tailfit_context* context) {
  return context != nullptr ? context->backend : TAILFIT_BACKEND_CPU;
}

void tailfit_fit_options_init(tailfit_fit_options* options) {
  if (options == nullptr) return;
  *options = {};
  options->struct_size = sizeof *options;
  options->lower.kind = TAILFIT_THRESHOLD_TAIL_MASS;
  options->lower.value = 0.05;
  options->upper = options->lower;
  options->bins = 100;
  options->min_exceedances = 10;
  options->counts = TAILFIT_COUNTS_U32;
}

void tailfit_fits_destroy(tailfit_fits* fits) { delete fits; }

void tailfit_fits_get_view(const tailfit_fits* fits, tailfit_fits_view* view) {
  if (view == nullptr) return;
  *view = fits != nullptr ? fits->view : tailfit_fits_view{};
  view->struct_size = sizeof *view;
}

tailfit_code tailfit_fits_get(const tailfit_fits* fits, int32_t field, const void** data,
                              int64_t* size, int32_t* dtype) {
  return host::guarded([&] {
    const host::FieldData found = host::field_data(required("fits", fits), field);
    required("data", data);
    *data = found.data;
    if (size != nullptr) *size = found.size;
    if (dtype != nullptr) *dtype = found.dtype;
  });
}

tailfit_code tailfit_plan_fit(const tailfit_series_view* series, const tailfit_fit_options* options,
                              int32_t threads, uint64_t memory_budget, tailfit_fit_plan* plan) {
  return computed([&] {
    const tailfit_fit_options chosen = options_or_default(options);
    host::validate(required("series", series), chosen);
    if (threads < 1) host::fail_invalid("threads", int64_t{threads}, ">= 1");
    required("plan", plan);
    *plan = host::make_plan(*series, chosen, threads, memory_budget);
  });
}

tailfit_code tailfit_fit(tailfit_context* context, const tailfit_series_view* series,
                         const tailfit_fit_options* options, tailfit_fits** fits) {
  return computed([&] {
    required("fits", fits);
    *fits = nullptr;
    host::check_context(context);
    const tailfit_fit_options chosen = options_or_default(options);
    host::validate(required("series", series), chosen);
    std::unique_ptr<tailfit_fits> result =
        host::allocate_fits(series->n_series * series->n_windows, chosen, context->memory);
    host::run_fit(*context, *series, chosen, result->view);
    *fits = result.release();
  });
}

tailfit_code tailfit_fit_on_device(tailfit_context* context, const tailfit_series_view* series,
                                   const tailfit_fit_options* options, tailfit_fits** fits) {
  return computed([&] {
    required("fits", fits);
    *fits = nullptr;
    host::check_context(context);
    const tailfit_fit_options chosen = options_or_default(options);
    host::validate(required("series", series), chosen);
    *fits = host::fit_on_device(*context, *series, chosen).release();
  });
}

tailfit_code tailfit_fits_to_host(tailfit_context* context, const tailfit_fits_view* fits,
                                  tailfit_fits** copy) {
  return computed([&] {
    required("copy", copy);
    *copy = nullptr;
    host::check_context(context);
    *copy = host::copy_to_host(*context, required("fits", fits)).release();
  });
}

tailfit_code tailfit_fit_into(tailfit_context* context, const tailfit_series_view* series,
                              const tailfit_fit_options* options, const tailfit_fits_view* out) {
  return computed([&] {
    host::check_context(context);
    const tailfit_fit_options chosen = options_or_default(options);
    host::validate(required("series", series), chosen);
    host::validate_output(required("out", out), *series, chosen);
    host::run_fit(*context, *series, chosen, *out);
  });
}

tailfit_code tailfit_plan_fit_async(tailfit_context* context, const tailfit_series_view* series,
                                    const tailfit_fit_options* options, uint64_t most_workspace,
                                    tailfit_async_plan* plan) {
  return computed([&] {
    host::check_context(context);
    const tailfit_fit_options chosen = options_or_default(options);
    host::validate_on_device(required("series", series), chosen);
    host::validate(required("plan", plan));
    *plan = host::make_async_plan(*context, *series, chosen, most_workspace);
  });
}

tailfit_code tailfit_fit_async(tailfit_context* context, const tailfit_async_plan* plan,
                               const tailfit_series_view* series,
                               const tailfit_fit_options* options, const tailfit_fits_view* out,
                               void* workspace, tailfit_device_stream* stream) {
  return computed([&] {
    host::check_context(context);
    const tailfit_fit_options chosen = options_or_default(options);
    host::validate(required("plan", plan));
    host::validate_on_device(required("series", series), chosen);
    host::validate_output(required("out", out), *series, chosen);
    host::queue_fit(*context, *plan, *series, chosen, *out, workspace, stream);
  });
}

tailfit_code tailfit_device_stream_wait_for(tailfit_context* context, tailfit_device_stream* stream,
                                            void* event) {
  return computed([&] {
    host::check_context(context);
    if (event == nullptr) host::fail_invalid("event", std::string("null"), "a cudaEvent_t");
    host::queue_wait(*context, stream, event);
  });
}

tailfit_code tailfit_fit_stream(tailfit_context* context, const tailfit_fit_options* options,
                                const tailfit_stream* stream, tailfit_stream_summary* summary) {
  return computed([&] {
    host::check_context(context);
    const tailfit_fit_options chosen = options_or_default(options);
    host::validate(chosen);
    host::validate(required("stream", stream));
    if (summary != nullptr) host::validate(*summary);
    tailfit_stream_summary own{};
    tailfit_stream_summary& written = summary != nullptr ? *summary : own;
    written = {};
    written.struct_size = sizeof written;
    host::run_stream(*context, chosen, *stream, written);
  });
}

}  // extern "C"
