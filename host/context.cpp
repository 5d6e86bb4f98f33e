#include "host/context.hpp"

#include <unistd.h>

#include <algorithm>
#include <span>
#include <utility>

#include "host/error.hpp"
#include "host/instruction_set.hpp"
#include "host/parallel.hpp"
#include "host/validate.hpp"

namespace tailfit::host {

namespace {

// Puts the context on devices. Without one, auto stays on the CPU and says why.
void look_for_devices(const tailfit_context_options& options, tailfit_context& context) {
  const std::span ordinals(options.devices, static_cast<std::size_t>(options.n_devices));
  DeviceSearch search = find_cuda_devices(
      ordinals, {options.device_allocate, options.device_release, options.device_memory_user});
  if (!search.providers.empty()) {
    context.backend = TAILFIT_BACKEND_CUDA;
    context.devices = std::move(search.providers);
    if (options.register_input != 0) context.registered = std::make_shared<RegisteredRanges>();
    context.description = "cuda, ";
    if (context.devices.size() > 1) {
      context.description += std::to_string(context.devices.size()) + " devices: ";
    }
    for (const auto& device : context.devices) {
      if (&device != &context.devices.front()) context.description += ", ";
      context.description += device->name();
    }
  } else if (options.backend == TAILFIT_BACKEND_CUDA) {
    throw CallError(search.code,
                    "backend is cuda, but " + search.reason + "; expected auto or cpu");
  } else if (search.code != TAILFIT_NOT_COMPILED) {
    context.description += " (no CUDA device: " + search.reason + ")";
  }
}

std::string words_for_cpu(const tailfit_context& context) {
  const std::int32_t n = context.threads;
  const std::string number = n == 0 ? std::string() : std::to_string(n) + " ";
  const std::string threads = number + (n == 1 ? "thread" : "threads");
  const std::string most = n == 0 ? std::string() : std::string("at most ");
  return "cpu, " +
         (context.use_callers_arena ? most + threads + " of the caller's arena" : threads) + ", " +
         words_for_instruction_set();
}

}  // namespace

std::unique_ptr<tailfit_context> make_context(const tailfit_context_options& options) {
  validate(options);
  auto context = std::make_unique<tailfit_context>();
  context->use_callers_arena = options.use_callers_arena != 0;
  context->threads = options.threads;
  // How many threads a caller's arena gets is the caller's to say.
  if (options.threads == 0 && !context->use_callers_arena) context->threads = available_cores();
  context->memory_budget = options.memory_budget;
  context->progress = options.progress;
  context->progress_user = options.progress_user;
  context->memory = {options.allocate, options.release, options.memory_user};
  context->backend = TAILFIT_BACKEND_CPU;
  context->description = words_for_cpu(*context);
  if (options.backend != TAILFIT_BACKEND_CPU) look_for_devices(options, *context);
  context->process_id = getpid();
  return context;
}

std::int32_t threads_of_call(const tailfit_context& context) {
  if (!context.use_callers_arena) return context.threads;
  const std::int32_t of_arena = threads_of_callers_arena();
  return context.threads == 0 ? of_arena : std::min(context.threads, of_arena);
}

void check_context(const tailfit_context* context) {
  if (context == nullptr) fail_invalid("context", std::string("null"), "a tailfit_context");
  if (context->process_id != getpid()) {
    fail_invalid("context", std::string("from before a fork()"),
                 "one that was created in this process: worker threads do not survive a fork");
  }
}

}  // namespace tailfit::host
