// The C interface to functions of distributions: null checks, exceptions to codes, and nothing
// else.
#include <tailfit/tailfit.h>

#include "host/c_api.hpp"
#include "host/checks.hpp"
#include "host/context.hpp"
#include "host/device/device_distribution.hpp"
#include "host/distribution.hpp"
#include "host/validate.hpp"

namespace host = tailfit::host;
using host::computed;
using host::required;

namespace {

// Runs what `asked()` makes of the arguments, and returns when all is written.
template <class Asked>
tailfit_code run(const tailfit_context* context, const Asked& asked) noexcept {
  return computed([&] {
    host::check_context(context);
    host::run(*context, asked());
  });
}

// The same, queued.
template <class Asked>
tailfit_code queued(const tailfit_context* context, const tailfit_device_queue* queue,
                    const Asked& asked) noexcept {
  return computed([&] {
    host::check_context(context);
    host::validate(required("queue", queue));
    host::queue(*context, asked(), *queue);
  });
}

}  // namespace

extern "C" {

tailfit_code tailfit_quantile(tailfit_context* context, const tailfit_fits_view* fits, double p,
                              double* out) {
  return computed([&] {
    host::check_context(context);
    host::batch_quantile(*context, required("fits", fits), p, out);
  });
}

tailfit_code tailfit_expected_shortfall(tailfit_context* context, const tailfit_fits_view* fits,
                                        double p, double* out) {
  return computed([&] {
    host::check_context(context);
    host::batch_expected_shortfall(*context, required("fits", fits), p, out);
  });
}

tailfit_code tailfit_evaluate(tailfit_context* context, const tailfit_fits_view* fits,
                              int32_t function, const tailfit_points* points, double* out) {
  return run(context,
             [&] { return host::evaluation_of(required("fits", fits), function, points, out); });
}

tailfit_code tailfit_evaluate_parameters(tailfit_context* context,
                                         const tailfit_parameters_view* parameters,
                                         int32_t function, const tailfit_points* points,
                                         double* out) {
  return run(context, [&] {
    return host::evaluation_of(required("parameters", parameters), function, points, out);
  });
}

tailfit_code tailfit_gradient(tailfit_context* context, const tailfit_fits_view* fits,
                              int32_t function, const tailfit_points* points,
                              const tailfit_gradients* gradients) {
  return run(context, [&] {
    return host::differentiation_of(required("fits", fits), function, required("points", points),
                                    required("gradients", gradients));
  });
}

tailfit_code tailfit_gradient_parameters(tailfit_context* context,
                                         const tailfit_parameters_view* parameters,
                                         int32_t function, const tailfit_points* points,
                                         const tailfit_gradients* gradients) {
  return run(context, [&] {
    return host::differentiation_of(required("parameters", parameters), function,
                                    required("points", points), required("gradients", gradients));
  });
}

tailfit_code tailfit_sample(tailfit_context* context, const tailfit_fits_view* fits,
                            const tailfit_sampling* sampling, double* out) {
  return run(context, [&] {
    return host::draws_of(required("fits", fits), required("sampling", sampling), out);
  });
}

tailfit_code tailfit_sample_parameters(tailfit_context* context,
                                       const tailfit_parameters_view* parameters,
                                       const tailfit_sampling* sampling, double* out) {
  return run(context, [&] {
    return host::draws_of(required("parameters", parameters), required("sampling", sampling), out);
  });
}

tailfit_code tailfit_evaluate_async(tailfit_context* context, const tailfit_fits_view* fits,
                                    int32_t function, const tailfit_points* points, double* out,
                                    const tailfit_device_queue* queue) {
  return queued(context, queue,
                [&] { return host::evaluation_of(required("fits", fits), function, points, out); });
}

tailfit_code tailfit_evaluate_parameters_async(tailfit_context* context,
                                               const tailfit_parameters_view* parameters,
                                               int32_t function, const tailfit_points* points,
                                               double* out, const tailfit_device_queue* queue) {
  return queued(context, queue, [&] {
    return host::evaluation_of(required("parameters", parameters), function, points, out);
  });
}

tailfit_code tailfit_gradient_async(tailfit_context* context, const tailfit_fits_view* fits,
                                    int32_t function, const tailfit_points* points,
                                    const tailfit_gradients* gradients,
                                    const tailfit_device_queue* queue) {
  return queued(context, queue, [&] {
    return host::differentiation_of(required("fits", fits), function, required("points", points),
                                    required("gradients", gradients));
  });
}

tailfit_code tailfit_gradient_parameters_async(tailfit_context* context,
                                               const tailfit_parameters_view* parameters,
                                               int32_t function, const tailfit_points* points,
                                               const tailfit_gradients* gradients,
                                               const tailfit_device_queue* queue) {
  return queued(context, queue, [&] {
    return host::differentiation_of(required("parameters", parameters), function,
                                    required("points", points), required("gradients", gradients));
  });
}

tailfit_code tailfit_sample_async(tailfit_context* context, const tailfit_fits_view* fits,
                                  const tailfit_sampling* sampling, double* out,
                                  const tailfit_device_queue* queue) {
  return queued(context, queue, [&] {
    return host::draws_of(required("fits", fits), required("sampling", sampling), out);
  });
}

tailfit_code tailfit_sample_parameters_async(tailfit_context* context,
                                             const tailfit_parameters_view* parameters,
                                             const tailfit_sampling* sampling, double* out,
                                             const tailfit_device_queue* queue) {
  return queued(context, queue, [&] {
    return host::draws_of(required("parameters", parameters), required("sampling", sampling), out);
  });
}

tailfit_code tailfit_distribution_workspace(tailfit_context* context, int64_t bins,
                                            uint64_t* bytes) {
  return computed([&] {
    host::check_context(context);
    host::check_bins("bins", bins);
    required("bytes", bytes) = host::distribution_workspace(*context, bins);
  });
}

}  // extern "C"
