// Memory: where values and results lie.
#pragma once

#include <tailfit/tailfit.h>

#include <cstdint>

namespace tailfit {
inline namespace v1 {

// Host memory may be pageable, pinned or managed.
enum class Memory : std::int32_t { host = TAILFIT_MEMORY_HOST, device = TAILFIT_MEMORY_DEVICE };

}  // namespace v1
}  // namespace tailfit
