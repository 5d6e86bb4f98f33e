// What a tailfit_context holds. Immutable after creation, so any number of threads may share it.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/device/cuda.hpp"
#include "host/device/registered_ranges.hpp"
#include "host/memory.hpp"

struct tailfit_context {
  std::int32_t backend;                                                 // cpu or cuda
  std::vector<std::shared_ptr<tailfit::host::DeviceProvider>> devices;  // of the backend cuda
  // Where input is to be pinned for a call; shared with the contexts of its streams.
  std::shared_ptr<tailfit::host::RegisteredRanges> registered;
  std::int32_t threads;  // 0 in a caller's arena only: as many as that has
  bool use_callers_arena;
  std::uint64_t memory_budget;
  tailfit_progress_fn progress;
  void* progress_user;
  tailfit::host::MemoryResource memory;
  std::string description;
  std::int64_t process_id;
};

namespace tailfit::host {

std::unique_ptr<tailfit_context> make_context(const tailfit_context_options& options);

// Threads at most for a call that this thread makes now. Never 0.
std::int32_t threads_of_call(const tailfit_context& context);

// Throws CallError for a null context or one that was created before a fork().
void check_context(const tailfit_context* context);

}  // namespace tailfit::host
