#include "host/context.hpp"

#include <unistd.h>

#include "host/error.hpp"
#include "host/parallel.hpp"
#include "host/validate.hpp"

namespace tailfit::host {

std::unique_ptr<tailfit_context> make_context(const tailfit_context_options& options) {
  validate(options);
  if (options.backend == TAILFIT_BACKEND_CUDA) {
    throw CallError(
        TAILFIT_NOT_COMPILED,
        "backend is cuda, but this library was not compiled with CUDA; expected auto or cpu");
  }
  const std::int32_t cores = available_cores();
  auto context = std::make_unique<tailfit_context>();
  context->threads = options.threads == 0 ? cores : options.threads;
  context->memory_budget = options.memory_budget;
  context->progress = options.progress;
  context->progress_user = options.progress_user;
  context->description =
      "cpu, " + std::to_string(context->threads) + (context->threads == 1 ? " thread" : " threads");
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
