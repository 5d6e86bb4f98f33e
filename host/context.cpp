#include "host/context.hpp"

#include <unistd.h>

#include <utility>

#include "host/error.hpp"
#include "host/parallel.hpp"
#include "host/validate.hpp"
#include "kernels/cpu/cpu_kernels.hpp"

namespace tailfit::host {

namespace {

// Puts the context on a device. Without one, auto stays on the CPU and says why.
void look_for_device(std::int32_t backend, tailfit_context& context) {
  DeviceSearch search = find_cuda_device();
  if (search.provider != nullptr) {
    context.backend = TAILFIT_BACKEND_CUDA;
    context.device = std::move(search.provider);
    context.description = "cuda, " + context.device->name();
  } else if (backend == TAILFIT_BACKEND_CUDA) {
    throw CallError(search.code,
                    "backend is cuda, but " + search.reason + "; expected auto or cpu");
  } else if (search.code != TAILFIT_NOT_COMPILED) {
    context.description += " (no CUDA device: " + search.reason + ")";
  }
}

}  // namespace

std::unique_ptr<tailfit_context> make_context(const tailfit_context_options& options) {
  validate(options);
  const std::int32_t cores = available_cores();
  auto context = std::make_unique<tailfit_context>();
  context->threads = options.threads == 0 ? cores : options.threads;
  context->memory_budget = options.memory_budget;
  context->progress = options.progress;
  context->progress_user = options.progress_user;
  context->memory = {options.allocate, options.release, options.memory_user};
  context->backend = TAILFIT_BACKEND_CPU;
  context->description = "cpu, " + std::to_string(context->threads) +
                         (context->threads == 1 ? " thread, " : " threads, ") +
                         kernels::cpu_kernels().name;
  if (options.backend != TAILFIT_BACKEND_CPU) look_for_device(options.backend, *context);
  context->process_id = getpid();
  if (context->threads > cores) {
    context->more_threads = std::make_unique<tbb::global_control>(
        tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(context->threads));
  }
  return context;
}

void check_context(const tailfit_context* context) {
  if (context == nullptr) fail_invalid("context", std::string("null"), "a tailfit_context");
  if (context->process_id != getpid()) {
    fail_invalid("context", std::string("from before a fork()"),
                 "one that was created in this process: worker threads do not survive a fork");
  }
}

}  // namespace tailfit::host
