// Functions of distributions that lie in a device's memory.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>

#include "host/context.hpp"
#include "host/distribution_batch.hpp"

namespace tailfit::host {

// Neither batch is empty; all its memory is one device's of the context. Return when all is
// written. With less device memory than is wanted fewer groups take turns; TAILFIT_OUT_OF_MEMORY
// where there is none for one.
void evaluate_on_device(const tailfit_context& context, const kernels::EvaluateBatch& batch);
void differentiate_on_device(const tailfit_context& context, const kernels::GradientBatch& batch);

// The same, queued on a stream of the caller's and not waited for: no allocation, no
// synchronisation. on: of the caller, not validated.
void queue(const tailfit_context& context, const Evaluation& evaluation,
           const tailfit_device_queue& on);
void queue(const tailfit_context& context, const Differentiation& differentiation,
           const tailfit_device_queue& on);

// Bytes of a workspace with which every function and derivative of distributions of so many bins
// runs as fast as with more.
std::uint64_t distribution_workspace(const tailfit_context& context, std::int64_t bins);

}  // namespace tailfit::host
